"""People as contacts: the list, and one person with posts, places in groups, and where they are named."""

from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from regions import access
from regions.filters import PersonFilterSet
from regions.models import GroupContact, Membership, Person, Post, User
from registry.lib.pages import page_of

from .as_of import shown_day


@require_safe
@login_not_required
def people(request: HttpRequest) -> HttpResponse:
    """Show the people that sources name; with a day, those who may have held a post then."""
    shown = shown_day(request, timezone.now())
    rows = Person.objects.shown()
    if shown.asked:
        rows = rows.on(shown.day)
    narrowed = PersonFilterSet(request.GET, rows)
    places = Membership.objects.select_related("group")
    if shown.asked:
        places = places.on(shown.day)
    known = narrowed.qs.with_posts(shown.day if shown.asked else None).by_name()
    known = known.prefetch_related(Prefetch("memberships", places.order_by("pk"), to_attr="places"))
    return render(request, "people/people.html", {"shown": shown, "filter": narrowed, "page": page_of(request, known)})


@require_safe
@login_not_required
def person(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one person; a hidden one is not found."""
    at = timezone.now()
    shown = shown_day(request, at)
    rows = Person.objects.shown().prefetch_related("sources")
    found = get_object_or_404(rows.with_posts(shown.day if shown.asked else None), slug=slug)
    memberships = Membership.objects.filter(person=found).select_related("group", "organisation")
    if shown.asked:
        memberships = memberships.on(shown.day)
    staff = access.may_see_addresses(request.user, at)
    addresses = Post.objects.filter(person=found).exclude(email="").values(lower=Lower("email"))
    context = {
        "may_see_addresses": staff,
        "accounts": User.objects.filter(email__in=addresses).order_by("email") if staff else [],
        "shown": shown,
        "person": found,
        "memberships": memberships.order_by("pk"),
        "contact_for": GroupContact.objects.filter(post__person=found).select_related("group", "post").order_by("pk"),
    }
    return render(request, "people/person.html", context)
