"""Letters that staff write: drafts that a human edits and sends, once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from pilots.mail import outbox, reminders
from pilots.mail.letters import Staff
from pilots.models import Message, Round, StaffLetter
from regions.models import User
from registry.lib.database import locked
from registry.lib.editions import Merged, Shown, merge, write_if
from registry.lib.languages import LANGUAGES
from registry.lib.refusals import Incomplete, NotAsShown, Refused, Stale

TEXTS = tuple(f"{name}_{language}" for language in LANGUAGES for name in ("subject", "body"))
NEEDED = ("subject_fi", "body_fi", "subject_sv", "body_sv")  # without these nothing is sent


class NobodyThere(Refused):
    """The letter would reach nobody."""


def stored(letter: StaffLetter) -> dict[str, Any]:
    """Return what a form of the letter shows and changes, in the shape in which ``change_letter`` takes it."""
    return {**{name: getattr(letter, name) for name in TEXTS}, "receivers": (letter.audience, letter.proposal)}


def start_letter(round_: Round, typed: Mapping[str, Any], user: User, at: datetime) -> StaffLetter:
    """Write a new letter to people of the round and return it. Nothing is sent by this."""
    return StaffLetter.objects.create(round=round_, written_at=at, written_by=user, **_columns(typed))


@transaction.atomic
def change_letter(letter: StaffLetter, shown: Shown, typed: Mapping[str, Any], user: User, at: datetime) -> Merged:
    """Write what was ``typed`` into a form that showed ``shown``, merged with what others wrote since.

    Raises Stale where both changed the same field, and without a merge where the letter has been sent. Nothing is sent
    by this.
    """
    before = locked(StaffLetter.objects.for_page(), letter.pk)
    if before.sent_at is not None:
        raise Stale(before)
    merged = merge(shown, typed, stored(before), before.edition, who=before.written_by)
    if merged.conflicts:
        raise Stale(before, merged)
    write_if(
        StaffLetter.objects.filter(pk=before.pk),
        before.edition,
        written_at=at,
        written_by=user,
        **_columns(merged.values),
    )
    return merged


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    audience, proposal = values["receivers"]
    return {**{name: values[name] for name in TEXTS}, "audience": audience, "proposal": proposal}


@transaction.atomic
def send_letter(letter: StaffLetter, edition: int, user: User, at: datetime, *, seen: str = "") -> int:
    """Send the edition that the sender read to each person of its audience, once; return to how many.

    ``seen``: the fingerprint of the people that the page showed; empty: no page. Raises Stale when the letter was
    changed or sent meanwhile, Incomplete, NobodyThere or NotAsShown; then nothing is sent.
    """
    current = locked(StaffLetter.objects.for_page(), letter.pk)
    if current.edition != edition or current.sent_at is not None:
        raise Stale(current)
    if not all(getattr(current, name) for name in NEEDED):
        raise Incomplete
    audience = reminders.audience(current, at)
    if seen and seen != audience.fingerprint:
        raise NotAsShown(audience)
    if not audience.people:
        raise NobodyThere
    StaffLetter.objects.filter(pk=current.pk).update(sent_at=at, sent_by=user)
    for person in [*audience.people, *audience.without_address]:  # the row of a person without an address says so
        key = f"staff letter {current.pk} {current.written_at.isoformat()} {person.pk}"
        message = outbox.post(Staff(current), person, at=at, round_=current.round, proposal=current.proposal, key=key)
        Message.objects.filter(pk=message.pk).update(staff_letter=current)
    return len(audience.people)
