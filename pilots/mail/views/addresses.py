"""Addresses that do not work: whom letters do not reach, and the officer's word that they do again."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from pilots.mail import outbox
from pilots.models import Message, ReturnedMail
from regions import access
from regions.models import User
from registry.lib.pages import page_of
from registry.lib.views import only

COUNTED = timedelta(days=30)


def _faulty() -> QuerySet[User]:
    """Return the accounts to which nothing is sent, with how many letters did not arrive and how many deputies heard.

    Letters are counted from the one that came back on.
    """
    lost = Q(
        messages__state__in=[Message.State.BOUNCED, Message.State.DEAD],
        messages__settled_at__gte=F("address_failed_at"),
    )
    return (
        User.objects.filter(address_failed_at__isnull=False)
        .select_related("organisation", "deputy")
        .annotate(
            lost=Count("messages", lost, distinct=True),
            heard=Count("messages", lost & Q(messages__forward__isnull=False), distinct=True),
        )
        .order_by("-address_failed_at", "pk")
    )


def _counts(at: datetime) -> list[tuple[str, int]]:
    """Return what the mails were that came back in the last 30 days, and how many of each."""
    counted = ReturnedMail.objects.filter(read_at__gt=at - COUNTED).values_list("outcome").annotate(n=Count("pk"))
    of = dict(counted.order_by())
    return [(str(label), of[value]) for value, label in ReturnedMail.Outcome.choices if value in of]


@require_safe
@only(access.may_see_addresses)
def list_addresses(request: HttpRequest) -> HttpResponse:
    """Show staff whom letters do not reach: since when, in the mail server's words, and whether a deputy was told."""
    at = timezone.now()
    page = page_of(request, _faulty())
    for person in page:
        person.has_deputy = person.deputy is not None and access.may_deputise(person.deputy, person, at)
    context = {"page": page, "counts": _counts(at), "may_mend": access.may_mend_address(request.user, at)}
    return render(request, "desk/addresses.html", context)


@require_POST
@only(access.may_mend_address)
def mend_address(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an officer's word that an address works again: letters go there from now on."""
    person = get_object_or_404(User, pk=pk)
    if outbox.address_mended(person):
        messages.success(request, _("Letters go to %(email)s again.") % {"email": person.email})
    else:
        messages.info(request, _("Letters go to %(email)s already.") % {"email": person.email})
    return redirect("addresses")
