"""Every address × every person × GET and POST."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from tests.cast import SCRIPT
from tests.matrix import answers, expected
from tests.sitemap import INSIDE, OUT, Scene, address, names, set_the_scene

pytestmark = pytest.mark.django_db
PUBLIC = {
    *(
        "home",
        "about",
        "accessibility",
        "privacy",
        "health",
        "alive",
        "regions",
        "region",
        "municipality",
        "organisations",
        "organisation",
    ),
    *("groups", "group", "people", "person", "accept_invitation", "programmes", "programme", "pilots", "pilots_csv"),
    *("results", "results_csv", "laws", "laws_csv", "law", "search"),
    *("pilot", "rounds", "round", "news", "news_item", "unsubscribe"),
    *(
        "pilots_file",
        "results_file",
        "laws_file",
        "programmes_file",
        "rounds_file",
        "organisations_file",
        "successions_file",
        "groups_file",
        "news_file",
        "open_data",
    ),
    *("robots_txt", "sitemap", "security_txt"),
    *(f"{name}_atom" for name in ("search", "pilots", "results", "laws", "rounds")),
    *(f"{name}_atom" for name in ("news", "programmes", "organisations", "groups")),
    *("rounds_ics", "round_ics", "step_ics", "region_ics", "my_ics"),
}


@pytest.fixture
def scene() -> Scene:
    """A row of every kind."""
    return set_the_scene(timezone.now())


def signed_in(scene: Scene, actor: str) -> Client:
    """Return the client of an actor."""
    client, user = Client(headers=SCRIPT), scene.people[actor]
    if user is not None:
        client.force_login(user)
    return client


def test_the_table_names_every_address_and_no_other() -> None:
    assert set(answers()) == set(names())


@pytest.mark.parametrize("actor", [*OUT, *INSIDE])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_everyone_gets_what_the_table_says(scene: Scene, actor: str, method: str) -> None:
    wrong, client = {}, signed_in(scene, actor)
    for name in names():
        if method == "POST":  # it may end the session
            client = signed_in(scene, actor)
        answer = getattr(client, method.lower())(address(scene, name))
        if answer.status_code != expected(name, method, actor):
            wrong[name] = (answer.status_code, expected(name, method, actor))
    assert wrong == {}


def test_only_these_addresses_are_public(scene: Scene) -> None:
    open_to_all = {
        name for name in names() if not name.startswith("account") and expected(name, "GET", "anyone") == 200
    }
    assert open_to_all == PUBLIC


def bare(page: bytes, argument: object) -> bytes:
    """Return a page without what repeats the asked address, and without the token of the sign-out button."""
    page = re.sub(f"(/|%2F){argument}(/|%2F|[.]ics)".encode(), b"/-/", page)
    return re.sub(rb'(name="csrfmiddlewaretoken" value=)"[^"]+"', rb"\1", page)


@pytest.mark.parametrize("actor", [*OUT, "stranger", "preparer"])
def test_what_is_hidden_answers_like_what_never_was(scene: Scene, actor: str) -> None:
    client = signed_in(scene, actor)
    never = {"pilot": "KP-1999-999", "round": "never", "round_ics": "never", "news_item": "never"}
    for name, missing in never.items():
        hidden = client.get(address(Scene(arguments=scene.hidden), name))
        absent = client.get(address(Scene(arguments={name: [missing]}), name))
        assert (hidden.status_code, absent.status_code) == (404, 404), name
        assert bare(hidden.content, scene.hidden[name][0]) == bare(absent.content, missing), name


def test_a_foreign_draft_answers_like_none(scene: Scene) -> None:
    for actor in ("stranger", "reader", "officer", "decider", "administrator"):
        client = signed_in(scene, actor)
        hidden = client.get(address(Scene(arguments=scene.hidden), "proposal"))
        absent = client.get(address(Scene(arguments={"proposal": [999_999_999]}), "proposal"))
        assert (hidden.status_code, absent.status_code) == (404, 404), actor
        assert bare(hidden.content, scene.hidden["proposal"][0]) == bare(absent.content, 999_999_999), actor


def test_the_admin_is_behind_the_same_door(scene: Scene) -> None:
    for actor in scene.people:
        answer = signed_in(scene, actor).get("/admin/")
        allowed = {"administrator": {200}}.get(actor, {302, 403})
        assert answer.status_code in allowed, actor
