"""A public page is rendered once for each version, and is never another reader's, an older one, or untrue."""

import gzip
import re
from datetime import datetime, timedelta
from typing import Any

import brotli
import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pilots.models import Extension, Pilot, Step, next_boundary
from regions.models import User
from registry.lib.dates import on_the_finnish_clock, today
from tests.factories import make_organisation, make_pilot, make_region, make_round, make_user
from tests.matrix import pages
from tests.private_tables import PRIVATE
from tests.sitemap import set_the_scene

VERSION_ALONE = 1  # the one statement of an answer that needs no view
# Pages that anybody may read and that are never kept, for their forms hold a token; pages of the sign-in never are.
FORMS = {"accept_invitation", "unsubscribe"}


@pytest.fixture(autouse=True)
def keeping(settings: Any) -> None:
    """Pages are kept, as in a web server."""
    settings.KEPT_MEGABYTES = 1


def asked(client: Client, url: str, **headers: str) -> tuple[HttpResponse, int]:
    """Return the answer and how many statements it took."""
    with CaptureQueriesContext(connection) as statements:
        answer: Any = client.get(url, headers=headers)
    return answer, len(statements)


@pytest.mark.django_db(transaction=True)
def test_a_page_is_rendered_once_and_after_a_change_anew() -> None:
    client, pilot = Client(), make_pilot()
    url = pilot.get_absolute_url()
    first, many = asked(client, url)
    again, few = asked(client, url)
    assert (first.content, many > few) == (again.content, True)
    assert few == VERSION_ALONE
    assert asked(client, url, **{"if-none-match": first["ETag"]})[0].status_code == 304
    Pilot.objects.update(name_fi="Vasta muutettu nimi")
    changed = client.get(url, headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200
    assert "Vasta muutettu nimi" in changed.text


@pytest.mark.django_db(transaction=True)
def test_a_page_that_was_not_modified_needs_no_view() -> None:
    client, url = Client(), reverse("pilots")
    filtered = f"{url}?client=companies&q=yritys"
    for address in (url, filtered, reverse("pilots_csv")):
        etag = client.get(address)["ETag"]
        answer, statements = asked(client, address, **{"if-none-match": etag})
        assert (answer.status_code, statements, answer["ETag"]) == (304, VERSION_ALONE, etag)
        assert answer["Cache-Control"] == "public, no-cache"
        assert answer["Vary"] == "Cookie, Accept-Encoding"


@pytest.mark.django_db(transaction=True)
def test_an_answer_is_compressed_as_its_reader_can_read_it() -> None:
    client, url = Client(), make_pilot().get_absolute_url()
    plain = client.get(url).content
    for encoding, read in {"br": brotli.decompress, "gzip": gzip.decompress}.items():
        answer = client.get(url, headers={"accept-encoding": f"deflate, {encoding};q=0.5"})
        assert answer["Content-Encoding"] == encoding
        assert read(answer.content) == plain
    for refusing in ("", "br;q=0, gzip;q=0.0", "identity"):
        assert client.get(url, headers={"accept-encoding": refusing}).content == plain


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("query", ["?x=1", "?page=1&pvm=2018-03-15", "?pvm=15.3.2018", "?page=01", "?q=a", "?view=x"])
def test_an_address_of_another_form_fills_nothing(query: str) -> None:
    client, url = Client(), reverse("pilots") + query
    client.get(url)
    assert asked(client, url)[1] > VERSION_ALONE


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("query", ["", "?page=1", "?pvm=2018-03-15", "?pvm=2018-03-15&page=1", "?view=map"])
def test_a_page_and_a_day_are_kept(query: str) -> None:
    client, url = Client(), reverse("pilots") + query
    assert asked(client, url)[1] > asked(client, url)[1] == VERSION_ALONE


@pytest.mark.django_db(transaction=True)
def test_the_oldest_answers_go_when_there_is_no_room(settings: Any) -> None:
    settings.KEPT_MEGABYTES = 0.03  # two pages or so
    client, urls = Client(), [make_pilot().get_absolute_url() for _ in range(6)]
    for url in urls:
        client.get(url)
    assert asked(client, urls[-1])[1] == VERSION_ALONE
    assert asked(client, urls[0])[1] > VERSION_ALONE


@pytest.mark.django_db(transaction=True)
def test_a_signed_in_reader_is_never_answered_from_what_is_kept_and_leaves_nothing_there() -> None:
    pilot = make_pilot()
    url, officer = pilot.get_absolute_url(), make_user(User.Role.OFFICER)
    inside, outside = Client(), Client()
    inside.handler = outside.handler  # one process
    inside.force_login(officer)
    assert reverse("edit_pilot", args=[pilot.code]) in inside.get(url).text
    assert reverse("edit_pilot", args=[pilot.code]) not in outside.get(url).text
    answer = inside.get(url)
    assert reverse("edit_pilot", args=[pilot.code]) in answer.text
    assert answer["Cache-Control"] == "no-store"
    assert reverse("edit_pilot", args=[pilot.code]) not in outside.get(url).text


@pytest.mark.django_db(transaction=True)
def test_a_message_for_one_reader_is_shown_to_that_reader_alone() -> None:
    client, url = Client(), reverse("home")
    client.get(url)
    client.cookies["messages"] = "of-one-reader"
    assert asked(client, url)[1] > VERSION_ALONE
    client.cookies.clear()
    assert asked(client, url)[1] == VERSION_ALONE


@pytest.mark.django_db(transaction=True)
def test_what_is_kept_is_a_public_page_and_every_public_page_is_kept() -> None:
    client, scene = Client(), set_the_scene(timezone.now())
    kept = set()
    for name, url in pages(scene, "anyone"):
        first, (_, statements) = client.get(url), asked(client, url)
        client.cookies.clear()
        if first["Cache-Control"] == "public, no-cache" and statements == VERSION_ALONE:
            kept.add(name)
            assert not first.cookies
            assert "csrfmiddlewaretoken" not in first.text
    public = {name for name, _ in pages(scene, "anyone") if not name.startswith("account_")}
    assert kept == public - FORMS


@pytest.mark.django_db
def test_no_kept_page_reads_a_table_that_does_not_raise_the_version() -> None:
    scene = set_the_scene(timezone.now())
    found = {}
    for name, url in pages(scene, "anyone"):
        if name not in FORMS and not name.startswith("account_"):
            with CaptureQueriesContext(connection) as statements:
                Client().get(url)
            tables = {table for one in statements for table in re.findall(r'(?:FROM|JOIN) "?(\w+)"?', one["sql"])}
            found[name] = tables & (PRIVATE - {"regions_registryversion", "regions_changemark"})
    assert {name: tables for name, tables in found.items() if tables} == {}


@pytest.mark.django_db(transaction=True)
def test_a_kept_page_changes_when_a_step_opens_or_closes_and_when_the_day_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = timezone.now()
    round_ = make_round(slug="kohta")
    Step.objects.filter(round=round_).delete()
    opens, closes = now + timedelta(minutes=10), now + timedelta(minutes=20)
    step = Step.objects.create(round=round_, position=1, kind="preliminary", opens_at=opens, closes_at=closes)
    Extension.objects.create(
        step=step,
        organisation=make_organisation(make_region("04"), slug="jatkettu"),
        closes_at=closes + timedelta(minutes=5),
        reason="Syy",
        granted_at=now,
        granted_by=make_user(User.Role.OFFICER),
    )
    etags = {}
    client, url, second = Client(), reverse("round", args=[round_.slug]), timedelta(seconds=1)
    midnight = on_the_finnish_clock(today(now) + timedelta(days=1), datetime.min.time())
    turns = sorted([opens, closes, closes + timedelta(minutes=5), midnight])
    for turn in turns:
        for at in (turn - second, turn + second):
            monkeypatch.setattr(timezone, "now", lambda at=at: at)
            etags[at] = client.get(url)["ETag"]
            assert client.get(url)["ETag"] == etags[at]
    assert len(set(etags.values())) == len(turns) + 1


@pytest.mark.django_db
def test_the_next_boundary_is_the_nearest_change_of_a_phase() -> None:
    at = timezone.now()
    Step.objects.all().delete()
    assert next_boundary(at) is None
    round_ = make_round(slug="raja")
    step = Step.objects.filter(round=round_).earliest("closes_at")
    Step.objects.exclude(pk=step.pk).delete()
    Step.objects.update(opens_at=at - timedelta(days=1), closes_at=at)
    assert next_boundary(at) == at + timedelta(microseconds=1)
    assert next_boundary(at + timedelta(microseconds=1)) is None
    Step.objects.update(opens_at=at + timedelta(hours=1), closes_at=at + timedelta(hours=2))
    assert next_boundary(at) == at + timedelta(hours=1)
    assert next_boundary(at + timedelta(hours=1)) == at + timedelta(hours=2, microseconds=1)
    Step.objects.update(edits_until=at + timedelta(hours=3))
    assert next_boundary(at + timedelta(hours=2, microseconds=1)) == at + timedelta(hours=3, microseconds=1)
