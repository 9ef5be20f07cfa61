"""What people want to hear: switched by a link in a letter, and on their own page."""

from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from pilots.models import Extension, Letter, Message
from regions import preferences
from regions.models import User
from regions.preferences import Preference
from registry.lib.formats import deadline_words
from tests.factories import make_proposal, make_round, make_user
from tests.posted import posted

pytestmark = pytest.mark.django_db

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
FORM = "application/x-www-form-urlencoded"


def link(message: Message, settings: Any) -> str:
    """Return the path of the address that stops letters like this one."""
    header = message_from_bytes(bytes(message.mime), policy=policy.SMTP)["List-Unsubscribe"]
    assert header.startswith(f"<{settings.BASE_URL}/")
    assert header.endswith("/>")
    return str(header)[1:-1].removeprefix(settings.BASE_URL)


def test_a_mail_program_stops_the_reminders_by_itself(preparer: User, settings: Any) -> None:
    """RFC 8058: one POST, without cookies, without a token, without a redirect."""
    message = posted(preparer, Letter.DRAFT_NOT_SENT)
    mail = message_from_bytes(bytes(message.mime), policy=policy.SMTP)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    answer = Client(enforce_csrf_checks=True).post(link(message, settings), ONE_CLICK)
    preparer.refresh_from_db()
    assert (answer.status_code, preparer.wants_reminders) == (200, False)
    assert "no-store" in answer.headers["Cache-Control"]
    assert not answer.cookies


def test_a_mail_program_may_send_its_word_as_one_of_several_parts(preparer: User) -> None:
    body = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
    where = f"/fi/peru-viestit/{preferences.token(preparer, Preference.REMINDERS)}/"
    Client().post(where, body, content_type="multipart/form-data; boundary=x")
    preparer.refresh_from_db()
    assert not preparer.wants_reminders


def test_the_address_is_in_the_header_whole_and_in_no_letter_s_words(preparer: User, settings: Any) -> None:
    """Staff and a deputy read the words."""
    settings.BASE_URL = "https://pilottirekisteri.pitkaniminen-ministerio.example"
    message = posted(preparer, Letter.DRAFT_NOT_SENT)
    where = f"{settings.BASE_URL}/fi/peru-viestit/{preferences.token(preparer, Preference.REMINDERS)}/"
    assert f"\r\nList-Unsubscribe: <{where}>\r\n".encode() in bytes(message.mime)
    assert "peru-viestit" not in message.body


@pytest.mark.parametrize("letter", [Letter.CORRECTION])
def test_what_nobody_can_do_without_offers_no_way_to_stop_it(preparer: User, letter: Letter) -> None:
    assert b"List-Unsubscribe" not in bytes(posted(preparer, letter).mime)


@pytest.mark.parametrize("preference", Preference)
@pytest.mark.parametrize(("language", "path"), [("fi", "peru-viestit"), ("sv", "avbestall"), ("en", "unsubscribe")])
def test_the_page_has_one_button_and_says_what_stays(
    preparer: User, preference: Preference, language: str, path: str
) -> None:
    User.objects.update(wants_digest=True)
    where = f"/{language}/{path}/{preferences.token(preparer, preference)}/"
    client = Client(enforce_csrf_checks=True)
    page = client.get(where)
    assert (page.status_code, page.text.count('method="post"'), page.text.count('value="off"')) == (200, 1, 1)
    assert page.text.count("<li>") >= 4
    assert preparer.email not in page.text
    assert 'content="noindex"' in page.text
    for act, wanted in (("off", False), ("off", False), ("on", True), ("on", True)):
        answer = client.post(where, {"act": act})
        preparer.refresh_from_db()
        assert (answer.status_code, preferences.wants(preparer, preference)) == (200, wanted)
        assert 'role="status"' in answer.text
        assert f'value="{"off" if wanted else "on"}"' in answer.text


def test_reading_the_page_changes_nothing(preparer: User) -> None:
    """Programs that look for viruses follow every link of a letter."""
    Client().get(
        f"/fi/peru-viestit/{preferences.token(preparer, Preference.REMINDERS)}/?act=off&List-Unsubscribe=One-Click"
    )
    preparer.refresh_from_db()
    assert preparer.wants_reminders


def test_one_preference_leaves_the_other_alone(preparer: User, colleague: User) -> None:
    User.objects.update(wants_digest=True)
    Client().post(f"/fi/peru-viestit/{preferences.token(preparer, Preference.DIGEST)}/", ONE_CLICK)
    found = User.objects.order_by("pk").values_list("email", "wants_reminders", "wants_digest")
    assert set(found) == {(preparer.email, True, False), (colleague.email, True, True)}


@pytest.mark.parametrize("body", ["", "act=maybe", "List-Unsubscribe=Two-Clicks", "act=%00", "x=1&act"])
def test_an_unclear_word_changes_nothing(preparer: User, body: str) -> None:
    where = f"/fi/peru-viestit/{preferences.token(preparer, Preference.REMINDERS)}/"
    assert Client().post(where, body, content_type=FORM).status_code == 422
    preparer.refresh_from_db()
    assert preparer.wants_reminders


def test_no_token_but_our_own_opens_the_page(preparer: User, colleague: User) -> None:
    good = preferences.token(preparer, Preference.REMINDERS)
    gone = preferences.token(User(pk=999_999_999), Preference.REMINDERS)
    signature = good.rpartition("~")[2]
    foreign = signing.Signer(salt="another purpose", sep="~").sign(f"{preparer.pk}.reminders")
    wrong = [
        *("x", "~", "%00", "ä", "1.reminders", f"{colleague.pk}.reminders~{signature}"),
        *(f"{preparer.pk}.digest~{signature}", good[:-1], good + "x", gone, foreign),
    ]
    answers = {token: Client().get(f"/fi/peru-viestit/{token}/").status_code for token in wrong}
    assert set(answers.values()) == {404}
    assert {Client().post(f"/fi/peru-viestit/{token}/", ONE_CLICK).status_code for token in wrong} == {404}
    assert User.objects.filter(wants_reminders=False).count() == 0


def test_a_token_of_a_letter_that_went_out_long_ago_is_still_good(preparer: User) -> None:
    old = signing.Signer(salt="regions.wishes", sep="~").sign(f"{preparer.pk}.digest")
    assert preferences.read(old) == (preparer, Preference.DIGEST)


def test_a_token_is_good_for_years(preparer: User, settings: Any) -> None:
    assert preferences.read(preferences.token(preparer, Preference.DIGEST)) == (preparer, Preference.DIGEST)
    assert "." not in preferences.token(preparer, Preference.DIGEST).rpartition("~")[2]  # no time is in it


MY_PAGE, SAVE = "/fi/oma-sivu/", "/fi/oma-sivu/toiveet/"


def test_my_page_switches_both_on_and_off(preparer: User, as_user: Any) -> None:
    client = as_user(preparer)
    for form, found in (
        ({"wants_digest": "on"}, (False, True)),
        ({"wants_reminders": "on"}, (True, False)),
        ({"wants_reminders": "on", "wants_digest": "on"}, (True, True)),
        ({}, (False, False)),
    ):
        answer = client.post(SAVE, form, follow=True)
        preparer.refresh_from_db()
        assert (preparer.wants_reminders, preparer.wants_digest) == found
        assert "Valintasi on tallennettu." in answer.text
        boxes = [f'name="{name}"' in answer.text for name in ("wants_reminders", "wants_digest")]
        assert (boxes, answer.text.count(" checked")) == ([True, True], sum(found))
        assert ("Olet ottanut muistutukset pois." in answer.text) is not found[0]


def test_my_page_says_what_cannot_be_switched_off(preparer: User, as_user: Any) -> None:
    text = as_user(preparer).get(MY_PAGE).text
    assert "Näitä viestejä ei voi lopettaa" in text
    for words in ("oikaisu", "kuittaus", "viestit, jotka ministeriön virkahenkilöt"):
        assert f"<li>{words}" in text


def test_who_stops_reminders_with_a_draft_open_is_told_what_it_means(
    preparer: User, colleague: User, officer: User, as_user: Any
) -> None:
    open_round, closed = make_round(name_fi="Avoin kierros"), make_round(name_fi="Suljettu kierros")
    closed.steps.update(closes_at=timezone.now() - timedelta(hours=1))
    sent = make_round(name_fi="Lähetetty kierros")
    for round_ in (open_round, open_round, closed):
        make_proposal(round_, preparer)
    make_proposal(sent, preparer, state="submitted", submitted_at=timezone.now())
    make_proposal(make_round(name_fi="Kollegan kierros"), colleague)
    later = timezone.now() + timedelta(days=40)
    fields = {"reason": "syy", "granted_by": officer, "granted_at": timezone.now()}
    Extension.objects.create(step=open_round.steps.get(), organisation=preparer.organisation, closes_at=later, **fields)
    text = as_user(preparer).post(SAVE, {}, follow=True).text
    assert text.count("luonnostasi ei ole lähetetty, eikä kukaan enää muistuta sinua") == 1
    assert "Avoin kierros: luonnostasi ei ole lähetetty" in text
    assert f"Lähetä se itse viimeistään {deadline_words(later, 'fi', in_a_sentence=True)}." in text
    assert "kukaan enää muistuta" not in as_user(preparer).post(SAVE, {"wants_reminders": "on"}, follow=True).text


def test_preferences_are_saved_by_post_alone(preparer: User, as_user: Any) -> None:
    assert as_user(preparer).get(SAVE).status_code == 405
    assert Client().post(SAVE, {}).status_code == 302
    preparer.refresh_from_db()
    assert preparer.wants_reminders


def test_who_has_no_rights_has_no_calendar_to_subscribe_to(as_user: Any) -> None:
    administrator = make_user("", is_superuser=True)
    assert "oma-kalenteri" not in as_user(administrator).get(MY_PAGE).text


def test_an_owner_s_reminders_come_on_other_days(officer: User, preparer: User, as_user: Any) -> None:
    assert "ennen kuin kierroksesi päättyy" in as_user(officer).get(MY_PAGE).text
    assert "14, 5 ja 1 päivää" in as_user(preparer).get(MY_PAGE).text
