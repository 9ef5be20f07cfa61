"""Laws: the list, the same list as a file, and the page of a law with what depends on it."""

from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots.catalogue.filters.laws import LawFilter
from pilots.models import Law
from registry.lib.dates import today
from registry.lib.downloads import few_at_once


def _listed(request: HttpRequest, at: datetime) -> LawFilter:
    """Return the list of the laws as the address asks for it."""
    return LawFilter(request.GET, Law.objects.for_list(request.user, at).latest_first(), day=today(at))


@login_not_required
@require_safe
def list_laws(request: HttpRequest) -> HttpResponse:
    """Show the acts and bills that pilots and programmes depend on."""
    listed = _listed(request, timezone.now())
    return render(request, "laws/laws.html", {**listed.context(), "trail": [(_("Laws"), "")]})


@login_not_required
@require_safe
@few_at_once
def download_laws(request: HttpRequest, kind: str = "csv") -> StreamingHttpResponse:
    """Give the list with the same filters as a file."""
    return _listed(request, timezone.now()).dataset().file("laws", kind)


@login_not_required
@require_safe
def show_law(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a law: its states with their dates, and the programmes and pilots that depended on it."""
    law = Law.objects.for_page(request.user, timezone.now()).filter(slug=slug).first()
    if law is None:
        raise Http404
    trail = [(_("Laws"), reverse("laws")), (str(law), "")]
    return render(request, "laws/law.html", {"law": law, "trail": trail})
