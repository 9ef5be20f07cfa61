"""How people sign in: by address and password, by invitation only, while their rights hold."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest
from django.utils import timezone

from .models import User


class AccountBackend(AuthenticationBackend):
    """Lets in whoever has the right password and rights that hold; asked again at every request."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether the account is active and its rights have not run out (technical administrators have no role)."""
        return isinstance(user, User) and ((user.is_superuser and user.is_active) or user.works(timezone.now()))


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is closed: accounts come by invitation."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up on their own."""
        return False
