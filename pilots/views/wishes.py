"""What people want to hear: switched on and off on their own page, or by the link in a letter."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from regions import wishes

ONE_CLICK = ("List-Unsubscribe", "One-Click")  # what a mail program posts by itself (RFC 8058, section 3.2)


@login_not_required
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, ticket: str) -> HttpResponse:
    """Show one button that stops the letters of a kind, and what stays; POST stops them, or starts them again.

    Works signed out, and asks for no token of a form: mail programs post here by themselves (RFC 8058), and no session
    is looked at, so another site can do nothing in anybody's name. Whoever holds the signed address may do this alone.
    """
    try:
        user, wish = wishes.read(ticket)
    except wishes.NotOursError:
        raise Http404 from None
    name, words = ONE_CLICK
    act = "off" if request.POST.get(name) == words else request.POST.get("act")
    if act in {"on", "off"}:
        wishes.set_wish(user, wish, wanted=act == "on")
    context = {"wish": wish, "wanted": wishes.wants(user, wish), "done": act in {"on", "off"}}
    unclear = request.method == "POST" and not context["done"]
    return render(request, "wishes/unsubscribe.html", context, status=400 if unclear else 200)
