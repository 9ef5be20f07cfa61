"""Letters of questions about a round: what became of a question to its asker, a public answer to all who write.

The asker gets the one letter and never the other: nobody is told twice, and who gets which is known to nobody else.
"""

from datetime import datetime

from django.db.models import QuerySet

from pilots.mail import outbox
from pilots.mail.letters import AnswerPublished, InquiryEnded
from pilots.models import Editor, Inquiry, Proposal, PublicAnswer, Round, RoundCorrection
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


def _post(inquiry: Inquiry, content: InquiryEnded, at: datetime) -> None:
    if inquiry.asked_by.works(at):
        key = f"inquiry:{inquiry.pk}:{content.correction.pk if content.correction else ''}"
        outbox.post(content, inquiry.asked_by, at=at, round_=inquiry.round, key=key)
