"""The morning receipt: what became of all that was due, for staff."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from pilots import access
from pilots.mail import watch
from pilots.models import Reconciliation
from registry.lib.database import clock
from registry.lib.pages import page_of
from registry.lib.views import only


def _opened(reconciliation: Reconciliation, at: datetime) -> dict[str, Any]:
    """Return the lines of a reconciliation, and its figures now where they have changed since it was made."""
    lines = watch.lines(reconciliation, at)
    now = {end: sum(line.count for line in lines if line.end == end) for end in watch.ENDS}
    same = all(count == getattr(reconciliation, end) for end, count in now.items())
    return {"reconciliation": reconciliation, "lines": lines, "now": None if same else now}


@require_safe
@only(access.may_use_desk)
def list_reconciliations(request: HttpRequest) -> HttpResponse:
    """List the receipts, the newest first, and open the last morning's."""
    at = clock()
    morning = Reconciliation.objects.filter(kind=Reconciliation.Kind.MORNING).first()
    context = {
        "seen": watch.look(at),
        "latest": _opened(morning, at) if morning else None,
        "page": page_of(request, Reconciliation.objects.select_related("step__round")),
    }
    return render(request, "reconciliations/reconciliations.html", context)


@require_safe
@only(access.may_use_desk)
def show_reconciliation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one receipt: its lines, and the people behind the line that the query names."""
    at = clock()
    found = get_object_or_404(Reconciliation.objects.select_related("step__round"), pk=pk)
    opened = _opened(found, at)
    asked = tuple(request.GET.get(name, "") for name in ("rule", "end", "why"))
    line = next((one for one in opened["lines"] if (str(one.rule.pk), one.end, one.why) == asked), None)
    people = page_of(request, watch.people(found, line, at)) if line else None
    return render(request, "reconciliations/reconciliation.html", {"opened": opened, "line": line, "page": people})
