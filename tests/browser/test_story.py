"""The story: a round, a draft, a reminder that truly arrives, a submission, a receipt, and who may see all that."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from pilots.models import Installation, Proposal, Reminder, Round
from regions.models import Organisation, User
from registry.embedded.broker import Broker
from registry.embedded.mail import MailCatcher
from registry.lib.dates import finnish_time, is_working_day, on_the_finnish_clock, working_day_on_or_before
from registry.lib.editions import fingerprint
from tests.browser import processes
from tests.browser.answers import ANSWERS
from tests.browser.pages import Visit, press
from tests.factories import PASSWORD, make_proposal, make_round, make_user
from tests.pilots.rounds.new_rounds import publish

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PREPARER = "valmistelija.satakunta@liitto.example"


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[MailCatcher]:
    """A real SMTP server."""
    with MailCatcher(tmp_path / "mail") as catcher:
        yield catcher


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A real broker."""
    running = Broker(tmp_path / "broker").start()
    yield running
    running.stop()


def closing_day(now: datetime) -> date:
    """Return the first working day, five days ahead or more, whose reminder of five days before is still to come."""
    day = finnish_time(now).date() + timedelta(days=5)
    while not is_working_day(day) or reminder(day, 5) <= now:
        day += timedelta(days=1)
    return day


def reminder(day: date, days_before: int) -> datetime:
    """Return when the reminder of so many days before goes, for a deadline on ``day``."""
    return on_the_finnish_clock(working_day_on_or_before(day - timedelta(days=days_before)), time(9, 0))


def let_it_come(day: date, days_before: int) -> date:
    """Let as many days pass as it takes until that reminder is due; return the day of the deadline as it is then."""
    days = next(n for n in range(60) if reminder(day - timedelta(days=n), days_before) <= timezone.now())
    processes.let_days_pass(days)
    return day - timedelta(days=days)


def after_the_invitation(mail: MailCatcher) -> list[EmailMessage]:
    """Return the letters that the preparer got after the invitation to the round."""
    letters = processes.letters(mail.folder, PREPARER)
    return [letter for letter in letters if not str(letter["Subject"]).startswith("Kutsu kierrokselle")]


def sign_in(page: Page, address: str) -> None:
    """Sign in by the form."""
    page.goto(reverse("account_login"))
    page.fill("input[name=login]", address)
    page.fill("input[name=password]", PASSWORD)
    press(page, "main button[type=submit]")


def publish_a_round(page: Page, day: date) -> Round:
    """Make and publish a round that closes on ``day``, as an officer does it."""
    page.goto(reverse("new_round"))
    for name, words in {
        "name_fi": "Kasvupalvelupilottien haku",
        "name_sv": "Ansökan om pilotförsök",
        "guidance_fi": "Kertokaa, mitä kokeilette.",
        "guidance_sv": "Berätta vad ni prövar.",
        "contact_fi": "Pilottien postilaatikko",
        "contact_sv": "Pilotförsökens postlåda",
        "steps-0-opens_day": f"{finnish_time(timezone.now()) - timedelta(days=1):%d.%m.%Y}",
        "steps-0-opens_clock": "9.00",
        "steps-0-closes_day": f"{day:%d.%m.%Y}",
        "steps-0-closes_clock": "16.15",
    }.items():
        page.fill(f"[name={name}]", words)
    page.select_option("[name=steps-0-kind]", "preliminary")
    page.get_by_role("group", name="Mitä voi lähettää").get_by_label("alustava ehdotus").check()
    page.locator("details", has=page.get_by_label("Satakuntaliitto")).locator("summary").click()
    page.get_by_label("Satakuntaliitto").check()
    press(page, page.get_by_role("button", name="Tallenna kierros"))
    press(page, page.get_by_role("link", name="Katso, mitä julkaiseminen tekee"))
    press(page, page.get_by_role("button", name="Julkaise kierros"))
    page.get_by_text("Kierros on julkaistu").wait_for()
    return Round.objects.get(name_fi="Kasvupalvelupilottien haku")


def write_all(page: Page, proposal: Proposal) -> None:
    """Answer what is asked, section by section."""
    for section, answers in ANSWERS.items():
        page.goto(reverse("edit_section", args=[proposal.pk, section]))
        for name, answer in answers.items():
            if page.locator(f"select[name={name}]").count():
                page.select_option(f"[name={name}]", answer)
            elif isinstance(answer, list):
                for value in answer:
                    page.check(f"[name={name}][value={value!r}]")
            else:
                page.fill(f"[name={name}]", answer)
        press(page, "main form button[type=submit]")


def test_a_reminder_arrives_and_a_proposal_is_sent_in_time(
    visit: Visit, portal: str, mail: MailCatcher, broker: Broker, tmp_path: Path
) -> None:
    council, now = Organisation.objects.get(slug="liitto-satakunta"), timezone.now()
    make_user(User.Role.OFFICER, email="virkamies@ministerio.example")
    make_user(User.Role.PREPARER, council, email=PREPARER)
    env = processes.environment(broker=broker.url(), mail=mail.url, base_url=portal)
    officer, preparer = visit(), visit()

    # The officer publishes a round; the preparer starts a draft, which says in words that it is not sent.
    sign_in(officer, "virkamies@ministerio.example")
    day = closing_day(now)
    round_ = publish_a_round(officer, day)
    sign_in(preparer, PREPARER)
    preparer.goto(reverse("start_proposal", args=[round_.slug]))
    preparer.get_by_label("Alustava ehdotus").check()
    press(preparer, "main form button[type=submit]")
    proposal = Proposal.objects.get()
    preparer.goto(reverse("my_proposals"))
    assert "ei vielä lähetetty" in preparer.locator("main").inner_text().lower()

    # The days pass until the reminder is due; worker and beat deliver it to the mail server.
    day = let_it_come(day, 5)
    with processes.worker_and_beat(env, tmp_path / "first"):
        letter = processes.until(lambda: after_the_invitation(mail))[0]
    body = letter.get_body(("plain",)).get_content()
    assert body.lstrip().startswith("Ehdotustasi ei ole vielä lähetetty")
    assert f"{day.day}.{day.month}.{day.year} klo 16.15 (Suomen aikaa)" in body
    assert len(after_the_invitation(mail)) == 1

    # The preparer follows its link, completes and submits; the receipt's hash is the content's hash.
    preparer.goto(next(link for link in re.findall(r"https?://\S+", body) if f"/{proposal.pk}/" in link))
    assert preparer.locator("h1").count() == 1
    write_all(preparer, proposal)
    preparer.goto(reverse("check_proposal", args=[proposal.pk]))
    press(preparer, "main form button[type=submit]")
    preparer.wait_for_url("**/1/")
    version = Proposal.objects.get().versions.get()
    assert version.sha256 == fingerprint(version.content)
    assert version.sha256 in preparer.locator("main").inner_text()

    # The next reminder is skipped, the receipt arrives, and the officer sees all of it on the round.
    day = let_it_come(day, 1)
    with processes.worker_and_beat(env, tmp_path / "second"):
        receipt = processes.until(lambda: after_the_invitation(mail)[1:])[0]
        processes.until(lambda: not Reminder.objects.filter(user__email=PREPARER, state="planned").exists())
    assert version.sha256 in receipt.get_body(("plain",)).get_content()
    last = Reminder.objects.get(user__email=PREPARER, rule__days_before=1)
    assert (last.state, last.reason) == ("skipped", "submitted")
    assert len(after_the_invitation(mail)) == 2
    officer.goto(reverse("round_desk", args=[round_.slug]))
    seen = officer.locator("main").inner_text()
    for words in (
        "Satakunnan palveluallianssi",
        "Jätetty lähettämättä: ehdotus on jo lähetetty",
        str(letter["subject"]),
        str(receipt["subject"]),
    ):
        assert words in seen, words


def test_without_a_broker_pages_and_submissions_work_and_manage_py_sweep_sends(
    client: Any, portal: str, mail: MailCatcher, tmp_path: Path
) -> None:
    council, now = Organisation.objects.get(slug="liitto-satakunta"), timezone.now()
    preparer = make_user(User.Role.PREPARER, council, email=PREPARER)
    day = closing_day(now)
    round_ = make_round(closes_at=on_the_finnish_clock(day, time(16, 15)), published=False, invited=[council])
    officer = make_user(User.Role.OFFICER)
    client.force_login(officer)
    publish(client, round_.slug)
    client.force_login(preparer)
    assert client.get(reverse("round", args=[round_.slug])).status_code == 200
    make_proposal(Round.objects.get(pk=round_.pk), preparer)
    env = processes.environment(broker=f"redis+socket://{tmp_path}/nobody", mail=mail.url, base_url=portal)
    let_it_come(day, 5)
    command = [sys.executable, "manage.py", "sweep"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(after_the_invitation(mail)) == 1
    assert Installation.objects.exists()
