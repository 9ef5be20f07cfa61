"""Who may do what: every write permission of the acts, on one screen. Views and templates ask the same functions."""

from datetime import datetime

from regions.access import Viewer, decides, is_officer, of_ministry, prepares
from regions.models import Synonym, User

from .models import (
    DECIDED,
    Assessment,
    Clarification,
    Decision,
    ExtensionRequest,
    Inquiry,
    Note,
    Pilot,
    Proposal,
    PublicAnswer,
    Round,
    StaffLetter,
    Step,
    takes_inquiries,
)


def may_use_desk(viewer: Viewer, at: datetime) -> bool:
    """Whether ``viewer`` reads what the ministry reads: all pilots, all submitted proposals, all messages."""
    return of_ministry(viewer, at)


def may_prepare(viewer: Viewer, at: datetime) -> bool:
    """Whether ``viewer`` writes proposals for an organisation."""
    return prepares(viewer, at)


def may_edit_pilot(viewer: Viewer, pilot: Pilot, at: datetime) -> bool:
    """Whether ``viewer`` changes and publishes the pilot: officers."""
    return is_officer(viewer, at)


def may_edit_synonyms(viewer: Viewer, at: datetime) -> bool:
    """Whether ``viewer`` says which words the search takes as the same: officers."""
    return is_officer(viewer, at)


def may_edit_synonym(viewer: Viewer, synonym: Synonym, at: datetime) -> bool:
    """Whether ``viewer`` changes a line of synonyms: as for adding one."""
    return may_edit_synonyms(viewer, at)


def may_make_round(viewer: Viewer, at: datetime) -> bool:
    """Whether ``viewer`` makes rounds: officers."""
    return is_officer(viewer, at)


def may_edit_round(viewer: Viewer, round_: Round, at: datetime) -> bool:
    """Whether ``viewer`` changes the round: officers, while it is not published (then its deadlines are promises)."""
    return is_officer(viewer, at) and round_.published_at is None


def may_rehearse(viewer: Viewer, round_: Round, at: datetime) -> bool:
    """Whether ``viewer`` sees who will be told what: staff; before the round is published, who may publish it."""
    return may_use_desk(viewer, at) if round_.published_at is not None else may_edit_round(viewer, round_, at)


def _lives(round_: Round) -> bool:
    return round_.published_at is not None and round_.cancelled_at is None


def may_move_deadline(viewer: Viewer, round_: Round, at: datetime) -> bool:
    """Whether ``viewer`` moves the round's deadlines for all: officers, while it is published and not cancelled."""
    return is_officer(viewer, at) and _lives(round_)


def may_extend(viewer: Viewer, round_: Round, at: datetime) -> bool:
    """Whether ``viewer`` gives organisations a later deadline of their own: as for moving it for all."""
    return is_officer(viewer, at) and _lives(round_)


def may_decline_extension(viewer: Viewer, request: ExtensionRequest, at: datetime) -> bool:
    """Whether ``viewer`` declines a request for an extension: as for giving one."""
    return may_extend(viewer, request.step.round, at)


def may_correct(viewer: Viewer, round_: Round, at: datetime) -> bool:
    """Whether ``viewer`` corrects the round's words, invites more bodies and hands it over: as for moving deadlines."""
    return is_officer(viewer, at) and _lives(round_)


def may_edit_questions(viewer: Viewer, round_: Round, at: datetime) -> bool:
    """Whether ``viewer`` writes the questions of the round's own: officers, unless the round is cancelled."""
    return is_officer(viewer, at) and round_.cancelled_at is None


def may_edit_criteria(viewer: Viewer, round_: Round, at: datetime) -> bool:
    """Whether ``viewer`` writes the criteria of the round: as for its questions."""
    return may_edit_questions(viewer, round_, at)


def may_copy(viewer: Viewer, round_: Round, at: datetime) -> bool:
    """Whether ``viewer`` makes a new round from the round: a maker of rounds, from one that was made here."""
    return may_make_round(viewer, at) and (round_.owner_id is not None or round_.published_at is None)


def may_ask_for_extension(viewer: Viewer, step: Step, at: datetime) -> bool:
    """Whether ``viewer`` asks for a later deadline of the step: a preparer of an invited body, until it closes."""
    if not isinstance(viewer, User) or not may_prepare(viewer, at) or not _lives(step.round):
        return False
    invited = {organisation.pk for organisation in step.round.invited.all()}
    may_answer = not invited or viewer.organisation_id in invited
    return may_answer and step.takes_proposals and at <= step.closes_for(viewer.organisation_id)


def may_inquire(viewer: Viewer, round_: Round, at: datetime) -> bool:
    """Whether ``viewer`` asks about the round: a preparer of an invited body (none: of any), while there is time."""
    if not isinstance(viewer, User) or not may_prepare(viewer, at) or not _lives(round_):
        return False
    return takes_inquiries(round_, viewer.organisation_id, at)


def may_read_inquiries(viewer: Viewer, round_: Round, at: datetime) -> bool:
    """Whether ``viewer`` reads what is asked about the round, and by whom: officers, once it is published."""
    return is_officer(viewer, at) and round_.published_at is not None


def may_read_inquiry(viewer: Viewer, inquiry: Inquiry, at: datetime) -> bool:
    """Whether ``viewer`` reads the page on which a question about a round is answered: as for all of the round."""
    return may_read_inquiries(viewer, inquiry.round, at)


def may_answer_inquiry(viewer: Viewer, inquiry: Inquiry, at: datetime) -> bool:
    """Whether ``viewer`` answers or declines a question about a round: officers, once, while the round lives."""
    return is_officer(viewer, at) and inquiry.waits and _lives(inquiry.round)


def may_correct_answer(viewer: Viewer, answer: PublicAnswer, at: datetime) -> bool:
    """Whether ``viewer`` corrects a public answer: as for correcting the round's words."""
    return may_correct(viewer, answer.round, at)


def may_set_questions_until(viewer: Viewer, round_: Round, at: datetime) -> bool:
    """Whether ``viewer`` sets the last day for questions about the round: as for correcting its words."""
    return may_correct(viewer, round_, at)


def may_ask(viewer: Viewer, round_: Round, at: datetime) -> bool:
    """Whether ``viewer`` asks organisations to go on in a step: as for moving its deadline."""
    return is_officer(viewer, at) and _lives(round_)


def may_cancel(viewer: Viewer, round_: Round, at: datetime) -> bool:
    """Whether ``viewer`` cancels the round: officers, once it is published."""
    return is_officer(viewer, at) and _lives(round_)


def may_write_letter(viewer: Viewer, round_: Round, at: datetime) -> bool:
    """Whether ``viewer`` writes letters to the people of the round: officers, once it is published."""
    return is_officer(viewer, at) and round_.published_at is not None


def may_send_letter(viewer: Viewer, letter: StaffLetter, at: datetime) -> bool:
    """Whether ``viewer`` changes or sends the letter: officers, whoever wrote it, until it is sent."""
    return may_write_letter(viewer, letter.round, at) and letter.sent_at is None


def may_send_alone(viewer: Viewer, letter: StaffLetter, at: datetime) -> bool:
    """Whether ``viewer`` sends the letter by itself: not one that tells a decision, for those go together."""
    return may_write_letter(viewer, letter.round, at) and letter.decision_id is None


def is_disqualified(viewer: Viewer, proposal: Proposal) -> bool:
    """Whether ``viewer`` declared a conflict of interest: then the viewer takes no part (act 434/2003, section 27)."""
    return any(one.user_id == viewer.pk and one.disqualifies for one in proposal.declarations.all())


def _assesses(viewer: Viewer, round_: Round, at: datetime) -> bool:
    """Whether the round names ``viewer``, who still belongs to the ministry, as an assessor."""
    return of_ministry(viewer, at) and viewer.pk in {one.user_id for one in round_.assessors.all()}


def may_name_assessors(viewer: Viewer, round_: Round, at: datetime) -> bool:
    """Whether ``viewer`` says who assesses in the round: officers, unless the round is cancelled."""
    return is_officer(viewer, at) and round_.cancelled_at is None


def may_declare(viewer: Viewer, proposal: Proposal, at: datetime) -> bool:
    """Whether ``viewer`` declares if there is a conflict of interest: who deals with the proposal for the staff."""
    deals_with_it = is_officer(viewer, at) or _assesses(viewer, proposal.round, at)
    return deals_with_it and proposal.latest is not None and _lives(proposal.round)


def may_assess(viewer: Viewer, proposal: Proposal, at: datetime) -> bool:
    """Whether ``viewer`` writes an assessment: an assessor of the round without a conflict, until a decision."""
    dealt_with = proposal.state == Proposal.State.SUBMITTED and _lives(proposal.round)
    return dealt_with and _assesses(viewer, proposal.round, at) and not is_disqualified(viewer, proposal)


def may_see_grounds(viewer: Viewer, proposal: Proposal, at: datetime) -> bool:
    """Whether ``viewer`` sees on which grounds people are disqualified: who deals with the proposal for the staff."""
    return (is_officer(viewer, at) or _assesses(viewer, proposal.round, at)) and proposal.latest is not None


def may_read_assessments(viewer: Viewer, proposal: Proposal, at: datetime) -> bool:
    """Whether ``viewer`` reads the ready assessments: officers and assessors of the round, without a conflict.

    An assessor reads those of others once the own one is ready, also where the assessor decides or owns the round:
    a reader of others writes less of the own view. After a decision that is past.
    """
    assesses = _assesses(viewer, proposal.round, at)
    if is_disqualified(viewer, proposal) or not (assesses or is_officer(viewer, at)):
        return False
    if not assesses or proposal.state != Proposal.State.SUBMITTED:
        return True
    own: list[Assessment] = [one for one in proposal.assessments.all() if one.user_id == viewer.pk]
    return any(one.ready_at is not None for one in own)


def may_read_notes(viewer: Viewer, proposal: Proposal, at: datetime) -> bool:
    """Whether ``viewer`` reads the internal notes on the proposal: staff without a conflict of interest."""
    return of_ministry(viewer, at) and proposal.latest is not None and not is_disqualified(viewer, proposal)


def may_write_note(viewer: Viewer, proposal: Proposal, at: datetime) -> bool:
    """Whether ``viewer`` writes a note: officers and assessors of the round, of those who read the notes."""
    deals_with_it = is_officer(viewer, at) or _assesses(viewer, proposal.round, at)
    return deals_with_it and may_read_notes(viewer, proposal, at)


def may_withdraw_note(viewer: Viewer, note: Note, at: datetime) -> bool:
    """Whether ``viewer`` withdraws the note: its author, once."""
    return of_ministry(viewer, at) and note.author_id == viewer.pk and note.withdrawn_at is None


def may_decide(viewer: Viewer, proposal: Proposal, at: datetime) -> bool:
    """Whether ``viewer`` decides on the proposal: deciders, while no step takes it; also to correct."""
    if not decides(viewer, at) or not _lives(proposal.round) or is_disqualified(viewer, proposal):
        return False
    known = proposal.state in {Proposal.State.SUBMITTED, *DECIDED}
    return known and open_step(proposal, at) is None and next_step(proposal, at) is None


def may_confirm(viewer: Viewer, decision: Decision, at: datetime) -> bool:
    """Whether ``viewer`` confirms or returns what another decider proposed."""
    other = decides(viewer, at) and decision.waits and decision.proposed_by_id != viewer.pk
    return other and not is_disqualified(viewer, decision.proposal)


def can_be_clarified(proposal: Proposal) -> bool:
    """Whether the ministry can ask at an answer of the proposal: it is sent and not decided, and its round lives."""
    return proposal.state == Proposal.State.SUBMITTED and proposal.latest is not None and _lives(proposal.round)


def may_ask_clarification(viewer: Viewer, proposal: Proposal, at: datetime) -> bool:
    """Whether ``viewer`` asks for a clarification of the proposal: officers, until it is decided."""
    return is_officer(viewer, at) and can_be_clarified(proposal) and not is_disqualified(viewer, proposal)


def may_withdraw_clarification(viewer: Viewer, clarification: Clarification, at: datetime) -> bool:
    """Whether ``viewer`` withdraws the clarification: officers, whoever asked, until it is answered."""
    return is_officer(viewer, at) and clarification.answer_id is None and clarification.withdrawn_at is None


def may_mark_read(viewer: Viewer, clarification: Clarification, at: datetime) -> bool:
    """Whether ``viewer`` marks the answer as read: officers, once."""
    return is_officer(viewer, at) and clarification.answer_id is not None and clarification.read_at is None


def may_answer(viewer: Viewer, clarification: Clarification, at: datetime) -> bool:
    """Whether ``viewer`` answers the clarification: an editor of the proposal, whatever the state of the steps."""
    return clarification.waits and edits(viewer, clarification.proposal, at)


def may_send_decisions(viewer: Viewer, round_: Round, at: datetime) -> bool:
    """Whether ``viewer`` sends the letters of the round's decisions: as for writing its letters."""
    return may_write_letter(viewer, round_, at)


def may_publish_outcome(viewer: Viewer, round_: Round, at: datetime) -> bool:
    """Whether ``viewer`` publishes the outcome of the round: officers, once."""
    return is_officer(viewer, at) and _lives(round_) and round_.outcome_published_at is None


def may_set_deciders(viewer: Viewer, round_: Round, at: datetime) -> bool:
    """Whether ``viewer`` says how many people a decision of the round needs: deciders, until its outcome is told."""
    return decides(viewer, at) and _lives(round_) and round_.outcome_published_at is None


def may_start(viewer: Viewer, round_: Round, at: datetime) -> bool:
    """Whether ``viewer`` starts a proposal: a preparer, in an open round, of an invited organisation (none: of any).

    A round stays open for an organisation as long as its own extension lasts. A step for those who sent before, or for
    those who were asked, is open to no others.
    """
    if not isinstance(viewer, User) or not may_prepare(viewer, at) or not round_.asks:
        return False
    if round_.published_at is None or round_.cancelled_at is not None:
        return False
    invited = {organisation.pk for organisation in round_.invited.all()}
    if invited and viewer.organisation_id not in invited:
        return False
    return any(step.begins_now(viewer.organisation_id, at) for step in round_.steps.all())


def edits(viewer: Viewer, proposal: Proposal, at: datetime) -> bool:
    """Whether ``viewer`` is one of the proposal's editors, and so the audience of its reminders."""
    return may_prepare(viewer, at) and viewer.pk in {editorship.user_id for editorship in proposal.editorships.all()}


def owns(viewer: Viewer, proposal: Proposal, at: datetime) -> bool:
    """Whether ``viewer`` edits the proposal for the organisation that owns it, and so decides who writes it."""
    return (
        edits(viewer, proposal, at) and isinstance(viewer, User) and viewer.organisation_id == proposal.organisation_id
    )


def open_step(proposal: Proposal, at: datetime) -> Step | None:
    """Return the step in which the proposal can be sent at ``at``, the organisation's own extension counted."""
    if not _lives(proposal.round):
        return None
    return next((step for step in proposal.round.steps.all() if step.takes_now(proposal, at)), None)


def next_step(proposal: Proposal, at: datetime) -> Step | None:
    """Return the open step to which the proposal can move on at ``at``; None: there is none.

    A sent proposal moves on to a later step than that in which it was sent. A draft moves on where no open step takes
    it as it is.
    """
    if not _lives(proposal.round) or proposal.state not in {Proposal.State.DRAFT, Proposal.State.SUBMITTED}:
        return None
    if proposal.state == Proposal.State.DRAFT and open_step(proposal, at) is not None:
        return None
    steps, reached = list(proposal.round.steps.all()), proposal.moved_on_to_id
    if reached is None and proposal.latest is not None:
        reached = proposal.latest.step_id
    passed = max((step.position for step in steps if step.pk == reached), default=0)
    for step in steps:
        is_open = step.opens_at <= at <= step.closes_for(proposal.organisation_id)
        if step.position > passed and is_open and step.is_for(proposal) and proposal.round.kinds_in(step):
            return step
    return None


def may_move_on(viewer: Viewer, proposal: Proposal, at: datetime) -> bool:
    """Whether ``viewer`` moves the proposal on to the next step: an editor, where one is open to it."""
    return edits(viewer, proposal, at) and next_step(proposal, at) is not None


def may_write(viewer: Viewer, proposal: Proposal, at: datetime) -> bool:
    """Whether ``viewer`` changes the words: an editor, before a decision, also after the deadline (nothing is lost)."""
    return edits(viewer, proposal, at) and proposal.state in {Proposal.State.DRAFT, Proposal.State.SUBMITTED}


def may_have_original(viewer: Viewer, proposal: Proposal, at: datetime) -> bool:
    """Whether ``viewer`` gets an attached picture as it was sent: editors and officers; others get a stripped copy."""
    return edits(viewer, proposal, at) or is_officer(viewer, at)


def may_submit(viewer: Viewer, proposal: Proposal, at: datetime) -> bool:
    """Whether the page offers to send; the database's clock decides at the moment of sending."""
    return may_write(viewer, proposal, at) and open_step(proposal, at) is not None


def may_withdraw(viewer: Viewer, proposal: Proposal, at: datetime) -> bool:
    """Whether ``viewer`` withdraws the proposal: an editor of its owner, after sending it and before a decision."""
    return owns(viewer, proposal, at) and proposal.state == Proposal.State.SUBMITTED


def may_delete(viewer: Viewer, proposal: Proposal, at: datetime) -> bool:
    """Whether ``viewer`` deletes the draft: an editor of its owner, as long as nothing of it was sent."""
    return owns(viewer, proposal, at) and proposal.state == Proposal.State.DRAFT


def may_change_editors(viewer: Viewer, proposal: Proposal, at: datetime) -> bool:
    """Whether ``viewer`` says who writes the proposal: an editor of the organisation that owns it."""
    return owns(viewer, proposal, at)


def may_ask_to_join(viewer: Viewer, proposal: Proposal, at: datetime) -> bool:
    """Whether ``viewer`` asks for the right to change the proposal: a reader of its organisation, before a decision."""
    if not isinstance(viewer, User) or not may_prepare(viewer, at) or edits(viewer, proposal, at):
        return False
    open_still = proposal.state in {Proposal.State.DRAFT, Proposal.State.SUBMITTED}
    return open_still and viewer.organisation_id == proposal.organisation_id


def may_take_over(viewer: Viewer, proposal: Proposal, at: datetime) -> bool:
    """Whether ``viewer`` becomes an editor without asking: where no editor of its organisation can work any more."""
    return may_ask_to_join(viewer, proposal, at) and not proposal.own_editors(at)


def may_answer_account_request(viewer: Viewer, at: datetime) -> bool:
    """Whether ``viewer`` gives or refuses accounts that writers of proposals ask for: officers."""
    return is_officer(viewer, at)


def may_read_draft(viewer: Viewer, proposal: Proposal, at: datetime) -> bool:
    """Whether ``viewer`` reads words that are not sent: its editors and their organisation, never the ministry."""
    own = isinstance(viewer, User) and viewer.organisation_id == proposal.organisation_id
    return may_prepare(viewer, at) and (own or edits(viewer, proposal, at))
