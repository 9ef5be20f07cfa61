"""The acts beside deadlines: asked, answered, invited and assessed by the portal's verbs, and noted in the model."""

import itertools

from pilots.models import Assessment, Clarification, Inquiry, Proposal, PublicAnswer, Round, WriterInvitation
from pilots.proposals import assessing, clarifying, team
from pilots.rounds.workflow import inquiries
from regions.invitations import Enough, OpenAlready
from regions.models import User
from registry.lib.database import clock as heard
from registry.lib.editions import Shown
from registry.lib.refusals import Refused, Stale

from . import asked, days, truth
from .world import WHY, World

QUESTION = "summary"  # at which clarifications are asked
PRIVATE = "vainkysyjälle"  # the word of an inquiry that nobody but its asker may read
_number = itertools.count(1)


class Asking:
    """The acts in a world. Each asserts that the portal refuses exactly what the model refuses."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def facts(self) -> asked.Asked:
        """What the model knows of them."""
        return self.world.truth.asked

    # --- Inquiries ----------------------------------------------------------------------------------------------------

    def inquire(self, round_: truth.Round, person: truth.Person) -> None:
        """Ask about the round."""
        at, words = self.world.at, f"{PRIVATE}{next(_number)}x"
        today = [one for one in self.facts.inquiries if one.asker is person]
        full = sum(days.wall(one.asked_at).date() == days.wall(at).date() for one in today) >= asked.MOST_A_DAY
        may = asked.takes_inquiries(round_, person, at) and not full
        try:
            row = inquiries.ask(self.world.rounds[round_.pk], words, self.world.user(person.pk), heard())
        except Refused:
            assert not may, "a question about a round was refused"
            return
        assert may, "a question about a round was taken that should be refused"
        self.facts.inquiries.append(asked.Inquiry(row.pk, round_, person, at, words))

    def end_inquiry(self, inquiry: asked.Inquiry, how: str) -> None:
        """Answer it to all, point to an answer (``point``) or decline it."""
        row, officer = Inquiry.objects.get(pk=inquiry.pk), self._officer()
        there = [one for one in self.facts.answers if one.round is inquiry.round]
        try:
            if how == "answer":
                published = inquiries.answer(row, _words(), officer, heard())
                answer = asked.PublicAnswer(published.pk, inquiry.round, {inquiry.asker.pk})
            elif how == "point" and there:
                answer = there[-1]
                inquiries.point_to(row, PublicAnswer.objects.get(pk=answer.pk), officer, heard())
            else:
                inquiries.decline(row, "Syy", officer, heard())
                answer = None
        except Stale:
            assert inquiry.ended or not inquiry.round.living, "a question that waits could not be ended"
            return
        assert not inquiry.ended, "a question ended twice"
        assert inquiry.round.living, "a question ended after its round"
        inquiry.ended = True
        self._post("inquiry_ended", {inquiry.asker.pk})
        if how == "answer" and answer is not None:
            self.facts.answers.append(answer)
            self._post("answer_published", self._writers(inquiry.round) - answer.askers)
        elif answer is not None:
            answer.askers.add(inquiry.asker.pk)

    def correct(self, answer: asked.PublicAnswer) -> None:
        """Correct a public answer."""
        row = PublicAnswer.objects.get(pk=answer.pk)
        words = {**inquiries.words_of(row), "answer_fi": f"Vastaus {next(_number)}"}
        try:
            inquiries.correct(row, Shown(row.edition), words, WHY, self._officer(), heard())
        except Refused:
            assert not answer.round.living, "an answer of a living round could not be corrected"
            return
        assert answer.round.living, "an answer of a cancelled round was corrected"
        self._post("inquiry_ended", answer.askers)
        self._post("answer_published", self._writers(answer.round) - answer.askers)

    def _writers(self, round_: truth.Round) -> set[int]:
        return {pk for one in round_.proposals if one.state in {"draft", "submitted"} for pk in one.editors}

    # --- Clarifications -----------------------------------------------------------------------------------------------

    def clarify(self, proposal: truth.Proposal, ahead: int) -> None:
        """Ask at an answer of the proposal, due so many days ahead."""
        at = self.world.at
        due_at = (at + ahead * asked.A_DAY).replace(hour=10, minute=next(_number) % 60, second=0, microsecond=0)
        waiting = any(one.waits and one.proposal is proposal for one in self.facts.clarifications.values())
        may = proposal.state == "submitted" and proposal.round.living and not waiting
        may = may and days.wall(due_at).date() >= asked.earliest_day(at)
        row = Proposal.objects.select_related("latest").get(pk=proposal.pk)
        assert row.latest is not None
        section = clarifying.section_of(row.latest, QUESTION)
        assert section is not None
        about = (row, row.latest.number, section.questions[0], "Mitä?", due_at, self._officer(), heard())
        try:
            made = clarifying.ask(*about)
        except Refused:
            assert not may, "a clarification was refused"
            return
        assert may, "a clarification was asked that should be refused"
        reminders = asked.reminders_of(due_at, at)
        self.facts.clarifications[made.pk] = asked.Clarification(made.pk, proposal, due_at, reminders)
        self._post("clarification", set(proposal.editors))

    def answer(self, clarification: asked.Clarification) -> None:
        """Answer a clarification: a version comes of it, and nothing else in the draft changes."""
        row, proposal = Clarification.objects.get(pk=clarification.pk), clarification.proposal
        before = Proposal.objects.select_related("latest").get(pk=proposal.pk)
        words = f"Täydennys {next(_number)}"
        try:
            version = clarifying.answer(
                row, {QUESTION: words}, Shown(before.edition), self.world.editor_of(proposal), heard()
            )
        except Stale:
            assert not clarification.waits, "a clarification that waits could not be answered"
            return
        assert clarification.waits, "a clarification that has ended was answered"
        assert before.latest is not None
        assert version.content == {**before.latest.content, QUESTION: words}, "another answer changed too"
        now = Proposal.objects.get(pk=proposal.pk)
        assert now.content == {**before.content, QUESTION: words}, "a word of the draft was lost"
        clarification.answered = True
        self.world.tell_editors("receipt", proposal)

    def withdraw(self, clarification: asked.Clarification) -> None:
        """Withdraw a clarification, for a reason."""
        row, ended = Clarification.objects.get(pk=clarification.pk), clarification.answered or clarification.withdrawn
        try:
            clarifying.withdraw(row, "Syy", self._officer(), heard())
        except Stale:
            assert ended, "a clarification without an answer could not be withdrawn"
            return
        assert not ended, "a clarification was withdrawn that has ended"
        clarification.withdrawn = True
        self._post("clarification_withdrawn", set(clarification.proposal.editors))

    # --- Teams --------------------------------------------------------------------------------------------------------

    def invite(self, proposal: truth.Proposal, person: truth.Person) -> None:
        """Invite somebody, perhaps of another organisation, to write the proposal too."""
        at, inviter = self.world.at, self.world.editor_of(proposal)
        open_already = any(
            one.proposal is proposal and one.person is person and not one.answered and one.expires_at > at
            for one in self.facts.invitations
        )
        own = [one for one in self.facts.invitations if one.inviter == inviter.pk]
        too_many = open_already or sum(one.invited_at > at - asked.A_DAY for one in own) >= asked.MOST_A_DAY
        assert inviter.organisation is not None
        user, row = self.world.user(person.pk), Proposal.objects.select_related("round").get(pk=proposal.pk)
        assert user.organisation is not None
        try:
            made = team.invite(row, email=user.email, organisation=user.organisation, user=inviter, at=heard())
        except (OpenAlready, Enough):
            assert too_many, "an invitation to write was refused"
            return
        assert not too_many, "an invitation too many went"
        self.facts.invitations.append(asked.Invitation(made.pk, proposal, person, inviter.pk, at))
        self._post("invited_to_write", {person.pk})

    def answer_invitation(self, invitation: asked.Invitation, *, accepted: bool) -> None:
        """Accept or decline it; whoever accepts writes from now on."""
        proposal, person, at = invitation.proposal, invitation.person, self.world.at
        row = WriterInvitation.objects.select_related("proposal__round").filter(pk=invitation.pk).first()
        may = not invitation.answered and at < invitation.expires_at and person.works(at)
        if row is None:
            assert not may, "an open invitation is gone"
            return
        others = set(proposal.editors) - {person.pk}
        try:
            team.answer(row, self.world.user(person.pk), heard(), accepted=accepted)
        except Refused:
            assert not may, "an open invitation could not be answered"
            return
        assert may, "an invitation was answered that is not open"
        invitation.answered = True
        if accepted:
            proposal.editors.setdefault(person.pk, at)
            if person.organisation != proposal.organisation:
                self.world.truth.joined.add((person.pk, proposal.round.pk))
        self._post("team_news", others)

    # --- Assessments --------------------------------------------------------------------------------------------------

    def assess(self, proposal: truth.Proposal, officer: int, *, ready: bool) -> None:
        """Let an officer assess: named, if need be, declares, writes and is ready; what was ready is opened again."""
        user = self.world.user(self.world.officers[officer].pk)
        row = Proposal.objects.select_related("round", "latest").get(pk=proposal.pk)
        key, works = (proposal.pk, user.pk), self.world.truth.people[user.pk].works(self.world.at)
        may = proposal.state == "submitted" and proposal.round.living and works
        if may and key not in self.facts.assessments:
            self._name(row.round, user)
            assessing.declare(row, 0, "", "", user, heard())
        assessment = Assessment.objects.filter(proposal=row, user=user).first()
        if assessment is None:
            assert not may, "an assessor without a conflict has no assessment"
            return
        try:
            if assessment.ready_at is not None:
                assessing.reopen(assessment, heard())
            edition = Assessment.objects.get(pk=assessment.pk).edition
            parts = assessing.stored(assessment, assessing.answers_of(assessment))
            words = f"Arvio {next(_number)}"
            typed = {part: 3 if part.startswith(assessing.SCORE) else words for part in parts}
            assessing.save(assessment, Shown(edition), typed, heard())
            if ready:
                assessing.make_ready(assessment, heard())
        except Refused:
            assert not may, "an assessment was refused"
            return
        assert may, "a proposal was assessed that is no longer dealt with"
        self.facts.assessments[key] = ready

    def _name(self, round_: Round, user: User) -> None:
        current = Round.objects.get(pk=round_.pk)
        named = {one.user for one in current.assessors.select_related("user")}
        if user not in named:
            typed = {*named, user}
            assessing.name_assessors(current, Shown(current.edition), typed, self._officer(), heard())
            self._post("assessor_named", {user.pk} - {self._officer().pk})

    # --- Parts --------------------------------------------------------------------------------------------------------

    def _officer(self) -> User:
        return self.world.officers[0]

    def _post(self, kind: str, people: set[int]) -> None:
        """Note that a letter of the kind is posted to those of the people whose rights last."""
        for pk in people:
            if self.world.truth.people[pk].works(self.world.at):
                self.world.posted[kind, pk] += 1


def _words() -> dict[str, str]:
    number = next(_number)
    both = (("fi", "Kysymys", "Vastaus"), ("sv", "Fråga", "Svar"))
    return {
        f"{name}_{language}": f"{word} {number}"
        for language, question, answer in both
        for name, word in (("question", question), ("answer", answer))
    }
