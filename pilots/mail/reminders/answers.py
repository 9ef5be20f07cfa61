"""Letters of what is asked in a round: answers to all who write, changed questions, a declined extension.

Who asks about a round gets the one letter and never the other: nobody is told twice, and who gets which is known to
nobody else.
"""

from datetime import datetime

from django.db.models import Q, QuerySet

from pilots.mail import outbox
from pilots.mail.notices import AnswerPublished, ExtensionDeclined, InquiryEnded, QuestionsChanged
from pilots.models import (
    Editor,
    Extension,
    ExtensionRequest,
    Inquiry,
    Proposal,
    PublicAnswer,
    Round,
    RoundCorrection,
    Step,
)
from regions.models import User

from .plan import preparers

WRITING = (Proposal.State.DRAFT, Proposal.State.SUBMITTED)


def writers(round_: Round, at: datetime) -> QuerySet[User]:
    """Return the preparers who write a proposal in the round that is not decided on, each once."""
    editing = Editor.objects.filter(proposal__round=round_, proposal__state__in=WRITING)
    return preparers(at).filter(pk__in=editing.values("user")).order_by("pk")


def tell_inquiry_ended(inquiry: Inquiry, at: datetime) -> None:
    """Post to the asker how the question ended: with which answer, or why it was declined."""
    _post(inquiry, InquiryEnded(inquiry, inquiry.answer, None), at)


def tell_answer(answer: PublicAnswer, at: datetime, *, correction: RoundCorrection | None = None) -> None:
    """Post a new public answer, or its ``correction``, to all who write in the round.

    Those who asked are told of the new answer when their question ends, and here of a correction.
    """
    askers = set()
    for inquiry in answer.inquiries.select_related("asked_by", "round").order_by("pk"):
        if correction is not None and inquiry.asked_by_id not in askers:
            _post(inquiry, InquiryEnded(inquiry, answer, correction), at)
        askers.add(inquiry.asked_by_id)
    for user in writers(answer.round, at).exclude(pk__in=askers):
        key = f"answer:{answer.pk}:{correction.pk if correction else ''}:{user.pk}"
        outbox.post(AnswerPublished(answer, correction), user, at=at, round_=answer.round, key=key)


def tell_questions(content: QuestionsChanged, at: datetime) -> None:
    """Post to all who write in the round that its own questions have changed, while something can be sent in it."""
    form, round_ = content.form, content.form.round
    if not Step.objects.filter(_still_open(at), round=round_).exists():
        return
    for user in writers(round_, at):
        outbox.post(content, user, at=at, round_=round_, key=f"questions:{form.pk}:{user.pk}")


def _still_open(at: datetime) -> Q:
    """Return the condition that a step closes after ``at``, for all or for somebody with an extension."""
    later = Extension.objects.filter(closes_at__gte=at)
    return Q(closes_at__gte=at) | Q(pk__in=later.values("step"))


def tell_declined(request: ExtensionRequest, at: datetime) -> None:
    """Post to the asker alone that no extension is given, and why."""
    asker, step = request.asked_by, request.step
    if asker.works(at):
        content = ExtensionDeclined(request, step.closes_for(request.organisation_id))
        outbox.post(content, asker, at=at, round_=step.round, key=f"extension_declined:{request.pk}")


def _post(inquiry: Inquiry, content: InquiryEnded, at: datetime) -> None:
    if inquiry.asked_by.works(at):
        key = f"inquiry:{inquiry.pk}:{content.correction.pk if content.correction else ''}"
        outbox.post(content, inquiry.asked_by, at=at, round_=inquiry.round, key=key)
