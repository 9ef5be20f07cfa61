"""What one person, or the people of one organisation, were told; and what I was told."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pilots import access
from pilots.models import Message
from regions.access import account
from regions.models import Organisation, User
from registry.lib.pages import page_of
from registry.lib.views import only


@require_safe
@only(access.may_use_desk)
def show_told_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Show staff one account and every letter to it."""
    at = timezone.now()
    person = get_object_or_404(User.objects.select_related("organisation", "deputy"), pk=pk)
    told = Message.objects.visible_to(request.user, at).filter(user=person).for_list()
    context = {
        "person": person,
        "works": person.works(at),
        "page": page_of(request, told),
        "deployment": settings.DEPLOYMENT_KEY,
    }
    return render(request, "messages/told_person.html", context)


@require_safe
@only(access.may_use_desk)
def show_told_organisation(request: HttpRequest, slug: str) -> HttpResponse:
    """Show staff the accounts of one organisation, and every letter to them or about its proposals."""
    at = timezone.now()
    organisation = get_object_or_404(Organisation, slug=slug)
    told = Message.objects.visible_to(request.user, at).of_organisation(organisation).for_list()
    accounts = User.objects.filter(organisation=organisation).order_by("name", "email")
    context = {
        "organisation": organisation,
        "accounts": [(account, account.works(at)) for account in accounts],
        "page": page_of(request, told),
        "deployment": settings.DEPLOYMENT_KEY,
    }
    return render(request, "messages/told_organisation.html", context)


@require_safe
def list_my_letters(request: HttpRequest) -> HttpResponse:
    """Show everyone the letters that the registry wrote to them."""
    at = timezone.now()
    mine = Message.objects.visible_to(request.user, at).filter(user=account(request)).for_list()
    return render(request, "messages/my_letters.html", {"page": page_of(request, mine)})
