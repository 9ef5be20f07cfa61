"""Attachments leave the quarantine: each is shown to the virus scanner, whenever that is there."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from pilots import access
from pilots.mail import outbox
from pilots.mail.notices import FileHeldBack
from pilots.models import Attachment, Proposal
from registry.lib import clamd, file_store
from registry.lib.clamd import ScannerError
from registry.lib.database import clock
from registry.lib.dates import today

log = logging.getLogger(__name__)

ONE_AT_A_TIME = 0x7363616E  # the key of a lock of the database session, which nothing else locks
LONGEST = 120.0  # seconds after which a run begins with no further file
MOST_WORDS = 200


def scan_waiting(*, may_continue: Callable[[], bool] = lambda: True) -> int:
    """Scan the attachments that wait, and return how many were judged.

    A scanner that does not answer ends the run: the files wait, and the next run begins with those that were not tried
    for longest. One run works at a time, over all processes; two would do no harm.
    """
    if not settings.CLAMD or not Attachment.objects.waiting().exists() or not _lock():
        return 0
    judged, ends = 0, time.monotonic() + LONGEST
    try:
        for attachment in Attachment.objects.waiting()[:1000]:
            if not may_continue() or time.monotonic() > ends or not _scan(attachment):
                break
            judged += 1
    finally:
        _unlock()
    return judged


def _scan(attachment: Attachment) -> bool:
    """Scan a file and note the result; return whether there is one."""
    row = Attachment.objects.filter(pk=attachment.pk, scan=Attachment.Scan.WAITING)
    try:
        with file_store.read(attachment.stored) as file:
            found = clamd.scan(file, settings.CLAMD)
    except FileNotFoundError:
        log.error("The file of attachment %s is missing", attachment.pk)
        _note(attachment, Attachment.Scan.NOT_JUDGED, "the file is missing")
        return True
    except ScannerError as error:
        if attachment.tried_at is None:  # once for a file: /health tells how long it lasts
            log.warning("The virus scanner does not work: %s", error)
        row.update(tried_at=clock())
        return False
    _note(attachment, found.result.value, found.words)
    if found.result != clamd.Result.CLEAN:
        log.warning("Attachment %s is held back: %s", attachment.pk, found.words)
    return True


@transaction.atomic
def _note(attachment: Attachment, scan: str, words: str) -> None:
    """Note the result of a scan; tell of a file that is held back."""
    at = clock()
    row = Attachment.objects.filter(pk=attachment.pk, scan=Attachment.Scan.WAITING)
    if row.update(scan=scan, scanned_at=at, found=words[:MOST_WORDS]) and scan != Attachment.Scan.CLEAN:
        _tell(Attachment.objects.select_related("proposal__round", "added_by").get(pk=attachment.pk), at)


def _tell(attachment: Attachment, at: datetime) -> None:
    """Tell who added the file that it is held back, or all editors if that one is gone; once a day for a proposal."""
    if attachment.removed_at is not None:
        return
    proposal = Proposal.objects.prefetch_related("editorships__user").get(pk=attachment.proposal_id)
    editors = [one.user for one in proposal.editorships.all() if access.edits(one.user, proposal, at)]
    content = FileHeldBack(attachment.scan == Attachment.Scan.INFECTED, at)
    for user in [one for one in editors if one == attachment.added_by] or editors:
        key = f"held_back:{proposal.pk}:{user.pk}:{today(at)}"
        outbox.post(content, user, at=at, round_=attachment.proposal.round, proposal=attachment.proposal, key=key)


def _lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ONE_AT_A_TIME])
        return bool(cursor.fetchone()[0])


def _unlock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [ONE_AT_A_TIME])
