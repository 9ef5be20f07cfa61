"""Letters to the assessors of a round: which proposals they assess, and until when."""

from collections.abc import Iterable
from datetime import datetime

from pilots import access
from pilots.mail import outbox
from pilots.mail.notices import AssessorNamed
from pilots.models import Assessor, Message, Proposal, Round
from regions.models import User

MOST = 20  # proposals that a letter names


def tell_assessors(round_: Round, people: Iterable[User], at: datetime, *, moved: bool = False) -> None:
    """Post to these assessors which proposals are sent, and until when they assess; ``moved``: that day has changed."""
    sent = Proposal.objects.filter(round=round_, state=Proposal.State.SUBMITTED).select_related("latest")
    titles = [one.sent_title for one in sent.order_by("submitted_at", "pk")]
    content = AssessorNamed(round_.assess_until, moved, titles[:MOST], max(0, len(titles) - MOST))
    for user in people:
        if access.may_use_desk(user, at):
            outbox.post(content, user, at=at, round_=round_)


def assessor_holds(message: Message, at: datetime) -> bool:
    """Whether a letter to an assessor may go: the receiver still assesses, and no later letter tells another day."""
    user, round_ = message.user, message.round
    if user is None or round_ is None or not user.works(at) or round_.cancelled_at is not None:
        return False
    later = Message.objects.filter(letter=message.letter, user=user, round=round_, pk__gt=message.pk)
    return Assessor.objects.filter(round=round_, user=user).exists() and not later.exists()
