"""Files that are added at once: one of the same, never more than there is room for, and each with its row."""

import os
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pilots.models import Attachment, Proposal
from pilots.proposals import attaching
from registry.lib import file_store
from registry.lib.database import clock
from registry.lib.refusals import Refused
from tests.files import pdf
from tests.pilots.proposals.sessions import together

pytestmark = pytest.mark.django_db(transaction=True)


def attach(proposal: Proposal, content: bytes) -> Attachment:
    upload = SimpleUploadedFile("liite.pdf", content)
    return attaching.attach(proposal, upload.file, "liite.pdf", upload.size, proposal.created_by, clock())


def files() -> set[str]:
    return {path.name for path in Path(file_store.folder()).iterdir()}


def test_the_same_file_added_eight_times_at_once_is_there_once(interest: Proposal) -> None:
    before = files()
    given = together(*[lambda: attach(interest, pdf()) for _ in range(8)])
    assert [type(one) for one in given if not isinstance(one, Attachment)] == [Refused] * 7
    assert files() - before == {Attachment.objects.get().stored}


def test_twelve_files_added_at_once_fill_the_room_and_no_more(interest: Proposal) -> None:
    before = files()
    together(*[lambda n=n: attach(interest, pdf(b"/N %d" % n)) for n in range(12)])
    interest.refresh_from_db()
    assert len(interest.attached) == attaching.MOST_FILES == Attachment.objects.count()
    assert files() - before == set(Attachment.objects.values_list("stored", flat=True))
    assert {one["id"] for one in interest.attached} == set(Attachment.objects.values_list("pk", flat=True))
    assert os.environ["ATTACHMENTS"] == str(file_store.folder())
