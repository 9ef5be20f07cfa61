"""Invitations: sent by mail, accepted once. Only the hash of an invitation's token is kept."""

from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from smtplib import SMTPException

from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.db import transaction

from registry.lib.database import clock
from registry.lib.letters import write
from registry.lib.refusals import Refused

from . import access
from .models import Invitation, Organisation, User

LASTS = timedelta(days=14)


class NotSent(Refused):
    """The mail server did not take the letter; nothing is kept of the invitation."""


class NotOpen(Refused):
    """There is no such invitation, or it is used, or its time has run out: one answer for all three."""


class AccountExists(Refused):
    """The invited address has an account already."""


def fingerprint(token: str) -> str:
    """Return the SHA-256 of a token, in hexadecimal: all that is kept of it."""
    return sha256(token.encode()).hexdigest()


def send(
    inviter: User, *, email: str, role: str, organisation: Organisation | None, language: str, at: datetime
) -> Invitation:
    """Invite ``email`` by a letter; ``language`` empty: in Finnish and in Swedish. Raise NotSent."""
    token = token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email.strip().lower(),
        role=role,
        organisation=organisation,
        language=language,
        token_sha256=fingerprint(token),
        invited_by=inviter,
        invited_at=at,
        expires_at=at + LASTS,
    )
    try:
        # Sign-in mails never pass the table of messages: staff read it, and this letter holds a secret.
        _letter(invitation, token).send()
    except (OSError, SMTPException) as fault:
        invitation.delete()
        raise NotSent from fault
    return invitation


def _letter(invitation: Invitation, token: str) -> EmailMessage:
    written = write("invitation", invitation.language, {"invitation": invitation, "token": token})
    return EmailMessage(written.subject, written.body, to=[invitation.email])


def find(token: str, at: datetime) -> Invitation:
    """Return the open invitation of ``token``. Raise NotOpen, or AccountExists."""
    found = Invitation.objects.select_related("organisation", "invited_by", "invited_by__organisation")
    invitation = found.filter(token_sha256=fingerprint(token)).first()
    if invitation is None or not invitation.open(at):
        raise NotOpen
    # An invitation stands on the rights of whoever sent it, and falls with them.
    if not access.may_invite_as(invitation.invited_by, invitation.role, invitation.organisation, at):
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
    return user
