"""The outbox: what is posted is a row with the bytes of one mail."""

from email import message_from_bytes, policy

from django.utils import timezone

from pilots import outbox
from pilots.models import Letter, Message
from regions.models import User
from tests.factories import make_round


def test_a_posted_letter_is_a_row_with_the_bytes_of_one_mail(preparer: User) -> None:
    round_ = make_round(name_fi="Kierros\nBcc: victim@other.example\u2028 loppu" + "x" * 60)
    message = outbox.post(Letter.DRAFT_NOT_SENT, preparer, at=timezone.now(), context={}, step=round_.steps.get())
    mail = message_from_bytes(bytes(message.mime), policy=policy.SMTP)
    assert message.state == Message.State.QUEUED
    assert [str(to) for to in mail.get_all("To")] == [preparer.email]
    assert mail["Bcc"] is None
    assert mail["Subject"] == message.subject
    assert message.told.get().step.round == round_
