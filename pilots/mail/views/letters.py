"""Letters that staff write: the list, writing, reading over, sending."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from pilots import access
from pilots.mail import reminders, workflow
from pilots.mail.forms import LetterForm
from pilots.mail.letters import Staff
from pilots.models import Message, Round, StaffLetter
from regions.access import Viewer, account
from registry.lib.database import clock
from registry.lib.editions import Shown, edition_of, tell_saved, with_choices
from registry.lib.pages import page_of
from registry.lib.refusals import Incomplete, NotAsShown, Stale
from registry.lib.search import clean
from registry.lib.views import find, form_page, form_view, only, posted

SAVED = gettext_lazy("The letter is saved. It is not sent.")
NOT_SEEN = "-"  # a fingerprint that nobody was shown


@require_safe
@only(access.may_use_desk)
def list_letters(request: HttpRequest) -> HttpResponse:
    """Show staff all letters that staff write, drafts first; ``?round=``: those of one round."""
    at = timezone.now()
    round_ = Round.objects.visible_to(request.user, at).filter(slug=clean(request.GET.get("round", ""))).first()
    rows = StaffLetter.objects.drafts_first()
    context = {
        "page": page_of(request, rows.filter(round=round_) if round_ else rows),
        "round": round_,
        "may_write": round_ is not None and access.may_write_letter(request.user, round_, at),
    }
    return render(request, "letters/letters.html", context)


@form_view
def write_letter(request: HttpRequest, slug: str) -> HttpResponse:
    """Write a new letter to people of the round; it waits as a draft."""
    at = clock()
    round_ = find(request, Round.objects.visible_to(request.user, at), access.may_write_letter, at, slug=slug)
    letter = StaffLetter(round=round_)
    form = LetterForm(posted(request), letter)
    if form.is_valid():
        letter = workflow.start_letter(round_, form.typed(), account(request), at)
        messages.success(request, SAVED)
        return redirect("letter", pk=letter.pk)
    return form_page(request, "letters/form.html", form, {"letter": letter, "round": round_})


def _may_write(viewer: Viewer, letter: StaffLetter, at: datetime) -> bool:
    return access.may_write_letter(viewer, letter.round, at)


@form_view
@only(access.may_use_desk)
def edit_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a letter that is not sent. Text typed into a letter that was sent meanwhile is kept for a new letter."""
    at = clock()
    letter = find(request, StaffLetter.objects.for_page(), _may_write, at, pk=pk)
    if letter.sent_at is not None and request.method != "POST":
        return redirect("letter", pk=pk)
    form = LetterForm(with_choices(posted(request), lambda: LetterForm(None, letter)), letter)
    if form.is_valid():
        try:
            shown = Shown.read(request.POST, letter)
            merged = workflow.change_letter(letter, shown, form.typed(), account(request), at)
        except Stale as stale:
            return _conflict(request, form, stale)
        tell_saved(request, form, merged, str(SAVED))
        return redirect("letter", pk=pk)
    return form_page(request, "letters/form.html", form, {"letter": letter, "round": letter.round})


def _conflict(request: HttpRequest, form: LetterForm, stale: Stale) -> HttpResponse:
    """Show side by side what both changed; the form holds what merged, and every word of the loser.

    A letter that was sent stays as it was sent: the form then makes a new letter of the words.
    """
    letter: StaffLetter = stale.current
    context: dict[str, Any] = {"letter": letter, "round": letter.round}
    if stale.merged is not None:
        form = LetterForm(None, letter, stale.merged.values)
        context["conflicts"] = form.side_by_side(stale.merged.conflicts)
    return form_page(request, "letters/form.html", form, context, status=409)


@require_safe
@only(access.may_use_desk)
def show_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a draft as its readers will get it, with its receivers; or a letter that was sent, with its copies."""
    letter = get_object_or_404(StaffLetter.objects.for_page(), pk=pk)
    return _show_draft(request, letter) if letter.sent_at is None else _show_sent(request, letter)


def _show_sent(request: HttpRequest, letter: StaffLetter) -> HttpResponse:
    copies = Message.objects.visible_to(request.user, timezone.now()).filter(staff_letter=letter)
    labels = dict(Message.State.choices)
    ends = copies.order_by().values_list("state").annotate(n=Count("pk")).order_by("-n", "state")
    context = {
        "letter": letter,
        "round": letter.round,
        "page": page_of(request, copies.for_list()),
        "ends": [(labels[state], n) for state, n in ends],
        "deployment": settings.DEPLOYMENT_KEY,
    }
    return render(request, "letters/sent.html", context)


def _show_draft(request: HttpRequest, letter: StaffLetter) -> HttpResponse:
    """Show the receivers, the people who are left out and why, and the text in each language of a receiver."""
    at = timezone.now()
    audience = reminders.audience(letter, at)
    content, languages = Staff(letter), audience.languages or [""]
    context = {
        "letter": letter,
        "round": letter.round,
        "audience": audience,
        "written": [
            (language, content.text(language, round_=letter.round, proposal=letter.proposal)) for language in languages
        ],
        "missing": not all(getattr(letter, name) for name in workflow.NEEDED),
        "may_send": access.may_send_letter(request.user, letter, at),
        "goes_alone": access.may_send_alone(request.user, letter, at),
    }
    return render(request, "letters/letter.html", context)


@require_POST
@only(access.may_use_desk)
def send_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the letter as it was read, to the people who were shown."""
    at = clock()
    letter = find(request, StaffLetter.objects.for_page(), access.may_send_alone, at, pk=pk)
    edition, seen = edition_of(request.POST), request.POST.get("seen", "") or NOT_SEEN
    try:
        n = workflow.send_letter(letter, edition, account(request), at, seen=seen)
    except Stale as stale:
        if stale.current.sent_at is not None:
            messages.info(request, _("The letter has been sent already. It was not sent again."))
        else:
            messages.error(request, _("Someone else changed the letter. Read it again before you send it."))
    except Incomplete:
        messages.error(request, _("Sending needs subject and text in Finnish and in Swedish."))
    except NotAsShown:
        messages.error(request, _("The receivers are no longer those you were shown. Look at them again."))
    except workflow.NobodyThere:
        messages.error(request, _("Nobody would get the letter."))
    else:
        messages.success(request, _("The letter is in the queue to %(n)s people.") % {"n": n})
    return redirect("letter", pk=pk)
