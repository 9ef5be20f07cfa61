"""Rounds: the list and the page of one."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.models import Pilot, Round
from regions.models import Organisation, Source, User
from registry.lib.dates import reading
from registry.lib.formats import deadline_words
from tests.factories import make_group, make_organisation, make_pilot, make_programme, make_round, make_step

pytestmark = pytest.mark.django_db


def body(client: Client, name: str, *args: object) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return response.content.decode()


def past_round(**fields: object) -> Round:
    defaults = {"slug": "past", "kind": "applications", "name_fi": "Haku", "name_sv": "Ansökan"}
    return Round.objects.create(**{**defaults, "published_at": timezone.now(), **fields})


def test_open_rounds_come_first_then_those_ahead_then_the_past(client: Client) -> None:
    now = timezone.now()
    make_round(name_fi="Tuleva", opens_at=now + timedelta(days=5), closes_at=now + timedelta(days=9))
    make_round(name_fi="Mennyt", opens_at=now - timedelta(days=9), closes_at=now - timedelta(days=5))
    make_round(name_fi="Avoin")
    make_round(name_fi="Peruttu", cancelled_at=now)
    make_round(name_fi="Salainen", published=False)
    past_round(name_fi="Vanha", when_words="keväällä 2018", when_days=reading(date(2018, 3, 1), date(2018, 5, 31)))
    page = body(client, "rounds")
    places = [page.index(name) for name in ("Avoin", "Tuleva", "Peruttu", "Mennyt", "Vanha")]
    assert places == sorted(places)
    assert "Salainen" not in page


def test_a_round_between_two_steps_is_ahead(client: Client) -> None:
    now = timezone.now()
    round_ = make_round(opens_at=now - timedelta(days=9), closes_at=now - timedelta(days=5))
    make_step(round_, opens_at=now + timedelta(days=1), closes_at=now + timedelta(days=2), kind="refinement")
    assert list(Round.objects.ahead(now)) == [round_]
    assert not Round.objects.over(now)
    assert not Round.objects.open(now)


def test_a_past_day_shows_the_rounds_and_deadlines_as_they_stood_then(client: Client, officer: User) -> None:
    then, now = datetime(2026, 3, 15, 10, tzinfo=UTC), datetime(2026, 4, 20, tzinfo=UTC)
    early = then - timedelta(days=20)
    moved = make_round(name_fi="Siirretty", opens_at=early, closes_at=now, published_at=early)
    words = {"reason_fi": "syy", "changed_by": officer}
    for version, old, new, at in (
        (2, datetime(2026, 3, 12, tzinfo=UTC), datetime(2026, 3, 20, 14, 15, tzinfo=UTC), then - timedelta(days=5)),
        (3, datetime(2026, 3, 20, 14, 15, tzinfo=UTC), now, then + timedelta(days=2)),
    ):
        moved.steps.get().changes.create(version=version, closed_at=old, closes_at=new, changed_at=at, **words)
    cancelled = {"cancelled_at": now, "cancelled_by": officer}
    make_round(name_fi="Myöhemmin peruttu", opens_at=early, closes_at=now, published_at=early, **cancelled)
    make_round(name_fi="Myöhemmin julkaistu", opens_at=now, closes_at=now + timedelta(days=9), published_at=now)
    make_round(name_fi="Vielä tuleva", opens_at=now, closes_at=now + timedelta(days=9), published_at=early)
    make_round(name_fi="Silloin suljettu", opens_at=early, closes_at=then - timedelta(days=3), published_at=early)
    past_round(name_fi="Vanha", when_words="keväällä 2018", when_days=reading(date(2018, 3, 1), date(2018, 5, 31)))
    context = client.get(reverse("rounds"), {"pvm": "2026-03-15"}).context
    assert [round_.name_fi for round_ in context["open"]] == ["Siirretty", "Myöhemmin peruttu"]
    assert context["open"][0].steps.all()[0].closes_at == datetime(2026, 3, 20, 14, 15, tzinfo=UTC)
    assert [round_.name_fi for round_ in context["ahead"]] == ["Vielä tuleva"]
    assert [round_.name_fi for round_, _phase in context["over"]] == ["Silloin suljettu", "Vanha"]
    assert not client.get(reverse("rounds"), {"pvm": "2018-02-15"}).context["over"]


def test_an_empty_list_says_so(client: Client) -> None:
    assert 'class="empty"' in body(client, "rounds")


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_the_list_takes_the_same_number_of_queries_for_any_number_of_rounds(
    rows: int,
    client: Client,
    django_assert_num_queries,
) -> None:
    now = timezone.now()
    for _ in range(min(rows, 3)):
        make_round(programme=make_programme(), organiser=make_organisation())
        make_round(opens_at=now + timedelta(days=5), closes_at=now + timedelta(days=9))
        make_round(opens_at=now - timedelta(days=9), closes_at=now - timedelta(days=5))
    Round.objects.bulk_create(
        Round(slug=f"old-{n}", kind="survey", name_fi="x", name_sv="x", published_at=now) for n in range(rows - 3)
    )
    with django_assert_num_queries(9):
        client.get(reverse("rounds"), {"page": "10**9"})
    with django_assert_num_queries(4):
        client.get(reverse("rounds"), {"pvm": now.date().isoformat()})


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_the_same_number_of_queries_for_any_number_of_parts(
    rows: int,
    client: Client,
    officer: User,
    django_assert_num_queries,
) -> None:
    now = timezone.now()
    round_ = make_round(programme=make_programme(), organiser=make_organisation(), previous=make_round())
    for n in range(1, rows + 1):
        make_round(previous=round_)
        round_.criteria.create(position=n, text_fi="Vaikuttavuus")
        round_.asked_points.create(position=n, text_fi="Tavoite")
        round_.invited.add(make_organisation())
        round_.sources.add(Source.objects.create(key=f"s{n}", title="x"))
        step = make_step(round_, opens_at=now, closes_at=now + timedelta(days=n))
        step.changes.create(
            version=2,
            closed_at=now,
            closes_at=now + timedelta(days=n),
            reason_fi="Loma",
            changed_at=now,
            changed_by=officer,
        )
    with django_assert_num_queries(14):
        page = body(client, "round", round_.slug)
    assert "Loma" in page


def test_the_page_says_when_the_deadline_is_and_whose_clock_decides(client: Client) -> None:
    round_ = make_round(closes_at=datetime(2030, 1, 4, 14, 15, tzinfo=UTC))
    page = body(client, "round", round_.slug)
    assert "perjantai 4.1.2030 klo 16.15 (Suomen aikaa)" in page
    assert "rekisterin kello" in page


def test_who_may_answer_is_offered_to_start(
    preparer: User,
    stranger: User,
    reader: User,
    council: Organisation,
    as_user,
    client: Client,
) -> None:
    round_ = make_round(invited=[council])
    start = reverse("start_proposal", args=[round_.slug])
    assert start in body(as_user(preparer), "round", round_.slug)
    assert start not in body(as_user(stranger), "round", round_.slug)
    assert start not in body(as_user(reader), "round", round_.slug)
    page = body(client, "round", round_.slug)
    assert start not in page
    assert f"{reverse('account_login')}?next=" in page
    assert "Satakuntaliitto" in page


def test_an_organisation_with_more_time_is_still_offered_to_start(
    preparer: User,
    colleague: User,
    officer: User,
    as_user,
    client: Client,
) -> None:
    now = timezone.now()
    round_ = make_round(opens_at=now - timedelta(days=9), closes_at=now - timedelta(days=1))
    round_.steps.get().extensions.create(
        organisation=preparer.organisation,
        closes_at=now + timedelta(days=1),
        reason="Sairaus",
        granted_at=now,
        granted_by=officer,
    )
    start = reverse("start_proposal", args=[round_.slug])
    assert start in body(as_user(preparer), "round", round_.slug)
    page = body(client, "round", round_.slug)
    assert start not in page
    assert "Sairaus" not in page


def test_a_preparer_reads_the_own_later_deadline_and_nobody_else_does(
    preparer: User,
    stranger: User,
    officer: User,
    as_user,
    client: Client,
) -> None:
    now = timezone.now()
    round_ = make_round(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=1))
    later = {"closes_at": now + timedelta(days=3), "reason": "Sairaus", "granted_at": now, "granted_by": officer}
    round_.steps.get().extensions.create(organisation=preparer.organisation, **later)
    own = "Organisaatiollasi on oma, myöhempi määräaika: " + deadline_words(now + timedelta(days=3), "fi")
    assert own in body(as_user(preparer), "round", round_.slug)
    for other in (client, as_user(stranger), as_user(officer)):
        assert "myöhempi määräaika" not in body(other, "round", round_.slug)
    Round.objects.filter(pk=round_.pk).update(cancelled_at=now, cancelled_because_fi="Peruttu", cancelled_by=officer)
    assert "myöhempi määräaika" not in body(as_user(preparer), "round", round_.slug)


def test_a_round_that_is_not_open_says_so(client: Client) -> None:
    now = timezone.now()
    ahead = make_round(opens_at=now + timedelta(days=5), closes_at=now + timedelta(days=9))
    cancelled = make_round(cancelled_at=now)
    assert "ei ole vielä auki" in body(client, "round", ahead.slug)
    assert "Kierros peruttiin" in body(client, "round", cancelled.slug)
    assert "Ehdotus on ajoissa" in body(client, "round", ahead.slug)
    assert "Ehdotus on ajoissa" not in body(client, "round", cancelled.slug)


def test_a_round_of_the_past_tells_its_results_and_what_it_only_planned(client: Client) -> None:
    pilot = make_pilot(name_fi="Kokeilu")
    secret = make_pilot(published=False, name_fi="Salainen")
    round_ = past_round(
        applicants=41,
        selected=9,
        carried_through=8,
        planned_only=True,
        pilot=pilot,
        when_words="keväällä 2017",
        organising_group=make_group(name_fi="Ryhmä"),
        addressed_to_fi="maakunnat",
        asks=[],
    )
    page = body(client, "round", round_.slug)
    for words in ("41 hakijaa", "9 valittiin", "8 toteutettiin", "keväällä 2017", "vain suunnitelmana", "Kokeilu"):
        assert words in page
    Round.objects.filter(pk=round_.pk).update(pilot=secret)
    assert "Salainen" not in body(client, "round", round_.slug)
    assert "41 hakijaa" in body(client, "rounds")


def test_an_unpublished_round_is_for_staff_only(
    client: Client,
    officer: User,
    reader: User,
    preparer: User,
    as_user,
) -> None:
    round_ = make_round(published=False, name_fi="Salainen")
    after = make_round(previous=round_)
    one, none = (client.get(reverse("round", args=[slug])) for slug in (round_.slug, "x" * len(round_.slug)))
    assert one.status_code == 404
    assert one.content.replace(round_.slug.encode(), b"") == none.content.replace(b"x" * len(round_.slug), b"")
    assert as_user(preparer).get(reverse("round", args=[round_.slug])).status_code == 404
    assert "Salainen" not in body(client, "round", after.slug)
    page = body(as_user(officer), "round", round_.slug)
    assert reverse("edit_round", args=[round_.slug]) in page
    assert reverse("round_desk", args=[round_.slug]) in page
    assert reverse("edit_round", args=[round_.slug]) not in body(as_user(reader), "round", round_.slug)
    assert "Salainen" in body(as_user(officer), "rounds")


def test_pilots_are_untouched_by_reading(client: Client) -> None:
    round_ = past_round()
    assert client.post(reverse("round", args=[round_.slug])).status_code in {403, 405}
    assert not Pilot.objects.exists()


def test_the_list_names_a_group_as_organiser_as_the_page_does(client: Client) -> None:
    group = make_group(name_fi="Satakunnan valmisteluryhmä")
    round_ = past_round(organising_group=group)
    for page in (client.get(reverse("rounds")), client.get(reverse("round", args=[round_.slug]))):
        assert "Satakunnan valmisteluryhmä" in page.text


def test_who_may_answer_is_told_in_alphabetical_order(client: Client) -> None:
    invited = [
        make_organisation(name_fi=name) for name in ("Uudenmaan liitto", "Ålands landskapsregering", "Hämeen liitto")
    ]
    round_ = make_round(invited=invited)
    page = client.get(reverse("round", args=[round_.slug])).text
    places = [page.index(name) for name in ("Hämeen liitto", "Uudenmaan liitto", "Ålands landskapsregering")]
    assert places == sorted(places)
