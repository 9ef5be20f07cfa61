"""How people sign in: by address and password, by invitation only, while their rights hold."""

import logging
from datetime import datetime, timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core.internal.ratelimit import RateLimitUsage, truncate_ip
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from registry.lib import security_log, session_times
from registry.lib.database import clock
from registry.lib.dates import today
from registry.lib.formats import clock_words, day_words
from registry.lib.languages import reader_language

from . import guesses, sign_in_letters
from .models import User

log = logging.getLogger(__name__)


class AccountBackend(AuthenticationBackend):
    """Lets in whoever has the right password and rights that hold; asked again at every request."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether the account is active and its rights have not run out (technical administrators have no role)."""
        return isinstance(user, User) and ((user.is_superuser and user.is_active) or user.works(timezone.now()))


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is closed: accounts come by invitation. No letter is sent in a request: it is asked for."""

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

    def send_password_reset_mail(self, user: Any, email: str, context: dict[str, Any]) -> None:
        """Ask for the letter with the link to a new password. It goes to the account's own address."""
        asked = sign_in_letters.ask_for_new_password(user, clock())
        security_log.note("new_password_asked", account=user.pk, sent=asked is not None)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send nothing: no other letter of the library is wanted, and no request waits for a mail server."""
        log.error("A letter of the library was not sent: %s", template_prefix)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a try; where too many were made, refuse it and say when the next may be made."""
        guess, at = self._guess(request, credentials), clock()
        known = guess.is_from_a_known_network(at)
        self._usages: list[RateLimitUsage] = []
        usages = [] if known else guess.consume(request)
        if usages is None:
            security_log.note("sign_in_delayed", account=_account_of(guess.login))
            raise _too_many(guess.again_at(request))
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as fault:
            _give_back(usages)
            security_log.note("sign_in_delayed", account=_account_of(guess.login))
            key = self._get_login_attempts_cache_key(request, **credentials)
            raise _too_many(guesses.full_until(request, "allauth.account", "login_failed", key)) from fault
        self._usages = usages

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Return the account, or None; the right password is no guess, and its network is known from then on."""
        user = super().authenticate(request, **credentials)
        if isinstance(user, User):
            _give_back(self._usages)
            guesses.remember(user, self._guess(request, credentials).address, clock())
        return user

    def pre_login(self, request: HttpRequest, user: Any, **more: Any) -> HttpResponse | None:
        """Tell an account whose rights have ended that they have; the password was right, so its owner may know."""
        if not isinstance(user, User) or not user.is_active or AccountBackend().user_can_authenticate(user):
            answer: HttpResponse | None = super().pre_login(request, user, **more)
            return answer
        security_log.note("sign_in_without_rights", account=user.pk)
        if user.rights_until is not None and user.rights_until < today(timezone.now()):
            day = day_words(user.rights_until, reader_language())
            words = _("Your rights ended on %(day)s. Ask the ministry or a colleague for new ones.") % {"day": day}
        else:
            words = _("Your account has no rights. Ask the ministry or a colleague for them.")
        messages.error(request, words)
        return redirect("account_login")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Note a wrong password; without an account, that there is none."""
        security_log.note("sign_in_failed", account=_account_of(self._guess(request, credentials).login))

    def post_login(self, request: HttpRequest, user: Any, **more: Any) -> Any:
        """Note who has signed in."""
        security_log.note("signed_in", account=user.pk)
        session_times.begin(request.session, timezone.now())
        return super().post_login(request, user, **more)

    def logout(self, request: HttpRequest) -> None:
        """Note who signs out."""
        security_log.note("signed_out", account=getattr(request.user, "pk", None))
        super().logout(request)

    def set_password(self, user: Any, password: str) -> None:
        """Note whose password is another one."""
        super().set_password(user, password)
        security_log.note("password_set", account=user.pk)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that the request came from; a wrong number of proxies is no fault of the reader."""
        return security_log.client_address(request)

    def _guess(self, request: HttpRequest, credentials: dict[str, Any]) -> guesses.Try:
        login = str(credentials.get("email", "")).strip().lower()
        return guesses.Try(login, truncate_ip(self.get_client_ip(request)))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # By account and address: nobody elsewhere shuts the owner of an account out by guessing.
        guess = self._guess(request, credentials)
        return f"{guess.login} {guess.address}"


def _account_of(login: str) -> int | None:
    return User.objects.filter(email=login).values_list("pk", flat=True).first()


def _give_back(usages: list[RateLimitUsage]) -> None:
    """Let the tries count no more."""
    for usage in usages:
        usage.rollback()


def _too_many(again_at: datetime | None) -> ValidationError:
    """Return the refusal of a try; it says when the next one may be made."""
    # The minute that begins after it: who tries when the clock shows it is let in.
    again = (again_at or timezone.now() + timedelta(minutes=5)) + timedelta(minutes=1)
    words = _("Too many wrong tries. Try again at %(clock)s.")
    return ValidationError(words % {"clock": clock_words(again, reader_language())}, code="too_many_login_attempts")
