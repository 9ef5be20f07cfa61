"""The one list: its counts heed the other filters, whoever counts; its file is written while it is read."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import gettext, override

from pilots.catalogue.filters.bitmaps import BitmapCounter
from pilots.catalogue.filters.pilots import PilotFilter
from pilots.mail.filters import MessageFilter
from pilots.models import (
    Letter,
    Message,
    Pilot,
    PilotModel,
    Proposal,
    Round,
    ToldDeadline,
)
from pilots.proposals.filters import ProposalFilter
from regions.filters import GroupFilter
from regions.models import Coverage, Group, Kind, Organisation, Region, User
from registry.lib.database import since
from registry.lib.exports import PORTION, Dataset
from registry.lib.facets import Counted, SqlCounter
from registry.lib.lists import ListFilter
from tests.factories import (
    make_group,
    make_pilot,
    make_round,
    make_submitted,
)
from tests.pilots.proposals.assessed import assess_by_chance, how_assessed, some_assessors
from tests.pilots.proposals.clarified import ask_by_chance, how_clarified
from tests.recount import DAY, OF_ONE_USE, OF_PILOTS, Values, asking, found, left, make_pilots, random_choices, some

NOW = timezone.now()


DAYS = [f"{timezone.localdate(NOW) - timedelta(days=days):%d.%m.%Y}" for days in range(3)]


def as_day(words: str) -> date:
    return datetime.strptime(words, "%d.%m.%Y").replace(tzinfo=UTC).date()


OF_MESSAGES: Values = {
    "q": lambda message: {message.address[:5]},
    "organisation": lambda message: {message.user.organisation.slug},
    "since": lambda message: {day for day in DAYS if as_day(day) <= timezone.localdate(message.created_at)},
    "until": lambda message: {day for day in DAYS if as_day(day) >= timezone.localdate(message.created_at)},
    "state": lambda message: {message.state, "failed"} if message.state == "dead" else {message.state},
    "round": lambda message: {message.round.slug} if message.round else {t.step.round.slug for t in message.told.all()},
    "letter": lambda message: {message.letter},
    "twice": lambda message: {"yes"} if message.perhaps_twice else set(),
}


OF_PROPOSALS: Values = {
    "q": lambda proposal: {"kuutamo"} if "kuutamo" in proposal.latest.content["title"] else set(),
    "round": lambda proposal: {proposal.round.slug},
    "state": lambda proposal: {proposal.state},
    "kind": lambda proposal: {proposal.kind},
    "region": lambda proposal: {region.slug for region in proposal.organisation.regions.all()},
    "clarification": how_clarified,
    "assessment": how_assessed,
    "named": lambda proposal: {f"region-{code}" for code in proposal.latest.content.get("regions", [])},
}


@pytest.fixture
def pilots(satakunta: Region, etela_savo: Region, officer: User) -> Callable[..., PilotFilter]:
    make_pilots(satakunta, etela_savo)

    def listed(asked: QueryDict, **more: Any) -> PilotFilter:
        counter = more.pop("counter", None) or BitmapCounter(None, officer, DAY, NOW)
        return PilotFilter(asked, Pilot.objects.all(), desk=True, day=DAY, counter=counter)

    return listed


@pytest.fixture
def messages(preparer: User, stranger: User) -> Callable[..., MessageFilter]:
    chance, rounds = Random(2), [make_round(), make_round()]
    for n in range(40):
        user, at, dead = chance.choice([preparer, stranger]), NOW - timedelta(hours=n), chance.random() < 0.4
        round_ = chance.choice([*rounds, None])
        message = Message.objects.create(
            letter=chance.choice([Letter.DRAFT_NOT_SENT, Letter.NO_DRAFT]),
            user=user,
            address=user.email,
            language="fi",
            subject="Muistutus",
            message_id=f"<{n}@rekisteri.example>",
            round=round_,
            state="dead" if dead else "queued",
            settled_at=at if dead else None,
            created_at=at,
            next_try_at=at,
            perhaps_twice=chance.random() < 0.4,
        )
        for told in [round_] if round_ else some(chance, rounds):
            step = told.steps.get()
            ToldDeadline.objects.create(
                user=user, step=step, message=message, deadline_version=1, closes_at=step.closes_at
            )
    return lambda asked, **more: MessageFilter(asked, Message.objects.all().for_list(), **more)


@pytest.fixture
def proposals(preparer: User, stranger: User, satakunta: Region, etela_savo: Region) -> Callable[..., ProposalFilter]:
    chance, rounds = Random(3), [make_round(), make_round()]
    assessors = some_assessors(rounds[0], 2)
    # A region that was covered, and is again: it counts once.
    home, past = preparer.organisation, timezone.localdate() - timedelta(days=400)
    Coverage.objects.filter(organisation=home).update(validity=since(past))
    Coverage.objects.create(organisation=home, region=satakunta, validity=since(None, past - timedelta(days=9)))
    Coverage.objects.create(organisation=home, region=etela_savo)
    for _ in range(30):
        title = chance.choice(["kuutamo", "päivä"])
        proposal = make_submitted(chance.choice(rounds), chance.choice([preparer, stranger]), title=title)
        changes = {"kind": chance.choice([Round.Asks.PRELIMINARY, Round.Asks.INTEREST]), "edition": 2}
        if chance.random() < 0.3:
            changes |= {"state": Proposal.State.WITHDRAWN, "withdrawn_at": NOW}
        ask_by_chance(proposal, chance)
        if proposal.round == rounds[0]:
            assess_by_chance(proposal, assessors, chance)
        Proposal.objects.filter(pk=proposal.pk).update(**changes)
    return lambda asked, **more: ProposalFilter(asked, Proposal.objects.order_by("-submitted_at", "pk"), **more)


@pytest.mark.parametrize(
    ("name", "values"), [("pilots", OF_PILOTS), ("messages", OF_MESSAGES), ("proposals", OF_PROPOSALS)]
)
def test_every_count_is_what_a_recount_of_the_rows_finds(
    request: pytest.FixtureRequest, name: str, values: Values
) -> None:
    make = request.getfixturevalue(name)
    rows = found(make(QueryDict()).qs, values)
    for choices in random_choices(rows, 25):
        context = make(asking(choices)).context()
        assert context["page"].paginator.count == len(left(rows, choices)), choices
        for facet in context["facets"]:
            if facet.name in OF_ONE_USE and OF_ONE_USE - {facet.name} & choices.keys():
                continue
            naive = Counter(value for row in left(rows, choices, leaving_out=facet.name) for value in row[facet.name])
            assert {choice.value: choice.count for choice in facet.choices} == naive, (choices, facet.name)


class Sets:
    """Counts in sets that were made before, as bitmaps would be: no SQL."""

    def __init__(self, rows: Iterable[Any], values: Values) -> None:
        self.rows = found(rows, values)

    def total(self, listed: ListFilter, leaving_out: str = "") -> int:
        return len(left(self.rows, listed.asked, leaving_out))

    def parts(self, listed: ListFilter, leaving_out: str = "") -> int:
        return 0

    def keys(self, listed: ListFilter, start: int, stop: int) -> None:
        return None

    def choices(self, listed: ListFilter, name: str) -> Iterable[Counted]:
        counts = Counter(value for row in left(self.rows, listed.asked, leaving_out=name) for value in row[name])
        return [Counted(value, value, n) for value, n in counts.items()]


def test_a_list_can_be_given_another_counter_and_shows_the_same_numbers(pilots: Callable[..., PilotFilter]) -> None:
    sets = Sets(Pilot.objects.all(), OF_PILOTS)
    asked = asking({"stage": ["running", "ended"], "region": ["region-04"], "target": ["whole"]})
    usual, other = pilots(asked).context(), pilots(asked, counter=sets)
    with CaptureQueriesContext(connection) as captured:
        shown = other.context()
    assert not [query["sql"] for query in captured if "COUNT(" in query["sql"]]
    assert shown["page"].paginator.count == usual["page"].paginator.count > 0
    for facet, again in zip(usual["facets"], shown["facets"], strict=True):
        links = {(choice.value, choice.count, choice.url, choice.selected) for choice in facet.choices}
        assert {(choice.value, choice.count, choice.url, choice.selected) for choice in again.choices} == links


def test_keys_of_rows_are_never_sent_to_the_database(pilots: Callable[..., PilotFilter]) -> None:
    with CaptureQueriesContext(connection) as captured:
        pilots(asking({"q": ["kuutamo"]}), counter=SqlCounter()).context()
    assert len(captured) > 8
    assert [query["sql"] for query in captured if re.search(r"IN \(\d+, \d+, \d+", query["sql"])] == []


def test_a_facet_lists_rows_by_name_where_it_says_so(satakunta: Region, etela_savo: Region) -> None:
    for regions in ([satakunta], [satakunta], [etela_savo]):
        make_group(kind=Group.Kind.MEETING).regions.set(regions)
    facet = GroupFilter(QueryDict(), Group.objects.all()).context()["facets"][1]
    assert [(choice.label, choice.count) for choice in facet.choices] == [("Etelä-Savo", 1), ("Satakunta", 2)]


def test_a_file_is_written_while_it_is_read_and_in_the_language_it_was_asked_in() -> None:
    taken = count()
    with override("sv"):
        answer = Dataset(taken, {gettext("Pilots"): lambda n: f"{n} {gettext('Pilots')}"}).file("endless", "csv")
    assert answer.streaming
    assert "Content-Length" not in answer.headers
    portions = iter(answer)
    assert next(portions).decode("utf-8-sig") == "Pilotförsök\r\n"
    first = next(portions).decode().splitlines()
    assert (first[0], first[-1], len(first)) == ("0 Pilotförsök", f"{PORTION - 1} Pilotförsök", PORTION)
    assert next(taken) == PORTION


def test_a_file_reads_rows_and_what_hangs_on_them_a_portion_at_a_time(satakunta: Region) -> None:
    made = Organisation.objects.bulk_create(
        Organisation(kind=Kind.MUNICIPALITY, slug=f"m-{n}", name_fi=f"Kunta {n}") for n in range(2 * PORTION + 1)
    )
    Coverage.objects.bulk_create(Coverage(organisation=organisation, region=satakunta) for organisation in made)
    rows = Organisation.objects.order_by("pk").prefetch_related("regions")
    columns = {"Nimi": lambda row: row.name_fi, "Maakunta": lambda row: row.regions.all()[0].name_fi}
    with CaptureQueriesContext(connection) as captured:
        lines = Dataset(rows, columns).file("kunnat", "csv").getvalue().decode().splitlines()
    assert lines[-1] == f"Kunta {2 * PORTION},Satakunta"
    assert len(lines) == len(made) + 1
    assert len(captured) == 1 + 3  # the rows by one cursor; their regions once a portion


def test_a_model_and_its_degree_are_of_one_use(pilots: Callable[..., PilotFilter]) -> None:
    for asked in ({"model": ["m-0"], "degree": ["whole"]}, {"model": ["m-0", "m-1"], "degree": ["whole", "elements"]}):
        listed = pilots(asking(asked))
        uses = PilotModel.objects.filter(delivery_model__slug__in=asked["model"], degree__in=asked["degree"])
        assert {pilot.pk for pilot in listed.qs} == {use.pilot_id for use in uses} != set()
        counts = {facet.name: {one.value: one.count for one in facet.choices} for facet in listed.context()["facets"]}
        for value in asked["degree"]:
            one = PilotModel.objects.filter(delivery_model__slug__in=asked["model"], degree=value)
            assert counts["degree"].get(value, 0) == len({use.pilot_id for use in one})
        for value in asked["model"]:
            one = PilotModel.objects.filter(delivery_model__slug=value, degree__in=asked["degree"])
            assert counts["model"].get(value, 0) == one.count()


@pytest.mark.parametrize("asked", ["", "sort=code", "stage=ended&stage=running", "client=companies&pvm=2018-03-15"])
def test_a_choice_leads_to_the_address_in_which_it_is_added_or_taken_away(
    pilots: Callable[..., PilotFilter], asked: str
) -> None:
    listed = pilots(QueryDict(asked))
    facets = listed.context()["facets"]
    assert sum(len(facet.choices) for facet in facets) > 10
    for facet in facets:
        assert [choice.url for choice in facet.choices] == [
            listed.toggled(facet.name, choice.value) for choice in facet.choices
        ]


def test_an_old_address_with_one_choice_and_a_new_one_with_several_are_both_understood(
    satakunta: Region, etela_savo: Region
) -> None:
    only, both = make_pilot(regions=[satakunta]), make_pilot(regions=[satakunta, etela_savo])
    other = make_pilot(regions=[etela_savo])
    make_pilot()

    def rows(query: str) -> set[Pilot]:
        return set(PilotFilter(QueryDict(query), Pilot.objects.all(), desk=False, day=DAY).qs)

    assert rows("region=region-04") == {only, both}
    assert rows("region=region-04&region=region-10") == {only, both, other}
    assert rows("region=region-04&stage=planned") == {only, both}
    assert rows("region=region-04&stage=ended") == set()
