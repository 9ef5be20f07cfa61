"""A role that no rule names: its account reads what anyone reads, may nothing, and gets the pages that anyone gets."""

import inspect
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.utils import timezone

from pilots import access as acts
from pilots.models import (
    Clarification,
    Decision,
    Editor,
    ExtensionRequest,
    Inquiry,
    Message,
    Note,
    Pilot,
    Proposal,
    PublicAnswer,
    Round,
    StaffLetter,
    Step,
)
from regions import access as actors
from regions.models import Invitation, Organisation, Synonym, User
from tests.cast import SCRIPT
from tests.factories import make_card, make_pilot, make_user
from tests.matrix import expected
from tests.sitemap import Scene, address, names, set_the_scene

pytestmark = pytest.mark.django_db
# What asks no viewer, or only says who the viewer is.
NO_PERMISSIONS = {
    "account",
    "can_be_clarified",
    "is_disqualified",
    "may_have_mail_at",
    "next_step",
    "open_step",
    "signed_in",
}
# They need a round whose proposals can be decided or move on, or a team that is gone; the scene has open rounds and
# those who write. Their rooms' tests hold them.
NOT_IN_THE_SCENE = {
    f"pilots.access.{name}"
    for name in (
        *(
            "may_confirm",
            "may_decide",
            "may_send_decisions",
            "may_publish_outcome",
            "may_set_deciders",
            "may_send_alone",
        ),
        *("may_move_on", "may_ask", "may_ask_for_extension", "may_copy", "may_correct", "may_take_over"),
    )
}


@pytest.fixture
def scene() -> Scene:
    """A row of every kind."""
    scene = set_the_scene(timezone.now())
    make_card(make_pilot(published=False))
    return scene


@pytest.fixture
def auditor(scene: Scene) -> User:
    """An account whose role no rule names, in the preparer's organisation, with rows of its own everywhere."""
    own = Organisation.objects.get(slug="liitto-satakunta")
    user = make_user("reader", own, email="auditor@walk.example")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE regions_user DROP CONSTRAINT a_role_is_one_of_the_four")
    User.objects.filter(pk=user.pk).update(role="auditor")
    user.refresh_from_db()
    for proposal in Proposal.objects.all():
        Editor.objects.create(proposal=proposal, user=user, added_at=timezone.now(), added_by=user)
    make_pilot(published=False, lead=own)
    Message.objects.update(user=user)
    Round.objects.filter(published_at=None).update(owner=user)
    return user


def test_the_account_signs_in_and_works_so_that_only_its_role_stands_in_its_way(auditor: User) -> None:
    assert auditor.works(timezone.now())
    client = Client(headers=SCRIPT)
    client.force_login(auditor)
    assert client.get(address(Scene(), "my_page")).status_code == 200


def readings() -> dict[str, Callable[[Any, datetime], Any]]:
    """Return every question of what a viewer reads, by model and name."""
    return {
        f"{model.__name__}.{name}": getattr(model._default_manager, name)
        for model in apps.get_models()
        for name in ("visible_to", "readable_by")
        if hasattr(model._default_manager, name)
    }


def test_an_unknown_role_reads_the_rows_that_anyone_reads(scene: Scene, auditor: User) -> None:
    known = {"Attachment", "Pilot", "ResultCard", "Round", "NewsItem", "Proposal", "Message", "Invitation", "Inquiry"}
    known |= {"ExtensionRequest"}
    assert known == {name.split(".")[0] for name in readings()}
    at = timezone.now()
    for name, ask in readings().items():
        assert set(ask(auditor, at)) == set(ask(AnonymousUser(), at)), name
        assert set(ask(scene.people["officer"], at)) > set(ask(AnonymousUser(), at)), name
    assert not Proposal.objects.editable_by(auditor, at).exists()


def permissions() -> dict[str, Callable[..., bool]]:
    """Return every permission of the two screens, by its name."""
    return {
        f"{module.__name__}.{name}": function
        for module in (actors, acts)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_") and name not in NO_PERMISSIONS
    }


def calls(permission: Callable[..., bool], viewer: Any, at: datetime) -> Iterator[dict[str, Any]]:
    """Yield arguments of a permission: ``viewer`` with every row that the scene has of what it asks for."""
    parameters = list(inspect.signature(permission).parameters)
    rows: dict[str, list[Any]] = {
        "at": [at],
        "pilot": list(Pilot.objects.all()),
        "round_": list(Round.objects.all()),
        "step": list(Step.objects.all()),
        "synonym": list(Synonym.objects.all()),
        "decision": list(Decision.objects.all()),
        "clarification": list(Clarification.objects.all()),
        "inquiry": list(Inquiry.objects.all()),
        "answer": list(PublicAnswer.objects.all()),
        "request": list(ExtensionRequest.objects.all()),
        "letter": list(StaffLetter.objects.all()),
        "note": list(Note.objects.all()),
        "proposal": list(Proposal.objects.all()),
        "organisation": list(Organisation.objects.all()),
        "role": ["auditor", *User.Role],
        "person": list(User.objects.all()),
        "invitation": list(Invitation.objects.all()),
    }
    for chosen in product(*(rows[name] for name in parameters[1:])):
        yield dict(zip(parameters, (viewer, *chosen), strict=True))


def test_an_unknown_role_may_nothing(scene: Scene, auditor: User) -> None:
    other = make_user("reader", auditor.organisation, email="another@walk.example")
    User.objects.filter(pk=other.pk).update(role="auditor")
    cast = [user for user in scene.people.values() if user is not None]
    at = timezone.now()
    for name, permission in permissions().items():
        assert [call for call in calls(permission, auditor, at) if permission(**call)] == [], name
        somebody = any(permission(**call) for user in cast for call in calls(permission, user, at))
        assert somebody or name in NOT_IN_THE_SCENE, f"{name}: nobody may"


def content(answer: Any) -> Any:
    """Return what a page tells, without the bar that says who is signed in; a file as it is."""
    body = answer.getvalue()
    found = re.search(rb"<main .*</main>", body, re.DOTALL)
    return (answer.status_code, found[0] if found else body)


def test_an_unknown_role_reads_the_pages_that_anyone_reads(scene: Scene, auditor: User) -> None:
    signed_in, anyone, administrator = (Client(headers=SCRIPT) for _ in range(3))
    signed_in.force_login(auditor)
    administrator.force_login(scene.people["administrator"])
    open_to_all = [
        name
        for name in names(lambda name: not name.startswith("account"))
        if expected(name, "GET", "anyone") == expected(name, "GET", "administrator") == 200
    ]
    assert len(open_to_all) > 20
    for name in open_to_all:
        where = address(scene, name)
        like = administrator if name == "round" else anyone  # this page asks who is signed out to sign in
        assert content(signed_in.get(where)) == content(like.get(where)), name
    for name, arguments in scene.hidden.items():
        assert signed_in.get(address(Scene(arguments=scene.hidden), name)).status_code == 404, (name, arguments)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_role_gets_the_answers_of_an_account_without_a_role(
    scene: Scene, auditor: User, method: str
) -> None:
    different = {}
    for name in names():
        client = Client(headers=SCRIPT)  # signing out, and in again
        client.force_login(auditor)
        answer = getattr(client, method.lower())(address(scene, name))
        if answer.status_code != expected(name, method, "administrator"):
            different[name] = (answer.status_code, expected(name, method, "administrator"))
    assert different == {}
