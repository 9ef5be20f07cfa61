"""A round about which questions are asked, its pages, and the letters that tell of them."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from pilots.models import Message, Round

NOW = timezone.now()
DAY = timedelta(days=1)
WORDS = {
    "question_fi": "Paljonko on omarahoitus?",
    "question_sv": "Hur stor är egenfinansieringen?",
    "answer_fi": "Viidennes.",
    "answer_sv": "En femtedel.",
}
WHY = {"reason_fi": "Luku oli väärä", "reason_sv": "Talet var fel"}


def at(name: str, round_: Round, *more: Any) -> str:
    """Return the address of a page of the round."""
    return reverse(name, args=[round_.slug, *more])


def page_of(client: Client, round_: Round, language: str = "fi") -> str:
    """Return the page of the round in the language."""
    with translation.override(language):
        return client.get(at("round", round_)).text


def told(round_: Round) -> list[tuple[str, str]]:
    """Return the letters about questions, each as kind and receiver."""
    kinds = ["inquiry_ended", "answer_published"]
    rows = Message.objects.filter(round=round_, letter__in=kinds).order_by("pk")
    return list(rows.values_list("letter", "address"))
