"""Asking: whoever answers, asks or invites dies between the act and its letters; another goes on."""

import signal
import sys
from datetime import datetime, timedelta

from pilots.models import Clarification, ClarificationReminder, Editor, Inquiry, Message, Proposal, PublicAnswer
from pilots.models import WriterInvitation as Invitation
from pilots.proposals import clarifying, team
from regions.models import User
from tests.factories import make_inquiry, make_round, make_submitted

from . import asking
from .place import Place
from .register import fault
from .world import NOW, World

DAY = timedelta(days=1)
WRITERS, INQUIRIES = 5, 6


def _proposals(place: Place) -> tuple[World, list[Proposal]]:
    """Return proposals of writers of as many organisations, sent in a round that is still open."""
    world = World(place)
    round_ = make_round(opens_at=NOW - 30 * DAY, closes_at=NOW + 30 * DAY, owner=world.officer)
    writers = [world.preparers(1)[0] for _ in range(WRITERS)]
    return world, [
        make_submitted(round_, one, NOW - DAY, title=f"Ehdotus {one.pk}", summary="Ennen") for one in writers
    ]


def _dies_at(place: Place, what: str, failpoint: str) -> None:
    """Let the first process that does it die there, and another do the rest."""
    command = [sys.executable, "-m", "tests.faults.asking", what]
    first = place.child("first", command, FAILPOINTS=f"{failpoint}=kill")
    assert first.ends(60) == -signal.SIGKILL, f"it never came by {failpoint}: {first.said()[-500:]}"
    place.kills += 1
    _whole()
    second = place.child("second", command)
    assert second.ends(60) == 0, second.said()[-500:]
    _whole()


def _posted(letter: str) -> int:
    return Message.objects.filter(letter=letter).count()


def _whole() -> None:
    """See that all that was done has its letters, and that no letter tells of what was not done."""
    ended, answers = Inquiry.objects.filter(ended_at__isnull=False).count(), PublicAnswer.objects.count()
    assert (ended, _posted("inquiry_ended")) == (answers, answers)
    assert _posted("answer_published") == answers * (WRITERS - 1)
    asked = Clarification.objects.count()
    assert (_posted("clarification"), ClarificationReminder.objects.count()) == (asked, 2 * asked)
    answered = Clarification.objects.filter(answer__isnull=False).count()
    assert _posted("receipt") == answered
    assert Proposal.objects.filter(latest__number=2).count() == answered
    settled = ClarificationReminder.objects.filter(reason="answered").count()
    assert settled == 2 * answered
    accepted = Invitation.objects.filter(answer="accepted").count()
    assert _posted("invited_to_write") == Invitation.objects.count()
    assert (Editor.objects.count(), _posted("team_news")) == (WRITERS + accepted, accepted)


def _inquiries(place: Place, failpoint: str) -> None:
    _, proposals = _proposals(place)
    asker = proposals[0].created_by
    for number in range(INQUIRIES):
        make_inquiry(proposals[0].round, asker, f"nro{number}x", asked_at=NOW - DAY)
        for one in proposals:
            place.manifest.expect(one.created_by.email, f"vastaus nro{number}x")
    _dies_at(place, "answer inquiries", failpoint)
    place.sweeper()
    place.finish()


def _ask(world: World, proposals: list[Proposal], due_at: datetime) -> None:
    """Ask at the summary of each proposal."""
    for one in proposals:
        version = Proposal.objects.select_related("latest").get(pk=one.pk).latest
        assert version is not None
        section = clarifying.section_of(version, "summary")
        assert section is not None
        clarifying.ask(one, 1, section.questions[0], "Mitä?", due_at, world.officer, NOW)


def _clarifications(place: Place, failpoint: str, *, answers: bool = False) -> None:
    world, proposals = _proposals(place)
    if answers:  # the requests have been read
        _ask(world, proposals, NOW + asking.DUE)
        Message.objects.filter(letter="clarification").update(state="sent", settled_at=NOW)
    for one in proposals:
        place.manifest.expect(one.created_by.email, f"Ehdotus {one.created_by.pk}" if answers else "Täydennyspyyntö")
    _dies_at(place, "answer" if answers else "ask", failpoint)
    place.sweeper()
    place.finish()


def _team(place: Place, failpoint: str, *, accepts: bool = False) -> None:
    _, proposals = _proposals(place)
    writers = [one.created_by for one in proposals]
    if accepts:
        for person, one in zip(writers[-1:] + writers, proposals, strict=False):
            organisation = User.objects.get(pk=person.pk).organisation
            assert organisation is not None
            team.invite(one, email=person.email, organisation=organisation, user=one.created_by, at=NOW)
    for person in writers:
        place.manifest.expect(person.email, "kutsuu sinut kirjoittamaan")
        if accepts:
            place.manifest.expect(person.email, "hyväksyi kutsun")
    _dies_at(place, "accept" if accepts else "invite", failpoint)
    place.sweeper()
    place.finish()


@fault("Asking", short=True)
def killed_between_a_public_answer_and_its_letters(place: Place) -> None:
    _inquiries(place, "after_public_answer@3")


@fault("Asking")
def killed_between_the_letter_to_the_asker_and_those_to_all_who_write(place: Place) -> None:
    _inquiries(place, "after_inquiry@4")


@fault("Asking")
def killed_amid_the_letters_of_a_public_answer(place: Place) -> None:
    _inquiries(place, f"after_post@{WRITERS + 3}")


@fault("Asking")
def killed_between_a_clarification_and_its_letters(place: Place) -> None:
    _clarifications(place, "after_clarification@3")


@fault("Asking")
def killed_between_the_answer_of_a_clarification_and_its_receipt(place: Place) -> None:
    _clarifications(place, "after_clarified@3", answers=True)


@fault("Asking")
def killed_between_an_invitation_to_write_and_its_letter(place: Place) -> None:
    _team(place, "after_invitation@3")


@fault("Asking")
def killed_between_an_accepted_invitation_and_its_news(place: Place) -> None:
    _team(place, "after_acceptance@3", accepts=True)


@fault("Asking")
def killed_amid_the_reminders_of_clarifications(place: Place) -> None:
    """A sweeper dies with the reminder of a clarification handed over and not committed; another goes on."""
    world, proposals = _proposals(place)
    _ask(world, proposals, NOW + 6 * DAY)
    for one in proposals:
        place.manifest.expect(one.created_by.email, "Täydennyspyyntö, vastaa viimeistään")
        place.manifest.expect(one.created_by.email, "Vastaa täydennyspyyntöön viimeistään")
    place.turn_to(NOW + 4 * DAY)
    first = place.sweeper(FAILPOINTS="after_clarification_reminder@3=kill")
    assert first.ends(60) == -signal.SIGKILL, first.said()[-500:]
    place.kills += 1
    assert _posted("clarification_reminder") == ClarificationReminder.objects.filter(state="queued").count()
    place.sweeper()
    place.finish()
