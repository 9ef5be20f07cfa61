"""A user's deputy, to whom letters that do not arrive are forwarded."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from regions import access
from regions.forms import DeputyForm
from regions.models import User


@require_http_methods(["GET", "HEAD", "POST"])
def name_deputy(request: HttpRequest) -> HttpResponse:
    """Let a user name a colleague as deputy, or nobody."""
    at, user = timezone.now(), request.user
    if not isinstance(user, User) or not access.may_name_deputy(user, at):
        raise PermissionDenied
    form = DeputyForm(request.POST if request.method == "POST" else None, person=user, at=at)
    if form.is_valid():
        User.objects.filter(pk=user.pk).update(deputy=form.cleaned_data["deputy"])
        messages.success(request, _("Your deputy is saved."))
        return redirect("my_page")
    nobody = not form.fields["deputy"].queryset  # type: ignore[attr-defined]
    context = {"form": form, "nobody": nobody, "may_invite": access.may_invite(user, at)}
    return render(request, "accounts/deputy.html", context, status=422 if form.errors else 200)
