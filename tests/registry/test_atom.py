"""Atom of every public list and of any search: its form, its entries, and what is in none."""

from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import override

from pilots.models import NewsItem, Pilot
from pilots.models.deadlines import DeadlineChange
from regions.models import Group, Kind, Membership, Organisation, Region, Succession, User
from registry.entries import FIRST_DAY, MOST
from registry.feeds import LISTS
from registry.lib.dates import finnish_time, reading
from tests.cast import SignIn
from tests.factories import (
    make_card,
    make_claim,
    make_event,
    make_group,
    make_law,
    make_organisation,
    make_person,
    make_pilot,
    make_post,
    make_round,
)
from tests.pilots.catalogue.rich_pilot import rich_pilot

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
NASTY = '<b>"Ääkköset" & \x07muut\uffff\ufffe</b>'
SECTIONS = ("id", "title", "updated")  # which a feed and an entry have once (RFC 4287, 4.1.1 and 4.1.2)


def content(name: str, query: str = "", client: Client | None = None) -> bytes:
    answer = (client or Client()).get(reverse(f"{name}_atom") + query)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    return answer.content


def feed(name: str, query: str = "", client: Client | None = None) -> Element:
    return ElementTree.fromstring(content(name, query, client))


def told(root: Element, name: str) -> str:
    return root.findtext(f"{ATOM}{name}") or ""


def titles(name: str, query: str = "", client: Client | None = None) -> list[str]:
    return [told(entry, "title") for entry in feed(name, query, client).iter(f"{ATOM}entry")]


def moments(name: str, query: str = "") -> list[Any]:
    return [parse_datetime(told(entry, "updated")) for entry in feed(name, query).iter(f"{ATOM}entry")]


def faults(element: Element) -> list[str]:
    """Return what RFC 4287 asks of a feed or of an entry and is not there."""
    found = [name for name in SECTIONS if len(element.findall(f"{ATOM}{name}")) != 1]
    found += [f"no {name}" for name in SECTIONS if not told(element, name).strip()]
    found += [one.tag for one in element if not one.tag.startswith(ATOM)]
    for name in ("updated", "published"):
        found += [str(one.text) for one in element.findall(f"{ATOM}{name}") if not offset(str(one.text))]
    links = element.findall(f"{ATOM}link")
    found += [str(link.attrib) for link in links if not link.get("href", "").startswith("http")]
    if len([link for link in links if link.get("rel") == "alternate"]) != 1:
        found.append("not one page")
    return found


def offset(text: str) -> bool:
    moment = parse_datetime(text)
    return moment is not None and moment.tzinfo is not None


@pytest.fixture
def everything(satakunta: Region) -> Pilot:
    """A row of every list."""
    pilot = rich_pilot(code="KP-2018-801", name_fi=NASTY)
    make_claim(make_card(pilot))
    law = make_law(name_fi=NASTY)
    law.pilots.add(pilot)
    make_event(law, "in_force", date(2018, 8, 1))
    make_group(name_fi=NASTY).regions.add(satakunta)
    make_round(name_fi=NASTY)
    old, new = make_organisation(Kind.ELY_CENTRE, satakunta, name_fi=NASTY), make_organisation()
    Succession.objects.create(predecessor=old, successor=new, on=date(2026, 1, 1))
    words = {f"{name}_{code}": NASTY for name in ("title", "body") for code in ("fi", "sv", "en")}
    NewsItem.objects.create(slug="uutinen", author="Kuutamo Kirjoittaja", published_at=timezone.now(), **words)
    return pilot


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("name", [*LISTS, "search"])
def test_a_feed_has_what_the_format_asks_for(everything: Pilot, name: str, language: str) -> None:
    with override(language):
        root = feed(name, "?q=ääkköset" if name == "search" else "")
        address = settings.BASE_URL + reverse(f"{name}_atom")
    assert root.tag == f"{ATOM}feed"
    assert root.get(LANGUAGE) == language
    assert faults(root) == []
    assert told(root.find(f"{ATOM}author"), "name")
    assert [link.get("href", "").partition("?")[0] for link in root if link.get("rel") == "self"] == [address]
    entries = root.findall(f"{ATOM}entry")
    assert entries
    assert [faults(entry) for entry in entries] == [[]] * len(entries)
    keys = [told(entry, "id") for entry in entries]
    assert len({*keys}) == len(keys)
    assert all(key.startswith("tag:") and f":{language}/" in key for key in keys)
    assert told(root, "updated") == max(told(entry, "updated") for entry in entries)


@pytest.mark.parametrize("name", [*LISTS, "search"])
def test_a_feed_without_entries_is_a_feed(name: str) -> None:
    root = feed(name, "?q=" if name == "search" else "")
    assert (faults(root), root.findall(f"{ATOM}entry")) == ([], [])


def test_a_feed_has_the_filters_of_its_list_and_names_them(satakunta: Region, etela_savo: Region) -> None:
    make_pilot(regions=[satakunta], name_fi="Länsi")
    make_pilot(regions=[etela_savo], name_fi="Itä", stage="ended")
    make_pilot(name_fi="Ei missään")
    assert titles("pilots", "?region=region-04&sort=code&page=9&view=map&pvm=2018-03-15&region=nowhere") == ["Länsi"]
    assert {*titles("pilots", "?region=region-04&region=region-10")} == {"Länsi", "Itä"}
    assert titles("pilots", "?q=itä") == ["Itä"]
    root = feed("pilots", "?sort=code&region=region-04")
    assert told(root, "id").endswith("/fi/pilotit.atom?region=region-04")
    assert told(root, "title").startswith("Satakunta – Pilotit")
    office = make_organisation(Kind.VITALITY_CENTRE, satakunta, name_fi="Oma keskus")
    assert titles("organisations", "?kind=vitality_centre") == [office.name.plain]


def test_every_list_and_search_leads_to_its_feed_and_people_have_none(everything: Pilot) -> None:
    for name in LISTS:
        page = Client().get(reverse(name)).text
        assert page.count(f'href="{reverse(f"{name}_atom")}"') == 2, name
    page = Client().get(reverse("pilots") + "?region=region-04&sort=code&pvm=2026-11-20").text
    assert page.count(f'href="{reverse("pilots_atom")}?region=region-04"') == 2
    page = Client().get(reverse("search") + "?q=pilotti").text
    assert page.count(f'href="{reverse("search_atom")}?q=pilotti"') == 2
    for address in (reverse("people"), reverse("search"), reverse("search") + "?q=pilotti&kind=person"):
        assert "application/atom+xml" not in Client().get(address).text


def test_an_entry_changes_when_the_content_does_and_keeps_its_identity(officer: User) -> None:
    changed = timezone.now() - timedelta(days=3)
    pilot = make_pilot(changed_at=changed, published_at=changed - timedelta(days=1))
    with override("sv"):
        swedish = told(feed("pilots").find(f"{ATOM}entry"), "id")
    before = feed("pilots").find(f"{ATOM}entry")
    assert before is not None
    assert told(before, "updated") == finnish_time(changed).isoformat(timespec="seconds")
    Pilot.objects.filter(pk=pilot.pk).update(name_fi="Uusi nimi", changed_at=changed + timedelta(days=2))
    after = feed("pilots").find(f"{ATOM}entry")
    assert after is not None
    assert told(after, "id") == told(before, "id") != swedish
    assert (told(after, "title"), told(after, "published")) == ("Uusi nimi", told(before, "published"))
    assert parse_datetime(told(after, "updated")) == parse_datetime(told(before, "updated")) + timedelta(days=2)


def test_the_day_of_an_import_is_no_change(satakunta: Region) -> None:
    law = make_law()
    make_event(law, "given", date(2018, 7, 1))
    make_event(law, "planned_end", date(2019, 7, 1), planned=True)
    make_event(law, "in_force", timezone.localdate() + timedelta(days=30))
    make_card(make_pilot(), when_days=reading(date(2019, 1, 31), date(2019, 1, 31)))
    make_organisation(name_fi="Ei päivää", validity=DateRange())
    days = {name: [finnish_time(moment).date() for moment in moments(name)] for name in ("laws", "results")}
    assert days == {"laws": [date(2018, 7, 1)], "results": [date(2019, 1, 31)]}
    assert FIRST_DAY in {finnish_time(moment).date() for moment in moments("organisations")}


def test_a_round_changes_when_its_deadline_moves(officer: User) -> None:
    round_ = make_round()
    step, moved = round_.steps.get(), timezone.now() + timedelta(minutes=1)
    DeadlineChange.objects.create(
        step=step,
        version=2,
        closed_at=step.closes_at,
        closes_at=step.closes_at + timedelta(days=1),
        changed_at=moved,
        changed_by=officer,
        reason_fi="Syy",
        reason_sv="Skäl",
    )
    assert moments("rounds") == [moved.replace(microsecond=0)]


def test_a_feed_has_the_latest_and_never_more_than_so_many() -> None:
    at = timezone.now()
    for n in range(MOST + 2):
        make_pilot(name_fi=f"Pilotti {n}", changed_at=at - timedelta(days=n))
    found = titles("pilots")
    assert (len(found), found[0], found[-1]) == (MOST, "Pilotti 0", f"Pilotti {MOST - 1}")
    assert len(titles("search", "?q=pilotti")) == MOST


def test_a_feed_is_the_same_for_staff_and_tells_of_nothing_unpublished(officer: User, as_user: SignIn) -> None:
    secret = make_pilot(published=False, name_fi="Salasana", summary_fi="Salasana")
    make_claim(make_card(secret), text="Salasana")
    make_round(published=False, name_fi="Salasana")
    make_law().pilots.add(secret)
    NewsItem.objects.create(slug="salasana", title_fi="Salasana", title_sv="Salasana", body_fi="x", body_sv="x")
    for name in (*LISTS, "search"):
        query = "?q=salasana" if name == "search" else ""
        public = content(name, query)
        assert public == content(name, query, as_user(officer)), name
        assert secret.code.encode() not in public, name
        assert b"Salasana" not in public.replace(b"<title>salasana", b""), name


def test_no_feed_tells_of_a_person(everything: Pilot, satakunta: Region, council: Organisation) -> None:
    person = make_person("Kuutamo Sukunimi")
    post = make_post(person, council, phone="040 555", email="kuutamo@liitto.example")
    everything.contacts.create(post=post, position=1)
    Membership.objects.create(group=Group.objects.get(), person=person, role="chair")
    for name in (*LISTS, "search"):
        for query in ("", "?q=sukunimi", "?q=sukunimi&kind=person", "?q=ääkköset"):
            text = "".join(feed(name, query).itertext()) if query.find("sukunimi") < 0 else "".join(titles(name, query))
            assert "Kuutamo" not in text, (name, query)
            assert "kuutamo@" not in text, (name, query)
    assert titles("search", "?q=sukunimi&kind=person") == []


def test_what_is_missing_in_the_readers_language_says_its_own() -> None:
    make_pilot(name_en="", name_fi="Suomeksi", summary_en="", summary_fi="Suomeksi")
    with override("en"):
        entry = feed("pilots").find(f"{ATOM}entry")
    assert entry is not None
    assert [entry.find(f"{ATOM}{name}").get(LANGUAGE) for name in ("title", "summary")] == ["fi", "fi"]


def statements(name: str, query: str) -> int:
    with CaptureQueriesContext(connection) as taken:
        content(name, query)
    return len(taken)


@pytest.mark.parametrize(("query", "most"), [("", 2), ("?region=region-04", 3), ("?q=pilotti", 5)])
def test_a_feed_takes_as_many_statements_however_many_pilots_there_are(
    satakunta: Region, query: str, most: int
) -> None:
    found = []
    for more in (1, 2, 97):
        for _ in range(more):
            make_pilot(regions=[satakunta], name_fi="Pilotti")
        found.append(statements("pilots", query))
    assert found == [most] * 3


def test_the_feed_of_a_search_takes_as_many_statements_whatever_it_finds(everything: Pilot) -> None:
    few = statements("search", "?q=ääkköset")
    for _ in range(20):
        make_pilot(name_fi="Ääkköset")
        make_organisation(name_fi="Ääkköset")
    assert statements("search", "?q=ääkköset") == few == 16
