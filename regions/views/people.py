"""People as contacts: the list, and the page of a person with posts and places in groups."""

from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from regions import access
from regions.filters import PersonFilter
from regions.models import GroupContact, Membership, Person, Post, User

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


@require_safe
@login_not_required
def show_person(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a person; a hidden person is not found."""
    at = timezone.now()
    shown = shown_day(request, at)
    rows = Person.objects.shown().prefetch_related("sources")
    person = get_object_or_404(rows.with_posts(shown.day if shown.asked else None), slug=slug)
    memberships = Membership.objects.filter(person=person).select_related("group", "organisation")
    if shown.asked:
        memberships = memberships.on(shown.day)
    may_see = access.may_see_addresses(request.user, at)
    addresses = Post.objects.filter(person=person).exclude(email="").values(lower=Lower("email"))
    context = {
        "may_see_addresses": may_see,
        "accounts": User.objects.filter(email__in=addresses).order_by("email") if may_see else [],
        "shown": shown,
        "person": person,
        "memberships": memberships.order_by("pk"),
        "contact_for": GroupContact.objects.filter(post__person=person).select_related("group", "post").order_by("pk"),
    }
    return render(request, "people/person.html", context)
