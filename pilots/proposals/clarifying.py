"""A clarification is asked at one question of a sent version, answered in that question alone, withdrawn or read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from pilots import access
from pilots.mail import reminders
from pilots.mail.letters import Receipt
from pilots.models import Clarification, ClarificationReminder, Proposal, SectionSave, Version, receipt_hash
from pilots.proposals.questions.answers import faults, merge
from pilots.proposals.questions.asked import Question, Section
from pilots.proposals.questions.known_forms import form_of
from pilots.proposals.questions.vocabulary import vocabulary
from pilots.proposals.workflow import PROPOSALS, tell_editors
from regions.models import User
from registry.lib.database import locked, once_more
from registry.lib.dates import is_working_day, today
from registry.lib.editions import Shown, write_if
from registry.lib.failpoints import reach
from registry.lib.languages import LANGUAGES
from registry.lib.refusals import Incomplete, Refused, Stale

A_MOMENT = timedelta(microseconds=1)  # an answer comes after what it clarifies, also where the clock was set back
NOT_ENOUGH_TIME = _("Give at least one working day to answer.")
ASKED_ALREADY = _("A clarification of this answer is already being waited for.")
UNCHANGED = _("The answer is as it was when the ministry asked. Change it, or add to it.")


def earliest_day(at: datetime) -> date:
    """Return the first day on which an answer to what is asked at ``at`` may be due: the next working day."""
    day = today(at) + timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def section_of(row: Proposal | Version, key: str) -> Section | None:
    """Return a section that has only the question ``key`` of the row's form; None: the form does not ask it."""
    step = row.step.position if isinstance(row, Version) and row.own_form_id else None
    for section in form_of(row, step).sections:
        for question in section.questions:
            if question.key == key:
                return Section(section.slug, section.title, (question,))
    return None


@transaction.atomic
def ask(
    proposal: Proposal, version: int, question: Question, words: str, due_at: datetime, user: User, at: datetime
) -> Clarification:
    """Ask at a question of the proposal's latest version, which the asker read as number ``version``.

    The letters go out at once, and the reminders are planned. Raises ``Stale`` where there is a newer version,
    ``Refused`` where the proposal is not dealt with, the time is too short or the question is being asked already.
    """
    current = locked(PROPOSALS.all(), proposal.pk)
    if not access.can_be_clarified(current):
        raise Refused
    if current.latest is None or current.latest.number != version:
        raise Stale(current)
    if today(due_at) < earliest_day(at):
        raise Refused(NOT_ENOUGH_TIME)
    others = current.clarifications.all()
    if others.filter(question=question.key, answer=None, withdrawn_at=None).exists():
        raise Refused(ASKED_ALREADY)
    clarification = Clarification.objects.create(
        proposal=current,
        version=current.latest,
        number=others.count() + 1,
        question=question.key,
        words=words,
        due_at=due_at,
        asked_at=at,
        asked_by=user,
        **_labels(current.latest, question.key),
    )
    reach("after_clarification")
    reminders.ask_editors(clarification, at)
    return clarification


def _labels(version: Version, key: str) -> dict[str, str]:
    """Return the words of the question in each language: letters know no forms."""
    labels = {}
    for language in LANGUAGES:
        with override(language):
            section = section_of(version, key)
            labels[f"label_{language}"] = str(section.questions[0].label) if section else ""
    return labels


@once_more
def answer(clarification: Clarification, answers: Mapping[str, Any], seen: Shown, user: User, at: datetime) -> Version:
    """Answer a clarification, and return the version that the answer makes, whatever the state of the steps.

    It is the latest version with this one answer changed. The draft takes the answer too, and keeps what else is not
    sent. ``seen``: what the writer's form had shown of the draft. Raises ``Stale`` with the merged answers where
    somebody else changed the same answer of the draft, and without them where the clarification has ended;
    ``Incomplete`` with what is wrong in the answer, ``Refused`` where it says nothing new; then nothing is written.
    """
    current = locked(PROPOSALS.all(), clarification.proposal_id)
    asked = Clarification.objects.for_page().get(pk=clarification.pk)
    before = current.latest
    section = section_of(before, asked.question) if before is not None else None
    if not asked.waits or before is None or section is None:
        raise Stale(asked)
    choices = vocabulary()
    merged = merge(section, answers, current, seen, choices)
    if merged.conflicts:
        raise Stale(current, merged)
    content = _with(before.content, merged.values)
    if wrong := faults([section], before.kind, content, choices):
        raise Incomplete(wrong)
    if content.get(asked.question) == asked.version.content.get(asked.question):
        raise Refused(UNCHANGED)
    moment = max(at, before.came_at + A_MOMENT)
    version = _version_after(before, content, user, moment)
    columns = {"content": _with(current.content, merged.values), "saved_at": at, "saved_by": user}
    rows = Proposal.objects.filter(pk=current.pk)
    write_if(rows, current.edition, latest=version, submitted_at=moment, **columns)
    SectionSave.objects.note(current, section.slug, merged.values, user, at)
    ended = Clarification.objects.filter(pk=asked.pk, answer=None, withdrawn_at=None).update(answer=version)
    if not ended:
        raise Stale(asked)
    reach("after_clarified")
    reminders.settle_clarification(asked, ClarificationReminder.Reason.ANSWERED, at)
    told = {"clarification": asked, "attached": version.attached}
    receipt = Receipt(version.title, version.number, moment, version.sha256, str(user), **told)
    tell_editors(receipt, current, at)
    return version


def _version_after(before: Version, content: Mapping[str, Any], user: User, at: datetime) -> Version:
    """Write the version that an answer makes of the version before, in the same step."""
    return Version.objects.create(
        proposal_id=before.proposal_id,
        step_id=before.step_id,
        kind=before.kind,
        number=before.number + 1,
        form=before.form,
        own_form_id=before.own_form_id,
        content=content,
        attached=before.attached,
        sha256=receipt_hash(content, before.attached),
        submitted_at=at,
        submitted_by=user,
        clarifies_since=before.came_at,
    )


def _with(content: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content with other answers; an emptied answer is removed, all others stay as they are."""
    kept = {key: value for key, value in content.items() if key not in values}
    return {**kept, **{key: value for key, value in values.items() if value}}


@transaction.atomic
def withdraw(clarification: Clarification, because: str, user: User, at: datetime) -> None:
    """Withdraw what was asked and is not answered, and tell the editors why. Raises ``Stale``: it has ended."""
    locked(PROPOSALS.all(), clarification.proposal_id)  # before its clarifications, as an answer does
    waiting = Clarification.objects.filter(pk=clarification.pk, answer=None, withdrawn_at=None)
    if not waiting.update(withdrawn_at=at, withdrawn_by=user, withdrawn_because=because):
        raise Stale(clarification)
    reminders.tell_withdrawn(Clarification.objects.for_page().get(pk=clarification.pk), at)


def mark_read(clarification: Clarification, user: User, at: datetime) -> bool:
    """Mark an answer as read by the ministry; return whether it was not marked before."""
    return bool(Clarification.objects.unread().filter(pk=clarification.pk).update(read_at=at, read_by=user))
