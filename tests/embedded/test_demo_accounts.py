"""``manage.py demo_accounts``: one account for each role, in the demo only."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from regions.models import User
from registry.embedded import portal
from tests.factories import make_organisation

SLUGS = ("tem", "liitto-satakunta", "liitto-etela-savo", "liitto-pohjanmaa", "liitto-kymenlaakso")


@pytest.fixture
def demo(db: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEMO = True
    monkeypatch.setenv("STATE", str(tmp_path))
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    for slug in SLUGS:
        make_organisation(slug=slug, name_fi=slug.title())


def accounts() -> list[dict[str, str]]:
    out = StringIO()
    call_command("demo_accounts", "--json", stdout=out)
    return json.loads(out.getvalue())


def signs_in(row: dict[str, str]) -> bool:
    return Client().login(email=row["address"], password=row["password"])


def test_every_role_has_an_account_under_example(demo: None) -> None:
    rows = accounts()
    assert {row["role"] for row in rows} >= {"reader", "officer", "decider", "preparer", "technical administrator"}
    assert all(row["address"].endswith(".example") for row in rows)
    assert {row["password"] for row in rows} == {rows[0]["password"]}


def test_all_can_sign_in_except_those_whose_rights_have_ended(demo: None) -> None:
    refused = [row["address"] for row in accounts() if not signs_in(row)]
    assert refused == ["paattynyt@liitto.example"]


def test_a_second_run_mends_and_makes_nothing_new(demo: None) -> None:
    first = accounts()
    User.objects.filter(email="lukija@ministerio.example").update(role="officer", is_active=False)
    assert accounts() == first
    assert User.objects.count() == len(first)
    assert User.objects.get(email="lukija@ministerio.example").role == "reader"


def test_the_password_can_be_given(demo: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "another long password")
    assert accounts()[0]["password"] == "another long password"


def test_people_get_a_table(demo: None) -> None:
    out = StringIO()
    call_command("demo_accounts", stdout=out)
    assert out.getvalue().splitlines()[0].split() == ["Role", "Organisation", "Address", "Password"]


def test_outside_the_demo_no_account_is_made(db: None, settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="never in production"):
        call_command("demo_accounts")
    assert User.objects.count() == 0


def test_without_the_reference_data_it_says_what_to_do(db: None, settings: Any) -> None:
    settings.DEMO = True
    with pytest.raises(CommandError, match="run import_reference first"):
        call_command("demo_accounts")
    assert User.objects.count() == 0


@pytest.mark.parametrize(("asked", "is_demo"), [("0", "0"), ("1", "1"), ("", "1")])
def test_a_run_is_a_demo_unless_it_is_told_otherwise(monkeypatch: pytest.MonkeyPatch, asked: str, is_demo: str) -> None:
    monkeypatch.setenv("DEMO", asked)
    assert portal.demo() == is_demo
