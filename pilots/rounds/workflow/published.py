"""What may still be done with a published round: its words corrected, a body invited, the owner changed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from pilots.mail import reminders
from pilots.models import Round, RoundCorrection
from regions.models import Organisation, User
from registry.lib.database import locked
from registry.lib.editions import Merged, Shown, merge, same, write_if
from registry.lib.languages import InThree
from registry.lib.refusals import Refused, Stale

from .rounds import COLUMNS

WORDS = tuple(name for name in COLUMNS if name != "programme")


def words_of(round_: Round) -> dict[str, Any]:
    """Return the words of a round that can be corrected."""
    return {name: getattr(round_, name) for name in WORDS}


def _living(round_id: int) -> Round:
    round_ = locked(Round.objects.select_related("owner", "organiser"), round_id, no_key=True)
    if round_.published_at is None or round_.cancelled_at is not None:
        raise Refused(_("The round is not published, or it is cancelled."))
    return round_


@transaction.atomic
def correct(round_: Round, shown: Shown, typed: Mapping[str, Any], reason: InThree, user: User, at: datetime) -> Merged:
    """Correct the words of a published round, and put the reason on its page; return what was merged.

    Raises ``Stale`` where somebody else changed the same words, ``Refused`` where nothing is changed.
    """
    before = _living(round_.pk)
    was = words_of(before)
    merged = merge(shown, typed, was, before.edition)
    if merged.conflicts:
        raise Stale(before, merged)
    changed = [name for name in WORDS if not same(merged.values[name], was[name])]
    if not changed:
        raise Refused(_("Nothing was changed."))
    write_if(Round.objects.filter(pk=before.pk), before.edition, **{name: merged.values[name] for name in changed})
    RoundCorrection.objects.create(
        round=before,
        corrected_at=at,
        corrected_by=user,
        columns=changed,
        before={name: was[name] for name in changed},
        **reason.columns("reason"),
    )
    return merged


@transaction.atomic
def invite(round_: Round, organisations: Iterable[Organisation], at: datetime) -> reminders.Invitations:
    """Invite more organisations to a published round, by the same letter as those before; return the letters.

    Raises ``Refused`` where the round is open to all, and where all of them are invited already.
    """
    current = _living(round_.pk)
    there = set(current.invited.all())
    if not there:
        raise Refused(_("The round is open to all: nobody needs an invitation."))
    new = [organisation for organisation in organisations if organisation not in there]
    if not new:
        raise Refused(_("They are invited already."))
    current.invited.add(*new)
    reminders.plan(current, at)
    return reminders.invite_to_round(current, new, at)


@transaction.atomic
def hand_over(round_: Round, person: User, at: datetime) -> None:
    """Make ``person`` the owner of a published round: the owner's letters, and the answers to its letters, go there.

    Raises ``Refused`` where the person owns the round already.
    """
    current = _living(round_.pk)
    if current.owner_id == person.pk:
        raise Refused(_("This person owns the round already."))
    write_if(Round.objects.filter(pk=current.pk), current.edition, owner=person)
    reminders.plan(Round.objects.get(pk=current.pk), at)
