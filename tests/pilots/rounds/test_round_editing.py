"""Making, editing and publishing a round."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.models import Phase, ReminderRule, Round
from pilots.rounds.workflow import rounds as workflow
from regions.models import Organisation, User
from registry.lib.database import clock
from registry.lib.dates import finnish_time
from registry.lib.refusals import Incomplete
from tests.factories import make_organisation, make_programme, make_round, make_step, make_user
from tests.forms import form_of
from tests.pilots.rounds.deadline_forms import a_working_day
from tests.pilots.rounds.new_rounds import make, posted, publish

SignIn = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db


def test_an_officer_makes_and_publishes_a_round(as_user: SignIn, officer: User, council: Organisation) -> None:
    client = as_user(officer)
    response = make(client, invited=[council.pk], programme=make_programme().pk)
    round_ = Round.objects.get()
    assert response.url == reverse("round_desk", args=[round_.slug])
    assert round_.slug == "alustavat-ehdotukset"
    assert round_.published_at is None
    assert finnish_time(round_.steps.get().closes_at).strftime("%H.%M") == "16.15"
    publish(client, round_.slug)
    round_.refresh_from_db()
    assert round_.phase(timezone.now()) == Phase.OPEN
    assert round_.owner == officer
    before = {rule.days_before for rule in round_.rules.filter(audience=ReminderRule.Audience.PREPARERS)}
    assert before == {14, 5, 1}
    assert {rule.days_before for rule in round_.rules.filter(audience=ReminderRule.Audience.OWNER)} == {7, 1, 0, -1}


def test_two_rounds_of_one_name_have_two_addresses(as_user: SignIn, officer: User) -> None:
    client = as_user(officer)
    make(client)
    make(client)
    assert set(Round.objects.values_list("slug", flat=True)) == {"alustavat-ehdotukset", "alustavat-ehdotukset-2"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name_fi": ""}, "Täytä tämä kohta"),
        ({"clock": "24.00"}, "Keskiyö on epäselvä"),
        ({"clock": "00.00"}, "Keskiyö on epäselvä"),
        ({"clock": "25.10"}, "Kirjoita kellonaika näin"),
        ({"clock": "iltapäivällä"}, "Kirjoita kellonaika näin"),
        ({"steps-0-closes_day": "32.1.2027"}, "Kirjoita päivä näin"),
        ({"steps-0-closes_day": ""}, "Anna sekä päivä että kellonaika"),
        ({"steps-0-kind": ""}, "Valitse, mikä vaihe on"),
        ({"steps-0-closes_day": "1.1.2020"}, "sulkeutuu ennen kuin se avautuu"),
        ({"steps-0-closes_day": "28.3.2027", "clock": "03.30"}, "tätä aikaa ei ole"),
        ({"steps-TOTAL_FORMS": "x"}, ""),
        ({"invited": ["999999"]}, ""),
    ],
)
def test_a_fault_is_said_and_the_typed_text_kept(
    as_user: SignIn, officer: User, changes: dict[str, Any], words: str
) -> None:
    response = make(as_user(officer), **{"guidance_en": "What I typed", **changes})
    assert response.status_code == 422
    assert words in response.content.decode()
    assert "What I typed" in response.content.decode()
    assert not Round.objects.exists()


@pytest.mark.parametrize("day", [date(2027, 1, 3), date(2026, 12, 24), date(2027, 10, 31)])
def test_an_unusual_deadline_must_be_confirmed(as_user: SignIn, officer: User, day: date) -> None:
    client = as_user(officer)
    clock = "03.30" if day.month == 10 else "16.15"
    response = make(client, closes=day, clock=clock)
    assert "Onko tämä oikein?" in response.content.decode()
    assert not Round.objects.exists()
    assert make(client, closes=day, clock=clock, confirmed="on").status_code == 302


def test_a_round_is_edited_until_it_is_published(as_user: SignIn, officer: User) -> None:
    client = as_user(officer)
    make(client)
    round_ = Round.objects.get()
    address = reverse("edit_round", args=[round_.slug])
    assert "Kerro, mitä kokeilette." in client.get(address).content.decode()
    assert client.post(address, posted(guidance_en="Tell us")).status_code == 302
    round_.refresh_from_db()
    assert (round_.edition, round_.guidance_en) == (2, "Tell us")
    publish(client, round_.slug)
    assert client.get(address).status_code == 403
    assert client.post(address, posted()).status_code == 409
    assert Round.objects.get().edition == 3


@pytest.mark.parametrize("edition", ["1", "", "x", "9" * 30])
def test_a_round_that_someone_else_changed_is_not_overwritten(as_user: SignIn, officer: User, edition: str) -> None:
    client = as_user(officer)
    make(client)
    address = reverse("edit_round", args=[Round.objects.get().slug])
    client.post(address, posted(guidance_fi="Ensimmäinen"))
    response = client.post(address, posted(guidance_fi="Toinen", edition=edition))
    assert response.status_code == 409
    assert "Ensimmäinen" in response.content.decode()
    assert "Toinen" in response.content.decode()
    assert Round.objects.get().guidance_fi == "Ensimmäinen"


def test_publishing_says_everything_that_is_missing(as_user: SignIn, officer: User) -> None:
    client = as_user(officer)
    make(
        client,
        name_sv="",
        guidance_sv="",
        contact_sv="",
        asks=[],
        **{"steps-0-kind": "", "steps-0-closes_day": "", "steps-0-opens_day": ""},
    )
    round_ = Round.objects.get()
    page = publish(client, round_.slug).content.decode()
    for words in (
        "Nimi puuttuu",
        "Ohje puuttuu",
        "Yhteystieto puuttuu",
        "Valitse, mitä voi lähettää",
        "Lisää ainakin yksi",
    ):
        assert words in page
    round_.refresh_from_db()
    assert round_.published_at is None


def test_a_round_is_published_at_the_moment_of_the_databases_clock(as_user: SignIn, officer: User) -> None:
    round_, late, client, before = make_round(published=False), make_round(published=False), as_user(officer), clock()
    late.steps.update(closes_at=before)
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        for one in (round_, late):
            publish(client, one.slug)
    for one in (round_, late):
        one.refresh_from_db()
    assert round_.published_at is not None
    assert before <= round_.published_at <= clock()
    assert late.published_at is None  # its deadline is past, whatever the web server's clock says


def test_a_deadline_that_is_past_cannot_be_published(officer: User) -> None:
    now = timezone.now()
    round_ = make_round(published=False, opens_at=now - timedelta(days=3), closes_at=now - timedelta(days=1))
    with pytest.raises(Incomplete, match="mennyt"):
        workflow.publish(round_, officer, now)


def test_talks_alone_take_no_proposals(officer: User) -> None:
    round_ = make_round(published=False)
    round_.steps.update(kind="talks")
    with pytest.raises(Incomplete, match="Keskusteluissa ei oteta vastaan ehdotuksia"):
        workflow.publish(round_, officer, timezone.now())
    now = timezone.now()
    make_step(round_, opens_at=now, closes_at=now + timedelta(days=9))
    workflow.publish(round_, officer, now)


def test_a_round_is_organised_by_its_officers_organisation(council: Organisation) -> None:
    round_ = make_round(published=False)
    workflow.publish(round_, make_user(User.Role.OFFICER, council), timezone.now())
    round_.refresh_from_db()
    assert round_.organiser == council


def test_publishing_twice_changes_nothing(officer: User, decider: User) -> None:
    now = timezone.now()
    round_ = make_round(published=False)
    workflow.publish(round_, officer, now)
    workflow.publish(round_, decider, now + timedelta(hours=1))
    round_.refresh_from_db()
    assert (round_.owner, round_.published_at) == (officer, now)


def test_only_officers_make_rounds(as_user: SignIn, reader: User, preparer: User) -> None:
    for user in (reader, preparer):
        client = as_user(user)
        assert client.get(reverse("new_round")).status_code == 403
        assert make(client).status_code == 403
    assert as_user(None).get(reverse("new_round")).status_code == 302


def test_an_unpublished_round_does_not_exist_for_others(as_user: SignIn, preparer: User, reader: User) -> None:
    slug = make_round(published=False).slug
    assert as_user(preparer).get(reverse("edit_round", args=[slug])).status_code == 404
    assert as_user(reader).get(reverse("edit_round", args=[slug])).status_code == 403
    assert as_user(reader).post(reverse("publish_round", args=[slug])).status_code == 403


def test_all_organisations_of_a_kind_are_invited_at_once(
    as_user: SignIn, officer: User, council: Organisation, other_council: Organisation
) -> None:
    make(as_user(officer), invited_kinds=["regional_council"], invited=[council.pk])
    assert set(Round.objects.get().invited.all()) == {council, other_council}


def test_faults_in_the_steps_stand_in_the_summary_with_links(as_user: SignIn, officer: User) -> None:
    page = make(as_user(officer), **{"steps-0-closes_day": "32.1.2027"}).content.decode()
    assert '<a href="#id_steps-0-closes_day">Vaihe 1, Sulkeutumispäivä: Kirjoita päivä näin' in page


def test_a_round_that_invites_several_is_offered_once(
    as_user: SignIn, preparer: User, council: Organisation, other_council: Organisation
) -> None:
    round_ = make_round(invited=[council, other_council])
    assert list(Round.objects.answerable_by(council.pk, timezone.now())) == [round_]
    assert list(Round.objects.answerable_by(None, timezone.now())) == []
    everybody = make_round()
    assert set(Round.objects.answerable_by(None, timezone.now())) == {everybody}


def test_a_finnish_name_is_enough_to_save_a_new_round(as_user: SignIn, officer: User) -> None:
    client = as_user(officer)
    shown = form_of(client.get(reverse("new_round")))
    assert client.post(reverse("new_round"), {**shown, "name_fi": "Pelkkä nimi"}).status_code == 302
    assert not Round.objects.get().steps.exists()


def test_a_round_takes_as_many_steps_as_it_has_and_one_more(as_user: SignIn, officer: User) -> None:
    client = as_user(officer)
    kinds = ["talks", "interest", "preliminary", "refinement"]
    steps: dict[str, Any] = {"steps-TOTAL_FORMS": "4"}
    for number, kind in enumerate(kinds):
        day = a_working_day(10 + 10 * number)
        steps |= {
            f"steps-{number}-kind": kind,
            f"steps-{number}-opens_day": f"{a_working_day(3 + 10 * number):%d.%m.%Y}",
            f"steps-{number}-opens_clock": "9.00",
            f"steps-{number}-closes_day": f"{day:%d.%m.%Y}",
            f"steps-{number}-closes_clock": "16.15",
        }
    assert make(client, **steps).status_code == 302
    round_ = Round.objects.get()
    assert [step.kind for step in round_.steps.all()] == kinds
    page = client.get(reverse("edit_round", args=[round_.slug])).text
    assert 'name="steps-4-kind"' in page
    assert 'name="steps-5-kind"' not in page


def test_a_step_that_is_changed_stays_the_same_row(as_user: SignIn, officer: User) -> None:
    client = as_user(officer)
    make(client)
    round_ = Round.objects.get()
    step = round_.steps.get()
    shown = form_of(client.get(reverse("edit_round", args=[round_.slug])))
    client.post(reverse("edit_round", args=[round_.slug]), {**shown, "steps-0-closes_clock": "12.00"})
    assert round_.steps.get().pk == step.pk
    assert round_.steps.get().closes_at != step.closes_at


def test_a_body_of_unknown_time_can_be_invited_and_given_an_account(as_user: SignIn, officer: User) -> None:
    council = make_organisation(name_fi="Liitto ilman päiviä", validity=DateRange(None, None))
    assert council.known_on_days is None
    client = as_user(officer)
    for name in ("new_round", "invite"):
        assert "Liitto ilman päiviä" in client.get(reverse(name)).text
