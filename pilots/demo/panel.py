"""What to try first, by role: three lines with links on the page where a role's work is."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from pilots import access
from pilots.models import Assessment, Clarification, Proposal, Round, Step
from pilots.proposals.forms.writing import SectionForm
from pilots.proposals.questions.known_forms import form_of
from pilots.proposals.questions.vocabulary import vocabulary
from regions.access import decides
from regions.models import User

from . import texts
from .world import BEING_MADE, CLOSED, of_the_world

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


@dataclass(frozen=True)
class Hint:
    """One thing to try: what to do, and where. ``fields``: what its button sends; without any it is a link."""

    text: str
    address: str
    fields: tuple[tuple[str, str], ...] = ()


def hints(viewer: User | AnonymousUser, at: datetime) -> list[Hint]:
    """Return what ``viewer`` may try first in the world; nothing where there is no open round of it."""
    round_ = of_the_world().open(at).first()
    if round_ is None or not isinstance(viewer, User):
        return []
    if access.may_prepare(viewer, at):
        return _of_a_preparer(viewer, round_, at)
    if decides(viewer, at):
        return _of_a_decider(round_)
    if access.may_make_round(viewer, at):
        return _of_an_officer(round_, at)
    return _of_staff(viewer, round_) if access.may_use_desk(viewer, at) else []


def _of_a_preparer(viewer: User, round_: Round, at: datetime) -> list[Hint]:
    own = round_.proposals.filter(editors=viewer).select_related("round").order_by("pk")
    drafts = [proposal for proposal in own if proposal.state == Proposal.State.DRAFT]
    sent = [proposal for proposal in own if proposal.state == Proposal.State.SUBMITTED]
    lines = [
        Hint(_("Answer what the ministry asks of a proposal that was sent"), _where(asked))
        for asked in Clarification.objects.waiting().filter(
            proposal__round__in=of_the_world(), proposal__editors=viewer
        )
    ]
    lines += [_conflict(draft) for draft in drafts if draft.content.get("problem") == texts.PROBLEM_SAVED]
    lines += [Hint(_("Write the draft to its end, check it and send it"), _of(draft)) for draft in drafts]
    lines += [Hint(_("Read what was sent, with its receipts; change it and send it again"), _of(one)) for one in sent]
    if not own:
        lines.append(Hint(_("Start a draft in the practice round"), reverse("start_proposal", args=[round_.slug])))
    return [*lines, Hint(_("Read the reminders and receipts that came to you"), reverse("my_letters"))]


def _where(asked: Clarification) -> str:
    return reverse("clarification", args=[asked.proposal_id, asked.number])


def _of(proposal: Proposal) -> str:
    return reverse("proposal", args=[proposal.pk])


def _conflict(draft: Proposal) -> Hint:
    """Return the button that sends a page which was opened before the colleague saved, with words typed since."""
    before = copy(draft)
    before.content = {**draft.content, "problem": texts.PROBLEM_FIRST}
    before.edition = draft.edition - 1
    section = next(part for part in form_of(draft).sections if any(q.key == "problem" for q in part.questions))
    form = SectionForm.stored(section, before, vocabulary())
    typed = {**form.data, "problem": texts.PROBLEM_TYPED}
    fields = [
        (name, str(item)) for name, value in typed.items() for item in (value if isinstance(value, list) else [value])
    ]
    words = _("Save what you typed while a colleague saved the same answer, and settle the conflict")
    return Hint(words, reverse("edit_section", args=[draft.pk, section.slug]), tuple(fields))


def _of_an_officer(round_: Round, at: datetime) -> list[Hint]:
    step = next(step for step in round_.steps.all() if step.phase(at) == "open" and step.kind != Step.Kind.TALKS)
    return [
        Hint(_("See who has sent, who has a draft and who is silent"), reverse("round_desk", args=[round_.slug])),
        Hint(
            _("Move the deadline: see who will be told what before you confirm"),
            reverse("move_deadline", args=[round_.slug, step.position]),
        ),
        Hint(_("Ask for a clarification of a proposal that was sent"), f"{reverse('all_proposals')}?round={CLOSED}"),
        Hint(_("Finish the round that is being made, rehearse it and publish it"), _desk_of(BEING_MADE)),
    ]


def _of_a_decider(round_: Round) -> list[Hint]:
    return [
        Hint(
            _("Decide on the proposals that wait, send the letters together and publish the outcome"),
            reverse("round_decisions", args=[CLOSED]),
        ),
        Hint(_("Read what assessors say of the proposals that wait"), f"{reverse('all_proposals')}?round={CLOSED}"),
        Hint(_("See who has sent, who has a draft and who is silent"), reverse("round_desk", args=[round_.slug])),
        Hint(_("See who was told what and when"), reverse("messages")),
    ]


def _of_staff(viewer: User, round_: Round) -> list[Hint]:
    begun = Assessment.objects.filter(user=viewer, ready_at=None, proposal__round__slug=CLOSED)
    return [
        *(
            Hint(_("Write the assessment that you have begun, and let others read it"), _assess(one.proposal_id))
            for one in begun
        ),
        Hint(_("Read the proposals that wait for a decision"), _desk_of(CLOSED)),
        Hint(_("See who has sent, who has a draft and who is silent"), reverse("round_desk", args=[round_.slug])),
        Hint(_("See who was told what and when"), reverse("messages")),
    ]


def _assess(key: int) -> str:
    return reverse("assess_proposal", args=[key])


def _desk_of(slug: str) -> str:
    return reverse("round_desk", args=[slug])
