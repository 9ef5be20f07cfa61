"""Sign-in letters: asked for in a request, sent by the sweep, never kept; each goes once, and only while it is true."""

import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from pilots.mail import outbox, sweep, watch
from pilots.mail.outbox import leases
from pilots.models import DeliveryEvent, Installation, Message
from regions import invitations, sign_in_letters
from regions.models import Invitation, SignInLetter, User
from registry.lib.database import clock
from tests.english import ENGLISH
from tests.factories import PASSWORD, make_user
from tests.letters_with_links import letters, link, text_of
from tests.pilots.mail.mail_server import Relay, serve

pytestmark = pytest.mark.django_db(transaction=True)
State = Message.State
NEWCOMER = "newcomer@satakunta.example"


@pytest.fixture(autouse=True)
def _no_guesses() -> None:
    cache.clear()


def ask(email: str, language: str = "fi") -> Any:
    """Ask for a new password on a page in ``language``."""
    with translation.override(language):
        return Client().post(reverse("account_reset_password"), {"email": email})


def invite(inviter: User, email: str = NEWCOMER, **more: Any) -> Invitation:
    given = {"role": "preparer", "organisation": inviter.organisation, "language": "en", **more}
    return invitations.invite(inviter, email=email, at=clock(), **given)


@pytest.fixture
def silence(settings: Any) -> Iterator[socket.socket]:
    """A mail server that takes a connection and says nothing; the socket at which it listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()
        settings.EMAIL_TIMEOUT = 1
        server.setblocking(False)
        yield server


def test_no_request_opens_a_connection_to_the_mail_server(silence: socket.socket, as_user: Any, officer: User) -> None:
    assert ask(officer.email).status_code == 302
    assert ask("nobody@satakunta.example").status_code == 302
    form = {"email": NEWCOMER, "role": "reader", "language": "fi"}
    assert as_user(officer).post(reverse("invite"), form).status_code == 302
    with pytest.raises(BlockingIOError):
        silence.accept()
    assert SignInLetter.objects.waiting().count() == 2


def test_letters_that_a_silent_server_did_not_take_go_when_it_speaks(
    silence: socket.socket, preparer: User, settings: Any
) -> None:
    ask(preparer.email)
    sweep.run(clock())
    assert Message.objects.get().state == State.QUEUED
    relay = Relay()
    controller = serve(relay, settings)
    sweep.run(clock() + timedelta(hours=1))
    controller.stop()
    assert Message.objects.get().state == State.SENT
    assert len(relay.accepted) == 1


def test_a_letter_that_no_sweep_collects_is_seen_after_ten_minutes(preparer: User) -> None:
    ask(preparer.email)
    at = clock()
    Installation.objects.create(swept_at=at + timedelta(minutes=11))
    assert watch.look(at + timedelta(minutes=9)).reasons == []
    assert watch.look(at + timedelta(minutes=11)).reasons == ["missing"]
    outbox.collect(at)
    Message.objects.update(state=State.SENT, settled_at=at)
    assert watch.look(at + timedelta(minutes=11)).reasons == []


def test_an_address_without_an_account_gets_no_letter() -> None:
    ask("nobody@satakunta.example")
    assert not SignInLetter.objects.exists()


@pytest.mark.parametrize(("language", "words"), [("sv", "välj ett nytt lösenord"), ("", " / Pilotregistret: välj")])
def test_the_letter_is_in_the_language_of_the_account(preparer: User, language: str, words: str) -> None:
    User.objects.update(language=language)
    ask(preparer.email, "fi")
    letter = letters()[-1]
    assert words in letter["Subject"]
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Content-Language"] == (language or "fi, sv")


def test_a_letter_goes_as_the_account_asked_and_comes_back_to_a_signed_address(
    relay: Relay, preparer: User, settings: Any
) -> None:
    settings.BOUNCE_ADDRESS = "palautus@pilotit.example"
    ask(preparer.email)
    sweep.send_sign_in_letters(clock())
    message = Message.objects.get()
    assert message.state == State.SENT
    assert relay.accepted[0][0] == outbox.envelopes.sender_of(message.pk)


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_no_letter_shows_english(preparer: User, language: str) -> None:
    User.objects.update(language=language)
    ask(preparer.email)
    invite(preparer, language=language)
    for letter in letters():
        assert not ENGLISH.search(f"{letter['Subject']} {text_of(letter)}")


def test_what_is_kept_holds_no_link(preparer: User) -> None:
    ask(preparer.email)
    invite(preparer)
    secrets = [
        re.sub(r".*[/-]", "", path.rstrip("/")) for path in (link(), re.search(r"(/fi/\S+)", text_of(letters()[0]))[1])
    ]
    kept = str([vars(row) for model in (Message, SignInLetter, Invitation) for row in model.objects.all()])
    assert len(secrets) == 2
    assert not [secret for secret in secrets if secret in kept]


def test_nobody_reads_the_text_on_a_page(as_user: Any, officer: User, preparer: User) -> None:
    ask(preparer.email)
    invite(preparer)
    outbox.collect(clock())
    for message in Message.objects.all():
        answer = as_user(officer).get(reverse("message", args=[message.pk]))
        assert answer.status_code == 200
        assert outbox.sign_in.PLACE not in answer.text
        assert message.address in answer.text


def test_the_same_bytes_are_made_for_each_try_also_under_an_earlier_key(preparer: User, settings: Any) -> None:
    ask(preparer.email)
    invite(preparer)
    before = [bytes(letter) for letter in letters()]
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key, long enough for a test"
    assert [bytes(letter) for letter in letters()] == before
    settings.SECRET_KEY_FALLBACKS = []
    assert letters() == []


def test_a_link_asked_for_before_a_rotation_and_collected_after_it_opens(preparer: User, settings: Any) -> None:
    invite(preparer)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key, long enough for a test"
    assert Client().get(link()).status_code == 200


def test_an_invitation_whose_key_is_gone_before_it_is_collected_expires(
    relay: Relay, preparer: User, settings: Any
) -> None:
    invite(preparer)
    settings.SECRET_KEY = "another key, long enough for a test"
    sweep.run(clock())
    assert Message.objects.get().state == State.EXPIRED
    assert not relay.accepted


def test_a_letter_whose_key_is_gone_expires(relay: Relay, preparer: User, settings: Any) -> None:
    ask(preparer.email)
    outbox.collect(clock())
    settings.SECRET_KEY = "another key, long enough for a test"
    sweep.run(clock())
    assert Message.objects.get().state == State.EXPIRED
    assert not relay.accepted


def sign_in(user: User) -> None:
    assert Client().post(reverse("account_login"), {"login": user.email, "password": PASSWORD}).status_code == 302


def move(user: User) -> None:
    User.objects.filter(pk=user.pk).update(email="moved@satakunta.example")


def shut(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


@pytest.mark.parametrize("change", [sign_in, move, shut])
def test_a_link_that_opens_nothing_any_more_is_not_sent(relay: Relay, preparer: User, change: Any) -> None:
    ask(preparer.email)
    outbox.collect(clock())
    change(preparer)
    sweep.run(clock())
    assert Message.objects.get().state == State.CANCELLED
    assert not relay.accepted


def end_rights(invitation: Invitation) -> None:
    User.objects.filter(pk=invitation.invited_by_id).update(role="reader")


def take_back(invitation: Invitation) -> None:
    invitation.delete()


def withdraw(invitation: Invitation) -> None:
    invitations.withdraw(invitation, invitation.invited_by, clock())


def make_account(invitation: Invitation) -> None:
    make_user("reader", email=invitation.email)


@pytest.mark.parametrize("change", [end_rights, take_back, withdraw, make_account])
def test_an_invitation_that_opens_nothing_any_more_is_not_sent(relay: Relay, preparer: User, change: Any) -> None:
    invitation = invite(preparer)
    outbox.collect(clock())
    change(invitation)
    sweep.run(clock())
    assert Message.objects.get().state == State.CANCELLED
    assert not relay.accepted


def test_a_letter_is_collected_once(preparer: User) -> None:
    ask(preparer.email)
    assert [outbox.collect(clock()), outbox.collect(clock())] == [1, 0]
    assert Message.objects.count() == 1


def test_a_mailbox_gets_five_letters_an_hour_however_it_is_written(council: Any) -> None:
    at = clock()
    people = [make_user("preparer", council, email=f"victim+{n}@Satakunta.example".lower()) for n in range(7)]
    asked = [sign_in_letters.ask_for_new_password(person, at) for person in people]
    assert [letter is not None for letter in asked] == [True] * 5 + [False] * 2
    assert sign_in_letters.ask_for_new_password(people[6], at + timedelta(hours=1, seconds=1)) is not None


def invite_many(inviter: User, many: int) -> None:
    """Ask for the letters of many invitations, past the limit of a day."""
    at = clock()
    for n in range(many):
        invitation = Invitation.objects.create(
            email=f"newcomer.{n}@satakunta.example",
            role="preparer",
            organisation=inviter.organisation,
            token_sha256=f"{n:064}",
            invited_by=inviter,
            invited_at=at,
            expires_at=at + invitations.LASTS,
        )
        sign_in_letters.ask_for_invitation(invitation, f"{n:064}", at)
    outbox.collect(at)


def post_ordinary(user: User, many: int) -> None:
    at = timezone.now() - timedelta(hours=1)
    Message.objects.bulk_create(
        Message(
            letter="receipt",
            user=user,
            address=user.email,
            language="fi",
            subject="x",
            body="x",
            mime=b"x",
            message_id=f"<{n}@x>",
            deployment=outbox.posting.settings.DEPLOYMENT_KEY,
            created_at=at,
            next_try_at=at,
        )
        for n in range(many)
    )


@pytest.mark.parametrize(
    ("few", "turn", "first"), [(20, 1, 10), (20, 2, 10), (1, 1, 1), (1, 2, 0), (3, 1, 2), (3, 2, 1)]
)
def test_sign_in_letters_go_first_and_take_half_of_a_batch(preparer: User, few: int, turn: int, first: int) -> None:
    post_ordinary(preparer, 30)
    invite_many(preparer, 30)
    batch = leases.claim(outbox.sender.uuid.uuid4(), clock(), few, turn)
    assert [message.lets_in for message in batch] == [True] * first + [False] * (few - first)


def test_alone_they_fill_a_batch(preparer: User) -> None:
    invite_many(preparer, 30)
    assert len(leases.claim(outbox.sender.uuid.uuid4(), clock())) == leases.BATCH


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("", "The letter is on its way."),
        (State.QUEUED, "The letter is on its way."),
        (State.SENT, "The letter has arrived, as far as is known."),
        (State.BOUNCED, "The letter did not arrive."),
        (State.EXPIRED, "The letter did not arrive."),
    ],
)
def test_the_inviter_sees_what_became_of_the_letter(as_user: Any, preparer: User, state: str, words: str) -> None:
    invite(preparer)
    if state:
        outbox.collect(clock())
        Message.objects.update(state=state, settled_at=None if state == State.QUEUED else clock())
    assert words in as_user(preparer).get("/en/my-page/").text


def test_an_invitation_that_comes_back_is_known_and_marks_no_account(
    relay: Relay, preparer: User, settings: Any
) -> None:
    settings.BOUNCE_ADDRESS = "palautus@pilotit.example"
    invite(preparer)
    sweep.run(clock())
    message = Message.objects.get()
    block = outbox.reports.Block(frozenset({NEWCOMER}), outbox.reports.Fate.FAILED, "5.1.1 unknown")
    assert outbox.bounces._learn(message, block, clock())
    assert Message.objects.get().state == State.BOUNCED
    assert DeliveryEvent.objects.filter(message=message, kind="bounced").exists()
    assert not User.objects.filter(address_failed_at__isnull=False).exists()
