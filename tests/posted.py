"""Letters of any kind, with contents that make sense, posted to somebody."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone

from pilots.mail import letters, notices, outbox, weeks
from pilots.mail.content import Content
from pilots.models import (
    Clarification,
    ExtensionRequest,
    Inquiry,
    Letter,
    Message,
    OwnForm,
    OwnQuestion,
    Proposal,
    PublicAnswer,
    Round,
    RoundCorrection,
    StaffLetter,
    Step,
    WriterInvitation,
)
from regions.models import Organisation, User
from tests.factories import make_organisation, make_round


def a_clarification(round_: Round, at: datetime) -> Clarification:
    """Return a clarification that is not stored, of a proposal of the round that is not stored either."""
    proposal = Proposal(pk=1, round=round_)
    words = {
        "label_fi": "Tiivistelmä",
        "label_sv": "Sammanfattning",
        "words": "Montako?",
        "withdrawn_because": "Löytyi",
    }
    return Clarification(proposal=proposal, number=1, question="summary", due_at=at, **words)


def a_public_answer(round_: Round) -> PublicAnswer:
    """Return a public answer that is not stored."""
    words = {"question_fi": "Kysymys", "question_sv": "Fråga", "answer_fi": "Vastaus", "answer_sv": "Svar"}
    return PublicAnswer(round=round_, number=1, **words)


def ended(round_: Round) -> notices.InquiryEnded:
    """Return the content that tells of an answer to a question that is not stored."""
    return notices.InquiryEnded(Inquiry(round=round_, words="Mikä?"), a_public_answer(round_), None)


def corrected(round_: Round) -> notices.AnswerPublished:
    """Return the content that tells of a corrected answer that is not stored."""
    return notices.AnswerPublished(a_public_answer(round_), RoundCorrection(reason_fi="Virhe", reason_sv="Fel"))


def changed(round_: Round, at: datetime) -> notices.QuestionsChanged:
    """Return the content that tells of changed questions that are not stored."""
    form = OwnForm(round=round_, number=2, made_at=at, reason_fi="Selvennys", reason_sv="Förtydligande")
    words = {"label_fi": "Montako asiakasta?", "label_sv": "Hur många kunder?"}
    return notices.QuestionsChanged(form, [OwnQuestion(form=form, **words)], [], [])


def declined(round_: Round, at: datetime) -> notices.ExtensionDeclined:
    """Return the content that tells of a declined request that is not stored."""
    step = round_.steps.first() or Step(round=round_, position=1, closes_at=at)
    return notices.ExtensionDeclined(ExtensionRequest(step=step, until=at, declined_because="Kaikilla sama"), at)


OF_THE_ROUND: dict[Letter, Callable[[Round, datetime], Content]] = {
    Letter.ROUND_CANCELLED: lambda _round, _at: letters.RoundCancelled(),
    Letter.ROUND_INVITATION: lambda _round, _at: letters.RoundInvitation(make_organisation(), has_account=True),
    Letter.CLARIFICATION: lambda round_, at: letters.ClarificationRequest(a_clarification(round_, at)),
    Letter.CLARIFICATION_REMINDER: lambda round_, at: letters.ClarificationReminded(a_clarification(round_, at)),
    Letter.CLARIFICATION_WITHDRAWN: lambda round_, at: letters.ClarificationWithdrawn(a_clarification(round_, at)),
    Letter.INQUIRY_ENDED: lambda round_, _at: ended(round_),
    Letter.ANSWER_PUBLISHED: lambda round_, _at: corrected(round_),
    Letter.QUESTIONS_CHANGED: changed,
    Letter.EXTENSION_DECLINED: declined,
    Letter.ASSESSOR_NAMED: lambda _round, at: notices.AssessorNamed(at.date(), False, ["Ehdotus"], 1),
}

OF_A_TEAM: dict[Letter, Callable[[datetime], Content]] = {
    Letter.EDITOR_ADDED: lambda at: letters.EditorAdded("Valmistelija", at),
    Letter.INVITED_TO_WRITE: lambda at: letters.InvitedToWrite(
        "Valmistelija", Organisation(name_fi="Liitto", name_sv="Förbund"), WriterInvitation(pk=1, expires_at=at)
    ),
    Letter.FILE_HELD_BACK: lambda at: notices.FileHeldBack(infected=True, scanned_at=at),
    Letter.TEAM_NEWS: lambda at: letters.TeamNews(letters.TeamNews.ASKED, "Valmistelija", at),
}


def content(
    letter: Letter, round_: Round, at: datetime, *, step: Step | None = None, title: str = "Pilotti"
) -> Content:
    """Return a content of the letter: about the step of the round, and about its deadline, else about ``at``."""
    step, closes_at = step or round_.steps.first(), step.closes_at if step else at
    if letters.LETTERS[letter].reminder:
        return letters.DeadlineReminder.of([letters.Item(letter, step, closes_at, at)])
    if letter in OF_THE_ROUND:
        return OF_THE_ROUND[letter](round_, at)
    if letter in OF_A_TEAM:
        return OF_A_TEAM[letter](at)
    match letter:
        case Letter.CORRECTION:
            return letters.Correction(step, closes_at, [], False, [], [], None, extended=False, reopened=False)
        case Letter.RECEIPT:
            return letters.Receipt(title, 1, at, "0" * 64, "Valmistelija")
        case Letter.WITHDRAWAL:
            return letters.Withdrawal(title, 1, at, at, "Valmistelija")
        case Letter.ADDRESS_CHANGED:
            return letters.AddressChanged(at, ended=True)
        case Letter.STAFF | Letter.DECISION:
            decision = 1 if letter == Letter.DECISION else None
            return letters.Staff(StaffLetter(round=round_, decision_id=decision, subject_fi=title, subject_sv=title))
        case Letter.DIGEST:
            none, week = weeks.Shortened([], 0), weeks.Week(at.date(), at, at, at)
            return letters.Digest(week, False, [], [], [], [], [], {}, none, none, none)
    raise LookupError(f"No content to try here of the letter {letter.value}.")


def posted(
    user: User,
    letter: Letter = Letter.CORRECTION,
    *,
    at: datetime | None = None,
    round_: Round | None = None,
    step: Step | None = None,
    title: str = "Pilotti",
    **options: Any,
) -> Message:
    """Post a letter of the round, else of a new one; it tells the deadline of the step, if one is given."""
    at = at or timezone.now()
    if step is not None:
        options["tells"] = [outbox.Deadline(step, step.closes_at)]
        round_ = step.round
    proposal = options.get("proposal")
    round_ = round_ or (proposal.round if proposal else make_round())
    return outbox.post(content(letter, round_, at, step=step, title=title), user, at=at, round_=round_, **options)
