"""A changed mail address: the old one ends at once, in every door, and both are told."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.mail.outbox import Verdict
from pilots.mail.reminders import last_look
from pilots.models import Letter, Message, Proposal, ToldDeadline
from regions import sign_in_letters
from regions.models import SignInLetter, User
from registry.lib.database import clock
from tests.factories import PASSWORD, make_proposal, make_round
from tests.posted import posted

pytestmark = pytest.mark.django_db
OLD, NEW = "preparer@satakunta.example", "renewed@satakunta.example"


@pytest.fixture
def proposal(preparer: User) -> Proposal:
    return make_proposal(make_round(invited=[preparer.organisation]), preparer)


def change(person: User, **fields: Any) -> None:
    """Let a technical administrator save the account with other values."""
    admin = Client()
    admin.force_login(User.objects.create_superuser("admin@rekisteri.example", "a long enough password"))
    typed = {
        "email": NEW,
        "name": person.name,
        "role": person.role,
        "organisation": person.organisation_id,
        "language": person.language,
        "is_active": "on",
        **fields,
    }
    answer = admin.post(reverse("admin:regions_user_change", args=[person.pk]), typed)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    person.refresh_from_db()


def signs_in(email: str) -> bool:
    client = Client()
    client.post(reverse("account_login"), {"login": email, "password": PASSWORD})
    return settings.SESSION_COOKIE_NAME in client.cookies


def test_the_old_address_signs_nobody_in_and_gets_no_link(preparer: User) -> None:
    EmailAddress.objects.create(user=preparer, email=OLD, verified=True, primary=True)
    change(preparer)
    assert not signs_in(OLD)
    Client().post(reverse("account_reset_password"), {"email": OLD})
    assert not SignInLetter.objects.exists()
    assert signs_in(NEW)
    Client().post(reverse("account_reset_password"), {"email": NEW})
    assert SignInLetter.objects.get().address == NEW


def test_a_link_that_is_open_and_a_letter_with_one_end(preparer: User) -> None:
    asked = sign_in_letters.ask_for_new_password(preparer, clock())
    assert asked is not None
    token = sign_in_letters.secret_of(asked, settings.SECRET_KEY)
    assert sign_in_letters.PasswordTokens().check_token(preparer, token)
    change(preparer)
    assert not sign_in_letters.PasswordTokens().check_token(preparer, token)
    asked.refresh_from_db()
    assert not sign_in_letters.holds(SignInLetter.objects.get(), clock())


@pytest.mark.parametrize("fields", [{"email": NEW}, {"email": OLD, "is_active": ""}, {"rights_until": "31.12.2030"}])
def test_a_session_ends_with_the_address_and_with_the_rights(
    as_user: Any, preparer: User, proposal: Proposal, fields: dict[str, str]
) -> None:
    browser, page = as_user(preparer), reverse("proposal", args=[proposal.pk])
    assert browser.get(page).status_code == 200
    change(preparer, **fields)
    assert browser.get(page).status_code == 302
    if "is_active" in fields:  # given back, they do not bring the old session back
        User.objects.filter(pk=preparer.pk).update(is_active=True)
        assert browser.get(page).status_code == 302


def test_an_administrator_ends_the_sessions_of_one_account(
    as_user: Any, preparer: User, officer: User, proposal: Proposal
) -> None:
    browser, other = as_user(preparer), as_user(officer)
    admin = Client()
    admin.force_login(User.objects.create_superuser("admin@rekisteri.example", "a long enough password"))
    chosen = {"action": "end_sessions", "_selected_action": [preparer.pk]}
    assert admin.post(reverse("admin:regions_user_changelist"), chosen).status_code == 302
    assert browser.get(reverse("proposal", args=[proposal.pk])).status_code == 302
    assert other.get(reverse("desk")).status_code == 200


def test_a_session_stays_when_only_the_name_changes(as_user: Any, preparer: User, proposal: Proposal) -> None:
    browser = as_user(preparer)
    change(preparer, email=OLD, name="Toinen Nimi")
    assert browser.get(reverse("proposal", args=[proposal.pk])).status_code == 200
    assert not Message.objects.exists()


@pytest.mark.parametrize("letter", [Letter.RECEIPT, Letter.CORRECTION, Letter.ROUND_CANCELLED, Letter.WITHDRAWAL])
def test_a_queued_letter_goes_to_the_new_address_alone(preparer: User, proposal: Proposal, letter: Letter) -> None:
    at = timezone.now()
    about = {"step": proposal.round.steps.get()} if letter == Letter.CORRECTION else {"proposal": proposal}
    queued = posted(preparer, letter, **about)
    told = ToldDeadline.objects.count()
    change(preparer)
    assert last_look(queued, at) is Verdict.CANCEL
    again = Message.objects.filter(letter=letter).exclude(pk=queued.pk).get()
    assert (again.address, again.subject, again.body) == (NEW, queued.subject, queued.body)
    assert NEW.encode() in bytes(again.mime)
    assert OLD.encode() not in bytes(again.mime)
    assert again.told.count() == told
    assert last_look(queued, at) is Verdict.CANCEL
    assert Message.objects.filter(letter=letter).count() == 2
    assert last_look(again, at) is Verdict.SEND


@pytest.mark.parametrize("language", ["fi", "sv", "en", ""])
def test_both_addresses_are_told(preparer: User, language: str) -> None:
    User.objects.filter(pk=preparer.pk).update(language=language)
    preparer.refresh_from_db()
    change(preparer)
    told = {message.address: message for message in Message.objects.filter(letter=Letter.ADDRESS_CHANGED)}
    assert set(told) == {OLD, NEW}
    assert all(last_look(message, timezone.now()) is Verdict.SEND for message in told.values())
    assert OLD.encode() in bytes(told[OLD].mime)
    assert NEW not in told[OLD].body, "whoever reads the old mailbox need not learn the new address"
    assert told[OLD].subject != told[NEW].subject
