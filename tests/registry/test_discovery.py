"""How crawlers and strangers find their way: robots, sitemap, security.txt, the right case, the nearest page."""

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from registry.views.discovery import _expires
from tests.factories import (
    make_group,
    make_organisation,
    make_person,
    make_pilot,
    make_programme,
    make_region,
    make_round,
)

pytestmark = pytest.mark.django_db
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"


@override_settings(BASE_URL="https://rekisteri.example")
def test_the_sitemap_has_the_public_pages_in_three_languages_and_no_people(client: Client) -> None:
    pilot, hidden = make_pilot(regions=[make_region("04")]), make_pilot(published=False)
    draft, person = make_round(slug="draft-round", published=False), make_person()
    make_round(slug="public-round")
    answer = client.get("/sitemap.xml")
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    urls = ElementTree.fromstring(answer.content).findall(f"{SITEMAP}url")
    links = {
        url.findtext(f"{SITEMAP}loc"): {one.get("hreflang"): one.get("href") for one in url.findall(LINK)}
        for url in urls
    }
    base = "https://rekisteri.example"
    for address in ("/fi/", "/sv/piloter/", "/en/regions/region-04/", "/fi/kierrokset/public-round/"):
        assert base + address in links
    assert links[f"{base}/sv/piloter/{pilot.code}/"] == {
        "fi": f"{base}/fi/pilotit/{pilot.code}/",
        "sv": f"{base}/sv/piloter/{pilot.code}/",
        "en": f"{base}/en/pilots/{pilot.code}/",
        "x-default": f"{base}/fi/pilotit/{pilot.code}/",
    }
    text = answer.text
    assert not {words for words in (hidden.code, draft.slug, person.slug, "henkilot", "people") if words in text}
    assert len(urls) % 3 == 0


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_the_sitemap_asks_as_much_for_one_row_as_for_many(client: Client, django_assert_num_queries, rows: int) -> None:
    for _ in range(min(rows, 100)):
        make_pilot()
        make_organisation()
    with django_assert_num_queries(9):
        assert client.get("/sitemap.xml").status_code == 200


@override_settings(BASE_URL="https://rekisteri.example", DEMO=False)
def test_robots_are_led_to_the_sitemap(client: Client) -> None:
    lines = client.get("/robots.txt").text.splitlines()
    assert lines == ["User-agent: *", "Disallow: /admin/", "Sitemap: https://rekisteri.example/sitemap.xml"]


@override_settings(DEMO=True)
def test_robots_leave_a_trial_alone(client: Client) -> None:
    assert "Disallow: /\n" in client.get("/robots.txt").text


@override_settings(OPERATIONS_EMAIL="turva@rekisteri.example")
def test_security_txt_says_whom_to_tell_and_until_when(client: Client) -> None:
    lines = dict(line.split(": ", 1) for line in client.get("/.well-known/security.txt").text.splitlines())
    assert lines["Contact"] == "mailto:turva@rekisteri.example"
    expires = datetime.fromisoformat(lines["Expires"])
    assert timedelta(days=100) < expires - timezone.now() < timedelta(days=366)


def test_security_txt_stays_the_same_for_a_month() -> None:
    assert _expires(datetime(2026, 11, 2, tzinfo=UTC)) == _expires(datetime(2026, 11, 30, tzinfo=UTC))
    assert _expires(datetime(2026, 11, 2, tzinfo=UTC)) == datetime(2027, 5, 1, tzinfo=UTC)


def test_the_icon_that_browsers_ask_for_is_there(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert answer.status_code == 200
    assert b"".join(answer)[:4] == b"\x00\x00\x01\x00"


@pytest.mark.parametrize(
    ("asked", "right"),
    [
        ("/fi/pilotit/kp-2018-001/", "/fi/pilotit/KP-2018-001/"),
        ("/fi/Pilotit/Kp-2018-001/?pvm=2018-03-15", "/fi/pilotit/KP-2018-001/?pvm=2018-03-15"),
        ("/fi/maakunnat/Satakunta/", "/fi/maakunnat/satakunta/"),
        ("/FI/maakunnat/", "/fi/maakunnat/"),
        ("/sv/Organisationer/TEM/", "/sv/organisationer/tem/"),
        ("/fi/piloter/", "/fi/pilotit/"),
        ("/en/pilotit/?q=x", "/en/pilots/?q=x"),
        ("/fi/Piloter/kp-2018-001/", "/fi/pilotit/KP-2018-001/"),
        ("/sv/maakunnat/satakunta/", "/sv/landskap/satakunta/"),
        ("/fi/lagar/x/", "/fi/lait/x/"),
    ],
)
def test_a_code_or_a_name_in_another_case_or_language_leads_to_its_page(client: Client, asked: str, right: str) -> None:
    answer = client.get(asked)
    assert (answer.status_code, answer.headers["Location"]) == (301, right)


def test_a_page_in_its_case_is_shown_and_one_that_is_not_there_is_not_led_in_circles(client: Client) -> None:
    make_region("04", slug="satakunta")
    assert client.get("/fi/maakunnat/Satakunta/", follow=True).status_code == 200
    assert client.get("/fi/pilotit/KP-1999-999/").status_code == 404
    assert client.get("/fi/pilotit/kp-1999-999/", follow=True).status_code == 404
    assert client.get("/fi/kutsut/AbC/").status_code != 301  # a secret is not a word in another case


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("/fi/piloti/", ["/fi/pilotit/"]),
        ("/fi/organisaatio/tem/", ["/fi/organisaatiot/"]),
        ("/fi/pilotit/KP-1999-999/", ["/fi/pilotit/"]),
        ("/fi/zzz/", []),
    ],
)
def test_a_wrong_word_gets_the_nearest_pages(client: Client, asked: str, meant: list[str]) -> None:
    answer = client.get(asked)
    assert answer.status_code == 404
    assert answer.context["nearest"] == meant
    for address in meant:
        assert f'<li><a href="{address}">{address}</a></li>' in answer.text


@pytest.mark.parametrize("path", ["/fi/zzz/", "/sv/zzz/a/b/c/", "/zzz", "/en/pilots/KP-1999-999/"])
def test_a_missing_page_always_has_a_way_on(client: Client, path: str) -> None:
    answer = client.get(path, follow=True)
    assert answer.status_code == 404
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    assert len(re.findall(r"<a href=", main)) >= 9
    assert 'role="search"' in main


def test_every_page_says_what_it_is_to_those_who_share_it(client: Client) -> None:
    pilot = make_pilot(summary_fi='Kokeillaan "uutta" tapaa.')
    home, page = client.get("/fi/").text, client.get(f"/fi/pilotit/{pilot.code}/").text
    assert '<meta name="description" content="Kokeillaan &quot;uutta&quot; tapaa.">' in page
    assert '<meta name="description" content="Rekisterissä kerrotaan' in home
    card = re.search(r'property="og:image" content="([^"]+)"', home)
    assert card is not None
    assert re.fullmatch(r"https?://.+/static/img/card\S*\.png", card[1])


def test_the_menu_names_programmes_and_people_and_lists_have_their_trail(client: Client) -> None:
    make_programme(), make_group()
    home = client.get("/fi/").text
    for address in ("/fi/ohjelmat/", "/fi/henkilot/"):
        assert f'<li><a href="{address}"' in home.partition("<main")[0]
    for address in ("maakunnat", "organisaatiot", "ryhmat", "henkilot", "ohjelmat", "pilotit"):
        page = client.get(f"/fi/{address}/").text
        trail = page.partition('aria-label="Murupolku"')[2].partition("</nav>")[0]
        assert '<a href="/fi/">Etusivu</a>' in trail, address
        assert 'aria-current="page"' in trail
