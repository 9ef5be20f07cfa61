"""What people want to hear: switched on and off on their own page, or by the link in a letter."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from pilots import access
from pilots.mail.forms import PreferencesForm
from pilots.models import Proposal
from regions import preferences
from regions.access import account
from regions.models import User
from registry.lib.database import clock
from registry.lib.formats import deadline_words
from registry.lib.languages import reader_language
from registry.lib.views import button_view

ONE_CLICK = ("List-Unsubscribe", "One-Click")  # what a mail program posts by itself (RFC 8058, section 3.2)


@login_not_required
@csrf_exempt
@never_cache
@button_view
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show one button that stops the letters of a kind, and what stays; POST stops them, or starts them again.

    Works signed out, and asks for no token of a form: mail programs post here by themselves (RFC 8058), and no session
    is looked at, so another site can do nothing in anybody's name. Whoever holds the signed address may do this alone.
    """
    try:
        user, preference = preferences.read(token)
    except preferences.NotOurs:
        raise Http404 from None
    name, words = ONE_CLICK
    act = "off" if request.POST.get(name) == words else request.POST.get("act")
    if act in {"on", "off"}:
        preferences.set_preference(user, preference, wanted=act == "on")
    context = {"preference": preference, "wanted": preferences.wants(user, preference), "done": act in {"on", "off"}}
    unclear = request.method == "POST" and not context["done"]
    return render(request, "preferences/unsubscribe.html", context, status=422 if unclear else 200)


@require_POST
def save_preferences(request: HttpRequest) -> HttpResponse:
    """Save what someone wants to hear; a reader that stops reminders with a draft open is told what that means."""
    user = account(request)
    form = PreferencesForm.of(user, request.POST)
    form.is_valid()  # boxes to tick: nothing that is sent can be wrong
    for preference in preferences.Preference:
        if (wanted := form.cleaned_data.get(f"wants_{preference}")) is not None:
            preferences.set_preference(user, preference, wanted=wanted)
    messages.success(request, _("What you want to hear is saved."))
    if not user.wants_reminders:
        for words in _unsent(user, clock()):
            messages.warning(request, words)
    return redirect("my_page")


def _unsent(user: User, at: datetime) -> list[str]:
    """Return a sentence for each round in which the person still has to send a draft, with the deadline."""
    drafts = (
        Proposal.objects.editable_by(user, at).filter(state=Proposal.State.DRAFT).select_related("round", "moved_on_to")
    )
    sentences = [
        _("%(round)s: your draft is not sent, and nobody reminds you of it now. Send it yourself by %(deadline)s.")
        % {
            "round": proposal.round.name.plain,
            "deadline": deadline_words(step.takes_until(proposal), reader_language(), in_a_sentence=True),
        }
        for proposal in drafts.prefetch_related("round__steps__extensions", "round__steps__asked").order_by(
            "round", "pk"
        )
        if (step := access.open_step(proposal, at)) is not None
    ]
    return list(dict.fromkeys(sentences))


@require_POST
def renew_calendar(request: HttpRequest) -> HttpResponse:
    """Give one's own calendar another secret address."""
    preferences.renew_calendar(account(request))
    messages.success(request, _("Your calendar has a new address. The old one no longer works."))
    return redirect("my_page")
