"""The page of a person with posts, places in groups, and what the person is a contact of."""

from django.contrib.auth.decorators import login_not_required
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pilots.models import Pilot
from regions import access
from regions.models import GroupContact, Membership, Person, Post, User
from regions.views.as_of import shown_day


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
        "pilots": Pilot.objects.visible_to(request.user, at).filter(contacts__post__person=person).distinct().by_name(),
        "contact_for": GroupContact.objects.filter(post__person=person).select_related("group", "post").order_by("pk"),
    }
    return render(request, "people/person.html", context)
