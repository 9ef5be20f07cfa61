"""Letters that staff write: drafts that a human edits and sends, once."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from pilots.mail import outbox, reminders
from pilots.mail.letters import Staff
from pilots.models import Message, StaffLetter
from regions.models import User
from registry.lib.refusals import Incomplete, NotAsShown, Refused, Stale

TEXTS = ("subject_fi", "body_fi", "subject_sv", "body_sv")  # without these nothing is sent


class NobodyThere(Refused):
    """The letter would reach nobody."""


@transaction.atomic
def write_letter(letter: StaffLetter, columns: dict[str, Any], edition: int, user: User, at: datetime) -> StaffLetter:
    """Write a new letter of ``letter.round``, or change one that was opened at ``edition``; return it as it is now.

    Raises Stale when someone else wrote or sent it meanwhile. Nothing is sent by this.
    """
    if not letter.pk:
        return StaffLetter.objects.create(round=letter.round, written_at=at, written_by=user, **columns)
    written = StaffLetter.objects.filter(pk=letter.pk, edition=edition, sent_at=None).update(
        edition=F("edition") + 1, written_at=at, written_by=user, **columns
    )
    current = StaffLetter.objects.select_related("round", "proposal", "written_by").get(pk=letter.pk)
    if not written:
        raise Stale(current)
    return current


@transaction.atomic
def send_letter(letter: StaffLetter, edition: int, user: User, at: datetime, *, seen: str = "") -> int:
    """Send the edition that the sender read to each person of its audience, once; return to how many.

    ``seen``: the seal of the people who were shown to the sender; empty: whoever they are. Raises Stale when the letter
    was changed or sent meanwhile, Incomplete, NobodyThere or NotAsShown; then nothing is sent.
    """
    current = (
        StaffLetter.objects.select_for_update(of=("self",))
        .select_related("round__owner", "round__organiser", "proposal", "written_by")
        .get(pk=letter.pk)
    )
    if current.edition != edition or current.sent_at is not None:
        raise Stale(current)
    if not all(getattr(current, name) for name in TEXTS):
        raise Incomplete
    found = reminders.audience(current, at)
    if seen and seen != found.seal:
        raise NotAsShown(found)
    if not found.people:
        raise NobodyThere
    StaffLetter.objects.filter(pk=current.pk).update(sent_at=at, sent_by=user)
    for person in [*found.people, *found.without_address]:  # whom no mail reaches gets a row that says so
        key = f"staff letter {current.pk} {current.written_at.isoformat()} {person.pk}"
        message = outbox.post(Staff(current), person, at=at, round_=current.round, proposal=current.proposal, key=key)
        Message.objects.filter(pk=message.pk).update(staff_letter=current)
    return len(found.people)
