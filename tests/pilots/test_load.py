"""``manage.py make_load``: rows to measure with, like the real ones, in the demo only, and gone afterwards."""

import re
from collections import Counter
from datetime import date
from io import StringIO
from random import Random
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from pilots.demo.made_words import Words
from pilots.models import Partner, Pilot, Proposal, StageEntry, Trial
from regions.models import Group, Organisation, Region, Source
from registry.lib.copying import copy_in
from registry.lib.dates import reading
from tests.factories import make_card, make_claim, make_group, make_organisation, make_pilot, make_region

SOURCE = [
    *("key", "kind", "title", "language", "url", "file_name", "seen_on"),
    *("hashtag", "handle", "description_fi", "description_sv", "description_en"),
]
MADE = {"slug__startswith": "load-"}


def rows() -> Counter[str]:
    models = apps.get_models(include_auto_created=True)
    return Counter({model._meta.label: model._base_manager.count() for model in models})


def run(*options: str) -> str:
    out = StringIO()
    call_command("make_load", *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def real(db: None, settings: Any, satakunta: Region) -> Pilot:
    """A pilot with a bit of everything, and a sub-pilot of a set."""
    settings.DEMO = True
    days = reading(date(2018, 8, 1), date(2018, 8, 1))
    pilot = make_pilot(
        regions=[satakunta], summary_fi="Allianssi kokeilee palveluja", start_words="1.8.2018", start_days=days
    )
    make_organisation(region=satakunta)
    make_group(kind="sub_group", parent=make_group())
    Trial.objects.create(pilot=pilot, position=1, text_fi="Kokeillaan allianssia")
    Partner.objects.create(pilot=pilot, position=1, words_fi="yritykset", state=Partner.State.POSSIBLE)
    StageEntry.objects.create(pilot=pilot, position=1, stage="running", when_words="1.8.2018", when_days=days)
    make_claim(make_card(pilot))
    make_pilot(parent=make_pilot(is_set=True))
    return pilot


def test_made_pilots_have_as_much_of_everything_as_the_real_ones_in_other_words(real: Pilot) -> None:
    make_region("10")
    before = rows()
    run("--pilots", "60")
    assert Pilot.objects.filter(**MADE).count() == 60
    made = Pilot.objects.filter(**MADE, trials__isnull=False)
    assert 5 < made.count() < 40
    for pilot in made:
        assert (pilot.trials.count(), pilot.partners.count(), pilot.stage_log.count()) == (1, 1, 1)
        assert pilot.result_card.claims.get().sources.count() == 1
        assert pilot.start.earliest != real.start.earliest
        assert not set(re.findall(r"\w+", f"{pilot.name_fi} {pilot.summary_fi}".lower())) & {"allianssi", "kokeilee"}
    assert {pilot.regions.get().code for pilot in made} == {"04", "10"}
    more = rows() - before
    assert (more["regions.Organisation"], more["regions.Group"], more["pilots.Proposal"]) == (2, 1, 30)


def test_the_parts_of_made_sets_belong_to_made_sets(real: Pilot) -> None:
    run("--pilots", "60")
    parents = [pilot.parent for pilot in Pilot.objects.filter(**MADE, parent__isnull=False).select_related("parent")]
    assert parents
    assert all(parent.slug.startswith("load-") and parent.is_set for parent in parents)


def test_made_rows_hold_every_constraint_and_their_pages_open(real: Pilot, client: Client) -> None:
    run("--pilots", "30")
    for pilot in Pilot.objects.filter(**MADE)[:5]:
        pilot.validate_constraints()
        assert client.get(reverse("pilot", args=[pilot.code])).status_code == 200
    assert {proposal.state for proposal in Proposal.objects.all()} > {"draft", "submitted"}
    organisation, group = Organisation.objects.get(**MADE), Group.objects.filter(**MADE)
    assert client.get(reverse("organisation", args=[organisation.slug])).status_code == 200
    assert not group.exists()  # one for 50 pilots


def test_more_can_be_made_later_and_all_of_it_goes_at_once(real: Pilot) -> None:
    before = rows()
    run("--pilots", "20")
    run("--pilots", "20", "--seed", "2")
    assert Pilot.objects.filter(**MADE).count() == 40
    run("--remove")
    assert rows() == before


def test_nothing_is_made_outside_the_demo_or_without_a_pilot_to_be_like(db: None, settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        run("--pilots", "10")
    settings.DEMO = True
    with pytest.raises(CommandError, match="run import_reference first"):
        run("--pilots", "10")


def test_a_copied_row_keeps_tabs_breaks_backslashes_and_what_is_null(db: None) -> None:
    words = "a\tb\nc\\d\re"
    copy_in("regions_source", SOURCE, [["s", "", words, "fi", "", "", None, "", "", "", "", ""]])
    assert Source.objects.values_list("title", "seen_on").get() == (words, None)


def test_made_words_are_as_many_and_never_the_real_ones() -> None:
    words = Words(["Allianssi auttaa alliansseja"])
    assert len(words.text(Random(1), "yksi kaksi kolme").split()) == 3
    assert not set(words.words) & {"allianssi", "auttaa", "alliansseja"}
