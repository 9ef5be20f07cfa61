"""A selected proposal becomes a pilot: registered with its code, everything carried over, its plan kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import translation

from pilots.catalogue.workflow import log_stage
from pilots.models import (
    ClientType,
    Decision,
    DeliveryModel,
    Partner,
    Pilot,
    PilotCounter,
    PilotModel,
    PilotPlan,
    PilotTarget,
    Proposal,
    Stage,
    TargetGroup,
    Theme,
    Trial,
    Version,
)
from pilots.proposals.questions.answers import shown
from pilots.proposals.questions.secrets import without_secrets
from pilots.proposals.questions.vocabulary import vocabulary
from regions.models import Organisation, Region, User
from registry.lib.dates import reading, today
from registry.lib.languages import LANGUAGES, Text
from registry.lib.plaintext import one_line

YES_NO = {"yes": True, "no": False}  # “not known” and no answer stay open
MOST_WORDS = 200  # characters of a name
# How a line of partners tells how far the partnership is.
PARTNERSHIPS = {
    Partner.State.AGREED: ("sovittu", "avtalad", "överenskom", "agreed"),
    Partner.State.IN_TALKS: ("neuvotel", "neuvottel", "keskustel", "förhandl", "diskuter", "in talks"),
}


def register(decision: Decision, user: User, at: datetime) -> Pilot:
    """Register the pilot of the decision's version under the next code of its programme's year, and return it.

    Runs in the transaction of the decision. The pilot is not published, and nobody outside the ministry sees it.
    """
    version, proposal = decision.version, decision.proposal
    assert decision.programme is not None  # noqa: S101 - a constraint of the database
    content, language = without_secrets(version.content), language_of(version)
    code = PilotCounter.next_code(decision.programme, today(at).year)
    pilot = Pilot.objects.create(
        code=code,
        slug=code.lower(),
        programme=decision.programme,
        lead=proposal.organisation,
        stage=Stage.PLANNED,
        untold=True,
        changed_at=at,
        **_texts(content, language, code),
        **_facts(content),
    )
    _join(pilot, content, language)
    _partners(pilot, content, language, proposal)
    log_stage(pilot, Stage.PLANNED, user, at)
    PilotPlan.objects.create(pilot=pilot, version=version, answers=answers_in_words(version), made_at=at)
    return pilot


def language_of(version: Version) -> str:
    """Return the language of the version's words: that of its sender, Finnish where it is not known."""
    return version.submitted_by.language or "fi"


def _texts(content: Mapping[str, Any], language: str, code: str) -> dict[str, str]:
    """Return the texts in the language of the writers. Before it is published, somebody translates them."""
    name = one_line(content.get("title", ""), MOST_WORDS) or code
    described = [content.get(key, "") for key in ("problem", "tried", "benefit", "production_text")]
    return {
        f"name_{language}": name,
        f"summary_{language}": content.get("summary", ""),
        f"description_{language}": "\n\n".join(text for text in described if text),
        f"target_text_{language}": content.get("target_text", ""),
        f"legal_conditions_{language}": content.get("legal_conditions", ""),
    }


def _facts(content: Mapping[str, Any]) -> dict[str, Any]:
    start, end = _day(content.get("start")), _day(content.get("end"))
    chosen = content.get("client_type", "")
    return {
        "client_type": chosen if chosen in ClientType.values else "",
        "production": [one for one in Pilot.Production.values if one in content.get("production", [])],
        "whole_process": YES_NO.get(content.get("whole_process", "")),
        "needs_change_of_law": YES_NO.get(content.get("needs_change_of_law", "")),
        "start_days": reading(start, start),
        "start_planned": start is not None,
        "end_days": reading(end, end),
        "end_planned": end is not None,
        "budget_eur": _amount(content.get("budget")),
    }


def _day(answer: Any) -> date | None:
    try:
        return date.fromisoformat(answer)
    except (TypeError, ValueError):
        return None


def _amount(answer: Any) -> Decimal | None:
    try:
        return Decimal(answer)
    except (TypeError, InvalidOperation):
        return None


def _join(pilot: Pilot, content: Mapping[str, Any], language: str) -> None:
    """Write the rows that the pilot is joined to: areas, themes, target groups, models with degree, what is tried."""
    pilot.regions.set(Region.objects.filter(code__in=content.get("regions", [])))
    pilot.themes.set(Theme.objects.filter(slug__in=content.get("themes", [])))
    groups = TargetGroup.objects.filter(slug__in=content.get("target_groups", []))
    PilotTarget.objects.bulk_create(PilotTarget(pilot=pilot, target_group=group) for group in groups)
    degrees = content.get("delivery_models", {})
    models = DeliveryModel.objects.filter(slug__in=degrees)
    PilotModel.objects.bulk_create(
        PilotModel(pilot=pilot, delivery_model=model, degree=degrees[model.slug]) for model in models
    )
    tried = enumerate(_lines(content.get("tried", "")), start=1)
    Trial.objects.bulk_create(Trial(pilot=pilot, position=n, **{f"text_{language}": line}) for n, line in tried)


def _partners(pilot: Pilot, content: Mapping[str, Any], language: str, proposal: Proposal) -> None:
    """Write the other organisations whose people wrote the proposal, then the partners that it names."""
    writing = Organisation.objects.filter(users__editorships__proposal=proposal).exclude(pk=proposal.organisation_id)
    partners = [Partner(organisation=one, state=Partner.State.AGREED) for one in writing.distinct()]
    for line in _lines(content.get("partners", "")):
        told = {f"words_{language}": one_line(line, MOST_WORDS)}
        if len(line) > MOST_WORDS:
            told[f"basis_{language}"] = line
        partners.append(Partner(state=partnership(line), **told))
    for position, partner in enumerate(partners, start=1):
        partner.pilot, partner.position = pilot, position
    Partner.objects.bulk_create(partners)


def partnership(line: str) -> Partner.State:
    """Return how far a partnership is, as its line tells it; possible, where it does not."""
    told = line.lower()
    for state, words in PARTNERSHIPS.items():
        if any(word in told for word in words):
            return state
    return Partner.State.POSSIBLE


def _lines(text: str) -> Iterable[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def answers_in_words(version: Version) -> dict[str, list[Any]]:
    """Return every answer of the version in words, by language, without what is secret: the plan of its pilot."""
    public = Version(
        form=version.form,
        own_form=version.own_form,
        content=without_secrets(version.content),
        proposal=version.proposal,
    )
    told: dict[str, list[Any]] = {}
    for language in LANGUAGES:
        with translation.override(language):
            told[language] = [
                [str(section.title), [[str(one.question.label), [_bare(item) for item in one.items]] for one in rows]]
                for section, rows in shown(public, vocabulary())
            ]
    return told


def _bare(words: Any) -> str:
    return words.plain if isinstance(words, Text) else str(words)
