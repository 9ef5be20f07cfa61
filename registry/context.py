"""What every template may know of the site."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the site's languages and, in the embedded default only, the mail catcher's address."""
    return {"site_languages": settings.LANGUAGES, "demo": settings.DEMO, "mail_catcher_url": settings.MAIL_CATCHER_URL}
