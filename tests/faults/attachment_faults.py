"""Attachment: whoever adds or removes files dies amid it; another goes on."""

import hashlib
import signal
import sys
from datetime import timedelta
from pathlib import Path

from django.test import override_settings

from pilots import retention
from pilots.models import Attachment, Proposal
from registry.lib.database import clock
from tests.factories import make_proposal, make_round

from .attaching import NAMES, REMOVED
from .place import Place
from .register import fault
from .world import NOW, World

COMMAND = [sys.executable, "-m", "tests.faults.attaching"]
DAY = timedelta(days=1)


def _dies_at(place: Place, failpoint: str) -> None:
    """Let the first process die there; every row has its whole file, and what has no row is swept."""
    (writer,) = World(place).preparers(1)
    make_proposal(make_round(opens_at=NOW - DAY, closes_at=NOW + DAY), writer)
    files = place.folder / "files"
    first = place.child("writer", COMMAND, FAILPOINTS=f"{failpoint}=kill", ATTACHMENTS=str(files))
    assert first.ends(60) == -signal.SIGKILL, f"it never came by {failpoint}: {first.said()[-500:]}"
    place.kills += 1
    _whole(files)
    second = place.child("writer", COMMAND, ATTACHMENTS=str(files))
    assert second.ends(60) == 0, second.said()[-500:]
    _whole(files)
    with override_settings(ATTACHMENTS=str(files)):
        retention.sweep_files(clock() + 3650 * DAY)
    assert {path.name for path in files.iterdir()} == set(Attachment.objects.values_list("stored", flat=True))
    assert {listed["name"] for listed in Proposal.objects.get().attached} == set(NAMES) - set(REMOVED)
    place.finish()


def _whole(files: Path) -> None:
    """See that the draft lists its rows and no others, and that the file of each is there as it was sent."""
    rows = list(Attachment.objects.order_by("pk"))
    assert Proposal.objects.get().attached == [row.listed for row in rows]
    for row in rows:
        content = (files / row.stored).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (row.size, row.sha256)


@fault("Attachment")
def killed_with_half_a_file_written(place: Place) -> None:
    _dies_at(place, "file_half_written@3")


@fault("Attachment")
def killed_between_a_file_and_its_row(place: Place) -> None:
    _dies_at(place, "file_written@4")


@fault("Attachment")
def killed_with_a_file_noted_and_not_committed(place: Place) -> None:
    _dies_at(place, "attachment_noted@5")


@fault("Attachment")
def killed_between_the_row_of_a_removed_file_and_the_file(place: Place) -> None:
    _dies_at(place, "attachment_removed@2")
