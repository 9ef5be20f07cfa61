"""Every public page and file of the table of addresses either shows another day, or says that it knows none."""

import json
import re

import pytest
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.translation import override

from regions.views.as_of import FOLLOWING, QUICK
from tests.matrix import answers, expected
from tests.sitemap import Scene, address, set_the_scene

pytestmark = pytest.mark.django_db
DAY = "2018-03-15"
PUBLIC = [name for name in answers() if expected(name, "GET", "anyone") == 200]


@pytest.fixture
def scene() -> Scene:
    return set_the_scene(timezone.now())


def links(page: str) -> list[str]:
    """Return the addresses that the page leads to."""
    return re.findall(r'href="(/[^"#]*|\?[^"#]*)', page.replace("&amp;", "&"))


def follows(href: str) -> bool:
    """Whether the address is that of a page that shows another day."""
    with override(href[1:3]):
        return resolve(href.split("?")[0]).url_name in FOLLOWING


def test_each_public_page_shows_another_day_or_says_that_it_knows_none(scene: Scene, client: Client) -> None:
    wrong = []
    for name in PUBLIC:
        answer = client.get(address(scene, name), {"pvm": DAY})
        if answer.streaming or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        main = answer.text[answer.text.index("<main") : answer.text.index("</main>")]
        onward = [href for href in links(main) if href[0] == "/" and follows(href) and "pvm=" not in href]
        carried = [href for href in links(answer.text) if "pvm=" in href and not (href[0] == "?" or follows(href))]
        if name in FOLLOWING:
            good = "Näet tilanteen 15.3.2018." in main and all(f"pvm={day}" in main for day in QUICK[1:]) and not onward
        else:
            onward, carried = [], [href for href in links(answer.text) if "pvm=" in href]
            good = "Näet tilanteen" not in main and "Tällä sivulla ei voi valita päivää" in main
        if not good or carried:
            wrong.append((name, onward, carried))
    assert not wrong, "\n".join(map(str, wrong))


def test_each_public_file_tells_of_the_day_or_says_that_it_tells_of_today(scene: Scene, client: Client) -> None:
    for name in PUBLIC:
        if name.endswith("_file"):
            there = address(scene, name)
            now, then = (json.loads(client.get(there, asked).getvalue()) for asked in ({}, {"pvm": DAY}))
            assert now["as_of"] == timezone.localdate().isoformat(), name
            assert then == now or (name in FOLLOWING and then["as_of"] == DAY), name
            assert (then == now) == (name not in FOLLOWING), name


def test_a_switch_of_language_keeps_a_day_only_where_the_page_follows_it(scene: Scene, client: Client) -> None:
    assert 'href="/sv/piloter/?pvm=2018-03-15"' in client.get("/fi/pilotit/", {"pvm": DAY}).text
    with override("sv"):
        swedish = reverse("news")
    assert f'href="{swedish}?page=2"' in client.get(reverse("news"), {"pvm": DAY, "page": "2"}).text
