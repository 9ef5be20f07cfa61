"""The rehearsal's pages: the dated plan, the people, the real text; also before a round is published."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pilots.mail import reminders
from pilots.mail.reminders import rehearsal
from pilots.mail.reminders.decide import decide
from pilots.models import Message, Reminder, Round
from regions.models import Organisation, User
from tests.factories import make_proposal, make_round, make_user
from tests.pilots.rounds.new_rounds import publish

SignIn = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db


def planned(council: Organisation, officer: User, people: int = 1) -> Round:
    round_ = make_round(owner=officer, invited=[council])
    proposal = None
    for number in range(people):
        user = make_user(
            User.Role.PREPARER, council, email=f"p{number}@satakunta.example", name=f"Valmistelija {number}"
        )
        if proposal is None:
            proposal = make_proposal(round_, user)
        else:
            proposal.editorships.create(user=user, added_at=proposal.created_at, added_by=user)
    reminders.default_rules(round_, proposal.created_at)
    reminders.plan(round_, proposal.created_at)
    return round_


def test_the_plan_names_the_people_and_shows_the_letter_that_will_go(
    as_user: SignIn, officer: User, council: Organisation
) -> None:
    round_, client = planned(council, officer), as_user(officer)
    page = client.get(reverse("rehearsal", args=[round_.slug])).content.decode()
    assert "Valmistelija 0" in page
    person = User.objects.get(email="p0@satakunta.example")
    letter = client.get(reverse("rehearsed_letters", args=[round_.slug, person.pk])).content.decode()
    assert "Ehdotustasi ei ole vielä lähetetty." in letter
    assert "p0@satakunta.example" in letter
    assert client.get(reverse("rehearsed_letters", args=[round_.slug, 10**9])).status_code == 404


def test_who_will_not_hear_stands_there_with_the_reason(as_user: SignIn, officer: User, council: Organisation) -> None:
    round_ = planned(council, officer)
    User.objects.filter(email="p0@satakunta.example").update(wants_reminders=False)
    page = as_user(officer).get(reverse("rehearsal", args=[round_.slug])).content.decode()
    assert "On ottanut muistutukset pois käytöstä" in page


def test_an_unpublished_round_shows_the_plan_that_publishing_would_make_and_stays_unpublished(
    as_user: SignIn, officer: User, preparer: User, council: Organisation
) -> None:
    round_ = make_round(published=False, invited=[council])
    page = as_user(officer).get(reverse("rehearsal", args=[round_.slug])).content.decode()
    assert "tällainen suunnitelma syntyisi" in page
    assert str(officer) in page
    round_.refresh_from_db()
    assert round_.published_at is None
    assert round_.owner is None
    assert not Reminder.objects.exists()
    assert not Message.objects.exists()
    letter = as_user(officer).get(reverse("rehearsed_letters", args=[round_.slug, officer.pk])).content.decode()
    assert "Kierros on vielä auki" in letter


def test_before_it_is_published_only_those_who_may_publish_a_round_rehearse_it(
    as_user: SignIn, officer: User, decider: User, reader: User, preparer: User, council: Organisation
) -> None:
    round_ = make_round(published=False, invited=[council])
    for user, status in ((officer, 200), (decider, 200), (reader, 403), (preparer, 404)):  # as for publishing
        for name, more in (("rehearsal", []), ("rehearsed_letters", [user.pk])):
            with CaptureQueriesContext(connection) as queries:
                answer = as_user(user).get(reverse(name, args=[round_.slug, *more]))
            assert answer.status_code == status, (user, name)
            assert any('UPDATE "pilots_round"' in one["sql"] for one in queries) == (status == 200)
    link, desk = reverse("rehearsal", args=[round_.slug]), reverse("round_desk", args=[round_.slug])
    assert link in as_user(officer).get(desk).text
    assert link not in as_user(reader).get(desk).text
    publish(as_user(officer), round_.slug)
    assert link in as_user(reader).get(desk).text
    assert as_user(reader).get(link).status_code == 200
    assert as_user(preparer).get(link).status_code == 403


def test_the_page_of_one_person_rehearses_nobody_else(
    as_user: SignIn, officer: User, council: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_, rehearsed = planned(council, officer, people=3), []

    def listen(waiting: Any, *args: Any) -> Any:
        rehearsed.extend(reminder.user_id for reminder in waiting)
        return decide(waiting, *args)

    monkeypatch.setattr(rehearsal, "decide", listen)
    person = User.objects.get(email="p0@satakunta.example")
    assert as_user(officer).get(reverse("rehearsed_letters", args=[round_.slug, person.pk])).status_code == 200
    assert set(rehearsed) == {person.pk}


def test_a_round_that_cannot_be_published_says_what_is_missing(as_user: SignIn, officer: User) -> None:
    round_ = make_round(published=False, guidance_sv="")
    page = as_user(officer).get(reverse("rehearsal", args=[round_.slug]))
    assert page.status_code == 200
    assert "Suunnitelmaa ei ole ennen kuin kierroksen voi julkaista" in page.content.decode()


@pytest.mark.parametrize("people", [1, 3, 200])
def test_the_pages_take_the_same_queries_for_one_and_for_many(
    as_user: SignIn, officer: User, council: Organisation, django_assert_num_queries: Any, people: int
) -> None:
    round_, client = planned(council, officer, people), as_user(officer)
    with django_assert_num_queries(18):
        assert client.get(reverse("rehearsal", args=[round_.slug])).status_code == 200
    person = User.objects.get(email="p0@satakunta.example")
    with django_assert_num_queries(14):
        assert client.get(reverse("rehearsed_letters", args=[round_.slug, person.pk])).status_code == 200
