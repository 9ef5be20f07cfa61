"""A user's preferences: which letters come, where the calendar is read; letters are stopped without signing in."""

from django.core import signing
from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.lib.refusals import Refused

from .models import User

SALT = "regions.wishes"  # never changed: letters that went out long ago hold addresses that are signed with it


class Preference(models.TextChoices):
    """The letters that a user can switch off. All others always come: receipts, corrections, cancellations."""

    REMINDERS = "reminders", _("reminders of deadlines")
    OPEN_ROUNDS = "open_rounds", _("a reminder of each round that is open to all")
    DIGEST = "digest", _("the digest every Monday")


class NotOurs(Refused):
    """The registry did not sign the token, or its account is gone."""


def _column(preference: Preference) -> str:
    return f"wants_{preference}"


def token(user: User, preference: Preference) -> str:
    """Return the signed token that lets its holder switch the preference of ``user``, and do nothing else.

    It never expires, because letters are read late: a link to stop letters must work for as long as the letter is kept.
    """
    return signing.Signer(salt=SALT, sep="~").sign(f"{user.pk}.{preference}")


def read(token: str) -> tuple[User, Preference]:
    """Return the account and the preference of a token. Raises ``NotOurs``."""
    try:
        pk, _, preference = signing.Signer(salt=SALT, sep="~").unsign(token).partition(".")
    except signing.BadSignature as fault:
        raise NotOurs from fault
    user = User.objects.filter(pk=pk).first()
    if user is None:
        raise NotOurs
    return user, Preference(preference)


def wants(user: User, preference: Preference) -> bool:
    """Whether ``user`` wants these letters."""
    return bool(getattr(user, _column(preference)))


def set_preference(user: User, preference: Preference, *, wanted: bool) -> bool:
    """Switch the preference of ``user`` on or off, and return whether that changed it. Twice is harmless."""
    column = _column(preference)
    changed = User.objects.filter(pk=user.pk).exclude(**{column: wanted}).update(**{column: wanted})
    setattr(user, column, wanted)
    return changed > 0


def renew_calendar(user: User) -> None:
    """Give the calendar of ``user`` another secret address; the old address is void at once."""
    User.objects.filter(pk=user.pk).update(calendar_edition=models.F("calendar_edition") + 1)
    user.refresh_from_db(fields=["calendar_edition"])
