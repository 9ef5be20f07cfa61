"""What crawlers and finders of faults ask a site for before its pages: robots.txt, sitemap.xml, security.txt."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from django.views.decorators.http import require_safe

from pilots.models import Law, NewsItem, Pilot, Programme, Round
from regions.models import Group, Municipality, Organisation, Region
from registry.lib.languages import LANGUAGES
from registry.statement import statement

# Pages about people stand in no sitemap.
TEXTS = (
    *("home", "pilots", "programmes", "rounds", "regions", "organisations", "groups", "news"),
    *("laws", "results", "about", "accessibility", "privacy"),
)
MOST = 50_000 // len(LANGUAGES)  # a sitemap holds at most 50,000 addresses


@login_not_required
@require_safe
def send_robots(request: HttpRequest) -> HttpResponse:
    """Tell crawlers what to leave alone and where the sitemap is; a trial is to be left alone as a whole."""
    refused = "/" if settings.DEMO else "/admin/"
    lines = ["User-agent: *", f"Disallow: {refused}", f"Sitemap: {settings.BASE_URL}{reverse('sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def _public_pages() -> Iterator[tuple[str, list[Any]]]:
    """Yield the name and the arguments of every public page that is not about a person."""
    rows: tuple[tuple[str, str, QuerySet[Any]], ...] = (
        ("pilot", "code", Pilot.objects.public()),
        ("programme", "slug", Programme.objects.all()),
        ("round", "slug", Round.objects.public()),
        ("region", "slug", Region.objects.all()),
        ("municipality", "slug", Municipality.objects.all()),
        ("organisation", "slug", Organisation.objects.all()),
        ("group", "slug", Group.objects.all()),
        ("law", "slug", Law.objects.all()),
        ("news_item", "slug", NewsItem.objects.public()),
    )
    for name in TEXTS:
        yield name, []
    for name, column, listed in rows:
        for key in listed.order_by(column).values_list(column, flat=True)[:MOST]:
            yield name, [key]


@login_not_required
@require_safe
def send_sitemap(request: HttpRequest) -> HttpResponse:
    """List the public pages in three languages, each with the addresses of its translations."""
    found = list(_public_pages())[:MOST]
    addresses: dict[str, list[str]] = {}
    for language in LANGUAGES:
        with override(language):
            addresses[language] = [settings.BASE_URL + reverse(name, args=args) for name, args in found]
    pages = [dict(zip(LANGUAGES, page, strict=True)) for page in zip(*addresses.values(), strict=True)]
    return render(request, "sitemap.xml", {"pages": pages}, content_type="application/xml; charset=utf-8")


def _expires(at: datetime) -> datetime:
    """Return the first moment of the month half a year ahead, so that the file stays the same for a month."""
    months = at.year * 12 + at.month - 1 + 6
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


@login_not_required
@require_safe
def send_security(request: HttpRequest) -> HttpResponse:
    """Tell whoever finds a fault of security where to report it (RFC 9116)."""
    lines = [
        f"Contact: mailto:{settings.OPERATIONS_EMAIL or statement().feedback}",
        f"Expires: {_expires(timezone.now()):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: fi, sv, en",
        f"Canonical: {settings.BASE_URL}{reverse('security_txt')}",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
