"""Files beside a proposal: added, listed, sent with it, removed, given to those who may have them."""

import os
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from docx import Document

from pilots import retention
from pilots.models import Attachment, DeletedDraft, Message, Proposal, receipt_hash
from pilots.proposals import attaching, workflow
from regions.models import User
from registry.lib.database import clock
from registry.lib.editions import fingerprint
from registry.lib.refusals import Refused
from registry.lib.sniffing import NotTaken, Verdict
from registry.lib.sniffing.verdicts import WORDS
from tests.cast import SignIn
from tests.factories import make_attachment, make_user, send_with_files
from tests.files import HOSTILE, NAMES, SOUND, exif, jpg, pdf
from tests.pilots.interest import address, move_deadline
from tests.pilots.proposals.clarified import answer, ask

pytestmark = pytest.mark.django_db
PLACE = b"N61.4858 E21.7972"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A folder of the test's own."""
    settings.ATTACHMENTS = str(tmp_path / "files")
    yield tmp_path / "files"
    settings.ATTACHMENTS = os.environ["ATTACHMENTS"]


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def add(page: Client, proposal: Proposal, name: str, content: bytes) -> Any:
    where = address("attachments", proposal)
    return page.post(where, {"file": SimpleUploadedFile(name, content)})


def attach(proposal: Proposal, name: str = "liite.pdf", content: bytes = b"", user: User | None = None) -> Attachment:
    upload = SimpleUploadedFile(name, content or pdf())
    return attaching.attach(proposal, upload.file, name, upload.size, user or proposal.created_by, clock())


@pytest.mark.parametrize("name", SOUND)
def test_a_file_is_added_byte_for_byte_and_waits_for_the_scanner(
    page: Client, interest: Proposal, folder: Path, name: str
) -> None:
    content = SOUND[name]()
    answer = add(page, interest, name, content)
    assert answer.status_code == 302
    attachment = interest.attachments.get()
    assert (attachment.name, attachment.size, attachment.scan) == (name, len(content), "waiting")
    assert (folder / attachment.stored).read_bytes() == content
    assert oct((folder / attachment.stored).stat().st_mode & 0o777) == "0o600"
    interest.refresh_from_db()
    assert interest.attached == [attachment.listed]
    assert interest.edition == 2
    assert interest.state == Proposal.State.DRAFT, "adding sends nothing"
    assert name in page.get(address("attachments", interest)).text


def test_each_hostile_file_is_refused_in_words_and_leaves_no_file(
    page: Client, interest: Proposal, folder: Path
) -> None:
    wrong, one_of_each = {}, {verdict: (name, make, verdict) for name, make, verdict in reversed(HOSTILE)}
    assert len(one_of_each) == len(Verdict)  # all of them are judged in tests/registry/test_sniffing.py
    for name, make, verdict in one_of_each.values():
        answer = add(page, interest, name, make())
        if answer.status_code != 422 or str(WORDS[Verdict(verdict)]) not in answer.text:
            wrong[name] = (answer.status_code, verdict)
    assert wrong == {}
    assert files_in(folder) == set()
    assert not Attachment.objects.exists()
    assert page.get(address("attachments", interest)).status_code == 200


def test_a_hostile_name_reaches_no_header_and_no_path(page: Client, interest: Proposal, folder: Path) -> None:
    for given in NAMES:
        attachment = make_attachment(interest, pdf(), name=attaching.clean_name(given))
        given_back = page.get(address("attachment", interest, attachment.pk))
        told = given_back.headers["Content-Disposition"]
        assert told.startswith(("attachment; filename=", "attachment; filename*=utf-8''")), given
        assert told.isascii(), given
        assert not any(sign in told for sign in "\r\n\0\u202e"), given
    assert files_in(folder) == set(Attachment.objects.values_list("stored", flat=True))


def test_a_scanned_file_is_given_as_an_attachment_under_sandbox(page: Client, interest: Proposal) -> None:
    attachment = make_attachment(interest, pdf(), name="Hakemus äkkiä.pdf")
    answer = page.get(address("attachment", interest, attachment.pk))
    assert answer.getvalue() == pdf()
    assert answer.headers["Content-Disposition"] == "attachment; filename*=utf-8''Hakemus%20%C3%A4kki%C3%A4.pdf"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert page.head(address("attachment", interest, attachment.pk)).getvalue() == b""


@pytest.mark.parametrize(
    ("scan", "words"),
    [("waiting", "ei ole vielä"), ("infected", "löysi siitä viruksen"), ("not_judged", "ei voinut lukea")],
)
def test_what_is_not_clean_is_held_back_from_everyone(
    page: Client, interest: Proposal, as_user: SignIn, officer: User, scan: str, words: str
) -> None:
    more = {} if scan == "waiting" else {"scanned_at": timezone.now()}
    attachment = make_attachment(interest, pdf(), scan=scan, **more)
    send_with_files(interest, timezone.now())
    for client in (page, as_user(officer)):
        answer = client.get(address("attachment", interest, attachment.pk))
        assert answer.status_code == 409
        assert words in answer.text
        listing = client.get(address("proposal", interest)).text
        assert "liite.pdf" in listing
        assert address("attachment", interest, attachment.pk) not in listing


def test_a_file_that_is_not_there_is_told_of_and_is_no_fault(page: Client, interest: Proposal, folder: Path) -> None:
    attachment = make_attachment(interest, pdf())
    (folder / attachment.stored).unlink()
    answer = page.get(address("attachment", interest, attachment.pk))
    assert (answer.status_code, "ei voi lukea tiedostoa" in answer.text) == (409, True)


def test_the_ministry_sees_only_what_was_sent(page: Client, interest: Proposal, as_user: SignIn, officer: User) -> None:
    sent = make_attachment(interest, pdf(), name="lähetetty.pdf")
    send_with_files(interest, timezone.now())
    draft = make_attachment(interest, pdf(b"/A 1"), name="luonnos.pdf")
    staff = as_user(officer)
    assert staff.get(address("attachment", interest, sent.pk)).status_code == 200
    assert staff.get(address("attachment", interest, draft.pk)).status_code == 404
    text = staff.get(address("proposal", interest)).text + staff.get(address("receipt", interest, 1)).text
    assert "lähetetty.pdf" in text
    assert "luonnos.pdf" not in text
    assert staff.get(address("attachments", interest)).status_code == 403


def test_pictures_are_given_as_they_are_to_writers_and_officers_and_stripped_to_other_readers(
    page: Client, interest: Proposal, as_user: SignIn, officer: User, reader: User, preparer: User
) -> None:
    attachment = make_attachment(interest, jpg(exif()), name="kuva.jpg", kind="jpg")
    send_with_files(interest, timezone.now())
    colleague = make_user(User.Role.PREPARER, preparer.organisation)
    given = {
        who: as_user(user).get(address("attachment", interest, attachment.pk)).getvalue()
        for who, user in {"officer": officer, "reader": reader, "colleague": colleague}.items()
    }
    given["preparer"] = page.get(address("attachment", interest, attachment.pk)).getvalue()
    assert {who for who, content in given.items() if content == jpg(exif())} == {"officer", "preparer"}
    assert {who for who, content in given.items() if PLACE in content} == {"officer", "preparer"}


def test_a_receipt_hashes_the_original_and_names_it(
    page: Client, interest: Proposal, django_capture_on_commit_callbacks: Any
) -> None:
    add(page, interest, "suunnitelma.pdf", pdf())
    interest.refresh_from_db()
    check = page.get(address("check_proposal", interest)).text
    attachment = interest.attachments.get()
    assert all(told in check for told in ("suunnitelma.pdf", attachment.sha256))
    answer = page.post(address("submit_proposal", interest), {"edition": interest.edition})
    assert answer.status_code == 302, "a file that is not scanned makes nobody late"
    version = interest.versions.get()
    files = [{"name": "suunnitelma.pdf", "sha256": attachment.sha256, "size": len(pdf())}]
    assert version.sha256 == fingerprint({"answers": version.content, "attachments": files})
    assert receipt_hash(version.content, []) == fingerprint(version.content), "as it was before there were files"
    attachment.refresh_from_db()
    assert attachment.first_sent == version
    receipt = page.get(address("receipt", interest, 1)).text
    assert all(told in receipt for told in ("suunnitelma.pdf", attachment.sha256, version.sha256))
    assert f"suunnitelma.pdf (SHA-256 {attachment.sha256})" in Message.objects.get().body


def test_a_sent_file_stays_with_its_version_when_it_is_removed(page: Client, interest: Proposal, folder: Path) -> None:
    attachment = make_attachment(interest, pdf())
    version = send_with_files(interest, timezone.now())
    assert not interest.has_unsent_words
    where = address("remove_attachment", interest, attachment.pk)
    assert "jää" in page.get(where).text
    assert page.post(where).status_code == 302
    interest.refresh_from_db()
    assert interest.attached == []
    assert interest.has_unsent_words
    assert interest in Proposal.objects.with_unsent_words()
    assert files_in(folder) == {attachment.stored}
    assert page.get(address("attachment", interest, attachment.pk)).getvalue() == pdf()
    assert "liite.pdf" in page.get(address("receipt", interest, version.number)).text
    compared = page.get(address("compare_versions", interest) + "?from=1&to=draft").text
    assert "<del>liite.pdf</del>" in compared
    assert page.post(where).status_code == 302, "once more changes nothing"


def test_a_file_that_was_never_sent_is_deleted_when_it_is_removed(
    page: Client, interest: Proposal, folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    attachment = make_attachment(interest, pdf())
    with django_capture_on_commit_callbacks(execute=True):
        page.post(address("remove_attachment", interest, attachment.pk))
    assert files_in(folder) == set()
    assert not Attachment.objects.exists()
    assert page.get(address("attachment", interest, attachment.pk)).status_code == 404


def test_an_answer_to_a_clarification_keeps_the_files_of_the_version_before(interest: Proposal, officer: User) -> None:
    attachment = make_attachment(interest, pdf())
    send_with_files(interest, timezone.now() - timedelta(minutes=1))
    make_attachment(interest, pdf(b"/A 1"), name="uusi.pdf")
    asked = ask(interest, officer)
    interest.refresh_from_db()
    answered = answer(asked, interest.created_by, "Uusi vastaus", at=clock())
    assert answered.attached == [attachment.listed]
    assert answered.sha256 == receipt_hash(answered.content, [attachment.listed])
    interest.refresh_from_db()
    assert len(interest.attached) == 2, "the draft keeps what is not sent"


def test_limits_are_told_and_kept(interest: Proposal, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(attaching.MOST_FILES):
        attach(interest, f"{n}.pdf", pdf(b"/N %d" % n))
    with pytest.raises(Refused, match="10"):
        attach(interest, "11.pdf", pdf(b"/N 11"))
    with pytest.raises(Refused, match="jo"):
        attach(interest, "sama.pdf", pdf(b"/N 1"))
    assert len(files_in(folder)) == attaching.MOST_FILES
    attaching.remove(interest.attachments.all()[0], interest.created_by, clock())
    for name in ("MOST_OF_PROPOSAL", "MOST_OF_ORGANISATION"):
        with monkeypatch.context() as patched:
            patched.setattr(attaching, name, 10)
            with pytest.raises(Refused):
                attach(interest, "uusi.pdf", pdf(b"/N 12"))


def test_where_there_is_no_room_the_proposal_can_be_sent_without_the_file(
    page: Client, interest: Proposal, settings: Any, tmp_path: Path
) -> None:
    settings.ATTACHMENTS_MEGABYTES = 0
    assert "lähettää ehdotuksen ilman sitä" in add(page, interest, "a.pdf", pdf()).text
    settings.ATTACHMENTS_MEGABYTES = 1
    (tmp_path / "no-folder").write_text("")
    settings.ATTACHMENTS = str(tmp_path / "no-folder")
    assert "lähettää ehdotuksen ilman sitä" in add(page, interest, "a.pdf", pdf()).text
    assert page.post(address("submit_proposal", interest), {"edition": interest.edition}).status_code == 302


def test_a_file_can_be_added_after_the_deadline_and_is_not_sent(page: Client, interest: Proposal) -> None:
    send_with_files(interest, timezone.now())
    move_deadline(interest.round, -1)
    assert add(page, interest, "myohassa.pdf", pdf()).status_code == 302
    assert interest.versions.count() == 1
    interest.refresh_from_db()
    answer = page.post(address("submit_proposal", interest), {"edition": interest.edition})
    assert (answer.status_code, interest.versions.count()) == (409, 1)


@pytest.mark.parametrize("state", ["withdrawn", "decided"])
def test_what_is_withdrawn_takes_no_file(page: Client, interest: Proposal, folder: Path, state: str) -> None:
    attachment = make_attachment(interest, pdf())
    send_with_files(interest, timezone.now())
    at = timezone.now()
    columns = {"withdrawn_at": at} if state == "withdrawn" else {"decided_at": at}
    Proposal.objects.update(state="withdrawn" if state == "withdrawn" else "not_selected", **columns)
    with pytest.raises(Refused):
        attach(interest, "uusi.pdf", pdf(b"/A 1"))
    with pytest.raises(Refused):
        attaching.remove(attachment, interest.created_by, at)
    assert files_in(folder) == {attachment.stored}
    assert add(page, interest, "uusi.pdf", pdf(b"/A 1")).status_code == 403


def test_a_deleted_draft_comes_back_with_its_files_and_loses_them_after_a_day(
    interest: Proposal, folder: Path, preparer: User
) -> None:
    attachment, at = make_attachment(interest, pdf()), clock()
    os.utime(folder / attachment.stored, (0, 0))
    deleted = workflow.delete_draft(interest, preparer, at)
    assert retention.sweep_files(at) == 0
    restored = workflow.restore_draft(deleted, preparer, at)
    restored.refresh_from_db()
    assert restored.attached == [attachment.listed]
    assert list(restored.attachments.values_list("pk", "stored")) == [(attachment.pk, attachment.stored)]
    workflow.delete_draft(restored, preparer, at)
    retention.clean_up(at + timedelta(days=1, minutes=1))
    assert not DeletedDraft.objects.exists()
    assert files_in(folder) == set()


def test_the_sweep_takes_what_no_row_names_and_leaves_what_is_being_written(interest: Proposal, folder: Path) -> None:
    kept = make_attachment(interest, pdf())
    for name in ("a" * 32, "b" * 32 + ".part", "c" * 32, "a-note-of-the-keeper"):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (0, 0) if name[0] != "c" else None)
    os.utime(folder / kept.stored, (0, 0))
    assert retention.sweep_files(clock()) == 2
    assert files_in(folder) == {kept.stored, "c" * 32, "a-note-of-the-keeper"}


def test_a_fault_of_the_database_leaves_a_file_to_the_sweep_and_no_row(
    interest: Proposal, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAILPOINTS", "attachment_noted=raise")
    with pytest.raises(Exception, match="attachment_noted"):
        attach(interest)
    monkeypatch.setenv("FAILPOINTS", "file_written=raise")
    with pytest.raises(Exception, match="file_written"):
        attach(interest)
    assert not Attachment.objects.exists()
    assert Proposal.objects.get().attached == []
    assert retention.sweep_files(clock() + timedelta(hours=2)) == 2
    assert files_in(folder) == set()


def test_pages_take_as_many_queries_with_ten_files_as_with_one(page: Client, interest: Proposal, officer: User) -> None:
    counts = []
    for many in (1, 3, 10):
        while len(interest.attached) < many:
            make_attachment(interest, pdf(b"/N %d" % len(interest.attached)))
        counted = []
        for name in ("attachments", "proposal", "check_proposal"):
            with CaptureQueriesContext(connection) as captured:
                assert page.get(address(name, interest)).status_code == 200
            counted.append(len(captured))
        counts.append(counted)
    assert counts == [counts[0]] * 3


def test_an_address_that_takes_no_files_keeps_nothing_of_them(page: Client, interest: Proposal, folder: Path) -> None:
    basics = address("edit_section", interest, "basics")
    answer = page.post(basics, {"title": "Nimi", "file": SimpleUploadedFile("a.pdf", pdf() * 100)})
    assert answer.status_code < 500
    assert files_in(folder) == set()
    assert not Attachment.objects.exists()


def test_the_list_of_proposals_and_the_document_name_the_files(
    interest: Proposal, as_user: SignIn, officer: User
) -> None:
    make_attachment(interest, pdf(), name="suunnitelma.pdf")
    send_with_files(interest, timezone.now())
    staff = as_user(officer)
    for name in ("all_proposals_csv", "print_proposals"):
        assert "suunnitelma.pdf" in staff.get(reverse(name)).getvalue().decode()
    document = Document(BytesIO(staff.get(reverse("proposals_docx")).content))
    assert any(one.text.startswith("suunnitelma.pdf (SHA-256 ") for one in document.paragraphs)


def test_what_is_refused_is_an_exception_with_its_verdict(interest: Proposal) -> None:
    with pytest.raises(NotTaken) as refused:
        attach(interest, "a.exe", b"MZ")
    assert refused.value.verdict == Verdict.UNKNOWN


def test_files_that_are_too_large_together_are_not_cut(page: Client, interest: Proposal, folder: Path) -> None:
    large = pdf(b"% " + b"x" * 11_000_000)
    both = [SimpleUploadedFile(name, large) for name in ("a.pdf", "b.pdf")]
    answer = page.post(address("attachments", interest), {"file": both})
    assert (answer.status_code, str(WORDS[Verdict.TOO_LARGE]) in answer.text) == (422, True)
    assert files_in(folder) == set()
