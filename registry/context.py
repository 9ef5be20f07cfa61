"""What every template may know of the site."""

from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pilots.access import may_prepare, may_use_desk
from pilots.demo import panel
from regions.models import User
from regions.views.as_of import FOLLOWING
from registry.lib import kept_forms, session_times
from registry.lib.languages import versions
from registry.statement import statement

# The parts of the site: name of the address, title, names of the pages that belong to it.
SECTIONS = (
    ("pilots", _("Pilots"), {"pilot"}),
    ("programmes", _("Programmes"), {"programme"}),
    ("results", _("Results"), {"laws", "law"}),
    ("rounds", _("Rounds"), {"round"}),
    ("regions", _("Regions"), {"region", "municipality"}),
    ("organisations", _("Organisations"), {"organisation"}),
    ("groups", _("Groups"), {"group"}),
    ("people", _("People"), {"person"}),
    ("news", _("News"), {"news_item"}),
    ("about", _("About the registry"), set[str]()),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the parts of the site with their addresses, and which of them the page belongs to."""
    here = request.resolver_match.url_name if request.resolver_match else None
    return [
        {
            "title": title,
            "url": reverse(name),
            "current": "page" if here == name else ("true" if here in pages else ""),
        }
        for name, title, pages in SECTIONS
    ]


def error_report(request: HttpRequest) -> str:
    """Return the address of a mail that reports an error on a public page; empty on every other page."""
    here = request.resolver_match.url_name if request.resolver_match else None
    if not any(here == name or here in pages for name, _title, pages in SECTIONS):
        return ""
    words = {"subject": gettext("An error on a page of the Pilot Registry"), "body": settings.BASE_URL + request.path}
    return f"mailto:{statement().feedback}?{urlencode(words, quote_via=quote)}"


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the navigation, the page's other languages, and what the viewer's bar offers.

    The viewer is asked only by pages that show the bar, so that a page without it needs no database.
    """
    at = timezone.now()
    user: User | AnonymousUser = getattr(request, "user", None) or AnonymousUser()
    follows_day = request.resolver_match is not None and request.resolver_match.url_name in FOLLOWING
    return {
        "navigation": navigation(request),
        "versions": versions(request, "" if follows_day else "pvm"),
        "knows_no_day": request.resolver_match is not None and "pvm" in request.GET and not follows_day,
        "base_url": settings.BASE_URL,
        "error_report": error_report(request),
        "page_url": settings.BASE_URL + request.get_full_path(),
        "printed_at": at,
        "may_use_desk": SimpleLazyObject(lambda: may_use_desk(user, at)),
        "may_prepare": SimpleLazyObject(lambda: may_prepare(user, at)),
        "session_ends": SimpleLazyObject(lambda: session_times.ends_at(getattr(request, "session", {}))),
        "kept_form": SimpleLazyObject(lambda: kept_forms.kept(request)),
        "operations_email": settings.OPERATIONS_EMAIL,
        "demo": settings.DEMO,
        "try_first": SimpleLazyObject(lambda: panel.hints(user, at)) if settings.DEMO else (),
        "mail_catcher_url": settings.MAIL_CATCHER_URL,
    }
