"""Pages of the sign-in library that the portal does not use: they answer like no page at all."""

from typing import NoReturn

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest

# Accounts come by invitation and keep their one address: nobody signs up, adds an address or confirms one.
ADDRESSES = {  # with the library's own names, by which its other pages may still ask for them
    "signup/": "account_signup",
    "email/": "account_email",
    "confirm-email/": "account_email_verification_sent",
    "confirm-email/<str:key>/": "account_confirm_email",
    "password/set/": "account_set_password",
    "login/code/confirm/": "account_confirm_login_code",
}


@login_not_required
def answer_nothing(request: HttpRequest, key: str = "") -> NoReturn:
    """Raise ``Http404``, whoever asks and however."""
    raise Http404
