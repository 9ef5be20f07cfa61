"""Rounds that wait for decisions, and the verdicts of the tests."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from pilots.models import ClientType, Decision, DeliveryModel, Programme, Proposal, Round, TargetGroup, Theme
from pilots.proposals.decisions import Verdict
from registry.lib.languages import InThree
from tests.factories import make_programme, make_round, make_submitted, make_user

DAY = timedelta(days=1)
REASONS = InThree("xqperuste ei riitä", "xqmotiv räcker inte")


def a_programme() -> Programme:
    """Return the programme of the pilots that decisions make."""
    return Programme.objects.filter(code_prefix="KP").first() or make_programme(code_prefix="KP")


def a_closed_round(**fields: Any) -> Round:
    """Return a round that closed yesterday, of the programme."""
    now = timezone.now()
    return make_round(opens_at=now - 30 * DAY, closes_at=now - DAY, programme=a_programme(), **fields)


def yes(**more: Any) -> Verdict:
    """Return the verdict that selects."""
    return Verdict(Decision.Outcome.SELECTED, programme=a_programme(), **more)


def no(**more: Any) -> Verdict:
    """Return the verdict that does not select."""
    return Verdict(Decision.Outcome.NOT_SELECTED, **{"reasons": REASONS, **more})


def everything(region: str = "04") -> dict[str, Any]:
    """Return an answer to every question of the first form, each with a word of its own."""
    Theme.objects.get_or_create(slug="teema", defaults={"name_fi": "xqteema"})
    TargetGroup.objects.get_or_create(slug="ryhma", defaults={"name_fi": "xqryhmä"})
    DeliveryModel.objects.get_or_create(slug="malli", defaults={"name_fi": "xqmalli"})
    return {
        "title": "xqnimi", "summary": "xqtiivis", "regions": [region],
        "problem": "xqongelma", "tried": "xqkoe yksi\nxqkoe kaksi", "themes": ["teema"], "benefit": "xqhyöty",
        "client_type": ClientType.BUSINESS, "target_groups": ["ryhma"], "target_text": "xqkohde",
        "delivery_models": {"malli": "elements"}, "production": ["own", "company"], "production_text": "xqtuotanto",
        "whole_process": "yes", "needs_change_of_law": "no", "legal_conditions": "xqlaki",
        "partners": "xqkumppani, sovittu\nxqtoinen, neuvotellaan\nxqkolmas", "start": "2027-03-01",
        "end": "2027-12-31", "staff": "2.5", "budget": "250000", "funding": "xqrahoitus",
        "contact": "xqkirjaamo@liitto.example",
    }  # fmt: skip


def submitted(round_: Round, user: Any, **content: Any) -> Proposal:
    """Return a proposal that was submitted two days ago, in time."""
    return make_submitted(round_, user, timezone.now() - 2 * DAY, **content)


def a_decider(**fields: Any) -> Any:
    """Return another decider of the ministry."""
    return make_user("decider", **fields)
