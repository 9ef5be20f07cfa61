"""Forwarding: a letter that did not reach its receiver is told once to the receiver's deputy."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from pilots.mail.letters import TO_DEPUTIES, Forwarded
from pilots.models import DeliveryEvent, Message
from regions import access
from regions.models import User

from .posting import Deadline, has_address, post
from .protocols import MayContinue, MayTellDeputy

log = logging.getLogger(__name__)

LOOKED_BACK = timedelta(days=14)  # a letter that came back earlier is not forwarded
State, Kind = Message.State, DeliveryEvent.Kind


def deputy_of(message: Message, at: datetime) -> User | None:
    """Return the deputy who may be told in the receiver's place at ``at``; None if there is none."""
    deputy = message.user.deputy if message.user is not None else None
    if message.user is None or deputy is None or not access.may_deputise(deputy, message.user, at):
        return None
    return deputy if has_address(deputy) else None


def forward_returned(at: datetime, *, may_tell_deputy: MayTellDeputy, may_continue: MayContinue = lambda: True) -> int:
    """Forward each letter that came back for good or was refused; return how many were forwarded.

    A letter that has become useless is not forwarded. If its receiver names a deputy later it is, while it is of use.
    Any number of these may run at once.
    """
    posted = 0
    for pk in _returned(at).values_list("pk", flat=True):
        if not may_continue():
            break
        try:
            posted += _forward(pk, at, may_tell_deputy)
        except Exception:
            log.exception("The deputy was not told of message %s", pk)
    return posted


def _returned(at: datetime) -> QuerySet[Message]:
    """Return the messages that may have to be forwarded."""
    return Message.objects.filter(
        Q(useless_after=None) | Q(useless_after__gt=at),
        state__in=[State.BOUNCED, State.DEAD],
        settled_at__gt=at - LOOKED_BACK,
        deployment=settings.DEPLOYMENT_KEY,
        user__deputy__isnull=False,
        forward=None,
        letter__in=TO_DEPUTIES,
    ).order_by("pk")


@transaction.atomic
def _forward(pk: int, at: datetime, may_tell_deputy: MayTellDeputy) -> bool:
    """Forward one letter; return whether it was forwarded now."""
    locked = _returned(at).select_for_update(of=("self",), skip_locked=True).filter(pk=pk)
    message: Message | None = locked.select_related("user__deputy", "round__owner", "proposal").first()
    if message is None or message.user is None or (deputy := deputy_of(message, at)) is None:
        return False
    if not may_tell_deputy(message, deputy, at):
        return False
    forward = post(
        Forwarded(letter=message, person=message.user),
        deputy,
        at=at,
        key=f"forwarded:{message.message_id}",
        round_=message.round,
        proposal=message.proposal,
        tells=[
            Deadline(told.step, told.closes_at, told.letter, told.deadline_version)
            for told in message.told.select_related("step")
        ],
        useless_after=message.useless_after,
    )
    Message.objects.filter(pk=forward.pk).update(forward_of=message)
    message.events.create(kind=Kind.FORWARDED, at=at, words=deputy.email)
    return True
