"""``manage.py demo_world``: something to try for every role, in the demo only, and nothing of it afterwards."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from pilots.demo import texts, world
from pilots.mail import reminders
from pilots.models import Clarification, DeadlineChange, Extension, Message, Proposal, Reminder, Round, Version
from pilots.rounds.workflow.rounds import faults
from regions.models import User
from registry.lib.database import clock
from tests.factories import make_organisation, make_region

SLUGS = ("tem", "liitto-satakunta", "liitto-etela-savo", "liitto-pohjanmaa", "liitto-kymenlaakso")
State = Proposal.State


@pytest.fixture
def demo(db: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEMO = True
    monkeypatch.setenv("STATE", str(tmp_path))
    for slug in SLUGS:
        make_organisation(slug=slug, name_fi=slug.title())
    for code in ("04", "10", "15"):
        make_region(code=code)
    call_command("demo_accounts", stdout=StringIO())


def run(*options: str) -> str:
    out = StringIO()
    call_command("demo_world", *options, stdout=out)
    return out.getvalue().strip()


def rows() -> Counter[str]:
    return Counter({model.__name__: model._base_manager.count() for model in apps.get_models()})


def test_the_open_round_has_four_steps_and_proposals_in_every_state(demo: None) -> None:
    run()
    at = clock()
    (open_round,) = Round.objects.open(at)
    assert open_round.steps.count() == 4
    assert timedelta(days=4) < open_round.steps.get(position=3).closes_at - at < timedelta(days=9)
    states = Counter(open_round.proposals.values_list("state", flat=True))
    assert states == {State.DRAFT: 2, State.SUBMITTED: 1, State.WITHDRAWN: 1}
    assert Version.objects.filter(proposal__round=open_round, proposal__state=State.SUBMITTED).count() == 2
    assert Round.objects.with_counts().get(pk=open_round.pk).silent == 1
    assert DeadlineChange.objects.filter(step__round=open_round).count() == 1
    assert Extension.objects.filter(step__round=open_round).count() == 1


def test_a_closed_round_waits_for_decisions_and_another_is_being_made(demo: None) -> None:
    run()
    at = clock()
    closed = Round.objects.get(slug=world.CLOSED)
    assert closed.phase(at) == "closed"
    assert list(closed.proposals.values_list("state", flat=True)) == [State.SUBMITTED] * 3
    assert Clarification.objects.waiting().get().proposal.round == closed
    assert all(version.submitted_at <= version.step.closes_at for version in Version.objects.all())
    being_made = Round.objects.get(slug=world.BEING_MADE)
    assert being_made.published_at is None
    assert len(faults(being_made, at)) == 1


def test_reminders_are_in_the_plan_and_the_first_go_at_once(demo: None) -> None:
    run()
    at = clock()
    reminders.plan_all(at)
    assert Reminder.objects.filter(state=Reminder.State.PLANNED, due_at__gt=at).exists()
    assert reminders.queue_due(at).posted > 0
    told = set(Message.objects.values_list("letter", flat=True))
    assert told >= {"receipt", "withdrawal", "draft_not_sent", "no_draft"}


def test_a_second_run_leaves_what_people_did(demo: None) -> None:
    run()
    draft = Proposal.objects.get(organisation__slug="liitto-satakunta", state=State.DRAFT)
    Proposal.objects.filter(pk=draft.pk).update(content={"title": "Omani"}, edition=draft.edition + 1)
    before = rows()
    assert run() == "nothing new"
    assert rows() == before
    assert Proposal.objects.get(pk=draft.pk).content == {"title": "Omani"}


def test_once_the_open_round_has_closed_another_is_added(demo: None) -> None:
    run()
    cast = world.Cast.read()
    assert cast is not None
    later = clock() + timedelta(days=70)
    (added,) = world.make(cast, later)
    assert list(world.of_the_world().open(later)) == [added]


@pytest.mark.parametrize("day", ["2026-12-21", "2028-04-06"])
def test_the_world_is_made_on_any_day(demo: None, day: str) -> None:
    cast = world.Cast.read()
    assert cast is not None
    assert len(world.make(cast, datetime.fromisoformat(f"{day}T12:00+02:00"))) == 3


def test_all_of_it_can_be_taken_away(demo: None) -> None:
    before = rows()
    run()
    at = clock()
    reminders.plan_all(at)
    reminders.queue_due(at)
    assert rows() != before
    assert run("--remove").endswith("rows removed.")
    assert rows() == before


def test_outside_the_demo_there_is_none(demo: None, settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="never in production"):
        run()


def test_without_the_demo_accounts_there_is_none(db: None, settings: Any) -> None:
    settings.DEMO = True
    with pytest.raises(CommandError, match="run demo_accounts first"):
        run()


ADDRESSES = {
    "valmistelija.satakunta@liitto.example": "my_proposals",
    "beredare.osterbotten@forbund.example": "my_proposals",
    "valmistelija.etela-savo@liitto.example": "my_proposals",
    "virkamies@ministerio.example": "desk",
    "paattaja@ministerio.example": "desk",
    "lukija@ministerio.example": "desk",
}


@pytest.fixture
def signed_in(demo: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], tuple[Client, str]]:
    """Sign in by the form; return the client and the page that it leads to."""
    password = json.loads(run_json())[0]["password"]

    def sign_in(address: str) -> tuple[Client, str]:
        client = Client()
        answer = client.post(reverse("account_login"), {"login": address, "password": password})
        return client, answer["Location"]

    return sign_in


def run_json() -> str:
    out = StringIO()
    call_command("demo_accounts", "--json", stdout=out)
    return out.getvalue()


def test_after_signing_in_every_role_stands_where_its_work_is_and_every_line_leads_somewhere(
    signed_in: Callable[[str], tuple[Client, str]],
) -> None:
    run()
    for address, place in ADDRESSES.items():
        client, landed = signed_in(address)
        assert landed == reverse(place), address
        tries = client.get(landed).context["try_first"]
        assert 2 <= len(tries) <= 4, address
        for hint in tries:
            assert client.get(hint.address).status_code == 200, (address, hint.text)


def test_the_button_of_the_conflict_leads_to_the_page_of_the_conflict(
    signed_in: Callable[[str], tuple[Client, str]],
) -> None:
    run()
    client, landed = signed_in("valmistelija.satakunta@liitto.example")
    button = client.get(landed).context["try_first"][0]
    answer = client.post(button.address, dict(button.fields), follow=True)
    assert "?kept=" in answer.redirect_chain[0][0]
    words = answer.content.decode()
    assert texts.PROBLEM_TYPED in words
    assert texts.PROBLEM_SAVED in words


def test_without_the_demo_no_page_has_a_panel(demo: None, settings: Any) -> None:
    run()
    settings.DEMO = False
    client = Client()
    client.force_login(User.objects.get(email="virkamies@ministerio.example"))
    assert not client.get(reverse("desk")).context["try_first"]
