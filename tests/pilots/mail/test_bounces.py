"""Mail that comes back: what delivery reports say is kept once, on the message, the address and nothing else."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from pilots.mail import outbox, watch
from pilots.mail.outbox.bounces import refused
from pilots.mail.outbox.envelopes import sender_of
from pilots.models import Installation, Message, ReturnedMail
from regions.models import User
from tests.cast import Said
from tests.pilots.mail.returned import NOW, Kind, Outcome, State, block, kinds, reads, report, sent

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parent / "samples"


def test_a_letter_that_came_back_for_good_marks_the_message_and_the_address(box: Path, preparer: User) -> None:
    message, other = sent(preparer), sent(preparer)
    assert reads(box, report(sender_of(message.pk), block(preparer.email))) == Outcome.BOUNCED
    other.refresh_from_db()
    assert (other.state, kinds(other)) == (State.SENT, [])
    message.refresh_from_db()
    preparer.refresh_from_db()
    assert message.state == State.BOUNCED
    assert [(event.kind, event.words) for event in message.events.all()] == [(Kind.BOUNCED, "550 5.1.1 no such user")]
    assert (preparer.address_failed_at, preparer.address_fault) == (NOW, "550 5.1.1 no such user")
    assert ReturnedMail.objects.get().message == message
    assert not outbox.has_address(preparer)


def test_the_words_of_a_server_that_leaves_its_code_out_begin_with_it(box: Path, preparer: User) -> None:
    reads(box, report(sender_of(sent(preparer).pk), block(preparer.email, words="no such user")))
    preparer.refresh_from_db()
    assert preparer.address_fault == "5.1.1 no such user"


def test_a_delay_is_noted_and_nothing_else(box: Path, preparer: User) -> None:
    message = sent(preparer)
    delayed = report(sender_of(message.pk), block(preparer.email, "delayed", "4.2.2", "450 4.2.2 mailbox full"))
    assert reads(box, delayed) == Outcome.DELAYED
    message.refresh_from_db()
    preparer.refresh_from_db()
    assert (message.state, kinds(message)) == (State.SENT, [Kind.DELAYED])
    assert preparer.address_failed_at is None


def test_a_letter_given_up_after_a_delay_came_back_but_its_address_may_be_good(box: Path, preparer: User) -> None:
    message = sent(preparer)
    reads(box, report(sender_of(message.pk), block(preparer.email, "failed", "4.4.7", "delivery time expired")))
    message.refresh_from_db()
    preparer.refresh_from_db()
    assert (message.state, kinds(message)) == (State.BOUNCED, [Kind.BOUNCED])
    assert preparer.address_failed_at is None


@pytest.mark.parametrize("action", ["delivered", "relayed", "Delivered (to mailbox)"])
def test_a_letter_that_arrived_is_delivered(box: Path, preparer: User, action: str) -> None:
    message = sent(preparer)
    assert reads(box, report(sender_of(message.pk), block(preparer.email, action, "2.0.0", ""))) == Outcome.DELIVERED
    message.refresh_from_db()
    assert (message.state, kinds(message)) == (State.DELIVERED, [Kind.DELIVERED])


def test_a_letter_that_came_back_from_further_on_was_not_delivered(box: Path, preparer: User) -> None:
    message = sent(preparer)
    reads(box, report(sender_of(message.pk), block(preparer.email, "relayed", "2.0.0", "")))
    reads(box, report(sender_of(message.pk), block(preparer.email)))
    message.refresh_from_db()
    assert (message.state, kinds(message)) == (State.BOUNCED, [Kind.DELIVERED, Kind.BOUNCED])


@pytest.mark.parametrize("state", [State.EXPIRED, State.CANCELLED, State.DEAD, State.BOUNCED])
def test_an_end_that_is_known_stays(box: Path, preparer: User, state: str) -> None:
    message = sent(preparer, state)
    reads(box, report(sender_of(message.pk), block(preparer.email, "delivered", "2.0.0", "")))
    reads(box, report(sender_of(message.pk), block(preparer.email)))
    message.refresh_from_db()
    assert message.state == state


def test_a_report_may_come_before_we_know_that_the_server_took_the_letter(box: Path, preparer: User) -> None:
    message = sent(preparer, State.QUEUED)
    Message.objects.filter(pk=message.pk).update(lease=uuid4(), leased_until=NOW + timedelta(hours=1), body_at=NOW)
    assert reads(box, report(sender_of(message.pk), block(preparer.email))) == Outcome.BOUNCED
    message.refresh_from_db()
    assert (message.state, message.lease, message.body_at) == (State.BOUNCED, None, None)
    assert outbox.deliver(NOW).sent == 0


def test_the_same_report_twice_changes_nothing(box: Path, preparer: User) -> None:
    message = sent(preparer)
    mail = report(sender_of(message.pk), block(preparer.email))
    assert reads(box, mail) == Outcome.BOUNCED
    User.objects.filter(pk=preparer.pk).update(address_failed_at=None, address_fault="")
    assert reads(box, mail) == Outcome.BOUNCED
    assert reads(box, mail.replace(b"Subject: report", b"Subject: report again")) == Outcome.NOTHING_NEW
    preparer.refresh_from_db()
    assert kinds(message) == [Kind.BOUNCED]
    assert preparer.address_failed_at is None, "mended since"
    assert ReturnedMail.objects.count() == 2


def test_a_second_delay_in_other_words_is_noted(box: Path, preparer: User) -> None:
    message = sent(preparer)
    for number, words in enumerate(("450 4.2.2 mailbox full", "450 4.2.2 mailbox full", "421 4.3.2 closing")):
        reads(box, report(sender_of(message.pk), block(preparer.email, "delayed", "4.2.2", words)) + b"%d" % number)
    assert ReturnedMail.objects.count() == 3
    assert kinds(message) == [Kind.DELAYED, Kind.DELAYED]


def test_an_address_that_was_changed_since_is_not_blamed(box: Path, preparer: User) -> None:
    message = sent(preparer)
    User.objects.filter(pk=preparer.pk).update(email="new@satakunta.example")
    reads(box, report(sender_of(message.pk), block(message.address)))
    preparer.refresh_from_db()
    assert preparer.address_failed_at is None


def test_the_first_fault_of_an_address_stays(box: Path, preparer: User) -> None:
    first, second = sent(preparer), sent(preparer)
    reads(box, report(sender_of(first.pk), block(preparer.email)))
    later = block(preparer.email, words="550 5.7.1 other words")
    reads(box, report(sender_of(second.pk), later), NOW + timedelta(days=1))
    preparer.refresh_from_db()
    assert (preparer.address_failed_at, preparer.address_fault) == (NOW, "550 5.1.1 no such user")


@pytest.mark.parametrize("form", ["{}", "<{}>", " < {} > "])
def test_of_several_recipients_the_own_one_counts(box: Path, preparer: User, form: str) -> None:
    message = sent(preparer)
    own = form.format(preparer.email.upper())
    blocks = [block("other@kunta.example"), block(own, "delayed", "4.2.2", "450 full")]
    assert reads(box, report(sender_of(message.pk), *blocks)) == Outcome.DELAYED


def test_where_the_own_one_is_not_named_the_best_fate_counts(box: Path, preparer: User) -> None:
    message = sent(preparer)
    blocks = [block("one@kunta.example"), block("two@kunta.example", "delivered", "2.0.0", "")]
    assert reads(box, report(sender_of(message.pk), *blocks)) == Outcome.DELIVERED


def test_the_original_recipient_names_the_letters_receiver(box: Path, preparer: User) -> None:
    message = sent(preparer)
    own = f"Original-Recipient: rfc822; {preparer.email}\n{block('inner@kunta.example')}"
    assert reads(box, report(sender_of(message.pk), own, block("x@y.example", "delivered", "2.0.0"))) == Outcome.BOUNCED


@pytest.mark.parametrize(
    ("sample", "outcome", "state", "fault"),
    [
        ("postfix-refused", Outcome.BOUNCED, State.BOUNCED, "550 5.1.1 <poissa@kunta.example>: no such mailbox"),
        ("postfix-delayed", Outcome.DELAYED, State.SENT, ""),
        ("postfix-gave-up", Outcome.BOUNCED, State.BOUNCED, ""),
    ],
)
def test_the_reports_of_a_real_postfix(
    box: Path, preparer: User, sample: str, outcome: str, state: str, fault: str
) -> None:
    mail = (SAMPLES / f"{sample}.eml").read_bytes()
    address = next(a for a in ("poissa@kunta.example", "odota@kunta.example") if a.encode() in mail)
    User.objects.filter(pk=preparer.pk).update(email=address)
    preparer.refresh_from_db()
    message = sent(preparer)
    was = next(word for word in mail.split() if word.startswith(b"palautus+"))
    assert reads(box, mail) == Outcome.UNSIGNED
    assert reads(box, mail.replace(was, sender_of(message.pk).encode())) == outcome
    message.refresh_from_db()
    preparer.refresh_from_db()
    assert (message.state, preparer.address_fault) == (state, fault)


@pytest.mark.parametrize(
    ("words", "blamed"),
    [
        ("550 5.1.1 no such user", True),
        ("550 5.1.10 null mx", True),
        ("554 5.7.1 relay access denied", False),
        ("550 5.1.17 something", False),
        ("552 5.2.2 mailbox full", False),
        ("550 no", False),
        ("550 No such user here", True),
        ("550 5.4.4 unable to route: host not found", True),
        ("550 5.7.26 Unauthenticated mail is not accepted: SPF and DKIM failed", False),
    ],
)
def test_a_refusal_at_once_marks_the_address_where_there_is_no_mailbox(
    preparer: User, words: str, blamed: bool
) -> None:
    refused(sent(preparer, State.DEAD), words, NOW)
    preparer.refresh_from_db()
    assert (preparer.address_failed_at is not None) is blamed


VERDICTS = [
    ("5.1.1", "550 5.1.1 User unknown", "address"),
    ("5.1.1", "550 5.1.1 Käyttäjää ei ole", "address"),
    ("5.1.2", "550 5.1.2 bad destination system", "address"),
    ("5.1.3", "501 5.1.3 bad address syntax", "address"),
    ("5.1.6", "550 5.1.6 mailbox has moved", "address"),
    ("5.1.10", "556 5.1.10 domain does not accept mail (nullMX)", "address"),
    ("5.1.351", "550 5.1.351 Remote server returned unknown recipient or mailbox unavailable", "address"),
    ("5.2.1", "550 5.2.1 The email account that you tried to reach is disabled", "address"),
    ("5.4.4", "550 5.4.4 Invalid domain name: host not found", "address"),
    ("5.4.310", "550 5.4.310 DNS domain does not exist", "address"),
    ("5.0.0", "550 No such user here", "address"),
    ("5.0.0", "550 Recipient address rejected: User unknown in local recipient table", "address"),
    ("5.0.0", "554 delivery error: dd This user doesn't have an account: mailbox not found", "address"),
    ("5.2.2", "552 5.2.2 Mailbox full", "passes"),
    ("5.0.0", "552 Requested mail action aborted: quota exceeded", "passes"),
    ("5.1.1", "550 5.1.1 mailbox is full", "passes"),
    ("5.3.0", "553 5.3.0 system trouble", "passes"),
    ("5.4.7", "5.4.7 delivery time expired", "passes"),
    ("5.0.0", "550 something", "passes"),
    ("5.9.9", "550 5.9.9 a code of tomorrow", "passes"),
    ("5.7.26", "550 5.7.26 Unauthenticated mail is not accepted: SPF and DKIM failed", "ours"),
    ("5.7.606", "550 5.7.606 Access denied, banned sending IP [192.0.2.1]", "ours"),
    ("5.7.1", "550 5.7.1 Message rejected as spam", "ours"),
    ("5.1.8", "550 5.1.8 Sender address has null MX", "ours"),
    ("5.1.1", "550 5.1.1 rejected: listed in a blocklist", "ours"),
    ("5.5.0", "503 5.5.0 bad sequence of commands", "ours"),
    ("5.6.0", "554 5.6.0 content rejected", "ours"),
    ("5.3.4", "552 5.3.4 Message too big for system", "ours"),
]


@pytest.mark.parametrize(("status", "words", "whose"), VERDICTS)
def test_whose_fault_a_refusal_is(box: Path, preparer: User, said: Said, status: str, words: str, whose: str) -> None:
    message = sent(preparer)
    mail = report(sender_of(message.pk), block(preparer.email, status=status, words=words))
    assert reads(box, mail) == Outcome.BOUNCED
    message.refresh_from_db()
    preparer.refresh_from_db()
    assert message.state == State.BOUNCED
    assert (preparer.address_failed_at is not None) == (whose == "address")
    assert (Kind.OURS in kinds(message)) == any("We are refused" in line for line in said()) == (whose == "ours")


def test_operations_are_told_for_a_day_that_we_are_refused(box: Path, preparer: User) -> None:
    message = sent(preparer)
    Installation.objects.create(swept_at=NOW)
    reads(box, report(sender_of(message.pk), block(preparer.email, status="5.7.26", words="550 5.7.26 SPF failed")))
    assert "refused" in watch.look(NOW + timedelta(hours=23)).reasons
    assert "refused" not in watch.look(NOW + timedelta(days=1)).reasons
