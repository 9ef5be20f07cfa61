"""News: the list, and the page of an item."""

from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots.models import NewsItem, Pilot
from registry.lib.pages import page_of

PER_PAGE = 20


@login_not_required
@require_safe
def list_news(request: HttpRequest) -> HttpResponse:
    """Show all news, the newest first."""
    visible = NewsItem.objects.visible_to(request.user, timezone.now())
    rows = visible.latest_first().prefetch_related("regions", "sources")
    context = {"page": page_of(request, rows, PER_PAGE), "trail": [(_("News"), "")], "feed": reverse("news_atom")}
    return render(request, "news/news.html", context)


@login_not_required
@require_safe
def show_news_item(request: HttpRequest, slug: str) -> HttpResponse:
    """Show an item, with what it is tied to."""
    at = timezone.now()
    pilots = Pilot.objects.visible_to(request.user, at).by_name()
    rows = NewsItem.objects.visible_to(request.user, at).select_related("programme")
    rows = rows.prefetch_related("regions", "groups", "sources", Prefetch("pilots", pilots))
    item = rows.filter(slug=slug).first()
    if item is None:
        raise Http404
    trail = [(_("News"), reverse("news")), (item.title, "")]
    return render(request, "news/item.html", {"item": item, "trail": trail})
