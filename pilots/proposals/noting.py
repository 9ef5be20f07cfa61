"""Internal notes on a proposal: written, and withdrawn by their authors."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from pilots.models import Note, Proposal
from regions.models import User
from registry.lib.database import locked
from registry.lib.refusals import Stale


@transaction.atomic
def write(proposal: Proposal, words: str, user: User, at: datetime) -> Note:
    """Write a note on the proposal."""
    current = locked(Proposal.objects.all(), proposal.pk)  # two notes at once get two numbers
    last = Note.objects.filter(proposal=current).aggregate(last=Max("number"))["last"] or 0
    return Note.objects.create(proposal=current, number=last + 1, author=user, words=words, written_at=at)


def withdraw(note: Note, at: datetime) -> None:
    """Mark the note as withdrawn; it stays. Raises ``Stale`` where it is withdrawn already."""
    if not Note.objects.filter(pk=note.pk, withdrawn_at=None).update(withdrawn_at=at):
        raise Stale(note)
