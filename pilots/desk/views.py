"""The ministry's desk."""

from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots import access
from pilots.mail import watch
from pilots.mail.reminders import days_before, unreached
from pilots.models import (
    DeletedRound,
    ExtensionRequest,
    Inquiry,
    Message,
    Phase,
    Pilot,
    Proposal,
    ReminderRule,
    Round,
    StaffLetter,
    Step,
)
from pilots.models.assessing import with_assessments
from pilots.models.proposals import ProposalQuerySet
from pilots.proposals.filters import AnswersFilter, ProposalFilter, with_waiting
from pilots.proposals.questions.answers import shown
from pilots.proposals.questions.vocabulary import vocabulary
from pilots.rounds.views.rehearsals import by_point
from pilots.rounds.workflow.rounds import faults
from regions.access import account, may_invite, may_invite_anyone
from regions.models import Organisation, User
from registry.lib.database import clock
from registry.lib.downloads import few_at_once
from registry.lib.pages import page_of
from registry.lib.views import only

from .documents import word_document
from .waiting import waits_on_staff

LETTERS_AT_MOST = 10  # letters of staff on a desk; their own list has them all
PRINTED_AT_ONCE = 100  # proposals with all their answers on one page
IN_ONE_DOCUMENT = 500  # proposals in one Word document, which is made in memory
TOLD_AT_MOST = 50  # letters on the desk of a round; the list of messages has them all


def _rounds(request: HttpRequest, at: datetime) -> QuerySet[Round]:
    """Return the rounds made in the registry; a round of the past has no owner and no steps."""
    return (
        Round.objects.visible_to(request.user, at)
        .filter(Q(steps__isnull=False) | Q(published_at=None))
        .distinct()
        .prefetch_related("steps")
        .with_counts()
        .order_by("-pk")
    )


@require_safe
@only(access.may_use_desk)
def show_desk(request: HttpRequest) -> HttpResponse:
    """Show the work that waits: rounds by phase, new proposals, messages that did not arrive, unpublished pilots."""
    at = timezone.now()
    rounds = [(round_, round_.phase(at)) for round_ in _rounds(request, at)]
    context = {
        "rounds": [pair for pair in rounds if pair[1] in {Phase.OPEN, Phase.AHEAD, Phase.DRAFT}],
        "closed": [pair for pair in rounds if pair[1] in {Phase.CLOSED, Phase.CANCELLED}],
        "deleted": DeletedRound.objects.kept(at) if access.may_make_round(request.user, at) else (),
        "latest": _proposals(request, at).order_by("-submitted_at")[:10],
        "troubled": Message.objects.filter(state__in=[Message.State.DEAD, Message.State.BOUNCED]).count(),
        "faulty": User.objects.filter(address_failed_at__isnull=False).count(),
        "unpublished": Pilot.objects.filter(published_at=None).order_by("code")[:20],
        "letters": StaffLetter.objects.filter(sent_at=None).drafts_first()[:LETTERS_AT_MOST],
        "waiting": waits_on_staff(account(request), at),
        "seen": watch.look(clock()),
        "may_make_round": access.may_make_round(request.user, at),
        "may_invite": may_invite(request.user, at),
    }
    return render(request, "desk/desk.html", context)


@require_safe
@only(access.may_use_desk)
def show_round_desk(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one round to staff: the organisations with what they sent, the reminders, the letters."""
    at = timezone.now()
    rows = Round.objects.visible_to(request.user, at).with_counts().select_related("programme", "owner")
    round_ = get_object_or_404(rows.prefetch_related(Prefetch("steps", Step.objects.for_desk()), "criteria"), slug=slug)
    may_edit = access.may_edit_round(request.user, round_, at)
    context = {
        "round": round_,
        "phase": round_.phase(at),
        "answers": _answers(round_),
        "reminders": by_point(round_),
        "unreached": unreached(round_, at) if round_.cancelled_at is None else [],
        "may_invite": may_invite_anyone(request.user, at),
        "told": Message.objects.of_rounds([round_]).for_list(round_)[:TOLD_AT_MOST],
        "letters": StaffLetter.objects.filter(round=round_).drafts_first()[:LETTERS_AT_MOST],
        "may_write_letter": access.may_write_letter(request.user, round_, at),
        "told_in_all": Message.objects.of_rounds([round_]).count(),
        "rules": round_.rules.all(),
        "days_before": days_before(ReminderRule.Audience.PREPARERS),
        "seen": watch.look(clock()),
        "may_use_desk": True,
        "may_edit": may_edit,
        "may_rehearse": access.may_rehearse(request.user, round_, at),
        "may_copy": access.may_copy(request.user, round_, at),
        "may_read_inquiries": access.may_read_inquiries(request.user, round_, at),
        "inquiries": Inquiry.objects.waiting().filter(round=round_).count(),
        "requests": ExtensionRequest.objects.filter(step__round=round_).waiting(),
        "may_change": access.may_move_deadline(request.user, round_, at),
        "faults": faults(round_, at) if may_edit else [],
    }
    return render(request, "desk/round_desk.html", context)


def _answers(round_: Round) -> list[dict[str, Any]]:
    """Return a line per organisation: those with a proposal and those invited that are silent, in Finnish order."""
    proposals: dict[int, list[Proposal]] = {}
    for proposal in round_.proposals.select_related("latest").order_by("created_at"):
        proposals.setdefault(proposal.organisation_id, []).append(proposal)
    organisations = Organisation.objects.filter(Q(invited_to=round_) | Q(pk__in=proposals)).distinct().by_name()
    return [{"organisation": one, "proposals": proposals.get(one.pk, [])} for one in organisations]


def _proposals(request: HttpRequest, at: datetime) -> ProposalQuerySet:
    rows = Proposal.objects.visible_to(request.user, at).select_related("organisation", "round", "latest")
    return with_assessments(with_waiting(rows))


def _listed(request: HttpRequest) -> ProposalFilter:
    """Return the list of submitted proposals as the address asks for it."""
    return ProposalFilter(request.GET, _proposals(request, timezone.now()).order_by("-submitted_at", "pk"))


def _with_answers(rows: ProposalQuerySet) -> ProposalQuerySet:
    """Return the proposals with the questions of the rounds' own that their latest versions answer."""
    return rows.prefetch_related("latest__own_form__questions")


@require_safe
@only(access.may_use_desk)
def list_proposals(request: HttpRequest) -> HttpResponse:
    """Show the submitted proposals with filters."""
    return render(request, "desk/proposals.html", _listed(request).context())


@require_safe
@only(access.may_use_desk)
@few_at_once
def download_proposals(request: HttpRequest) -> StreamingHttpResponse:
    """Give the same list as CSV, in the reader's language."""
    return _listed(request).dataset().file("proposals", "csv")


@require_safe
@only(access.may_use_desk)
@few_at_once
def download_answers(request: HttpRequest) -> StreamingHttpResponse:
    """Give the same list as CSV with every answer."""
    rows = _proposals(request, timezone.now()).order_by("-submitted_at", "pk")
    return AnswersFilter(request.GET, rows).dataset().file("proposals-with-answers", "csv")


@require_safe
@only(access.may_use_desk)
def print_proposals(request: HttpRequest) -> HttpResponse:
    """Show the proposals of the list with all their answers on one page, to be read or printed."""
    listed, choices = _listed(request), vocabulary()
    page = page_of(request, _with_answers(listed.qs), PRINTED_AT_ONCE)
    told = [(proposal, shown(proposal.latest, choices)) for proposal in page if proposal.latest is not None]
    return render(request, "desk/proposals_print.html", {"list": listed, "page": page, "told": told})


@require_safe
@only(access.may_use_desk)
@few_at_once
def download_word(request: HttpRequest) -> HttpResponse:
    """Give the proposals of the list with all their answers as one Word document."""
    listed = _listed(request)
    return word_document(_("Proposals"), _with_answers(listed.qs)[:IN_ONE_DOCUMENT], "proposals.docx")
