"""Attachments on pages: added to a draft, removed from it, downloaded."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pilots import access
from pilots.models import Attachment, Proposal
from pilots.proposals import attaching
from pilots.proposals.forms.writing import AttachmentForm
from regions.access import account
from registry.lib import file_store
from registry.lib.database import clock
from registry.lib.directions import fill
from registry.lib.refusals import Refused
from registry.lib.sniffing import MOST_BYTES, clean_name
from registry.lib.sniffing.pictures import stripped
from registry.lib.uploads import takes_files
from registry.lib.views import find, form_page, form_view, posted

from .pages import context, listed_files, readable

log = logging.getLogger(__name__)
# The browser keeps a file as a download; were it to open one all the same, nothing in it would run or load.
SANDBOX = "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@takes_files(MOST_BYTES)
@form_view
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the files of the draft; POST adds one."""
    at = clock()
    proposal = find(request, readable(request, at), access.may_write, at, pk=pk)
    form = AttachmentForm(posted(request), request.FILES if request.method == "POST" else None)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            attachment = attaching.attach(proposal, file.file, file.name, file.size, account(request), at)
        except Refused as refused:
            named = fill("%(name)s: %(why)s", name=clean_name(file.name), why=refused.reason)
            form.add_error("file", named)
        else:
            messages.success(
                request, fill(_("Added: %(name)s. Nothing is sent until you send it."), name=attachment.name)
            )
            return redirect("attachments", pk=pk)
    page = context(request, proposal, at, files=listed_files(proposal.attached), most=attaching.MOST_FILES)
    return form_page(request, "proposals/attachments.html", form, page)


@form_view
def remove(request: HttpRequest, pk: int, key: int) -> HttpResponse:
    """Ask whether to remove a file from the draft; POST removes it."""
    at = clock()
    proposal = find(request, readable(request, at), access.may_write, at, pk=pk)
    attachment = get_object_or_404(_readable(request, proposal, at), pk=key)
    if request.method != "POST":
        page = context(request, proposal, at, attachment=attachment)
        return render(request, "proposals/remove_attachment.html", page)
    try:
        attaching.remove(attachment, account(request), at)
    except Refused as refused:
        messages.error(request, str(refused.reason))
    else:
        messages.success(request, fill(_("Removed: %(name)s."), name=attachment.name))
    return redirect("attachments", pk=pk)


@require_safe
def give(request: HttpRequest, pk: int, key: int) -> HttpResponse:
    """Give the content of a scanned file as a download, to who may read it; say of any other why it is held back."""
    at = timezone.now()
    proposal = get_object_or_404(readable(request, at), pk=pk)
    attachment = get_object_or_404(_readable(request, proposal, at), pk=key)
    content = _content(attachment)
    if content is None:
        page = context(request, proposal, at, attachment=attachment)
        return render(request, "proposals/attachment_held.html", page, status=409)
    if not access.may_have_original(request.user, proposal, at):
        content = stripped(content, attachment.kind)
    answer = HttpResponse(content, content_type=attachment.kind_of_file.media_type)
    answer.headers["Content-Disposition"] = content_disposition_header(True, attachment.name)
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _readable(request: HttpRequest, proposal: Proposal, at: datetime) -> Any:
    return Attachment.objects.visible_to(request.user, at).filter(proposal=proposal)


def _content(attachment: Attachment) -> bytes | None:
    """Return the content of the file, if it is out of the quarantine and there."""
    if not attachment.is_clean:
        return None
    try:
        with file_store.read(attachment.stored) as file:
            return file.read()
    except OSError:
        log.exception("The file of attachment %s cannot be read", attachment.pk)
        return None
