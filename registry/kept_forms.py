"""When a form comes too late for its session: what was typed is kept, and the way back to it is shown."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.csrf import csrf_failure

from registry.lib import kept_forms

KEPT = _("You had been signed out. What you typed is kept, word for word: sign in, and it is there.")

NOT_DONE = _("You had been signed out, and nothing was done. Sign in, and press the button again.")


class SignInRequired(LoginRequiredMiddleware):
    """Sends whoever is not signed in to sign in; what a form brought is kept until then."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        """Return the way to the sign-in page."""
        if kept_forms.keep(request):
            words, after = KEPT, reverse("unsaved")
        elif request.method == "POST" and (page := _page_of_button(request)):
            words, after = NOT_DONE, page
        else:
            return super().handle_no_permission(request, view_func)
        messages.warning(request, words)
        return redirect_to_login(after, resolve_url(self.get_login_url(view_func)))


def _page_of_button(request: HttpRequest) -> str:
    """Return the address of the page of ours on which the button stood: its own address may show no page."""
    page = request.headers.get("referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return ""
    address = urlsplit(page)
    return address.path + (f"?{address.query}" if address.query else "")


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is not this session's, as after signing in anew in another window.

    Nothing is done with it. Its ticket, which only its own page had, lets what was typed be kept and shown.
    """
    if kept_forms.keep(request):
        if not request.user.is_authenticated:
            messages.warning(request, KEPT)
        return redirect("unsaved")
    return csrf_failure(request, reason)
