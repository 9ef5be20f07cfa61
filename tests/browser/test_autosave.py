"""A draft is saved while somebody writes it, and unsaved words are not left without a question."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Dialog

from pilots.models import Proposal
from pilots.proposals import workflow
from pilots.proposals.questions.form_1 import FORM_1
from regions.models import KeptForm
from registry.lib.editions import Shown
from tests.browser.pages import Visit, press
from tests.factories import make_organisation, make_proposal, make_round, make_user
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def draft(portal: str) -> Proposal:
    """A draft of a preparer in a round that is open."""
    now = timezone.now()
    round_ = make_round(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=9))
    return make_proposal(round_, make_user("preparer", make_organisation()), content={"title": "Alussa"})


def title_of(draft: Proposal) -> str:
    return str(Proposal.objects.get(pk=draft.pk).content["title"])


def test_what_is_typed_is_saved_without_a_button(visit: Visit, draft: Proposal) -> None:
    page = visit(draft.created_by)
    page.goto(reverse("edit_section", args=[draft.pk, "basics"]))
    page.fill("[name=title]", "Kirjoitin tämän")
    page.get_by_text("Tallennettu klo").wait_for()
    assert title_of(draft) == "Kirjoitin tämän"
    # Somebody else saves another answer; the next save of this page leaves it alone.
    colleague = make_user("preparer", draft.organisation)
    edition = Proposal.objects.get(pk=draft.pk).edition
    workflow.save_section(draft, FORM_1.sections[0], {"summary": "Toinen"}, Shown(edition), colleague, timezone.now())
    page.fill("[name=title]", "Ja vielä tämän")
    wait_until(lambda: title_of(draft) == "Ja vielä tämän", 15)
    assert Proposal.objects.get(pk=draft.pk).content["summary"] == "Toinen"


def test_words_that_meet_a_conflict_while_they_are_written_outlive_the_browser(visit: Visit, draft: Proposal) -> None:
    where = reverse("edit_section", args=[draft.pk, "basics"])
    page = visit(draft.created_by)
    page.goto(where)
    Proposal.objects.filter(pk=draft.pk).update(content={"title": "Toisen sanat"}, edition=F("edition") + 1)
    page.fill("[name=title]", "Minun sanani")
    wait_until(lambda: KeptForm.objects.exists(), 15)
    page.fill("[name=title]", "Minun toiset sanani")
    wait_until(lambda: "toiset" in KeptForm.objects.get().posted, 15)
    page.context.close()
    page = visit(draft.created_by)
    page.goto(where)
    press(page, "a[href^='?kept=']")
    assert page.locator("#conflicts").count() == 1
    assert page.input_value("[name=title]") == "Minun toiset sanani"
    press(page, "main form button[name=stay]")
    assert title_of(draft) == "Minun toiset sanani"


def test_unsaved_words_are_not_left_without_a_question(visit: Visit, draft: Proposal) -> None:
    page = visit(draft.created_by)
    page.goto(reverse("edit_section", args=[draft.pk, "basics"]))
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.locator("[name=title]").press_sequentially("x")
    page.get_by_role("link", name="Omat ehdotukset").first.click()
    page.wait_for_url(f"**{reverse('my_proposals')}")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize("javascript", [True, False])
def test_another_language_takes_along_what_is_typed(visit: Visit, draft: Proposal, javascript: bool) -> None:
    page = visit(draft.created_by, javascript=javascript)
    page.goto(reverse("edit_section", args=[draft.pk, "basics"]))
    page.fill("[name=title]", "Kahdella kielellä")
    page.get_by_role("button", name="Svenska").click()
    page.wait_for_url("**/sv/**")
    assert page.input_value("[name=title]") == "Kahdella kielellä"
    assert title_of(draft) == "Kahdella kielellä"


def test_unsaved_words_of_a_round_are_not_left_without_a_question(visit: Visit, portal: str) -> None:
    round_ = make_round(published=False)
    page = visit(make_user("officer"))
    page.goto(reverse("edit_round", args=[round_.slug]))
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.locator("[name=name_en]").press_sequentially("Autumn")
    page.get_by_role("link", name="Työpöytä").first.click()
    assert page.input_value("[name=name_en]").startswith("Autumn")
    assert asked == ["beforeunload"]


def test_the_enter_key_saves_and_stays(visit: Visit, draft: Proposal) -> None:
    for javascript in (True, False):
        page = visit(draft.created_by, javascript=javascript)
        page.goto(reverse("edit_section", args=[draft.pk, "basics"]))
        page.fill("[name=title]", f"Rivi {javascript}")
        page.press("[name=title]", "Enter")
        page.get_by_text("Tallennettu.").first.wait_for()
        assert page.url.endswith(reverse("edit_section", args=[draft.pk, "basics"]))
        assert title_of(draft) == f"Rivi {javascript}"
