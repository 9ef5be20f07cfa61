"""Letters that staff write: the list, writing, reading over, sending."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pilots import access
from pilots.mail import reminders, workflow
from pilots.mail.forms import TEXTS, LetterForm
from pilots.mail.letters import Staff
from pilots.models import Message, Round, StaffLetter
from registry.lib.database import clock
from registry.lib.pages import page_of
from registry.lib.refusals import Incomplete, NotAsShown, Stale
from registry.lib.search_terms import clean


def _found(request: HttpRequest, pk: int) -> StaffLetter:
    """Return the letter; 403 for whoever does not use the desk."""
    if not access.may_use_desk(request.user, timezone.now()):
        raise PermissionDenied
    return get_object_or_404(
        StaffLetter.objects.select_related(
            "round__organiser", "round__owner", "proposal__organisation", "written_by", "sent_by"
        ),
        pk=pk,
    )


@require_safe
def letters(request: HttpRequest) -> HttpResponse:
    """Show staff all letters that staff write, drafts first; ``?round=``: those of one round."""
    at = timezone.now()
    if not access.may_use_desk(request.user, at):
        raise PermissionDenied
    round_ = Round.objects.visible_to(request.user, at).filter(slug=clean(request.GET.get("round", ""))).first()
    rows = StaffLetter.objects.drafts_first()
    context = {
        "page": page_of(request, rows.filter(round=round_) if round_ else rows),
        "round": round_,
        "may_write": round_ is not None and access.may_write_letter(request.user, round_, at),
    }
    return render(request, "letters/letters.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_letter(request: HttpRequest, slug: str) -> HttpResponse:
    """Write a new letter to people of the round; it waits as a draft."""
    at = timezone.now()
    round_ = get_object_or_404(Round.objects.visible_to(request.user, at), slug=slug)
    if not access.may_write_letter(request.user, round_, at):
        raise PermissionDenied
    return _write(request, StaffLetter(round=round_, edition=0))


@require_http_methods(["GET", "HEAD", "POST"])
def edit_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a letter that is not sent. Who comes after it was sent keeps what they typed: as a new letter."""
    letter = _found(request, pk)
    if not access.may_write_letter(request.user, letter.round, timezone.now()):
        raise PermissionDenied
    if letter.sent_at is not None and request.method != "POST":
        return redirect("letter", pk=pk)
    return _write(request, letter)


def _write(request: HttpRequest, letter: StaffLetter) -> HttpResponse:
    """Show the form; save what was typed over the edition that was opened, or show both texts."""
    user, at = access.signed_in(request.user), timezone.now()
    form = LetterForm(letter.round, request.POST if request.method == "POST" else None, instance=letter)
    if form.is_bound and form.is_valid():
        try:
            written = workflow.write_letter(letter, form.columns(), form.cleaned_data["edition"] or 0, user, at)
        except Stale as stale:
            return _conflict(request, form, stale.current)
        messages.success(request, _("The letter is saved. It is not sent."))
        return redirect("letter", pk=written.pk)
    context = {"form": form, "letter": letter, "round": letter.round}
    return render(request, "letters/form.html", context, status=422 if form.is_bound else 200)


def _conflict(request: HttpRequest, form: LetterForm, current: StaffLetter) -> HttpResponse:
    """Show every word of the loser in the form, beside what stands now; saving again keeps the form's words."""
    differences = [
        (form.fields[name].label, form.cleaned_data[name], getattr(current, name))
        for name in TEXTS
        if form.cleaned_data[name] != getattr(current, name)
    ]
    data: Any = request.POST.copy()
    data["edition"] = "0" if current.sent_at else str(current.edition)
    again = LetterForm(current.round, data, instance=current)
    context = {"form": again, "letter": current, "round": current.round, "differences": differences, "conflict": True}
    return render(request, "letters/form.html", context, status=409)


@require_safe
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a draft as its readers will get it, and who they are; of a letter that was sent, how each copy ended."""
    found, at = _found(request, pk), timezone.now()
    context: dict[str, Any] = {"letter": found, "round": found.round}
    if found.sent_at is not None:
        copies = Message.objects.visible_to(request.user, at).filter(staff_letter=found)
        labels = dict(Message.State.choices)
        ends = copies.order_by().values_list("state").annotate(n=Count("pk")).order_by("-n", "state")
        context |= {
            "page": page_of(request, copies.for_list()),
            "ends": [(labels[state], n) for state, n in ends],
            "deployment": settings.DEPLOYMENT_KEY,
        }
        return render(request, "letters/sent.html", context)
    return _preview(request, found, context)


def _preview(request: HttpRequest, found: StaffLetter, context: dict[str, Any]) -> HttpResponse:
    """Show a letter before it is sent: the people, who is left out and why, the text in each of their languages."""
    at = timezone.now()
    audience = reminders.audience(found, at)
    content, languages = Staff(found), audience.languages or [""]
    context |= {
        "audience": audience,
        "written": [
            (language, content.text(language, round_=found.round, proposal=found.proposal)) for language in languages
        ],
        "missing": not all(getattr(found, name) for name in workflow.TEXTS),
        "may_send": access.may_send_letter(request.user, found, at),
        "seal": audience.seal,
    }
    return render(request, "letters/letter.html", context)


@require_POST
def send_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the letter as it was read, to the people who were shown."""
    found, at = _found(request, pk), clock()
    if not access.may_write_letter(request.user, found.round, at):
        raise PermissionDenied
    typed = request.POST.get("edition", "")
    edition = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0
    try:
        n = workflow.send_letter(
            found, edition, access.signed_in(request.user), at, seen=request.POST.get("seen", "") or "none"
        )
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
