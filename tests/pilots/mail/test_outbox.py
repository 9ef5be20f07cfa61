"""The outbox: what is posted is a row with the bytes of one mail."""

import threading
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from pilots.mail import reminders
from pilots.mail.outbox import Verdict
from pilots.models import Letter, Message, Round
from regions.models import User
from tests.factories import make_proposal, make_round
from tests.pilots.mail.watched import letter as queued
from tests.posted import posted

NOW = timezone.now()
BAIT = "Kierros\nBcc: victim@other.example\r\n\r\n\u2028X-Bait: 1\u2029" + "ä" * 2000


def post(user: User, round_: Round, letter: Letter = Letter.CORRECTION, **fields: Any) -> Message:
    return posted(user, letter, at=NOW, round_=round_, **fields)


def mail_of(message: Message) -> EmailMessage:
    mail = message_from_bytes(bytes(message.mime), policy=policy.SMTP)
    assert isinstance(mail, EmailMessage)
    return mail


def test_a_posted_letter_is_a_row_with_the_bytes_of_one_mail(preparer: User, officer: User) -> None:
    round_ = make_round(owner=officer)
    step, proposal = round_.steps.get(), make_proposal(round_, preparer)
    message = post(preparer, round_, Letter.DRAFT_NOT_SENT, step=step, proposal=proposal)
    mail = mail_of(message)
    assert message.state == Message.State.QUEUED
    assert [str(to) for to in mail.get_all("To")] == [preparer.email]
    assert (mail["Subject"], mail["Message-ID"]) == (message.subject, message.message_id)
    assert message.message_id.endswith("@localhost>")
    assert mail["Reply-To"] == officer.email
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"].startswith("<http://localhost:8000/fi/")
    assert mail["Content-Language"] == "fi"
    assert mail["Date"].datetime == NOW.replace(microsecond=0)
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n") == message.body
    assert (message.told.get().closes_at, message.told.get().step) == (step.closes_at, step)


def test_only_reminders_may_be_declined(preparer: User) -> None:
    assert mail_of(post(preparer, make_round()))["List-Unsubscribe"] is None


@pytest.mark.parametrize("language", ["fi", "sv", "en", ""])
def test_no_name_can_add_a_header(preparer: User, officer: User, language: str) -> None:
    # The database keeps no such name; a letter stands it all the same.
    officer.name = "Virkahenkilö\r\nBcc: victim@other.example" + "x" * 70
    preparer.name, preparer.language = "Nimi\u2028\nCc: victim@other.example", language
    round_ = make_round(owner=officer)
    for code in ("fi", "sv", "en"):
        setattr(round_, f"name_{code}", BAIT)
    message = post(preparer, round_)
    mail = mail_of(message)
    head = bytes(message.mime).split(b"\r\n\r\n")[0]
    assert set(mail.keys()) == {
        "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type",
        "Content-Transfer-Encoding", "MIME-Version", "Content-Language",
    }  # fmt: skip
    assert len(mail["To"].addresses) == len(mail["Reply-To"].addresses) == 1
    assert len(message.subject) <= 200
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))
    assert b"\n" not in head.replace(b"\r\n", b"")


def test_a_mail_names_who_sends_it_whom_it_is_to_and_who_answers(preparer: User, officer: User, settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "Pilottirekisteri <rekisteri@ministeriö.example>"
    preparer.name = "Väinö Valmistelija"
    mail = mail_of(post(preparer, make_round(owner=officer)))
    assert str(mail["From"]) == "Pilottirekisteri <rekisteri@xn--ministeri-87a.example>"
    assert str(mail["To"]) == f"Väinö Valmistelija <{preparer.email}>"
    assert str(mail["Reply-To"]) == officer.email
    assert (mail["Auto-Submitted"], mail["Content-Language"]) == ("auto-generated", "fi")
    assert mail["Content-Transfer-Encoding"] == "quoted-printable"


def test_a_subject_is_words_and_no_markup(preparer: User) -> None:
    subject = post(preparer, make_round(name_fi="Työ & <koulutus>")).subject
    assert subject.endswith(": Työ & <koulutus>")


def test_a_subject_in_two_languages_has_room_for_both(preparer: User) -> None:
    User.objects.filter(pk=preparer.pk).update(language="")
    preparer.refresh_from_db()
    message = post(preparer, make_round(name_fi="ä" * 150, name_sv="ö" * 150))
    assert [len(half) for half in message.subject.split(" / ")] == [98, 98]
    assert mail_of(message)["Content-Language"] == "fi, sv"
    assert message.body.endswith("meddelande.\n")


def test_who_has_no_working_address_is_shown_and_hinders_nobody(preparer: User) -> None:
    preparer.email = "nonsense"
    message = post(preparer, make_round())
    assert message.state == Message.State.DEAD
    assert message.events.get().words == "no working address"
    preparer.email, preparer.is_active = "preparer@satakunta.example", False
    assert post(preparer, make_round()).state == Message.State.DEAD


def test_a_domain_with_letters_of_its_own_is_written_in_ascii(preparer: User) -> None:
    preparer.email = "nimi@häme.example"
    assert mail_of(post(preparer, make_round()))["To"] == "nimi@xn--hme-qla.example"


@pytest.mark.parametrize("source", ["Subject: {% nonsense %}", "No subject here"])
def test_a_letter_broken_in_every_language_is_an_error_and_no_row(
    preparer: User, settings: Any, tmp_path: Path, source: str
) -> None:
    for language in ("fi", "sv", "en"):
        (tmp_path / "mail" / language).mkdir(parents=True)
        (tmp_path / "mail" / language / "correction.txt").write_text(source)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    with pytest.raises(Exception, match=r"(?i)subject|nonsense"):
        post(preparer, make_round())
    assert not Message.objects.exists()


def test_one_s_own_languages_half_is_sent_when_the_other_is_broken(
    preparer: User, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "mail" / "sv").mkdir(parents=True)
    (tmp_path / "mail" / "sv" / "correction.txt").write_text("Subject: Ny tid\n\nTiden har ändrats.\n")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    preparer.language = ""
    message = post(preparer, make_round())
    assert (message.language, message.subject) == ("sv", "Ny tid")


@pytest.mark.parametrize("letter", [Letter.RECEIPT, Letter.WITHDRAWAL, Letter.ROUND_CANCELLED, Letter.STAFF])
def test_a_letter_in_the_queue_does_not_go_to_an_account_that_is_shut_meanwhile(preparer: User, letter: Letter) -> None:
    message = queued(preparer, NOW, letter=letter)
    assert reminders.last_look(Message.objects.get(pk=message.pk), NOW) is Verdict.SEND
    User.objects.filter(pk=preparer.pk).update(is_active=False)
    assert reminders.last_look(Message.objects.get(pk=message.pk), NOW) is Verdict.CANCEL
    User.objects.filter(pk=preparer.pk).delete()
    assert reminders.last_look(Message.objects.get(pk=message.pk), NOW) is Verdict.CANCEL


def test_a_receipt_goes_also_to_whose_rights_have_ended(ended: User) -> None:
    assert reminders.last_look(queued(ended, NOW, letter=Letter.RECEIPT), NOW) is Verdict.SEND


@pytest.mark.django_db(transaction=True)
def test_two_posts_of_one_letter_at_once_make_one(preparer: User) -> None:
    round_, barrier, messages = make_round(), threading.Barrier(2), []

    def run() -> None:
        try:
            with transaction.atomic():
                barrier.wait()
                message = posted(preparer, at=NOW, round_=round_, key="one")
                messages.append(message.pk)
                time.sleep(0.2)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(messages) == 2
    assert set(messages) == {Message.objects.get().pk}
