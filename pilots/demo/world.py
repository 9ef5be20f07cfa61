"""The world to try is made by the verbs that people use, at moments before now; and all of it can be taken away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from django.db import transaction

from pilots.models import Assessment, Declaration, Programme, Proposal, Round, Step, WriterInvitation
from pilots.proposals import assessing, attaching, clarifying, noting, team
from pilots.proposals import workflow as proposals
from pilots.proposals.questions.answers import faults
from pilots.proposals.questions.known_forms import form_of
from pilots.proposals.questions.vocabulary import vocabulary
from pilots.rounds.workflow import criteria, deadlines, inquiries, questions, rounds
from pilots.rounds.workflow.parts import NEW
from pilots.rounds.workflow.rounds import StepValues
from regions.models import Organisation, User
from registry.lib.database import locked
from registry.lib.dates import on_the_finnish_clock, today, working_day_on_or_before
from registry.lib.editions import Shown
from registry.lib.refusals import Incomplete, TooLate

from . import texts
from .files import page_of

PREFIX = "harjoitus"  # the address of each round of the world begins so
CLOSED, BEING_MADE = f"{PREFIX}-odottaa-paatoksia", f"{PREFIX}-valmisteilla"
SILENT = "liitto-kymenlaakso"  # invited, and has no draft
MORNING, OFFICE_END = time(9, 0), time(16, 15)


@dataclass(frozen=True)
class Cast:
    """The demo accounts that act in the world."""

    officer: User
    decider: User
    reader: User
    satakunta: User
    colleague: User
    savo: User
    osterbotten: User

    @classmethod
    def read(cls) -> Self | None:
        """Return the accounts; None: the demo accounts are not all there."""
        addresses = (
            "virkamies@ministerio.example",
            "paattaja@ministerio.example",
            "lukija@ministerio.example",
            "valmistelija.satakunta@liitto.example",
            "kollega.satakunta@liitto.example",
            "valmistelija.etela-savo@liitto.example",
            "beredare.osterbotten@forbund.example",
        )
        users = {user.email: user for user in User.objects.select_related("organisation").filter(email__in=addresses)}
        return cls(*(users[address] for address in addresses)) if len(users) == len(addresses) else None

    @property
    def invited(self) -> set[Organisation]:
        """The organisations that the rounds invite."""
        writers = (self.satakunta, self.savo, self.osterbotten)
        return {*map(organisation_of, writers), Organisation.objects.get(slug=SILENT)}


def organisation_of(user: User) -> Organisation:
    """Return the organisation that a preparer acts for."""
    return Organisation.objects.get(users=user)


def of_the_world() -> Any:
    """Return the rounds of the world."""
    return Round.objects.filter(slug__startswith=f"{PREFIX}-")


@transaction.atomic
def make(cast: Cast, at: datetime) -> list[Round]:
    """Make what the world lacks at ``at``, and return it: what people did since stays as it is.

    A new open round is added where none is open any more.
    """
    made = []
    if not of_the_world().open(at).exists():
        made.append(_open_round(cast, at, f"{PREFIX}-{today(at):%Y-%m-%d}"))
    if not of_the_world().filter(slug=CLOSED).exists():
        made.append(_closed_round(cast, at))
    if not of_the_world().filter(slug=BEING_MADE).exists():
        steps = [StepValues(Step.Kind.PRELIMINARY, _day(at, 14, MORNING), _day(at, 60, OFFICE_END))]
        made.append(_make(BEING_MADE, texts.ROUND_BEING_MADE, cast, steps, at))
    return made


def _day(at: datetime, days: int, clock: time) -> datetime:
    """Return ``clock`` of the Finnish working day that is ``days`` after ``at``, or of the last one before it."""
    day: date = working_day_on_or_before(today(at) + timedelta(days=days))
    return on_the_finnish_clock(day, clock)


def _make(slug: str, words: Mapping[str, Any], cast: Cast, steps: list[StepValues], at: datetime) -> Round:
    columns = {"programme": _programme(), "asks": set(Round.Asks), "invited": cast.invited, "steps": steps}
    round_ = rounds.make(slug, {**words, **columns})
    judged = [(f"{NEW}{one.position}", one) for one in texts.CRITERIA]
    criteria.change(round_, Shown(round_.edition), dict(judged), cast.officer, at)
    return Round.objects.get(pk=round_.pk)


def _programme() -> Programme | None:
    """Return the programme that a selected proposal of the world goes into: that of the growth services."""
    return Programme.objects.filter(slug="kasvupalvelupilotti").first()


def _open_round(cast: Cast, at: datetime, slug: str) -> Round:
    """Return a round with four steps, the third of them open, and with proposals in every state."""
    began = _day(at, -21, MORNING)
    interest, preliminary = (Round.Asks.INTEREST.value,), (Round.Asks.PRELIMINARY.value,)
    steps = [
        StepValues(Step.Kind.TALKS, began, _day(at, -15, OFFICE_END)),
        StepValues(Step.Kind.INTEREST, _day(at, -15, OFFICE_END), _day(at, -7, OFFICE_END), interest),
        StepValues(Step.Kind.PRELIMINARY, _day(at, -7, OFFICE_END), _day(at, 6, time(12, 0)), preliminary),
        StepValues(
            Step.Kind.REFINEMENT, _day(at, 20, MORNING), _day(at, 41, OFFICE_END), preliminary, Step.Senders.ASKED
        ),
    ]
    round_ = _make(slug, texts.OPEN_ROUND, cast, steps, began)
    asked = [(f"{NEW}{place}", one) for place, one in enumerate(texts.OWN_QUESTIONS, start=1)]
    questions.change(round_, Shown(round_.edition), dict(asked), cast.officer, began)
    rounds.publish(round_, cast.officer, began)
    _proposals(round_, cast, at)
    _inquire(round_, cast, at)
    step, moved = round_.steps.get(position=3), at - timedelta(days=2)
    closes_at = _day(at, 8, OFFICE_END)
    deadlines.move_deadline(step, closes_at, texts.MOVED, cast.officer, moved, step.deadline_version)
    later = [organisation_of(cast.osterbotten)]
    deadlines.extend(step, later, _day(at, 14, OFFICE_END), texts.EXTENDED, cast.officer, moved + timedelta(days=1))
    return round_


def _proposals(round_: Round, cast: Cast, at: datetime) -> None:
    """Write a half-written draft of two people, a complete one, one that is sent twice, and one withdrawn."""
    half = _draft(round_, cast.satakunta, Round.Asks.PRELIMINARY, texts.HALF_WRITTEN, at - timedelta(days=4))
    proposals.add_editor(half, cast.colleague, cast.satakunta, at - timedelta(days=4))
    write(half, {"problem": texts.PROBLEM_SAVED}, cast.colleague, at - timedelta(hours=1))
    _invite(half, cast.osterbotten, cast.satakunta, at - timedelta(days=2))  # it waits for an answer
    _draft(round_, cast.osterbotten, Round.Asks.PRELIMINARY, texts.COMPLETE_IN_SWEDISH, at - timedelta(days=3))
    twice = _draft(round_, cast.savo, Round.Asks.PRELIMINARY, texts.SENT_TWICE, at - timedelta(days=5))
    submit_in_time(twice, cast.savo, at - timedelta(days=4))
    write(twice, texts.SECOND_VERSION, cast.savo, at - timedelta(days=1))
    file = page_of(texts.FILE)
    attaching.attach(twice, file, texts.FILE_NAME, len(file.getvalue()), cast.savo, at - timedelta(days=1))
    submit_in_time(twice, cast.savo, at - timedelta(hours=23))
    in_interest = round_.steps.get(position=2).closes_at - timedelta(days=1)
    withdrawn = _draft(round_, cast.savo, Round.Asks.INTEREST, texts.WITHDRAWN, in_interest)
    submit_in_time(withdrawn, cast.savo, in_interest)
    proposals.withdraw(withdrawn, cast.savo, at - timedelta(days=3))


def _inquire(round_: Round, cast: Cast, at: datetime) -> None:
    """Ask about the round twice: one question is answered to all, one waits."""
    asked = inquiries.ask(round_, texts.INQUIRY_ANSWERED, cast.savo, at - timedelta(days=3))
    inquiries.answer(asked, texts.ANSWER, cast.officer, at - timedelta(days=2))
    inquiries.ask(round_, texts.INQUIRY_OPEN, cast.osterbotten, at - timedelta(days=1))


def _invite(proposal: Proposal, partner: User, editor: User, at: datetime) -> WriterInvitation:
    return team.invite(proposal, email=partner.email, organisation=organisation_of(partner), user=editor, at=at)


def _closed_round(cast: Cast, at: datetime) -> Round:
    """Return a round that closed last week, with three proposals that wait for a decision; of one more is asked."""
    began, closed = _day(at, -45, MORNING), _day(at, -6, OFFICE_END)
    steps = [StepValues(Step.Kind.PRELIMINARY, began, closed)]
    round_ = _make(CLOSED, texts.CLOSED_ROUND, cast, steps, began)
    rounds.publish(round_, cast.officer, began)
    sent = {
        cast.satakunta: texts.SENT_TWICE | texts.HALF_WRITTEN,
        cast.savo: texts.SENT_TWICE,
        cast.osterbotten: texts.COMPLETE_IN_SWEDISH,
    }
    for days, (user, answers) in enumerate(sent.items(), start=1):
        proposal = _draft(round_, user, Round.Asks.PRELIMINARY, answers, closed - timedelta(days=10 + days))
        if user == cast.satakunta:
            invitation = _invite(proposal, cast.savo, user, closed - timedelta(days=9))
            team.answer(invitation, cast.savo, closed - timedelta(days=8), accepted=True)
        submit_in_time(proposal, user, closed - timedelta(days=days))
        if user == cast.savo:
            _ask(proposal, cast, at)
    _assess(round_, cast, at)
    return round_


def _assess(round_: Round, cast: Cast, at: datetime) -> None:
    """Let two people assess in the round: one assessment is ready, one is begun, one person has a conflict."""
    assessors, named = [cast.officer, cast.reader], at - timedelta(days=4)
    round_.refresh_from_db(fields=["edition"])
    assessing.name_assessors(round_, Shown(round_.edition), assessors, cast.officer, named)
    first, second, _third = round_.proposals.order_by("pk")
    for user, texts_of in zip(assessors, texts.ASSESSED, strict=True):
        assessing.declare(first, 0, "", "", user, named + timedelta(days=1))
        assessment = Assessment.objects.get(proposal=first, user=user)
        one, other = assessing.answers_of(assessment)
        parts = (f"{assessing.TEXT}{one.criterion_id}", f"{assessing.SCORE}{one.criterion_id}")
        typed = dict(zip((*parts, f"{assessing.TEXT}{other.criterion_id}", assessing.OVERALL), texts_of, strict=True))
        assessing.save(assessment, Shown(assessment.edition), typed, named + timedelta(days=2))
        if user == cast.officer:
            assessing.make_ready(assessment, named + timedelta(days=2))
    board = Declaration.Ground.BOARD
    assessing.declare(second, 0, board, "", cast.reader, named + timedelta(days=1))
    note = noting.write(first, texts.NOTES[0], cast.officer, named + timedelta(days=1))
    noting.withdraw(note, named + timedelta(days=2))
    noting.write(first, texts.NOTES[1], cast.officer, named + timedelta(days=2))


def _ask(proposal: Proposal, cast: Cast, at: datetime) -> None:
    """Ask for a clarification of the proposal that was sent, due in some days."""
    current = Proposal.objects.select_related("latest").get(pk=proposal.pk)
    latest = current.latest
    section = clarifying.section_of(latest, "target_text") if latest is not None else None
    if latest is not None and section is not None:
        (question,) = section.questions
        due_at = _day(at, 6, OFFICE_END)
        clarifying.ask(current, latest.number, question, texts.ASKED, due_at, cast.officer, at - timedelta(days=1))


def _draft(round_: Round, user: User, kind: Round.Asks, answers: Mapping[str, Any], at: datetime) -> Proposal:
    proposal = proposals.start(round_, organisation_of(user), kind, user, at)
    write(proposal, answers, user, at)
    return proposal


def write(proposal: Proposal, answers: Mapping[str, Any], user: User, at: datetime) -> None:
    """Save the answers, section by section, as ``user`` would at ``at``."""
    for section in form_of(proposal).sections:
        keys = {question.key for question in section.questions}
        mine = {key: value for key, value in answers.items() if key in keys}
        if mine:
            edition = Proposal.objects.get(pk=proposal.pk).edition
            proposals.save_section(proposal, section, mine, Shown(edition), user, at)


def submit_in_time(proposal: Proposal, user: User, at: datetime) -> None:
    """Submit the proposal as ``user`` would have at ``at``, a moment of the past.

    ``proposals.submit`` asks the clock of the database; this asks the same of a moment. Raises ``TooLate`` where no
    step took the proposal then, and ``Incomplete``.
    """
    current = locked(proposals.PROPOSALS.all(), proposal.pk)
    step = Step.objects.taking(current, at).first()
    if step is None:
        raise TooLate(None, at)
    if wrong := faults(form_of(current, step.position).sections, current.kind, current.content, vocabulary()):
        raise Incomplete(wrong)
    proposals.write_version(current, step, user, at)
