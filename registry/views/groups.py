"""Groups that prepare: the list, and the page of a group with its chairs, task and log."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots.models import NewsItem, Pilot
from regions.filters import GroupFilter
from regions.models import Group, GroupContact, MandateItem, Membership
from regions.views.as_of import shown_day
from registry.lib.downloads import few_at_once

MOST_NEWS = 10


@require_safe
@login_not_required
@few_at_once
def download_groups(request: HttpRequest, kind: str) -> StreamingHttpResponse:
    """Give the list with the same filters as a file."""
    day = shown_day(request, timezone.now()).day
    return GroupFilter(request.GET, Group.objects.by_name(), day=day).dataset().file("groups", kind)


@require_safe
@login_not_required
def list_groups(request: HttpRequest) -> HttpResponse:
    """Show the groups, narrowed by kind and region, with their chairs."""
    shown = shown_day(request, timezone.now())
    groups = (
        Group.objects.with_regions().with_chairs(shown.day if shown.asked else None).select_related("parent").by_name()
    )
    listed = GroupFilter(request.GET, groups, carried=shown.carried)
    return render(request, "groups/groups.html", {**listed.context(), "shown": shown, "trail": [(_("Groups"), "")]})


@require_safe
@login_not_required
def show_group(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a group."""
    at = timezone.now()
    shown = shown_day(request, at)
    rows = Group.objects.select_related("parent", "successor").with_regions()
    group = get_object_or_404(rows.prefetch_related("sources", "log", "documents", "mandate"), slug=slug)
    day = group.own_day(shown.day)
    members = list(Membership.objects.shown().on(day).filter(group=group).with_homes(day).order_by("role", "pk"))
    contacts = GroupContact.objects.shown().filter(group=group).select_related("post__person", "post__organisation")
    context = {
        "shown": shown,
        "group": group,
        "own_day": day if day != shown.day else None,
        "tasks": [item for item in group.mandate.all() if item.kind == MandateItem.Kind.TASK],
        "goals": [item for item in group.mandate.all() if item.kind == MandateItem.Kind.GOAL],
        "chairs": [member for member in members if member.role == Membership.Role.CHAIR],
        "members": [member for member in members if member.role != Membership.Role.CHAIR],
        "contacts": contacts.order_by("position"),
        "children": Group.objects.filter(parent=group).with_chairs(day).by_name(),
        "predecessors": Group.objects.filter(successor=group).by_name(),
        "pilots": Pilot.objects.visible_to(request.user, at).filter(groups=group).with_log().by_name(),
        "news": NewsItem.objects.visible_to(request.user, at).told_by(shown.asked_day).filter(groups=group)[:MOST_NEWS],
    }
    return render(request, "groups/group.html", context)
