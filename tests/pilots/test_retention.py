"""What nobody needs any more: deleted when its days have passed, and not before; the privacy page tells all of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone, translation
from django.utils.html import escape

from pilots import retention
from pilots.mail import sweep
from pilots.models import (
    Assessment,
    DeletedDraft,
    Inquiry,
    JoinRequest,
    Message,
    Note,
    Proposal,
    ReturnedMail,
    SectionSave,
    WriterInvitation,
)
from pilots.proposals import workflow
from regions import invitations, sign_in_letters
from regions.models import Invitation, KeptForm, KnownNetwork, SearchWord, SignInLetter, User
from registry.lib.database import clock
from tests.factories import make_inquiry, make_pilot, make_proposal, make_round, make_submitted
from tests.pilots.proposals.assessed import begin

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def invited(officer: User, at: datetime) -> Invitation:
    email = f"newcomer-{Invitation.objects.count()}@satakunta.example"
    return invitations.invite(officer, email=email, role="officer", organisation=None, language="", at=at)


def a_draft(officer: User, at: datetime) -> None:
    workflow.delete_draft(make_proposal(make_round(), officer), officer, at)


def a_save(officer: User, at: datetime) -> None:
    saves = make_proposal(make_round(), officer).section_saves
    saves.create(section="basics", questions=["title"], user=officer, since=at, until=at)


def an_invited_writer(officer: User, at: datetime) -> None:
    proposal = make_proposal(make_round(), officer)
    about = {"email": "x@example.com", "organisation": proposal.organisation, "invited_by": officer}
    proposal.invitations.create(**about, invited_at=at - DAY, expires_at=at)


def a_join_request(officer: User, at: datetime) -> None:
    answered = {"answer": "declined", "answered_at": at, "answered_by": officer}
    make_proposal(make_round(), officer).join_requests.create(user=officer, asked_at=at, **answered)


def a_withdrawn_note(officer: User, at: datetime) -> None:
    about = {"number": 1, "author": officer, "words": "Sanat", "written_at": at, "withdrawn_at": at}
    make_submitted(make_round(), officer, at).notes.create(**about)


def an_unready_assessment(officer: User, at: datetime) -> None:
    proposal = make_submitted(make_round(), officer, at)
    begin(proposal, officer)
    proposal.state, proposal.decided_at, proposal.edition = Proposal.State.NOT_SELECTED, at, 2
    proposal.save()


# Makes a row that was of use for the last time at the moment given, by its model.
MADE: dict[type, Callable[[User, datetime], Any]] = {
    Session: lambda _, at: Session.objects.create(session_key="x" * 32, session_data="", expire_date=at),
    KeptForm: lambda officer, at: KeptForm.objects.create(
        key="x", user=officer, place="0" * 64, posted="a=b", has_words=True, kept_at=at
    ),
    DeletedDraft: a_draft,
    SectionSave: a_save,
    WriterInvitation: an_invited_writer,
    JoinRequest: a_join_request,
    Inquiry: lambda officer, at: make_inquiry(
        make_round(), officer, ended_at=at, ended_by=officer, declined_because="x"
    ),
    Note: a_withdrawn_note,
    Assessment: an_unready_assessment,
    SignInLetter: lambda officer, at: sign_in_letters.ask_for_new_password(officer, at),
    Invitation: lambda officer, at: invited(officer, at - invitations.LASTS),
    KnownNetwork: lambda officer, at: KnownNetwork.objects.create(user=officer, network="0" * 64, seen_at=at),
    ReturnedMail: lambda _, at: ReturnedMail.objects.create(sha256="0" * 64, read_at=at, outcome="no_report"),
}
DAYS = {
    Session: 0,
    **dict.fromkeys((DeletedDraft, KeptForm), 1),
    **dict.fromkeys((SectionSave, Note), 365),
    **dict.fromkeys((WriterInvitation, JoinRequest, Inquiry, Invitation, KnownNetwork, ReturnedMail, Assessment), 90),
    SignInLetter: 30,
}


@pytest.fixture
def person(council: Any, preparer: User) -> User:
    return preparer


@pytest.mark.parametrize("model", MADE, ids=lambda model: model.__name__)
@pytest.mark.parametrize(("past", "left"), [(timedelta(minutes=1), 0), (-timedelta(minutes=1), 1)])
def test_a_row_is_deleted_after_its_days_and_not_before(person: User, model: Any, past: timedelta, left: int) -> None:
    at = clock()
    before = Message.objects.count()
    MADE[model](person, at - DAYS[model] * DAY - past)
    retention.clean_up(at)
    assert model._default_manager.count() == left
    assert Message.objects.count() == before


def test_the_table_has_a_row_for_every_kind_that_is_deleted() -> None:
    models = {rows.model for kept in retention.KEPT if kept.rows for rows in kept.rows(timezone.now())}
    assert models - {Message, SearchWord} == set(MADE)


def test_a_word_of_the_search_goes_when_no_record_says_it_any_more() -> None:
    pilot = make_pilot(name_fi="Ainokainenpilotti")
    retention.clean_up(timezone.now())
    assert SearchWord.objects.filter(word="ainokainenpilotti").exists()
    pilot.delete()
    retention.clean_up(timezone.now())
    assert not SearchWord.objects.filter(word="ainokainenpilotti").exists()


def test_a_letter_with_a_link_goes_with_what_it_was_made_from(person: User) -> None:
    at = clock()
    sign_in_letters.ask_for_new_password(person, at - 31 * DAY)
    invited(person, at - 105 * DAY)
    sweep.outbox.collect(at - 31 * DAY)
    assert Message.objects.count() == 2
    retention.clean_up(at)
    assert not Message.objects.exists()
    assert not Invitation.objects.exists()


def test_the_clean_up_runs_with_the_first_sweep_of_the_morning(person: User) -> None:
    at = timezone.now()
    MADE[ReturnedMail](person, at - 100 * DAY)
    for hours in range(0, 25, 6):
        sweep.run(at + timedelta(hours=hours))
    assert not ReturnedMail.objects.exists()


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_privacy_page_tells_exactly_the_table(client: Client, language: str) -> None:
    with translation.override(language):
        wanted = [(escape(kept.what), str(kept.days), escape(kept.after)) for kept in retention.KEPT]
    address = {"fi": "/fi/tietosuoja/", "sv": "/sv/dataskydd/", "en": "/en/privacy/"}[language]
    table = client.get(address).text.rpartition("<table")[2].partition("</table>")[0]
    lines = [line.strip() for line in table.splitlines() if '<th scope="row"' in line or "<td" in line]
    cells = [line.partition(">")[2].rpartition("</")[0] for line in lines]
    assert list(zip(cells[::3], cells[1::3], cells[2::3], strict=True)) == wanted
