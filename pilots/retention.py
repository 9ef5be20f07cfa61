"""How long what nobody needs any more is kept: one table, which the clean-up follows and the privacy page shows."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pilots.models import (
    Assessment,
    DeletedDraft,
    Inquiry,
    JoinRequest,
    Message,
    Note,
    ReturnedMail,
    SectionSave,
    WriterInvitation,
)
from regions.models import Invitation, KeptForm, KnownNetwork, SearchWord, SignInLetter
from registry.lib import file_store

log = logging.getLogger(__name__)
Rows = Iterable[QuerySet[Any]]
NEW_PASSWORD = SignInLetter.Kind.NEW_PASSWORD
UPLOADING = timedelta(hours=1)  # how old a file is that has no row, and will have none


@dataclass(frozen=True)
class Kept:
    """A line of the table: what is kept, for how many days after what, and which rows are past that ``before`` a day.

    ``rows`` is None where the line is kept by the host and not by the portal.
    """

    what: str | Promise
    days: int
    after: str | Promise
    rows: Callable[[datetime], Rows] | None


def _sessions(before: datetime) -> Rows:
    return [Session.objects.filter(expire_date__lte=before)]


def _kept_forms(before: datetime) -> Rows:
    return [KeptForm.objects.past(before)]


def _deleted_drafts(before: datetime) -> Rows:
    return [DeletedDraft.objects.filter(deleted_at__lte=before)]


def _section_saves(before: datetime) -> Rows:
    return [SectionSave.objects.filter(until__lte=before)]


def _team(before: datetime) -> Rows:
    return [WriterInvitation.objects.past(before), JoinRequest.objects.filter(answered_at__lte=before)]


def _inquiries(before: datetime) -> Rows:
    return [Inquiry.objects.past(before)]


def _password_letters(before: datetime) -> Rows:
    letters = SignInLetter.objects.filter(kind=NEW_PASSWORD, asked_at__lte=before)
    return [Message.objects.filter(sign_in_letter__in=letters), letters]


def _invitations(before: datetime) -> Rows:
    ended = Q(accepted_at__lte=before) | Q(withdrawn_at__lte=before) | Q(expires_at__lte=before)
    invitations = Invitation.objects.filter(ended)
    return [Message.objects.filter(sign_in_letter__invitation__in=invitations), invitations]


def _known_networks(before: datetime) -> Rows:
    return [KnownNetwork.objects.filter(seen_at__lte=before)]


def _returned_mail(before: datetime) -> Rows:
    return [ReturnedMail.objects.filter(read_at__lte=before)]


def _words(_before: datetime) -> Rows:
    return [SearchWord.objects.unsaid()]


def _withdrawn_notes(before: datetime) -> Rows:
    return [Note.objects.filter(withdrawn_at__lte=before)]


def _unready_assessments(before: datetime) -> Rows:
    return [Assessment.objects.filter(ready_at=None, proposal__decided_at__lte=before)]


KEPT = (
    Kept(_("Sessions, and what was typed into a form whose session had ended"), 0, _("the session ends"), _sessions),
    Kept(_("What was typed into a form and not done as it stood"), 1, _("the form was sent"), _kept_forms),
    Kept(_("Drafts that their editors deleted, with their files"), 1, _("the draft was deleted"), _deleted_drafts),
    Kept(_("Who changed which answers of a draft; never the words"), 365, _("the change"), _section_saves),
    Kept(_("Invitations to write a proposal, and requests to join"), 90, _("they were answered or ended"), _team),
    Kept(
        _("Who asked about a round, and in which words; the public question and its answer stay"),
        90,
        _("the question was answered or declined, or its round closed"),
        _inquiries,
    ),
    Kept(_("Internal notes that their authors withdrew"), 365, _("the note was withdrawn"), _withdrawn_notes),
    Kept(_("Assessments that never became ready"), 90, _("the decision"), _unready_assessments),
    Kept(_("Letters with a link to a new password"), 30, _("the letter was asked for"), _password_letters),
    Kept(_("Invitations, and the letters with their links"), 90, _("they were accepted or ended"), _invitations),
    Kept(
        _("Networks from which an account was signed in to, as a keyed hash"),
        90,
        _("the last sign-in"),
        _known_networks,
    ),
    Kept(_("Notes on mail that came back; the mail itself is not kept"), 90, _("it was read"), _returned_mail),
    Kept(_("Words of the search that no record says any more"), 0, _("the record was changed or deleted"), _words),
    Kept(_("The log of security: accounts, addresses of the net, what was done"), 90, _("the event"), None),
)


def clean_up(at: datetime) -> dict[str, int]:
    """Delete what is past its days at ``at``; return how many rows of each line were deleted."""
    deleted = {
        str(kept.what): sum(rows.delete()[0] for rows in kept.rows(at - timedelta(days=kept.days)))
        for kept in KEPT
        if kept.rows is not None
    }
    if any(deleted.values()):
        log.info("Clean-up: %s", ", ".join(map(str, deleted.values())))
    sweep_files(at)
    return deleted


def sweep_files(at: datetime) -> int:
    """Remove the attached files that no row names, and return how many: of a draft that is gone, of a broken upload.

    One statement reads all names: a draft that is deleted or brought back meanwhile is in one of the two tables.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT stored FROM pilots_attachment UNION ALL"
            " SELECT jsonb_array_elements(attachments) ->> 'stored' FROM pilots_deleteddraft"
        )
        known = {name for (name,) in cursor.fetchall()}
    removed = file_store.sweep(known, at - UPLOADING)
    if removed:
        log.info("Clean-up: %s files that no row names", removed)
    return removed
