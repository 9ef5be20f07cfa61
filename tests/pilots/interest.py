"""The answers of a complete expression of interest, its deadline, and the addresses of its pages."""

from datetime import timedelta
from typing import Any

from django.urls import reverse

from pilots.models import Proposal, Round, Step
from registry.lib.database import clock

INTEREST = {
    "title": "Kasvupalvelut yhdessä",
    "summary": "Yksi ovi yrityksille.",
    "regions": ["04"],
    "client_type": "business",
    "contact": "kirjaamo@liitto.example",
}


def move_deadline(round_: Round, seconds: float) -> None:
    """Put the deadline of every step ``seconds`` after the database's clock."""
    Step.objects.filter(round=round_).update(closes_at=clock() + timedelta(seconds=seconds))


def address(name: str, proposal: Proposal, *more: object) -> str:
    """Return the Finnish address of a page of the proposal."""
    return reverse(name, args=[proposal.pk, *more])


def basics(edition: object = 1, **answers: Any) -> dict[str, Any]:
    """Return what a browser posts from the first section."""
    return {"edition": edition, "title": "", "summary": "", "regions": [], **answers}
