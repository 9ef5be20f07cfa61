"""The pages of a clarification: asked at an answer, answered in one field, shown with the difference in words."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pilots.models import Clarification, Proposal, Round, Version
from pilots.proposals import clarifying, decisions
from regions.models import User
from registry.lib.formats import day_words
from tests.cast import SignIn
from tests.factories import make_region
from tests.pilots.proposals.clarified import DAY, NOW, answer, ask
from tests.pilots.proposals.decided import a_closed_round, everything, no, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture
def proposal(preparer: User) -> Proposal:
    """A proposal with an answer to every question, of a round that has closed."""
    make_region("04")
    return submitted(a_closed_round(), preparer, **everything())


def address(asked: Clarification, name: str = "clarification") -> str:
    return reverse(name, args=[asked.proposal_id, asked.number])


def form(**typed: Any) -> dict[str, Any]:
    day = clarifying.earliest_day(NOW)
    given = {"version": 1, "question": "summary", "words": "Montako asiakasta?"}
    return {**given, "due_day": day_words(day, "fi"), "due_clock": "16.15", **typed}


def test_an_officer_asks_beside_an_answer(officer: User, proposal: Proposal, as_user: SignIn) -> None:
    client = as_user(officer)
    where = f"{reverse('ask_clarification', args=[proposal.pk])}?question=summary"
    assert where in client.get(reverse("proposal", args=[proposal.pk])).text
    assert '<option value="summary" selected>' in client.get(where).text
    answer_ = client.post(where, form())
    asked = Clarification.objects.get()
    assert (answer_.status_code, answer_.headers["Location"]) == (302, address(asked))
    assert (asked.question, asked.words, asked.label.plain) == ("summary", "Montako asiakasta?", "Tiivistelmä")
    page = client.get(address(asked)).text
    assert "Montako asiakasta?" in page
    assert "xqtiivis" in page


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"words": ""}, "id_words"),
        ({"question": "nothing"}, "id_question"),
        ({"due_day": "1.1.2020"}, "id_due_day"),
        ({"due_day": "5.12.2026"}, "id_due_day"),  # a Saturday
        ({"due_day": "31.2.2027"}, "id_due_day"),
        ({"due_clock": "24.00"}, "id_due_clock"),
        ({"words": "010170-960F"}, "id_words"),
    ],
)
def test_a_fault_is_said_at_its_field_and_the_words_stay(
    officer: User, proposal: Proposal, as_user: SignIn, typed: dict[str, str], fault: str
) -> None:
    page = as_user(officer).post(reverse("ask_clarification", args=[proposal.pk]), form(**typed))
    assert page.status_code == 422
    assert f'<a href="#{fault}">' in page.text
    assert typed.get("words", "Montako asiakasta?") in page.text
    assert not Clarification.objects.exists()


@pytest.mark.parametrize("typed", [{"version": 7}, {"version": "x"}])
def test_what_is_asked_at_another_version_stays_in_the_form(
    officer: User, proposal: Proposal, as_user: SignIn, typed: dict[str, Any]
) -> None:
    page = as_user(officer).post(reverse("ask_clarification", args=[proposal.pk]), form(**typed))
    assert (page.status_code, "Montako asiakasta?" in page.text) == (409, True)


def test_the_writer_answers_where_all_else_is_closed(
    preparer: User, officer: User, proposal: Proposal, as_user: SignIn
) -> None:
    asked, client = ask(proposal, officer), as_user(preparer)
    for name, args in (("proposal", [proposal.pk]), ("my_proposals", [])):
        assert address(asked) in client.get(reverse(name, args=args)).text
    page = client.get(address(asked)).text
    assert ('name="summary"' in page, 'name="title"' in page) == (True, False)
    sent = client.post(address(asked), {"summary": "xqtiivis ja lisää", "title": "Kaapattu", "edition": 1}, follow=True)
    assert sent.status_code == 200
    assert "<ins>" in sent.text
    assert Version.objects.get(number=2).content == {**everything(), "summary": "xqtiivis ja lisää"}
    officers = as_user(officer)
    assert address(asked) in officers.get(reverse("desk")).text
    assert officers.post(address(asked, "read_clarification")).status_code == 302
    assert address(asked) not in officers.get(reverse("desk")).text


def test_a_late_answer_is_kept_on_the_page(preparer: User, officer: User, proposal: Proposal, as_user: SignIn) -> None:
    asked, client = ask(proposal, officer), as_user(preparer)
    clarifying.withdraw(asked, "Löytyi liitteestä", officer, NOW)
    page = client.post(address(asked), {"summary": "Kauan kirjoitettu", "edition": 1})
    assert page.status_code == 409
    assert "Kauan kirjoitettu" in page.text
    assert "Löytyi liitteestä" in page.text
    unchanged = client.post(address(ask(proposal, officer)), {"summary": "xqtiivis", "edition": 1})
    assert unchanged.status_code == 422


def test_another_language_sends_nothing(preparer: User, officer: User, proposal: Proposal, as_user: SignIn) -> None:
    asked = ask(proposal, officer)
    as_user(preparer).post(address(asked), {"summary": "Kesken", "edition": 1, "_language": "sv"})
    as_user(officer).post(reverse("ask_clarification", args=[proposal.pk]), form(question="title", _language="sv"))
    assert (Version.objects.count(), Clarification.objects.count()) == (1, 1)


def test_two_writers_see_both_texts(preparer: User, officer: User, proposal: Proposal, as_user: SignIn) -> None:
    asked = ask(proposal, officer)
    Proposal.objects.update(content={**proposal.content, "summary": "Toisen teksti"}, edition=2)
    page = as_user(preparer).post(address(asked), {"summary": "Minun teksti", "edition": 1})
    assert page.status_code == 409
    assert "Minun teksti" in page.text
    assert "Toisen teksti" in page.text


def test_an_overdue_one_is_said_and_shown_in_the_list(
    officer: User, preparer: User, proposal: Proposal, as_user: SignIn
) -> None:
    early = NOW - 30 * DAY
    Proposal.objects.update(submitted_at=early)
    asked = ask(proposal, officer, at=early)
    client = as_user(officer)
    assert "määräaika oli" in client.get(reverse("proposal", args=[proposal.pk])).text
    assert "Täydennyspyyntö on myöhässä" in client.get(reverse("desk")).text
    listed = reverse("all_proposals")
    assert "odottaa vastausta" in client.get(f"{listed}?clarification=waits").text
    assert "xqnimi" in client.get(listed).text
    answer(asked, preparer)
    assert "xqnimi" not in client.get(f"{listed}?clarification=waits").text
    assert "xqnimi" in client.get(f"{listed}?clarification=answered").text
    clarifying.mark_read(asked, officer, NOW)
    assert "xqnimi" in client.get(f"{listed}?clarification=read").text


def test_the_pages_ask_as_much_of_one_clarification_as_of_many(
    officer: User, preparer: User, proposal: Proposal, as_user: SignIn
) -> None:
    def count(client: Client, name: str, *args: Any) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(reverse(name, args=args)).status_code == 200
        return len(queries)

    staff, writer = as_user(officer), as_user(preparer)
    pages = [
        (staff, "proposal", proposal.pk),
        (writer, "proposal", proposal.pk),
        (staff, "desk"),
        (writer, "my_proposals"),
    ]
    first = ask(proposal, officer)
    counts = []
    for many in (1, 3, 100):
        have = Clarification.objects.count()
        Clarification.objects.bulk_create(
            Clarification(
                **{name: getattr(first, name) for name in ("proposal", "version", "label_fi", "words", "asked_at")},
                number=n,
                question=f"q{n}",
                asked_by=officer,
                due_at=NOW + timedelta(days=n),
            )
            for n in range(have + 1, many + 1)
        )
        counts.append([count(*page) for page in pages])
    assert counts[0] == counts[1] == counts[2]


# By state: answering, withdrawing, marking as read. Columns: an editor, a colleague, a stranger; reader, officer.
ANSWERS = """
waits      302 403 404 403 403 | 403 403 404 403 302 | 403 403 404 403 403
overdue    302 403 404 403 403 | 403 403 404 403 302 | 403 403 404 403 403
answered   409 403 404 403 403 | 403 403 404 403 403 | 403 403 404 403 302
withdrawn  409 403 404 403 403 | 403 403 404 403 403 | 403 403 404 403 403
decided    302 403 404 403 403 | 403 403 404 403 302 | 403 403 404 403 403
told       409 403 404 403 403 | 403 403 404 403 302 | 403 403 404 403 403
cancelled  409 403 404 403 403 | 403 403 404 403 302 | 403 403 404 403 403
"""


@pytest.mark.parametrize("line", ANSWERS.strip().splitlines(), ids=lambda line: line.split()[0])
def test_who_may_do_what_in_each_state(
    line: str, proposal: Proposal, people: list[User], decider: User, as_user: SignIn
) -> None:
    state, *codes = line.replace("|", "").split()
    asked = in_state(proposal, state, people, decider)
    acts = [("clarification", {"summary": "Toinen"}), ("withdraw_clarification", {"because": "Löytyi"})]
    found = []
    for name, typed in [*acts, ("read_clarification", {})]:
        for person in people:
            client = as_user(person)
            edition = Proposal.objects.get().edition
            sid = transaction.savepoint()
            found.append(str(client.post(address(asked, name), {**typed, "edition": edition}).status_code))
            transaction.savepoint_rollback(sid)
    assert found == codes


@pytest.fixture
def people(preparer: User, colleague: User, stranger: User, reader: User, officer: User) -> list[User]:
    """An editor, a colleague, a stranger; a reader and an officer of the ministry."""
    return [preparer, colleague, stranger, reader, officer]


def in_state(proposal: Proposal, state: str, people: list[User], decider: User) -> Clarification:
    """Return a clarification of the proposal in the state."""
    preparer, officer = people[0], people[-1]
    asked = ask(proposal, officer, at=NOW - 30 * DAY if state == "overdue" else NOW)
    proposal.refresh_from_db()
    match state:
        case "answered":
            answer(asked, preparer)
        case "withdrawn":
            clarifying.withdraw(asked, "Löytyi", officer, NOW)
        case "decided" | "told":
            decisions.decide(proposal, 1, no(), decider, NOW)
        case "cancelled":
            Round.objects.update(cancelled_at=NOW, cancelled_because_fi="Raha loppui")
    if state == "told":
        decisions.send_letters(proposal.round, decider, NOW)
    return asked
