"""The verbs of an attachment: a file is added to a draft, and removed from it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from pilots.models import Attachment, Proposal
from pilots.proposals.workflow import WRITABLE
from regions.models import User
from registry.lib import file_store
from registry.lib.database import once_more
from registry.lib.editions import write_if
from registry.lib.failpoints import reach
from registry.lib.file_store import Stored
from registry.lib.refusals import Refused
from registry.lib.sniffing import clean_name, recognise

log = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024
MOST_FILES = 10  # of a draft
MOST_OF_PROPOSAL = 60 * MEGABYTE  # the files of the draft, and those that were sent and removed from it
MOST_OF_ORGANISATION = 1024 * MEGABYTE
AT_ONCE = 1024 * 1024

NOT_NOW = _("Files can no longer be added or removed: the proposal has been withdrawn or decided.")
TOO_MANY = _("A proposal takes at most 10 files. Remove one first.")
TOO_MUCH = _("The files of a proposal may have 60 MB together. Remove one first, or make them smaller.")
NO_ROOM_OF_OWN = _("The files of your organisation have filled its room. Ask the contact of the round.")
NO_ROOM = _("The service cannot take files just now. You can send the proposal without it, and add the file later.")
THERE_ALREADY = _("This very file is attached already.")


def attach(proposal: Proposal, file: BinaryIO, given_name: str, size: int, user: User, at: datetime) -> Attachment:
    """Attach a file to the draft, and return the attachment, which waits for the scanner.

    The file is looked through, and lies in its folder before its row is made: no row ever names a file that is not
    there. A file without a row is never served, and the nightly sweep removes it. Raises ``NotTaken`` or ``Refused``
    with the reason in words; then no file is left. After a fault of the database nobody knows whether there is a row:
    then the file stays until the sweep.
    """
    name = clean_name(given_name)
    kind = recognise(file, name, size)
    _ask_for_room(size)
    try:
        stored = file_store.write(_chunks(file))
    except OSError:
        log.exception("An attachment could not be written")
        raise Refused(NO_ROOM) from None
    reach("file_written")
    try:
        return _note(proposal, stored, {"name": name, "kind": kind.name}, user, at)
    except Refused:
        file_store.remove([stored.name])
        raise


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(AT_ONCE):
        yield chunk


def _ask_for_room(size: int) -> None:
    """See that the folder of all files has room; the figure is of this moment."""
    if Attachment.objects.size_together() + size > settings.ATTACHMENTS_MEGABYTES * MEGABYTE:
        log.error("The room of the attachments is full (ATTACHMENTS_MEGABYTES)")
        raise Refused(NO_ROOM)


@once_more
def _note(proposal: Proposal, stored: Stored, told: dict[str, str], user: User, at: datetime) -> Attachment:
    """Make the row of a file that lies in its folder, and list it in the draft."""
    current = Proposal.objects.select_for_update(no_key=True).get(pk=proposal.pk)
    if current.state not in WRITABLE:
        raise Refused(NOT_NOW)
    _weigh(current, stored)
    columns = {"stored": stored.name, "size": stored.size, "sha256": stored.sha256, **told}
    attachment = Attachment.objects.create(proposal=current, added_at=at, added_by=user, **columns)
    _list(current, [*current.attached, attachment.listed], user, at)
    reach("attachment_noted")
    return attachment


def _weigh(proposal: Proposal, stored: Stored) -> None:
    """Raise ``Refused`` where the locked proposal has no room for the file."""
    if any(listed["sha256"] == stored.sha256 for listed in proposal.attached):
        raise Refused(THERE_ALREADY)
    if len(proposal.attached) >= MOST_FILES:
        raise Refused(TOO_MANY)
    if proposal.attachments.all().size_together() + stored.size > MOST_OF_PROPOSAL:
        raise Refused(TOO_MUCH)
    own = Attachment.objects.filter(proposal__organisation=proposal.organisation_id)
    if own.size_together() + stored.size > MOST_OF_ORGANISATION:
        raise Refused(NO_ROOM_OF_OWN)


@once_more
def remove(attachment: Attachment, user: User, at: datetime) -> None:
    """Remove an attachment from the draft. One that was sent stays with the versions; any other is deleted.

    Raises ``Refused`` where the words of the proposal are fixed. Removing it once more changes nothing.
    """
    current = Proposal.objects.select_for_update(no_key=True).get(pk=attachment.proposal_id)
    if current.state not in WRITABLE:
        raise Refused(NOT_NOW)
    left = [listed for listed in current.attached if listed["id"] != attachment.pk]
    if left == current.attached:
        return
    found = Attachment.objects.get(pk=attachment.pk)
    if found.first_sent_id is None:
        found.delete()
        transaction.on_commit(partial(_forget, found.stored))
    else:
        Attachment.objects.filter(pk=found.pk).update(removed_at=at, removed_by=user)
    _list(current, left, user, at)


def _forget(stored: str) -> None:
    """Remove the file of a row that is gone."""
    reach("attachment_removed")
    file_store.remove([stored])


def _list(proposal: Proposal, attached: list[dict[str, object]], user: User, at: datetime) -> None:
    rows = Proposal.objects.filter(pk=proposal.pk)
    write_if(rows, proposal.edition, attached=attached, saved_at=at, saved_by=user)
