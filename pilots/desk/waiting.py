"""What waits on a member of the ministry's staff, with its age."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pilots.models import (
    Assessment,
    Assessor,
    Clarification,
    Decision,
    Declaration,
    ExtensionRequest,
    Inquiry,
    Pilot,
    Proposal,
    Round,
    StaffLetter,
    Stage,
    WriterInvitation,
)
from pilots.proposals.waiting import AT_MOST, Waiting, first_things_first, waiting
from regions.access import decides, is_officer
from regions.models import User
from registry.lib.dates import on_the_finnish_clock
from registry.lib.directions import fill


def waits_on_staff(user: User, at: datetime) -> list[Waiting]:
    """Return what waits on ``user`` at ``at``, by what the role may do; on a reader only what the reader assesses."""
    found = _to_assess(user, at)
    if decides(user, at):
        found += [*_to_decide(at), *_to_confirm(user, at)]
    if is_officer(user, at):
        found += [
            *_letters(at),
            *_decision_letters(at),
            *_outcomes(at),
            *_untranslated(at),
            *_extensions(at),
            *_clarifications(at),
            *_inquiries(at),
            *_addresses(at),
            *_accounts(at),
        ]
    return first_things_first(found)


def _accounts(at: datetime) -> list[Waiting]:
    """Return the addresses that writers of a proposal invited and that no preparer has."""
    rows = WriterInvitation.objects.without_account(at).select_related("organisation").order_by("invited_at", "pk")
    words = _("Give or refuse an account: %(email)s, %(organisation)s")
    return [
        waiting(
            fill(words, email=one.email, organisation=one.organisation.name.plain),
            reverse("account_request", args=[one.pk]),
            one.invited_at,
            at,
            one.expires_at,
        )
        for one in rows[:AT_MOST]
    ]


def _living() -> QuerySet[Round]:
    return Round.objects.filter(published_at__isnull=False, cancelled_at__isnull=True)


def _to_assess(user: User, at: datetime) -> list[Waiting]:
    """Return the submitted proposals of the rounds in which ``user`` assesses, without those that are done with."""
    if not user.of_ministry(at):
        return []
    mine = {"proposal": OuterRef("pk"), "user": user}
    rows = Proposal.objects.filter(
        Exists(Assessor.objects.filter(round=OuterRef("round"), user=user)),
        ~Exists(Declaration.objects.conflicts().filter(**mine)),
        ~Exists(Assessment.objects.filter(ready_at__isnull=False, **mine)),
        state=Proposal.State.SUBMITTED,
        round__in=_living(),
    )
    rows = rows.select_related("latest", "round").order_by("submitted_at", "pk")
    words = _("Assess the proposal: %(title)s")
    return [
        waiting(
            fill(words, title=row.sent_title or _("Untitled proposal")),
            reverse("assess_proposal", args=[row.pk]),
            row.latest.came_at,
            at,
            _end_of(row.round.assess_until),
        )
        for row in rows[:AT_MOST]
        if row.latest is not None
    ]


def _end_of(day: date | None) -> datetime | None:
    """Return the last minute of a day on the Finnish clock."""
    return on_the_finnish_clock(day, time(23, 59)) if day is not None else None


def _to_decide(at: datetime) -> list[Waiting]:
    """Return the rounds that closed with proposals that nobody has decided on or proposed a decision for."""
    proposed = Decision.objects.waiting().filter(proposal=OuterRef("proposals"))
    undecided = Q(Q(proposals__state=Proposal.State.SUBMITTED), ~Exists(proposed))
    rounds = _living().annotate(n=Count("proposals", filter=undecided, distinct=True), closed=Max("steps__closes_at"))
    rows = rounds.filter(n__gt=0, closed__lt=at).order_by("closed")[:AT_MOST]
    return [waiting(_n_to_decide(row), reverse("round_decisions", args=[row.slug]), row.closed, at) for row in rows]


def _n_to_decide(row: Round) -> str:
    n: int = row.n  # type: ignore[attr-defined]
    words = ngettext("Decide on %(n)s proposal: %(round)s", "Decide on %(n)s proposals: %(round)s", n)
    return fill(words, n=n, round=row.name.plain)


def _to_confirm(user: User, at: datetime) -> list[Waiting]:
    rows = Decision.objects.waiting().exclude(proposed_by=user).for_page().order_by("proposed_at")[:AT_MOST]
    return [
        waiting(
            fill(_("Confirm or send back the decision: %(title)s"), title=row.version.title),
            reverse("decision", args=[row.proposal_id, row.number]),
            row.proposed_at,
            at,
        )
        for row in rows
    ]


def _letters(at: datetime) -> list[Waiting]:
    rows = StaffLetter.objects.filter(sent_at=None, decision=None).order_by("written_at")[:AT_MOST]
    return [
        waiting(
            fill(_("Read over and send the letter: %(subject)s"), subject=row),
            reverse("letter", args=[row.pk]),
            row.written_at,
            at,
        )
        for row in rows
    ]


def _decision_letters(at: datetime) -> list[Waiting]:
    unsent = Q(staff_letters__decision__isnull=False, staff_letters__sent_at__isnull=True)
    rounds = _living().annotate(
        n=Count("staff_letters", filter=unsent), since=Min("staff_letters__written_at", filter=unsent)
    )
    found = []
    for row in rounds.filter(n__gt=0).order_by("since")[:AT_MOST]:
        words = ngettext("Send %(n)s decision letter: %(round)s", "Send %(n)s decision letters: %(round)s", row.n)
        told = fill(words, n=row.n, round=row.name.plain)
        found.append(waiting(told, reverse("decision_letters", args=[row.slug]), row.since, at))
    return found


def _outcomes(at: datetime) -> list[Waiting]:
    """Return the rounds of which all is decided and told, and whose outcome is not published."""
    submitted = Proposal.objects.filter(round=OuterRef("pk"), state=Proposal.State.SUBMITTED)
    unsent = StaffLetter.objects.filter(round=OuterRef("pk"), decision__isnull=False, sent_at=None)
    rounds = _living().filter(~Exists(submitted), ~Exists(unsent), outcome_published_at=None)
    rows = rounds.annotate(told=Max("proposals__decisions__told_at")).filter(told__isnull=False).order_by("told")
    return [
        waiting(
            fill(_("Publish the outcome: %(round)s"), round=row.name.plain),
            reverse("publish_outcome", args=[row.slug]),
            row.told,
            at,
        )
        for row in rows[:AT_MOST]
    ]


def _untranslated(at: datetime) -> list[Waiting]:
    """Return the pilots that wait for a translation, though the outcome of their round is published."""
    rows = Pilot.objects.annotate(since=F("proposal__round__outcome_published_at"))
    rows = rows.filter(published_at=None, since__isnull=False).exclude(stage=Stage.LAPSED).order_by("code")
    return [
        waiting(
            fill(_("Translate and publish the pilot %(code)s"), code=code),
            reverse("edit_pilot", args=[code]),
            since,
            at,
        )
        for code, since in rows.values_list("code", "since")[:AT_MOST]
    ]


def _extensions(at: datetime) -> list[Waiting]:
    """Return the extensions that organisations ask for and nobody has answered."""
    rows = ExtensionRequest.objects.waiting().order_by("asked_at")[:AT_MOST]
    return [
        waiting(
            fill(_("Answer the request for an extension: %(who)s"), who=row.organisation.name.plain),
            f"{reverse('extend_deadline', args=[row.step.round.slug, row.step.position])}?request={row.pk}",
            row.asked_at,
            at,
        )
        for row in rows
    ]


def _inquiries(at: datetime) -> list[Waiting]:
    """Return the questions about rounds that nobody has answered or declined."""
    rows = Inquiry.objects.waiting().select_related("round").order_by("asked_at", "pk")[:AT_MOST]
    return [
        waiting(
            fill(_("Answer the question about the round: %(round)s"), round=row.round.name.plain),
            reverse("answer_inquiry", args=[row.round.slug, row.pk]),
            row.asked_at,
            at,
        )
        for row in rows
    ]


def _clarifications(at: datetime) -> list[Waiting]:
    """Return the answers to clarifications that nobody has read, and the clarifications that are overdue."""
    unread = Q(answer__isnull=False, read_at__isnull=True)
    overdue = Q(pk__in=Clarification.objects.waiting().filter(due_at__lt=at, proposal__state="submitted").values("pk"))
    rows = Clarification.objects.filter(unread | overdue).select_related("version", "answer").order_by("due_at")
    return [
        waiting(
            fill(_clarification_words(row), label=row.label.plain, title=row.version.title),
            reverse("clarification", args=[row.proposal_id, row.number]),
            row.answer.submitted_at if row.answer else row.due_at,
            at,
        )
        for row in rows[:AT_MOST]
    ]


def _clarification_words(row: Clarification) -> str:
    if row.answer is not None:
        return _("Read the answer to the clarification request: %(label)s, %(title)s")
    return _("Overdue clarification request, go on or withdraw it: %(label)s, %(title)s")


def _addresses(at: datetime) -> list[Waiting]:
    failed = User.objects.filter(address_failed_at__isnull=False)
    facts = failed.aggregate(n=Count("pk"), since=Min("address_failed_at"))
    if not facts["n"]:
        return []
    words = ngettext("Mend %(n)s address that does not work", "Mend %(n)s addresses that do not work", facts["n"])
    return [waiting(fill(words, n=facts["n"]), reverse("addresses"), facts["since"], at)]
