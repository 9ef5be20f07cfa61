"""How many clicks three acts take, from signing in: links and buttons count; typing, ticking and choosing do not.

``make test ARGS="tests/browser/test_clicks.py -s"`` prints the figures.
"""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from pilots.models import Decision, Message, Programme, Proposal, Round
from regions.models import Organisation, User
from registry.lib.dates import finnish_time
from tests.browser.answers import ANSWERS
from tests.browser.newcomer import Newcomer
from tests.browser.pages import Visit
from tests.factories import make_round, make_submitted, make_user

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)
PREPARER, OFFICER, DECIDER = (f"{name}@clicks.example" for name in ("preparer", "officer", "decider"))
LANGUAGES = pytest.mark.parametrize("language", ["fi", "sv"])


@pytest.fixture
def council(portal: str) -> Organisation:
    """The council of Satakunta, with a preparer; the ministry has an officer and a decider."""
    found = Organisation.objects.get(slug="liitto-satakunta")
    make_user(User.Role.PREPARER, found, email=PREPARER)
    make_user(User.Role.OFFICER, email=OFFICER)
    make_user(User.Role.DECIDER, email=DECIDER)
    return found


def told(what: str, person: Newcomer, at_most: int) -> None:
    """Print how many clicks it took; there are no more than it took when this was written."""
    print(f"{what}: {person.clicks} clicks")
    assert person.clicks <= at_most


@LANGUAGES
def test_from_signing_in_to_the_receipt_of_a_proposal(visit: Visit, council: Organisation, language: str) -> None:
    officer, now = User.objects.get(email=OFFICER), timezone.now()
    make_round(owner=officer, invited=[council], opens_at=now - DAY, closes_at=now + 30 * DAY)
    preparer = Newcomer(visit())
    preparer.sign_in(language, PREPARER)
    preparer.click(preparer.page.locator("main a.btn-primary"))  # the open round, on the start page
    preparer.page.get_by_label(re.compile("alustava ehdotus|preliminärt förslag", re.IGNORECASE)).check()
    preparer.go_on()
    for answers in ANSWERS.values():
        preparer.answer({name: words[0] if isinstance(words, list) else words for name, words in answers.items()})
        preparer.go_on()
    preparer.go_on()
    assert re.search(r"[0-9a-f]{64}", preparer.page.locator("main").inner_text())
    assert Proposal.objects.get().state == Proposal.State.SUBMITTED
    told(f"A proposal, from signing in to its receipt ({language})", preparer, 11)


@LANGUAGES
def test_ten_decisions_and_their_letters(visit: Visit, council: Organisation, language: str) -> None:
    now, programme = timezone.now(), Programme.objects.exclude(code_prefix="").earliest("pk")
    round_ = make_round(opens_at=now - 30 * DAY, closes_at=now - DAY, programme=programme)
    writer = User.objects.get(email=PREPARER)
    for number in range(10):
        make_submitted(round_, writer, now - 2 * DAY, title=f"Ehdotus {number}", summary="Kokeilu", regions=["04"])
    decider = Newcomer(visit())
    decider.sign_in(language, DECIDER)
    decider.click(decider.page.locator("[aria-labelledby=waiting] a", has_text="10"))
    decider.click(decider.page.locator("main table tbody tr:first-child td:last-child a"))
    for number in range(10):
        decider.page.check(f"[name=outcome][value={Decision.Outcome.values[number % 2]}]")
        for field in ("reasons_fi", "reasons_sv"):
            decider.page.fill(f"[name={field}]", "Perustelu")
        decider.click(decider.page.locator("main button[name=next]"))
    decider.click(decider.page.locator("main a.btn-primary"))  # read the letters over
    decider.go_on()
    assert Message.objects.filter(letter="decision").count() == 10
    told(f"Ten decisions, from signing in to their letters ({language})", decider, 16)


@LANGUAGES
def test_from_signing_in_to_a_published_round(visit: Visit, council: Organisation, language: str) -> None:
    officer, now = Newcomer(visit()), finnish_time(timezone.now())
    officer.sign_in(language, OFFICER)
    page = officer.page
    officer.click(page.locator("main .page-actions a.btn-primary"))
    words = {"name": "Haku", "guidance": "Kertokaa", "contact": "Kysy"}
    for name, typed in words.items():
        for code in ("fi", "sv"):
            page.fill(f"[name={name}_{code}]", typed)
    days = {"opens": now - DAY, "closes": now + 30 * DAY}
    for name, day in days.items():
        page.fill(f"[name=steps-0-{name}_day]", f"{day:%d.%m.%Y}")
        page.fill(f"[name=steps-0-{name}_clock]", "16.15" if name == "closes" else "0.01")
    page.select_option("[name=steps-0-kind]", "preliminary")
    page.check("[name=asks][value=preliminary]")
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    page.get_by_label(re.compile("Satakuntaliitto|Satakuntaförbundet")).first.check()
    officer.go_on()
    officer.click(page.locator("main a.btn-primary"))  # what publishing does
    officer.go_on()
    assert Round.objects.get(name_fi="Haku").published_at is not None
    told(f"A round, from signing in to its publication ({language})", officer, 6)
