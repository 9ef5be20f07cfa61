"""Editing and publishing a pilot."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pilots.models import Pilot, StageEntry
from regions.models import Region, User
from tests.factories import make_pilot

SignIn = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db


def posted(pilot: Pilot, **changes: Any) -> dict[str, Any]:
    """Return what an officer posts for a pilot."""
    names = ("name_fi", "name_sv", "name_en", "summary_fi", "summary_sv", "stage")
    same = {name: getattr(pilot, name) for name in names}
    regions = [region.pk for region in pilot.regions.all()]
    return {
        **same,
        "regions": regions,
        "edition": pilot.edition,
        "whole_process": "unknown",
        "needs_change_of_law": "unknown",
        **changes,
    }


def test_an_officer_edits_a_pilot_and_the_stage_is_logged(as_user: SignIn, officer: User, satakunta: Region) -> None:
    pilot = make_pilot(regions=[satakunta])
    client = as_user(officer)
    address = reverse("edit_pilot", args=[pilot.code])
    assert pilot.name_fi in client.get(address).content.decode()
    data = posted(pilot, stage="running", start_earliest="1.1.2019", start_latest="30.6.2019", budget_eur="1000")
    assert client.post(address, data).headers["Location"] == reverse("pilot", args=[pilot.code])
    pilot.refresh_from_db()
    assert (pilot.stage, pilot.edition, str(pilot.start.latest)) == ("running", 2, "2019-06-30")
    entry = StageEntry.objects.get(pilot=pilot)
    assert (entry.stage, entry.entered_by) == ("running", officer)


def test_an_edit_without_a_new_stage_logs_nothing(as_user: SignIn, officer: User, satakunta: Region) -> None:
    pilot = make_pilot(regions=[satakunta])
    as_user(officer).post(reverse("edit_pilot", args=[pilot.code]), posted(pilot, summary_en="Shorter"))
    assert not StageEntry.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name_fi": ""}, "Täytä tämä kohta"),
        ({"stage": "nowhere"}, "nowhere"),
        ({"start_earliest": "2.1.2019", "start_latest": "1.1.2019"}, "Viimeinen päivä on ennen ensimmäistä"),
        ({"start_earliest": "2.1.2019", "end_latest": "1.1.2019"}, "päättyy ennen kuin se alkaa"),
        ({"budget_eur": "-1"}, "Budjetti"),
        ({"name_sv": ""}, "suomeksi ja ruotsiksi"),
    ],
)
def test_a_fault_is_said_and_the_typed_text_kept(
    as_user: SignIn, officer: User, satakunta: Region, changes: dict[str, Any], words: str
) -> None:
    pilot = make_pilot(regions=[satakunta])
    data = posted(pilot, **{"description_en": "What I typed", **changes})
    response = as_user(officer).post(reverse("edit_pilot", args=[pilot.code]), data)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert "What I typed" in response.content.decode()
    pilot.refresh_from_db()
    assert pilot.edition == 1


@pytest.mark.parametrize("edition", ["x", "", "0", "9" * 30])
def test_a_form_that_does_not_say_what_it_showed_overwrites_nothing(
    as_user: SignIn, officer: User, satakunta: Region, edition: str
) -> None:
    pilot = make_pilot(regions=[satakunta])
    address = reverse("edit_pilot", args=[pilot.code])
    response = as_user(officer).post(address, posted(pilot, description_en="What I typed", edition=edition))
    assert response.status_code == 409
    assert "What I typed" in response.content.decode()
    pilot.refresh_from_db()
    assert (pilot.edition, pilot.description_en) == (1, "")


def test_the_loser_of_two_edits_keeps_every_word(as_user: SignIn, officer: User, satakunta: Region) -> None:
    pilot = make_pilot(regions=[satakunta])
    client, address = as_user(officer), reverse("edit_pilot", args=[pilot.code])
    client.post(address, posted(pilot, summary_en="The first text"))
    response = client.post(address, posted(pilot, summary_en="The second text"))
    page = response.content.decode()
    assert response.status_code == 409
    assert "The first text" in page
    assert "The second text" in page
    pilot.refresh_from_db()
    assert pilot.summary_en == "The first text"
    client.post(address, posted(pilot, summary_en="The second text"))
    pilot.refresh_from_db()
    assert pilot.summary_en == "The second text"


def test_publishing_needs_finnish_and_swedish(as_user: SignIn, officer: User) -> None:
    pilot = make_pilot(published=False, summary_sv="")
    client = as_user(officer)
    response = client.post(reverse("publish_pilot", args=[pilot.code]), follow=True)
    assert "suomeksi ja ruotsiksi" in response.content.decode()
    pilot.refresh_from_db()
    assert pilot.published_at is None
    Pilot.objects.filter(pk=pilot.pk).update(summary_sv="Sammandrag")
    client.post(reverse("publish_pilot", args=[pilot.code]))
    pilot.refresh_from_db()
    assert pilot.published_at is not None
    assert Client().get(reverse("pilot", args=[pilot.code])).status_code == 200
    client.post(reverse("publish_pilot", args=[pilot.code]), {"act": "hide"})
    assert Client().get(reverse("pilot", args=[pilot.code])).status_code == 404


def test_only_officers_edit_and_publish(as_user: SignIn, reader: User, preparer: User, decider: User) -> None:
    pilot = make_pilot()
    for user in (reader, preparer):
        client = as_user(user)
        assert client.get(reverse("edit_pilot", args=[pilot.code])).status_code == 403
        assert client.post(reverse("publish_pilot", args=[pilot.code])).status_code == 403
    assert as_user(decider).get(reverse("edit_pilot", args=[pilot.code])).status_code == 200
