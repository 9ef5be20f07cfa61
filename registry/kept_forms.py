"""When a form comes too late for its session: what was typed is kept, and the way back to it is shown."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.csrf import csrf_failure

from registry.lib import kept_forms

KEPT = _("You had been signed out. What you typed is kept, word for word: sign in, and it is there.")


class SignInRequired(LoginRequiredMiddleware):
    """Sends whoever is not signed in to sign in; what a form brought is kept until then."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        """Return the way to the sign-in page."""
        if not kept_forms.keep(request):
            return super().handle_no_permission(request, view_func)
        messages.warning(request, KEPT)
        return redirect_to_login(reverse("unsaved"), resolve_url(self.get_login_url(view_func)))


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is not this session's, as after signing in anew in another window.

    Nothing is done with it. Its ticket, which only its own page had, lets what was typed be kept and shown.
    """
    if kept_forms.keep(request):
        if not request.user.is_authenticated:
            messages.warning(request, KEPT)
        return redirect("unsaved")
    return csrf_failure(request, reason)
