"""The judge of what goes beside deadlines: letters of inquiries, clarifications and teams, and who is ready to assess.

I1: each clarification has just the reminders that the model plans. I2: each ends once, for a true reason. I3: each
letter is posted to just those whom it is for, once. I4: no letter that has become untrue goes, no true one is given up.
I6: no reminder that is due waits after a sweep.
"""

from collections import Counter
from datetime import timedelta

from . import days
from .asked import Clarification
from .asking import PRIVATE
from .breach import Breach
from .tables import Asked, Letter, assessments, clarification_reminders
from .world import World

CLARIFYING = {"clarification", "clarification_reminder"}
KINDS = CLARIFYING | {"clarification_withdrawn", "inquiry_ended", "answer_published", "invited_to_write", "team_news"}
KINDS |= {"assessor_named"}
A_MOMENT = timedelta(seconds=1)


class AskedJudge:
    """What was seen of it until now."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows: dict[tuple[int, int], Asked] = {}

    def look(self, before: dict[int, Letter], letters: dict[int, Letter], *, swept: bool) -> None:
        """Judge what happened since the last look."""
        facts, rows = self.world.truth.asked, clarification_reminders()
        planned = {(pk, n): due for pk, one in facts.clarifications.items() for n, due in one.reminders.items()}
        if {key: row.due_at for key, row in rows.items()} != planned:
            raise Breach(f"I1: of clarifications {planned} is planned, not {rows}")
        new = [letter for pk, letter in letters.items() if pk not in before]
        for key, row in rows.items():
            self._judge_row(facts.clarifications[key[0]], self.rows.get(key), row, new)
            if swept and row.state == "planned" and row.due_at <= self.world.at:
                raise Breach(f"I6: {row} of clarification {key} is due at {self.world.at} and was not seen")
        self.rows = rows
        counted = Counter((letter.kind, letter.person) for letter in letters.values() if letter.kind in KINDS)
        if counted != +self.world.posted:
            raise Breach(f"I3: posted {counted - self.world.posted} too much, {self.world.posted - counted} not")
        if assessments() != facts.assessments:
            raise Breach(f"assessments are {assessments()}, true is {facts.assessments}")

    def _judge_row(self, asked: Clarification, before: Asked | None, row: Asked, new: list[Letter]) -> None:
        was = before.state if before else "planned"
        if was == row.state:
            return
        if was != "planned":
            raise Breach(f"I2: {before} became {row}")
        audience = self._audience(asked)
        if row.state == "queued":
            got = {one.person for one in new if one.kind == "clarification_reminder" and one.clarification == asked.pk}
            if asked.why_not(audience, self.world.at) or got != audience:
                raise Breach(f"I4: {row} of {asked} was handed over to {got}, true is {audience} at {self.world.at}")
            self.world.posted.update(("clarification_reminder", pk) for pk in audience)
        elif row.reason == "collapsed":
            later = [due for n, due in asked.reminders.items() if row.due_at < due <= self.world.at]
            if not later:
                raise Breach(f"I2: {row} of {asked} became part of no later one")
        elif row.reason not in asked.why_not(audience, self.world.at):
            raise Breach(f"I2: {row} of {asked} was left out without a reason at {self.world.at}")

    def _audience(self, asked: Clarification) -> set[int]:
        people = [self.world.truth.people[pk] for pk in asked.proposal.editors]
        return {one.pk for one in people if one.works(self.world.at) and one.wants}

    def _holds(self, letter: Letter, later: timedelta = timedelta()) -> bool:
        """Whether the letter may go."""
        at, person = self.world.at + later, self.world.truth.people[letter.person]
        if letter.kind == "assessor_named":
            living = any(one.pk == letter.round and one.living for one in self.world.truth.rounds)
            return living and person.works(at)
        if letter.kind not in CLARIFYING:
            return person.works(at)
        asked = self.world.truth.asked.clarifications[letter.clarification or 0]
        waits = asked.waits and person.works(at) and person.pk in asked.proposal.editors
        return waits and (letter.kind == "clarification" or (person.wants and at <= asked.due_at))

    def judge_given_up(self, letter: Letter) -> None:
        """I4: a letter is cancelled, or expires, only where it does not hold."""
        if self._holds(letter) and self._holds(letter, A_MOMENT):
            raise Breach(f"I4: {letter} was given up at {self.world.at} though it holds")

    def judge_mail(self, letter: Letter, words: str) -> None:
        """I4: a mail holds when it is accepted, tells its due date, and tells nobody else what an asker asked."""
        if not self._holds(letter):
            raise Breach(f"I4: untrue at {self.world.at}: {letter}")
        if letter.kind in CLARIFYING:
            due_at = self.world.truth.asked.clarifications[letter.clarification or 0].due_at
            if days.told(words) != {days.wall(due_at)}:
                raise Breach(f"I4: the mail tells {days.told(words)}, true is {due_at}: {letter}")
        if PRIVATE in words and letter.kind != "inquiry_ended":
            raise Breach(f"the words of an inquiry went to another than its asker: {letter}")
