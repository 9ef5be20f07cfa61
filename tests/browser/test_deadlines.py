"""The difference pages, which come after a form: accessible, narrow, and the way through them without JavaScript."""

from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from playwright.sync_api import Page

from pilots.mail import reminders
from pilots.models import Extension, Message, Round, Step
from regions.models import Organisation, User
from registry.lib.dates import on_the_finnish_clock
from tests.browser.axe import findings
from tests.browser.pages import Visit, press
from tests.factories import make_organisation, make_proposal, make_region, make_round, make_user
from tests.pilots.rounds.deadline_forms import a_working_day

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ACTS = ["move_deadline", "extend_deadline", "cancel_round"]


@pytest.fixture
def officer(portal: str) -> User:
    """The officer of the round; after the portal, whose data is imported first."""
    return make_user(User.Role.OFFICER, email="virkamies@ministerio.example", name="Virkahenkilö")


@pytest.fixture
def round_with_drafts(officer: User) -> Round:
    """An open round with two drafts, a reminder in the queue, and somebody without an address."""
    names = [("04", "Satakuntaliitto", ""), ("10", "Etelä-Savon maakuntaliitto", "sv"), ("04", "Satakunnan alue", "")]
    organisations = [
        make_organisation(region=make_region(code), name_fi=f"{name} (koe)", slug=f"koe-{number}")
        for number, (code, name, _language) in enumerate(names)
    ]
    round_ = make_round(
        slug="koekierros",
        name_fi="Alustavat ehdotukset 2026",
        name_sv="Preliminära förslag 2026",
        owner=officer,
        invited=organisations,
        closes_at=on_the_finnish_clock(a_working_day(12), time(16, 15)),
    )
    reminders.default_rules(round_, timezone.now() - timedelta(days=30))
    for number, (organisation, (_code, _name, language)) in enumerate(zip(organisations, names, strict=True)):
        make_proposal(round_, _preparer(organisation, number, language))
    User.objects.filter(email="valmistelija2@liitto.example").update(
        address_failed_at=timezone.now(), address_fault="550 5.1.1"
    )
    Round.objects.update(published_at=timezone.now() - timedelta(days=30))
    now = timezone.now()
    reminders.plan(round_, now)
    reminders.queue_due(now)
    return round_


def _preparer(organisation: Organisation, number: int, language: str) -> User:
    email, name = f"valmistelija{number}@liitto.example", f"Valmistelija {number}"
    return make_user(User.Role.PREPARER, organisation, email=email, name=name, language=language or "fi")


def ask(page: Page, act: str, round_: Round, language: str) -> None:
    """Fill in the form of the act, and go on to what would happen."""
    with translation.override(language):
        page.goto(reverse(act, args=[round_.slug] if act == "cancel_round" else [round_.slug, 1]))
    if act != "cancel_round":
        page.fill("[name=closes_day]", f"{a_working_day(20):%d.%m.%Y}")
        page.fill("[name=closes_clock]", "16.15")
    if act == "extend_deadline":
        page.fill("[name=reason]", "Organisaation tietoliikenne katkesi.")
        page.locator("[name=organisations]").first.check()
    else:
        page.fill("[name=reason_fi]", "Rekisteri oli poissa käytöstä maanantaina.")
        page.fill("[name=reason_sv]", "Registret var ur bruk på måndagen.")
    press(page, "button[value=preview]")


@pytest.mark.parametrize("act", ACTS)
def test_what_would_happen_is_accessible_and_narrow_in_every_language(
    visit: Visit, officer: User, round_with_drafts: Round, act: str
) -> None:
    for language, width in (("fi", 1280), ("sv", 320), ("en", 320), ("fi", 320)):
        page = visit(officer, width=width)
        ask(page, act, round_with_drafts, language)
        assert page.locator("input[name=seen]").count() == 1
        for closed in page.locator("details.difference").all():
            closed.locator("summary").click()
        assert findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert round_with_drafts.steps.get().deadline_version == 1
    assert not Message.objects.filter(letter__in=["correction", "round_cancelled"]).exists()


def test_a_deadline_is_moved_without_javascript(visit: Visit, officer: User, round_with_drafts: Round) -> None:
    page = visit(officer, javascript=False)
    ask(page, "move_deadline", round_with_drafts, "fi")
    press(page, "button[value=confirm]")
    assert "Määräaika on siirretty" in page.inner_text("main")
    assert Step.objects.get(round=round_with_drafts).deadline_version == 2
    ask(page, "extend_deadline", round_with_drafts, "fi")
    assert page.locator("text=Takaisin").count()
    assert not Extension.objects.exists()
