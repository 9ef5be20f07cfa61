"""Whom a step asks to go on."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import ngettext

from pilots import access
from pilots.models import Asked, Round, Step
from pilots.rounds.forms.asking import AskForm
from pilots.rounds.workflow import asking as workflow
from regions.access import account
from registry.lib.database import clock
from registry.lib.refusals import Refused
from registry.lib.views import find, form_page, form_view, posted


@form_view
def ask(request: HttpRequest, slug: str, position: int) -> HttpResponse:
    """Choose the proposals and organisations that are asked to go on in the step; POST asks them."""
    at = clock()
    round_ = find(request, Round.objects.visible_to(request.user, at), access.may_ask, at, slug=slug)
    step = get_object_or_404(Step, round=round_, position=position, senders=Step.Senders.ASKED)
    form = AskForm(posted(request), step)
    if form.is_valid():
        chosen = form.cleaned_data["organisations"], form.cleaned_data["proposals"]
        try:
            new = workflow.ask(step, *chosen, account(request), at)
        except Refused:
            raise Http404 from None
        words = ngettext("%(n)s is asked to go on.", "%(n)s are asked to go on.", len(new))
        messages.success(request, words % {"n": len(new)})
        return redirect("round_desk", slug=slug)
    asked = Asked.objects.filter(step=step).select_related("organisation", "proposal__latest", "asked_by")
    return form_page(request, "desk/ask.html", form, {"round": round_, "step": step, "asked": asked})
