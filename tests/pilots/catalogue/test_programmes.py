"""Programmes: the list and the page of one."""

from datetime import date

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import override

from pilots.models import DeliveryModel, Milestone, NewsItem, PilotModel, Programme, Reform, Theme
from pilots.models.programmes import MilestoneDate, ProgrammeFact
from regions.models import Region, Source
from registry.lib.dates import reading
from tests.factories import make_organisation, make_pilot, make_programme, make_round

pytestmark = pytest.mark.django_db


def body(client: Client, name: str, *args: object) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return response.content.decode()


def in_english(client: Client, name: str) -> str:
    with override("en"):
        return body(client, name)


def test_a_date_that_moved_is_told_from_the_first_plan_to_what_came_of_it(client: Client) -> None:
    wide = Reform.objects.create(slug="wide", name_fi="Maakuntauudistus", outcome="lapsed")
    reform = Reform.objects.create(slug="growth", name_fi="Kasvupalvelu-uudistus", outcome="lapsed", parent=wide)
    programme = make_programme(reform=reform)
    milestone = Milestone.objects.create(
        slug="start", reform=wide, kind="planned", what_fi="Maakunnat aloittavat", outcome="missed"
    )
    for position, year in enumerate((2019, 2020, 2021), 1):
        moved = milestone.dates.create(
            position=position,
            when_words=f"vuoden {year} alussa",
            when_days=reading(date(year, 1, 1), date(year, 1, 1)),
        )
        moved.sources.add(Source.objects.create(key=f"s{year}", title=f"Lähde {year}"))
    page = body(client, "programme", programme.slug)
    places = [page.index(words) for words in ("vuoden 2019", "vuoden 2020", "vuoden 2021", "ei toteutunut")]
    assert places == sorted(places)
    assert "Maakuntauudistus" in page
    assert "Kasvupalvelu-uudistus" in page


def test_stated_and_described_stand_side_by_side(client: Client) -> None:
    october = reading(date(2018, 10, 1), date(2018, 10, 31))
    programme = make_programme(
        stated_count=20, stated_words="runsaat 20", stated_on_words="lokakuu 2018", stated_on_days=october
    )
    make_pilot(programme=programme)
    listed, page = body(client, "programmes"), body(client, "programme", programme.slug)
    assert "20+" in listed
    assert "runsaat 20" in page
    assert "lokakuu 2018" in page
    with override("sv"):
        page = body(client, "programme", programme.slug)
    assert "oktober 2018" in page
    assert "lokakuu" not in page


def test_the_programme_with_most_pilots_comes_first_and_an_exact_count_has_no_plus(client: Client) -> None:
    make_programme(name_en="Nothing yet")
    full = make_programme(name_en="With a pilot", stated_count=8, stated_words="kahdeksan", stated_exactly=True)
    make_pilot(programme=full)
    for page in (in_english(client, "programmes"), in_english(client, "home")):
        assert page.index("With a pilot") < page.index("Nothing yet")
        assert "8+" not in page


def test_only_a_stated_count_is_exact() -> None:
    programme = make_programme()
    with pytest.raises(IntegrityError, match="only_a_stated_count_is_exact"):
        Programme.objects.filter(pk=programme.pk).update(stated_exactly=True)


def test_a_programme_without_pilots_says_so(client: Client) -> None:
    assert 'class="empty"' in body(client, "programmes")
    assert 'class="empty"' in body(client, "programme", make_programme().slug)
    assert client.get(reverse("programme", args=["ei-ole"])).status_code == 404


def test_counterparts_know_each_other(client: Client) -> None:
    one = make_programme(name_fi="Sote-pilotit")
    other = make_programme(name_fi="Kasvupalvelupilotit", counterpart_of=one)
    assert "Kasvupalvelupilotit" in body(client, "programme", one.slug)
    assert "Sote-pilotit" in body(client, "programme", other.slug)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_pages_take_the_same_number_of_queries_for_any_number_of_rows(
    rows: int,
    client: Client,
    satakunta: Region,
    django_assert_num_queries,
) -> None:
    wide = Reform.objects.create(slug="wide", name_fi="U", outcome="lapsed")
    reform = Reform.objects.create(slug="r", name_fi="U", outcome="lapsed", parent=wide)
    programme = make_programme(reform=reform, owner=make_organisation(), stated_count=1, stated_words="yksi")
    for n in range(1, rows + 1):
        make_programme(counterpart_of=programme)
        pilot = make_pilot(programme=programme, regions=[satakunta], lead=make_organisation())
        model = DeliveryModel.objects.create(
            slug=f"m{n}", name_fi="Allianssi", meaning_fi="x", legal_basis_fi="y", url="https://tem.fi/x"
        )
        model.principles.create(position=1, text_fi="Avoimuus")
        PilotModel.objects.create(pilot=pilot, delivery_model=model, degree="whole")
        pilot.themes.add(Theme.objects.create(slug=f"t{n}", name_fi="Teema"))
        make_round(programme=programme)
        NewsItem.objects.create(
            slug=f"n{n}",
            title_fi="x",
            title_sv="x",
            body_fi="x",
            body_sv="x",
            programme=programme,
            published_at=pilot.published_at,
        )
        programme.links.create(url=f"https://tem.fi/{n}", title_fi="Lisää", answers=False, seen_on=date(2018, 1, 1))
        fact = programme.facts.create(key=f"f{n}", position=n, text_fi="Tosiasia")
        milestones = [
            Milestone.objects.create(slug=f"{kind}{n}", kind="goal", what_fi="x", **{kind: owner})
            for kind, owner in (("reform", reform), ("programme", programme))
        ]
        milestones.append(Milestone.objects.create(slug=f"w{n}", kind="goal", what_fi="x", reform=wide))
        dates = [milestone.dates.create(position=1, when_words="2018") for milestone in milestones]
        for row in (fact, programme, *milestones, *dates):
            row.sources.add(Source.objects.create(key=f"{row._meta.model_name}-{row.pk}-{n}", title="x"))
    with django_assert_num_queries(1):
        client.get(reverse("programmes"))
    with django_assert_num_queries(28):
        client.get(reverse("programme", args=[programme.slug]))


def test_milestones_stand_by_date_before_what_the_sources_say(client: Client) -> None:
    programme = make_programme(slug="p")
    days = {"Toinen": [date(2018, 10, 24)], "Ensin": [date(2020, 1, 1), date(2017, 10, 3)], "Ilman päivää": []}
    for what, dates in days.items():
        milestone = Milestone.objects.create(programme=programme, kind="planned", what_fi=what, slug=slugify(what))
        for position, day in enumerate(dates):
            MilestoneDate.objects.create(milestone=milestone, position=position, when_days=reading(day, day))
    fact = ProgrammeFact.objects.create(programme=programme, key="a", position=1, text_fi="Lähteen oma tieto")
    source = Source.objects.create(key="lahde", title="Lähde")
    fact.sources.add(source)
    page = body(client, "programme", "p")
    places = [page.index(words) for words in ("Ensin", "Toinen", "Ilman päivää", '<h2 id="facts">')]
    assert places == sorted(places)
    assert '<a class="note-mark" href="#source-1" aria-label="Lähde 1">[1]</a>' in page
    assert page.count('id="source-1"') == 1
