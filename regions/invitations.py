"""Invitations: sent by mail, accepted once. Only the hash of an invitation's token is kept, and a seed of it."""

from datetime import datetime, timedelta
from secrets import token_hex

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction

from registry.lib import security_log
from registry.lib.database import clock
from registry.lib.refusals import Refused

from . import sign_in_letters
from .models import Invitation, Organisation, User
from .sign_in_letters import fingerprint

LASTS = timedelta(days=14)
A_DAY = timedelta(days=1)
AT_MOST = 10  # invitations by one person in a day


class NotOpen(Refused):
    """There is no such invitation, or it is used, or its time has run out: one answer for all three."""


class OpenAlready(Refused):
    """The address has an open invitation: nothing new is sent. It says until when."""

    def __init__(self, expires_at: datetime) -> None:
        super().__init__()
        self.expires_at = expires_at


class Enough(Refused):
    """The inviter has sent enough invitations in a day; it says when the next may go."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__()
        self.again_at = again_at


class AccountExists(Refused):
    """The invited address has an account already."""


@transaction.atomic
def invite(
    inviter: User, *, email: str, role: str, organisation: Organisation | None, language: str, at: datetime
) -> Invitation:
    """Invite ``email`` by a letter, which is sent later; ``language`` empty: in Finnish and in Swedish.

    Raises ``OpenAlready``, or ``Enough``.
    """
    User.objects.select_for_update(no_key=True).get(pk=inviter.pk)
    email = email.strip().lower()
    _refuse(inviter, email, at)
    seed = token_hex(32)
    invitation = Invitation(
        email=email,
        role=role,
        organisation=organisation,
        language=language,
        token_sha256=fingerprint(sign_in_letters.token_of(seed, settings.SECRET_KEY)),
        invited_by=inviter,
        invited_at=at,
        expires_at=at + LASTS,
    )
    try:
        with transaction.atomic():
            invitation.save()
    except IntegrityError as fault:  # somebody else invited the address at this moment
        raise OpenAlready(invitation.expires_at) from fault
    sign_in_letters.ask_for_invitation(invitation, seed, at)
    security_log.note("invited", by=inviter.pk, invitation=invitation.pk, role=role)
    return invitation


def _refuse(inviter: User, email: str, at: datetime) -> None:
    """Raise ``OpenAlready`` or ``Enough`` where another invitation may not go."""
    existing = Invitation.objects.open_at(at).filter(email=email).first()
    if existing is not None:
        raise OpenAlready(existing.expires_at)
    lately = Invitation.objects.filter(invited_by=inviter, invited_at__gt=at - A_DAY).order_by("-invited_at")
    first_of_enough = lately[AT_MOST - 1 : AT_MOST].first()
    if first_of_enough is not None:
        raise Enough(first_of_enough.invited_at + A_DAY)


def withdraw(invitation: Invitation, user: User, at: datetime) -> None:
    """Take the invitation back; a letter that is on its way is not sent any more. Raises ``NotOpen``."""
    still_open = Invitation.objects.open_at(at).filter(pk=invitation.pk)
    if not still_open.update(withdrawn_at=at, withdrawn_by=user):
        raise NotOpen
    security_log.note("invitation_withdrawn", by=user.pk, invitation=invitation.pk)


def find(token: str, at: datetime) -> Invitation:
    """Return the open invitation of ``token``. Raise NotOpen, or AccountExists."""
    found = Invitation.objects.select_related("organisation", "invited_by", "invited_by__organisation")
    invitation = found.filter(token_sha256=fingerprint(token)).first()
    if invitation is None or not sign_in_letters.invitation_stands(invitation, at):
        raise NotOpen
    if User.objects.filter(email=invitation.email).exists():
        raise AccountExists
    return invitation


@transaction.atomic
def accept(token: str, *, name: str, password: str) -> User:
    """Make the account that was offered and return it. Raise NotOpen, or AccountExists.

    The row is locked and the database's clock decides: of two at the same moment one makes the account.
    """
    Invitation.objects.select_for_update().filter(token_sha256=fingerprint(token)).first()
    at = clock()
    invitation = find(token, at)
    user = User.objects.create_user(
        invitation.email,
        password,
        name=name,
        role=invitation.role,
        organisation=invitation.organisation,
        language=invitation.language,
    )
    # The link reached the address: it has proved itself.
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    invitation.accepted_at, invitation.accepted_by = at, user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    security_log.note("account_made", account=user.pk, invitation=invitation.pk, role=user.role)
    return user
