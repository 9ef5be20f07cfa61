"""A user's deputy, to whom letters that do not arrive are forwarded."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from regions import access
from regions.access import account
from regions.forms import DeputyForm
from regions.models import User
from registry.lib.database import clock
from registry.lib.views import form_page, form_view, only, posted


@form_view
@only(access.may_name_deputy)
def name_deputy(request: HttpRequest) -> HttpResponse:
    """Let a user name a colleague as deputy, or nobody."""
    at, user = clock(), account(request)
    form = DeputyForm(posted(request), person=user, at=at)
    if form.is_valid():
        User.objects.filter(pk=user.pk).update(deputy=form.cleaned_data["deputy"])
        messages.success(request, _("Your deputy is saved."))
        return redirect("my_page")
    nobody = not form.fields["deputy"].queryset  # type: ignore[attr-defined]
    context = {"nobody": nobody, "may_invite": access.may_invite(user, at)}
    return form_page(request, "accounts/deputy.html", form, context)
