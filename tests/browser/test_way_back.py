"""The page of a form tells of what was sent there and not saved, leads to it, throws it away; without scripts too."""

import os

import pytest
from django.db.models import F
from django.urls import reverse
from django.utils import translation

from pilots.models import Pilot, Proposal
from regions.models import KeptForm, User
from tests.browser.axe import findings
from tests.browser.pages import Visit, press
from tests.factories import make_organisation, make_pilot, make_proposal, make_region, make_round, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOTICE = ".notice-warning:has(button[name=_discard])"


@pytest.fixture
def officer(portal: str) -> User:
    """After the portal, whose data is imported first."""
    return make_user(User.Role.OFFICER, email="virkamies@ministerio.example", name="Virkahenkilö")


@pytest.fixture
def pilot(officer: User) -> Pilot:
    return make_pilot(
        regions=[make_region("04")], code="KP-2018-1000", name_fi="Ohjaus yhdestä paikasta", description_fi="Kuvaus."
    )


@pytest.mark.parametrize("javascript", [True, False])
def test_a_conflict_that_was_left_is_found_again_and_saved(visit: Visit, officer: User, javascript: bool) -> None:
    draft = make_proposal(make_round(), make_user("preparer", make_organisation()), kind="preliminary")
    where = reverse("edit_section", args=[draft.pk, "trial"])
    page = visit(draft.created_by, javascript=javascript)
    page.goto(where)
    rows = Proposal.objects.filter(pk=draft.pk)
    rows.update(content={"problem": "Toisen sanat."}, edition=F("edition") + 1)
    page.fill("[name=problem]", "Minun sanani ovat nämä.")
    press(page, "main form button[name=stay]")
    shown = page.url
    page.goto(reverse("my_proposals"))
    page.goto(where)
    assert page.locator(NOTICE).count() == 1
    press(page, f"{NOTICE} a")
    assert page.url == shown
    assert page.locator("#conflicts").count() == 1
    press(page, "main form button[name=stay]")
    assert rows.get().content["problem"] == "Minun sanani ovat nämä."
    page.goto(where)
    assert page.locator(NOTICE).count() == 0


def test_the_notice_is_read_by_everybody_at_every_width_and_its_button_throws_the_text_away(
    visit: Visit, officer: User, pilot: Pilot
) -> None:
    page, where = visit(officer, javascript=False), reverse("edit_pilot", args=[pilot.code])
    rows = Pilot.objects.filter(pk=pilot.pk)
    page.goto(where)
    rows.update(description_fi="Toisen sanat.", edition=F("edition") + 1)
    page.fill("[name=description_fi]", "Minun sanani ovat nämä.")
    press(page, page.locator("main form button.btn-primary").first)
    assert page.locator("#conflicts").count() == 1
    reader = visit(officer)
    for language in ("fi", "sv", "en"):
        with translation.override(language):
            reader.goto(reverse("edit_pilot", args=[pilot.code]))
        for width in (1280, 320):
            reader.set_viewport_size({"width": width, "height": 900})
            assert findings(reader) == []
            assert reader.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
            if folder := os.environ.get("PICTURES"):
                reader.screenshot(path=f"{folder}/left-{language}-{width}.png")
    page.goto(where)
    press(page, f"{NOTICE} button")
    assert page.locator(NOTICE).count() == 0
    assert not KeptForm.objects.exists()
    assert rows.get().description_fi == "Toisen sanat."
