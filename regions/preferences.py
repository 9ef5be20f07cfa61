"""What people want to hear: reminders, the digest, the calendar; addresses that work without signing in."""

from django.core import signing
from django.db import models
from django.utils.translation import gettext_lazy as _

from .models import User

SALT = "regions.wishes"


class Wish(models.TextChoices):
    """The letters that one may do without; all others stay (REMINDERS.md, Sending 9)."""

    REMINDERS = "reminders", _("reminders of deadlines")
    DIGEST = "digest", _("the digest every Monday")


class NotOursError(LookupError):
    """The ticket is not one that the registry gave, or its account is gone."""


def _column(wish: Wish) -> str:
    return f"wants_{wish}"


def ticket(user: User, wish: Wish) -> str:
    """Return what lets its holder switch the wish of ``user`` on and off, and nothing else: signed, without an end.

    It has no end because letters are read late: a link to stop them must work for as long as the letter is kept.
    """
    return signing.Signer(salt=SALT, sep="~").sign(f"{user.pk}.{wish}")


def read(ticket: str) -> tuple[User, Wish]:
    """Return the account and the wish of a ticket. Raises NotOursError."""
    try:
        pk, _, wish = signing.Signer(salt=SALT, sep="~").unsign(ticket).partition(".")
    except signing.BadSignature as fault:
        raise NotOursError from fault
    user = User.objects.filter(pk=pk).first()
    if user is None:
        raise NotOursError
    return user, Wish(wish)


def wants(user: User, wish: Wish) -> bool:
    """Whether ``user`` wants these letters."""
    return bool(getattr(user, _column(wish)))


def set_wish(user: User, wish: Wish, *, wanted: bool) -> bool:
    """Switch the wish of ``user`` on or off, and return whether that changed it. Twice is harmless."""
    column = _column(wish)
    changed = User.objects.filter(pk=user.pk).exclude(**{column: wanted}).update(**{column: wanted})
    setattr(user, column, wanted)
    return changed > 0


def renew_calendar(user: User) -> None:
    """Give the calendar of ``user`` another secret address; the old one is void at once."""
    User.objects.filter(pk=user.pk).update(calendar_edition=models.F("calendar_edition") + 1)
    user.refresh_from_db(fields=["calendar_edition"])
