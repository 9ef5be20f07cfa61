"""A user's saved searches: save, rename, delete. They are listed on the user's page."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from regions import saved_searches
from regions.access import account
from regions.forms import SavedSearchForm
from regions.models import SavedSearch
from registry.lib.database import clock
from registry.lib.directions import fill
from registry.lib.refusals import Refused
from registry.lib.views import form_page, form_view, posted


@form_view
def save_search(request: HttpRequest) -> HttpResponse:
    """Ask for a name for the search that the address brings, and save it."""
    at, user = clock(), account(request)
    page, query = request.GET.get("of", ""), saved_searches.tidy(request.GET.get("query", ""))
    if page not in SavedSearch.Page.values:
        raise Http404
    form = SavedSearchForm(posted(request), initial={"name": request.GET.get("name", "")[:80]})
    if form.is_valid():
        try:
            saved_searches.keep(user, form.cleaned_data["name"], page, query, at)
        except saved_searches.NameTaken as refusal:
            form.add_error("name", str(refusal.reason))
        except Refused as refusal:
            form.add_error(None, str(refusal.reason))
        else:
            messages.success(request, _("The search is saved. You find it here on your page."))
            return redirect(reverse("my_page") + "#searches")
    back = SavedSearch(page=page, query=query).get_absolute_url()
    return form_page(request, "accounts/save_search.html", form, {"back": back})


@form_view
def rename_search(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a saved search another name."""
    saved = get_object_or_404(SavedSearch.objects.of(account(request)), pk=pk)
    form = SavedSearchForm(posted(request), initial={"name": saved.name})
    if form.is_valid():
        try:
            saved_searches.rename(saved, form.cleaned_data["name"])
        except Refused as refusal:
            form.add_error("name", str(refusal.reason))
        else:
            messages.success(request, _("The saved search has its new name."))
            return redirect(reverse("my_page") + "#searches")
    return form_page(request, "accounts/saved_search.html", form, {"saved": saved})


@require_POST
def delete_search(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a saved search."""
    saved = get_object_or_404(SavedSearch.objects.of(account(request)), pk=pk)
    saved.delete()
    messages.success(request, fill(_("The saved search “%(name)s” is deleted."), name=saved.name))
    return redirect(reverse("my_page") + "#searches")
