"""People as contacts: the list."""

from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from regions.filters import PersonFilter
from regions.models import Membership, Person

from .as_of import shown_day


@require_safe
@login_not_required
def list_people(request: HttpRequest) -> HttpResponse:
    """Show the people that sources name; with a day, those who may have held a post then."""
    shown = shown_day(request, timezone.now())
    people, places = Person.objects.shown(), Membership.objects.select_related("group")
    if shown.asked:
        people, places = people.on(shown.day), places.on(shown.day)
    people = people.with_posts(shown.day if shown.asked else None).by_name()
    people = people.prefetch_related(Prefetch("memberships", places.order_by("pk"), to_attr="places"))
    listed = PersonFilter(request.GET, people, carried=shown.carried)
    return render(request, "people/people.html", {**listed.context(), "shown": shown, "trail": [(_("People"), "")]})
