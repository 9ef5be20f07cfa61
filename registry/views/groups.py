"""Groups that prepare: the list, and one group with its chairs, task and log."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pilots.models import NewsItem
from regions.filters import GroupFilterSet
from regions.models import Group, GroupContact, MandateItem, Membership
from regions.views.as_of import shown_day
from registry.lib.pages import page_of

MOST_NEWS = 10


@require_safe
@login_not_required
def groups(request: HttpRequest) -> HttpResponse:
    """Show the groups, narrowed by kind and region, with their chairs."""
    shown = shown_day(request, timezone.now())
    narrowed = GroupFilterSet(request.GET, Group.objects.all())
    rows = narrowed.qs.with_regions().with_chairs(shown.day).select_related("parent").by_name()
    context = {"shown": shown, "filter": narrowed, "page": page_of(request, rows), "facets": narrowed.facets()}
    return render(request, "groups/groups.html", context)


@require_safe
@login_not_required
def group(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one group."""
    at = timezone.now()
    shown = shown_day(request, at)
    rows = Group.objects.select_related("parent", "successor").with_regions()
    found = get_object_or_404(rows.prefetch_related("sources", "log", "documents", "mandate"), slug=slug)
    members = list(Membership.objects.shown().on(shown.day).filter(group=found).with_homes().order_by("role", "pk"))
    contacts = GroupContact.objects.shown().filter(group=found).select_related("post__person", "post__organisation")
    context = {
        "shown": shown,
        "group": found,
        "tasks": [item for item in found.mandate.all() if item.kind == MandateItem.Kind.TASK],
        "goals": [item for item in found.mandate.all() if item.kind == MandateItem.Kind.GOAL],
        "chairs": [member for member in members if member.role == Membership.Role.CHAIR],
        "members": [member for member in members if member.role != Membership.Role.CHAIR],
        "contacts": contacts.order_by("position"),
        "children": Group.objects.filter(parent=found).with_chairs(shown.day).by_name(),
        "predecessors": Group.objects.filter(successor=found).by_name(),
        "news": NewsItem.objects.visible_to(request.user, at).filter(groups=found)[:MOST_NEWS],
    }
    return render(request, "groups/group.html", context)
