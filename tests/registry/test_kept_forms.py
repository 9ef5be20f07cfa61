"""What was typed when the session had ended: kept, shown to its writer alone, saved at last."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.models import Proposal
from regions.models import User
from tests.factories import make_proposal, make_round, make_step
from tests.forms import form_of

HOUR = timedelta(hours=1)
WORDS = "Kokeilemme yhteistä asiakasohjausta.\n\nToinen kappale <b>& loppu</b>."


@pytest.fixture
def draft(preparer: User) -> Proposal:
    """A draft of the preparer in an open round."""
    now = timezone.now()
    round_ = make_round()
    make_step(round_, opens_at=now - HOUR, closes_at=now + HOUR)
    return make_proposal(round_, preparer)


def address(draft: Proposal) -> str:
    return reverse("edit_section", args=[draft.pk, "basics"])


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def typed(client: Client, draft: Proposal) -> dict[str, Any]:
    """What the browser sends of a section's form, filled in."""
    page = client.get(address(draft)).content.decode()
    return {
        "edition": field(page, "edition"),
        "ticket": field(page, "ticket"),
        "csrfmiddlewaretoken": field(page, "csrfmiddlewaretoken"),
        "title": "Ohjaus yhdestä paikasta",
        "summary": WORDS,
        "regions": ["04", "10"],
        "stay": "",
    }


def hidden(page: str) -> dict[str, list[str]]:
    """What the page of unsaved words would send."""
    pairs: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page):
        value = value.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        pairs.setdefault(name, []).append(value)
    return pairs


def test_what_is_sent_after_the_session_ended_comes_back_after_signing_in_and_is_saved(
    preparer: User, draft: Proposal, client: Client
) -> None:
    client.force_login(preparer)
    sent = typed(client, draft)
    client.session.flush()
    answer = client.post(address(draft), sent)
    assert answer.status_code == 302
    assert reverse("unsaved") in answer.headers["Location"]
    assert "Kirjoittamasi teksti on tallessa" in client.get(answer.headers["Location"]).content.decode()
    preparer.set_password("a-long-word-of-passing")
    preparer.save()
    signed_in = client.post(answer.headers["Location"], {"login": preparer.email, "password": "a-long-word-of-passing"})
    assert signed_in.headers["Location"] == reverse("unsaved")
    page = client.get(reverse("unsaved")).content.decode()
    again = hidden(page)
    assert "ticket" not in again
    assert again["summary"] == [WORDS]
    assert f'action="{address(draft)}"' in page
    assert "on tallessa, mutta sitä ei ole vielä tallennettu" in client.get(reverse("my_page")).text
    client.post(address(draft), again)
    draft.refresh_from_db()
    assert (draft.content["title"], draft.content["summary"]) == ("Ohjaus yhdestä paikasta", WORDS)
    assert client.get(reverse("unsaved")).status_code == 302
    assert "on tallessa, mutta" not in client.get(reverse("my_page")).text


def test_nobody_else_is_shown_what_was_typed(preparer: User, colleague: User, draft: Proposal, client: Client) -> None:
    client.force_login(preparer)
    sent = typed(client, draft)
    client.session.flush()
    client.post(address(draft), sent)
    client.force_login(colleague)
    assert client.get(reverse("unsaved")).headers["Location"] == reverse("my_page")


@pytest.mark.parametrize("forged", ["", "nonsense", "WzEsICIvIl0:1w:x"])
def test_without_a_ticket_nothing_is_kept(preparer: User, draft: Proposal, client: Client, forged: str) -> None:
    answer = client.post(address(draft), {"summary": WORDS, "ticket": forged})
    assert answer.headers["Location"].endswith(f"?next={address(draft)}")
    assert "unsaved" not in client.session


def test_a_ticket_is_good_for_its_own_address_only(preparer: User, draft: Proposal, client: Client) -> None:
    client.force_login(preparer)
    sent = typed(client, draft)
    client.session.flush()
    client.post(reverse("edit_section", args=[draft.pk, "trial"]), sent)
    assert "unsaved" not in client.session


def test_a_form_from_before_a_new_sign_in_is_not_acted_on_but_its_words_are_kept(
    preparer: User, draft: Proposal
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(preparer)
    sent = typed(client, draft) | {"csrfmiddlewaretoken": "x" * 64}
    answer = client.post(address(draft), sent)
    draft.refresh_from_db()
    assert "summary" not in draft.content
    assert answer.headers["Location"] == reverse("unsaved")
    assert hidden(client.get(reverse("unsaved")).content.decode())["summary"] == [WORDS]
    assert client.post(address(draft), sent | {"ticket": ""}).status_code == 403


def test_what_was_kept_can_be_thrown_away(preparer: User, draft: Proposal, client: Client) -> None:
    client.force_login(preparer)
    sent = typed(client, draft)
    client.session.flush()
    client.post(address(draft), sent)
    client.force_login(preparer)
    assert client.post(reverse("unsaved")).headers["Location"] == address(draft)
    assert client.get(reverse("unsaved")).headers["Location"] == reverse("my_page")


def test_whoever_has_nothing_unsaved_is_led_to_their_own_page(preparer: User, client: Client) -> None:
    client.force_login(preparer)
    assert client.get(reverse("unsaved")).headers["Location"] == reverse("my_page")


@pytest.mark.parametrize(
    ("referrer", "after"),
    [
        ("http://testserver/fi/oma-sivu/?a=1", "/fi/oma-sivu/%3Fa%3D1"),
        ("http://evil.example/fi/oma-sivu/", "/fi/oma-sivu/kalenteri/"),
        ("http://[", "/fi/oma-sivu/kalenteri/"),
        ("", "/fi/oma-sivu/kalenteri/"),
    ],
)
def test_a_button_without_words_leads_back_to_its_page(client: Client, referrer: str, after: str) -> None:
    answer = client.post(reverse("renew_calendar"), headers={"referer": referrer})
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('account_login')}?next={after}"
    told = "Sinut oli kirjattu ulos, eikä mitään tehty." in client.get(answer["Location"]).text
    assert told is (after != reverse("renew_calendar"))


def test_two_windows_that_send_after_their_session_ended_lose_nothing(
    preparer: User, draft: Proposal, client: Client
) -> None:
    client.force_login(preparer)
    first, second = (reverse("edit_section", args=[draft.pk, slug]) for slug in ("basics", "trial"))
    sent = {first: form_of(client.get(first), title="Otsikko", summary=WORDS)}
    sent[second] = form_of(client.get(second), problem="Toisen ikkunan sanat")
    client.session.flush()
    for where in (first, second, second):  # pressed twice
        client.post(where, sent[where])
    client.force_login(preparer)
    for where in (first, second):
        page = client.get(reverse("unsaved")).text
        assert f'action="{where}"' in page
        client.post(where, hidden(page))
    draft.refresh_from_db()
    assert (draft.content["title"], draft.content["problem"]) == ("Otsikko", "Toisen ikkunan sanat")
    assert client.get(reverse("unsaved")).headers["Location"] == reverse("my_page")


def test_a_button_of_a_page_that_has_been_answered_throws_nothing_else_away(
    preparer: User, draft: Proposal, client: Client
) -> None:
    client.force_login(preparer)
    sent = typed(client, draft)
    client.session.flush()
    client.post(address(draft), sent)
    client.force_login(preparer)
    client.post(reverse("unsaved"), {"_kept": "another"})
    assert WORDS.split("\n")[0] in client.get(reverse("unsaved")).text
