"""Saved searches: a user saves, opens, renames and deletes the own ones, and meets no other's."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from regions import saved_searches
from regions.models import Region, SavedSearch, User
from tests.cast import SignIn
from tests.factories import make_pilot

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(preparer: User, as_user: SignIn) -> Client:
    return as_user(preparer)


def make_saved(user: User, name: str = "Omat", page: str = "pilots", query: str = "q=polku") -> SavedSearch:
    return saved_searches.keep(user, name, page, query, timezone.now())


def save_address(client: Client, address: str) -> str:
    """Return where the page leads to save what it shows; empty where it leads nowhere."""
    found = re.search(rf'href="({re.escape(reverse("save_search"))}\?[^"]+)"', client.get(address).text)
    return unescape(found[1]) if found else ""


def test_a_search_of_a_list_is_saved_and_opens_in_the_language_that_is_read(
    signed_in: Client, satakunta: Region
) -> None:
    make_pilot(regions=[satakunta], name_fi="Polku")
    there = save_address(signed_in, reverse("pilots") + "?region=region-04&q=polku&view=cards&page=1&pvm=2026-11-20")
    page = signed_in.get(there)
    assert 'value="polku, Satakunta"' in page.text
    assert signed_in.post(there, {"name": "Satakunnan polut"}).status_code == 302
    saved = SavedSearch.objects.get()
    assert (saved.name, saved.page) == ("Satakunnan polut", "pilots")
    assert saved.query == "view=cards&q=polku&region=region-04"
    for language in ("fi", "sv"):
        with override(language):
            own = signed_in.get(reverse("my_page")).text
            assert f'href="{reverse("pilots")}?view=cards&amp;q=polku&amp;region=region-04">Satakunnan polut</a>' in own
    with override("fi"):
        assert "Polku" in signed_in.get(saved.get_absolute_url()).text


def test_a_search_of_the_whole_registry_can_be_saved_and_one_of_people_cannot(signed_in: Client) -> None:
    make_pilot(name_fi="Polku")
    there = save_address(signed_in, reverse("search") + "?q=polku&kind=pilot")
    assert signed_in.post(there, {"name": "Polut"}).status_code == 302
    assert SavedSearch.objects.get().get_absolute_url() == reverse("search") + "?q=polku&kind=pilot"
    for address in (reverse("people") + "?q=polku", reverse("search") + "?q=polku&kind=person", reverse("pilots")):
        assert save_address(signed_in, address) == "", address
    assert signed_in.get(reverse("save_search") + "?of=people&query=q%3Dpolku").status_code == 404


def test_a_reader_without_an_account_is_not_offered_to_save(client: Client) -> None:
    make_pilot(name_fi="Polku")
    for address in (reverse("pilots") + "?q=polku", reverse("search") + "?q=polku"):
        assert save_address(client, address) == ""


def test_a_saved_search_is_renamed_and_deleted(signed_in: Client, preparer: User) -> None:
    saved = make_saved(preparer)
    make_saved(preparer, "Toiset")
    there = reverse("saved_search", args=[saved.pk])
    assert signed_in.post(there, {"name": "Uusi nimi"}).status_code == 302
    refused = signed_in.post(there, {"name": "Toiset"}, follow=True)
    assert "Sinulla on jo tämänniminen tallennettu haku." in refused.text
    assert signed_in.post(there, {"name": "Uusi nimi"}).status_code == 302
    assert {*SavedSearch.objects.values_list("name", flat=True)} == {"Uusi nimi", "Toiset"}
    assert signed_in.post(reverse("delete_search", args=[saved.pk])).status_code == 302
    assert [*SavedSearch.objects.values_list("name", flat=True)] == ["Toiset"]


def test_nobody_meets_the_saved_search_of_another(
    preparer: User, colleague: User, officer: User, as_user: SignIn
) -> None:
    saved = make_saved(preparer, "xqsaved", query="q=xqsaved")
    for other in (officer, colleague):
        client = as_user(other)
        assert "xqsaved" not in client.get(reverse("my_page")).text
        assert client.get(reverse("saved_search", args=[saved.pk])).status_code == 404
        assert client.post(reverse("saved_search", args=[saved.pk]), {"name": "Minun"}).status_code == 404
        assert client.post(reverse("delete_search", args=[saved.pk])).status_code == 404
    assert SavedSearch.objects.get().name == "xqsaved"


def test_two_users_may_give_the_same_name_and_one_user_may_not(preparer: User, officer: User) -> None:
    make_saved(preparer)
    make_saved(officer)
    with pytest.raises(saved_searches.NameTaken):
        make_saved(preparer)


def test_a_name_that_is_taken_is_told_at_its_field(signed_in: Client, preparer: User) -> None:
    saved = make_saved(preparer)
    there = reverse("save_search") + "?of=pilots&query=q%3Da"
    page = signed_in.post(there, {"name": saved.name}, follow=True)
    assert 'href="#id_name">' in page.text
    assert "Sinulla on jo tämänniminen tallennettu haku." in page.text


def test_a_user_has_so_many_saved_searches_and_no_more(signed_in: Client, preparer: User) -> None:
    for n in range(saved_searches.MOST):
        make_saved(preparer, f"Haku {n}")
    there = reverse("save_search") + "?of=pilots&query=q%3Dpolku"
    page = signed_in.post(there, {"name": "Vielä yksi"}, follow=True)
    assert "Sinulla on jo 50 tallennettua hakua." in page.text
    assert 'value="Vielä yksi"' in page.text
    assert SavedSearch.objects.count() == saved_searches.MOST


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("?q=a&page=3&pvm=2018-03-15", "q=a"),
        ("q=a&q=&Next=//evil.example&javascript:=1", "q=a"),
        ("region=b&region=a", "region=b&region=a"),
        ("q=%00%ED%A0%80a", "q=a"),
        ("", ""),
    ],
)
def test_only_what_a_page_asks_for_is_kept_of_an_address(query: str, kept: str) -> None:
    found = saved_searches.tidy(query)
    assert found.replace("%EF%BF%BD", "") == kept


def test_a_search_that_is_too_long_and_a_name_that_is_missing_are_said(signed_in: Client) -> None:
    there = reverse("save_search") + "?of=pilots&query=q%3D" + "a" * 1600
    page = signed_in.post(there, {"name": "Pitkä"}, follow=True)
    assert "Haku on liian pitkä tallennettavaksi." in page.text
    page = signed_in.post(reverse("save_search") + "?of=pilots&query=q%3Da", {"name": " "}, follow=True)
    assert "Anna haulle nimi" in page.text or "Tämä kenttä" in page.text or "error-summary" in page.text
    assert not SavedSearch.objects.exists()


def test_saved_searches_go_with_the_account(preparer: User) -> None:
    make_saved(preparer)
    preparer.delete()
    assert not SavedSearch.objects.exists()
