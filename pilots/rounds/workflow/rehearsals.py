"""Rehearsals: what a round's people will be told, shown before it happens."""

from datetime import datetime

from django.db import transaction

from pilots.mail import reminders
from pilots.models import Round
from regions.models import User

from . import rounds


def rehearse(round_: Round, user: User, at: datetime, *, person: int | None = None) -> reminders.Rehearsal:
    """Return what will be told of the round in the 60 days from ``at``, and what not; to one account, if given.

    A round that is not published yet is published, rehearsed, and unpublished again by rolling back: the verb that
    will publish it makes the plan that is shown. Raises ``Incomplete`` where it cannot be published.
    """
    with transaction.atomic():
        if round_.published_at is None:
            rounds.publish(round_, user, at)
        rehearsal = reminders.rehearse_round(round_, at, person=person)
        transaction.set_rollback(True)
    return rehearsal
