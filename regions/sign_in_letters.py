"""Sign-in letters: what their links are made from, and whether a link still opens what it is for.

A request writes a row; ``pilots.mail`` collects it and sends the letter. No link is kept: it is made anew for each try,
from the row and the site's key, and comes out the same.
"""

from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.utils.crypto import salted_hmac

from . import access
from .models import Invitation, SignInLetter, User

Kind = SignInLetter.Kind
AN_HOUR = timedelta(hours=1)
AT_MOST = 5  # letters about passwords to one mailbox in an hour


class PasswordTokens(PasswordResetTokenGenerator):
    """The tokens of links to a new password. Each follows from the account as it was at a moment.

    It is void once the password or the address changes, or its owner signs in.
    """

    def moment(self, at: datetime) -> int:
        """Return ``at`` as the tokens count time: in seconds."""
        return int(self._num_seconds(at.astimezone().replace(tzinfo=None)))

    def digest(self, user: User, at: datetime) -> str:
        """Return the SHA-256 of what a token made at ``at`` follows from, besides the site's key."""
        return sha256(self._make_hash_value(user, self.moment(at)).encode()).hexdigest()

    def made_with(self, user: User, at: datetime, key: str) -> str:
        """Return the token made at ``at`` with ``key``."""
        make: Any = self._make_token_with_timestamp
        return str(make(user, self.moment(at), key))


def site_keys() -> list[str]:
    """Return the keys of the site: the present one, then those that it replaced and that still count."""
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


@transaction.atomic
def ask_for_new_password(user: User, at: datetime) -> SignInLetter | None:
    """Ask for a letter with a link to a new password; None where the mailbox had enough of them in the last hour."""
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    lately = SignInLetter.objects.filter(kind=Kind.NEW_PASSWORD, asked_at__gt=at - AN_HOUR).to_mailbox(user.email)
    if lately.count() >= AT_MOST:
        return None
    return SignInLetter.objects.create(
        kind=Kind.NEW_PASSWORD,
        user=user,
        address=user.email,
        language=user.language,
        derived_from=PasswordTokens().digest(user, at),
        asked_at=at,
    )


def ask_for_invitation(invitation: Invitation, seed: str, at: datetime) -> SignInLetter:
    """Ask for the letter of an invitation whose token ``token_of`` makes from ``seed``."""
    return SignInLetter.objects.create(
        kind=Kind.INVITATION,
        invitation=invitation,
        address=invitation.email,
        language=invitation.language,
        derived_from=seed,
        asked_at=at,
    )


def token_of(seed: str, key: str) -> str:
    """Return the token of an invitation, made from its seed with a key of the site."""
    made = salted_hmac("regions.invitations", seed, secret=key, algorithm="sha256").digest()
    return urlsafe_b64encode(made).decode().rstrip("=")


def fingerprint(token: str) -> str:
    """Return the SHA-256 of an invitation's token, in hexadecimal: all that is kept of it."""
    return sha256(token.encode()).hexdigest()


def key_of(letter: SignInLetter) -> str:
    """Return the key of the site with which the letter's link is made first; empty where that key is gone.

    A link to a new password opens with any key. An invitation opens by the token that was made when it was asked for,
    perhaps with a key that has been replaced since.
    """
    if letter.invitation is None:
        return settings.SECRET_KEY
    kept = letter.invitation.token_sha256
    return next((key for key in site_keys() if fingerprint(token_of(letter.derived_from, key)) == kept), "")


def secret_of(letter: SignInLetter, key: str) -> str:
    """Return the secret part of the letter's link, made with ``key``."""
    if letter.user is not None:
        return PasswordTokens().made_with(letter.user, letter.asked_at, key)
    return token_of(letter.derived_from, key)


def holds(letter: SignInLetter, at: datetime) -> bool:
    """Whether the link still opens what it is for: the address is the same, and the link is neither used nor void."""
    if letter.user is not None:
        unused = letter.derived_from == PasswordTokens().digest(letter.user, letter.asked_at)
        return letter.user.is_active and letter.user.email == letter.address and unused
    invitation = letter.invitation
    if invitation is None or invitation.email != letter.address:
        return False
    return invitation_stands(invitation, at) and not User.objects.filter(email=invitation.email).exists()


def invitation_stands(invitation: Invitation, at: datetime) -> bool:
    """Whether the invitation is open. It stands on the rights of its inviter, and falls with them."""
    inviter, organisation = invitation.invited_by, invitation.organisation
    return invitation.open(at) and access.may_invite_as(inviter, invitation.role, organisation, at)
