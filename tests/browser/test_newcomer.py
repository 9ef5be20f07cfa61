"""A newcomer's first minutes in the trial: three roles, and nothing clicked but what the pages offer."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import call_command

from registry.lib.dates import working_day_on_or_before
from tests.browser.newcomer import Newcomer
from tests.browser.pages import Visit
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
OFFICER = "virkamies@ministerio.example"
# What the draft of Satakunta lacks, section by section.
MISSING: list[dict[str, str]] = [
    {"tried": "Neuvoja hoitaa asian alusta loppuun.", "benefit": "Malli käy muillekin."},
    {"target_text": "Pienet yritykset."},
    {"production": "own", "needs_change_of_law": "no"},
    {"start": "1.3.2027"},
    {"budget": "120000", "contact": "pilotit@liitto.example"},
    {},  # the round's own question may stay without an answer in this step
]


def move_the_deadline(officer: Newcomer) -> str:
    """Move the deadline by some ten days, from the panel of the desk; return the new day, as it is written."""
    officer.try_first(1)
    page = officer.page
    shown = page.input_value("[name=closes_day]").split(".")
    before = date(int(shown[2]), int(shown[1]), int(shown[0]))
    day = working_day_on_or_before(before + timedelta(days=11))
    page.fill("[name=closes_day]", f"{day:%d.%m.%Y}")
    page.fill("[name=reason_fi]", "Ohje täsmentyi.")
    page.fill("[name=reason_sv]", "Anvisningen preciserades.")
    officer.go_on()
    for doubt in page.locator("main input[type=checkbox]").all():
        doubt.check()
    officer.go_on()
    return f"{day.day}.{day.month}"


def test_a_newcomer_sends_a_proposal_and_reads_what_came_in_either_language(
    visit: Visit, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = True
    monkeypatch.setenv("STATE", str(tmp_path))
    monkeypatch.setenv("DEMO_PASSWORD", PASSWORD)
    call_command("demo_accounts", verbosity=0)
    call_command("demo_world", verbosity=0)
    call_command("sweep", verbosity=0)
    told = {"fi": ("^Lähetä ehdotus", "ei ole vielä lähetetty"), "sv": ("^Skicka förslaget", "inte skickats ännu")}
    writers = {"fi": "valmistelija.satakunta@liitto.example", "sv": "beredare.osterbotten@forbund.example"}

    for language, clicks in (("fi", 30), ("sv", 22)):
        preparer, officer, decider = (Newcomer(visit()) for _ in range(3))
        # The reminder of the draft is read; then the draft is finished and sent, and the receipt is there at once.
        preparer.sign_in(language, writers[language])
        preparer.try_first(-1)
        subject, words = told[language]
        assert words in preparer.read_letter(subject)
        preparer.own_work()
        preparer.try_first(0)
        if language == "fi":  # a colleague saved meanwhile: the page asks what holds, and nothing typed is lost
            for answers in MISSING:
                preparer.answer(answers)
                preparer.go_on()
        else:
            preparer.click(preparer.page.locator("main a.btn-primary"))
        preparer.go_on()
        assert re.search(r"[0-9a-f]{64}", preparer.page.locator("main").inner_text())
        # The ministry moves the deadline; the preparer reads the correction, the decider who was told.
        officer.sign_in(language, OFFICER)
        day = move_the_deadline(officer)
        preparer.own_work()
        preparer.try_first(-1)
        assert day in preparer.read_letter(f"{re.escape(day)}\\b")
        decider.sign_in(language, "paattaja@ministerio.example")
        decider.try_first(-1)
        assert day in decider.read_letter(f"{re.escape(day)}\\b")
        call_command("sweep", verbosity=0)
        assert preparer.clicks + officer.clicks + decider.clicks <= clicks
