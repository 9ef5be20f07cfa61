"""What waits on a preparer, with its age: the own drafts, changes and steps, and who wants to write with whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from pilots import access
from pilots.models import Attachment, Clarification, JoinRequest, Proposal, WriterInvitation
from regions.models import User
from registry.lib.dates import today
from registry.lib.directions import fill

AT_MOST = 50  # of each kind: a longer list is no list of what to do


@dataclass(frozen=True)
class Waiting:
    """One thing that waits on somebody: what is to be done, where, since when, and until when if it has a deadline."""

    text: str
    address: str
    since: datetime
    days: int  # its age
    closes_at: datetime | None = None


def waiting(text: str, address: str, since: datetime, at: datetime, closes_at: datetime | None = None) -> Waiting:
    """Return the thing with its age in Finnish days."""
    return Waiting(text, address, since, (today(at) - today(since)).days, closes_at)


def first_things_first(things: list[Waiting]) -> list[Waiting]:
    """Return them in the order of their deadlines, then the oldest first."""
    return sorted(things, key=lambda one: (one.closes_at is None, one.closes_at or one.since, one.since))


def waits_on_preparer(user: User, at: datetime) -> list[Waiting]:
    """Return what waits on a preparer: drafts and changes that can be sent, steps to go on to, answers to a team."""
    rows = Proposal.objects.editable_by(user, at).filter(state__in=[Proposal.State.DRAFT, Proposal.State.SUBMITTED])
    rows = rows.filter(round__published_at__isnull=False, round__cancelled_at__isnull=True)
    rows = rows.select_related("round", "organisation", "latest", "moved_on_to")
    found = [*_invitations(user, at), *_requests(user, at)]
    for proposal in rows.prefetch_related("round__steps__extensions", "round__steps__asked")[:AT_MOST]:
        title = proposal.title or _("Untitled proposal")
        step = access.open_step(proposal, at)
        if step is not None and proposal.has_unsent_words:
            draft = proposal.state == Proposal.State.DRAFT
            words = _("Send the draft: %(title)s") if draft else _("Send the changes: %(title)s")
            since = proposal.created_at if draft else proposal.saved_at
            place = reverse("check_proposal", args=[proposal.pk])
            found.append(waiting(fill(words, title=title), place, since, at, proposal.closes_at(at)))
        elif (following := access.next_step(proposal, at)) is not None:
            words = fill(_("Move on to the next step: %(title)s"), title=title)
            closes_at = following.closes_for(proposal.organisation_id)
            found.append(waiting(words, reverse("proposal", args=[proposal.pk]), following.opens_at, at, closes_at))
    return first_things_first([*found, *_clarifications(user, at), *_held_back(user, at)])


def _invitations(user: User, at: datetime) -> list[Waiting]:
    rows = WriterInvitation.objects.to_user(user, at).select_related("proposal__round", "proposal__organisation")
    words = _("Answer the invitation to write a proposal: %(organisation)s, %(round)s")
    return [
        waiting(
            fill(words, organisation=one.proposal.organisation.name.plain, round=one.proposal.round.name.plain),
            reverse("proposal_invitation", args=[one.pk]),
            one.invited_at,
            at,
            one.expires_at,
        )
        for one in rows[:AT_MOST]
    ]


def _requests(user: User, at: datetime) -> list[Waiting]:
    rows = JoinRequest.objects.answerable_by(user, at).select_related("user")
    words = _("Answer the request to join: %(who)s")
    return [
        waiting(fill(words, who=one.user), reverse("editors", args=[one.proposal_id]), one.asked_at, at)
        for one in rows[:AT_MOST]
    ]


def _clarifications(user: User, at: datetime) -> list[Waiting]:
    """Return what the ministry asks of the proposals that the preparer edits."""
    mine = Proposal.objects.editable_by(user, at)
    rows = Clarification.objects.waiting().filter(proposal__in=mine).select_related("version").order_by("due_at")
    return [
        waiting(
            fill(
                _("Answer the clarification request: %(label)s, %(title)s"),
                label=row.label.plain,
                title=row.version.title or _("Untitled proposal"),
            ),
            reverse("clarification", args=[row.proposal_id, row.number]),
            row.asked_at,
            at,
            row.due_at,
        )
        for row in rows[:AT_MOST]
    ]


def _held_back(user: User, at: datetime) -> list[Waiting]:
    """Return the files of drafts that nobody gets: they are to be removed, and clean ones added."""
    mine = Proposal.objects.editable_by(user, at).filter(state__in=[Proposal.State.DRAFT, Proposal.State.SUBMITTED])
    judged = [Attachment.Scan.INFECTED, Attachment.Scan.NOT_JUDGED]
    rows = Attachment.objects.filter(proposal__in=mine, scan__in=judged, removed_at=None)
    words = _("Add another file in place of the one that is held back: %(name)s")
    return [
        waiting(fill(words, name=row.name), reverse("attachments", args=[row.proposal_id]), row.scanned_at, at)
        for row in rows[:AT_MOST]
        if row.scanned_at is not None
    ]
