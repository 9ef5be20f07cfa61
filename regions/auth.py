"""How people sign in: by address and password, by invitation only, while their rights hold."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.models import EmailConfirmation
from allauth.core.internal.ratelimit import truncate_ip
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from .models import User


class AccountBackend(AuthenticationBackend):
    """Lets in whoever has the right password and rights that hold; asked again at every request."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether the account is active and its rights have not run out (technical administrators have no role)."""
        return isinstance(user, User) and ((user.is_superuser and user.is_active) or user.works(timezone.now()))


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is closed: accounts come by invitation. Addresses in letters are the site's own, whatever was asked."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up on their own."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return the page where the account's work is: the ministry's desk, a preparer's proposals, else My page."""
        user, at = request.user, timezone.now()
        if isinstance(user, User) and user.of_ministry(at):
            return reverse("desk")
        if isinstance(user, User) and user.prepares(at):
            return reverse("my_proposals")
        return reverse("my_page")

    def is_safe_url(self, url: str) -> bool:
        """Whether ``?next=`` may lead there: only within the site, and never by a host that the request names."""
        return bool(url) and url == url.strip() and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the address of the page where a new password is chosen."""
        # The key is "account-secret"; only the route takes it apart.
        account, secret = key.split("-", 1)
        return settings.BASE_URL + reverse("account_reset_password_from_key", args=[account, secret])

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: EmailConfirmation) -> str:
        """Return the address of the page that confirms an e-mail address."""
        return settings.BASE_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # By account and address: nobody elsewhere shuts the owner of an account out by guessing.
        login = str(credentials.get("email", "")).strip().lower()
        return f"{login} {truncate_ip(self.get_client_ip(request))}"
