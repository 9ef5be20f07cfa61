"""What machines ask: does the registry work, does the web server live."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pilots.mail import watch
from pilots.models import Alarm, Attachment
from registry.lib.database import clock

SCANNED_WITHIN = timedelta(hours=1)


@login_not_required
@never_cache
@require_safe
def tell_health(request: HttpRequest) -> JsonResponse:
    """Answer machines that watch: 200 while all goes, 503 with the reasons in words of ``Alarm.Kind``.

    ``unscanned``: a file that somebody attached has waited for the virus scanner for too long.
    """
    try:
        at = clock()
        seen = watch.look(at)
        late_scan = Attachment.objects.waiting().filter(added_at__lt=at - SCANNED_WITHIN)
        unscanned = bool(settings.CLAMD) and late_scan.exists()
    except Error:
        return JsonResponse({"status": "fault", "database": "no answer"}, status=503)
    late = Alarm.Kind.SWEEP_LATE in seen.reasons
    reasons = [*seen.reasons, *(["unscanned"] if unscanned else [])]
    answer = {
        "status": "fault" if reasons else "ok",
        "reasons": reasons,
        "database": "ok",
        "sweep": "late" if late else ("ok" if seen.swept_at else "none yet"),
        "swept_at": seen.swept_at.isoformat(timespec="seconds") if seen.swept_at else None,
    }
    return JsonResponse(answer, status=503 if reasons else 200)


@login_not_required
@never_cache
@require_safe
def tell_alive(request: HttpRequest) -> JsonResponse:
    """Answer the proxy and the container: 200 while the web server reaches its database, whatever else is wrong.

    Readers and writers must not be turned away because the mail server stands still.
    """
    try:
        clock()
    except Error:
        return JsonResponse({"database": "no answer"}, status=503)
    return JsonResponse({"database": "ok"})
