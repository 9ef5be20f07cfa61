"""When a request came, as the proxy before the portal tells it: evidence beside a refusal, never the judge of it."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest

ARRIVED = "X-Arrived"  # seconds since 1970 when the request was wholly there, and how many it took to come


def told(request: HttpRequest) -> dict[str, str]:
    """Return when the request began and when it was wholly there (ISO 8601, UTC); empty where no proxy is trusted."""
    if not getattr(settings, "ALLAUTH_TRUSTED_PROXY_COUNT", 0):
        return {}
    try:
        whole, took = map(float, request.headers.get(ARRIVED, "").split())
        moment, before = datetime.fromtimestamp(whole, UTC), timedelta(seconds=took)
        return {"began_at": (moment - before).isoformat(), "arrived_at": moment.isoformat()}
    except (ValueError, OverflowError, OSError):
        return {}
