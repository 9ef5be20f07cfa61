"""The judge: what the mail server took and what the tables say, held against the model after every act.

What is judged: I1, the plan holds exactly what should be reminded of; I2, a reminder and a letter are settled once, for
a reason that is true; I3, no letter is lost, and none comes twice without a mark; I4, no letter says what is not true;
I6, nothing that is due goes unseen.
"""

import quopri
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

from . import days
from .asked_judge import KINDS, AskedJudge
from .breach import Breach
from .sink import Mail
from .tables import Letter, Row, Told, read
from .truth import QUIET, Key, Person, Round, Step, Tell, Truth
from .world import World

REMINDERS = {"draft_not_sent", "no_draft", "changes_not_sent", "open_round", "owner_ahead", "owner_summary"}
UNSENT = {"cancelled", "expired", "dead"}
A_MOMENT = timedelta(seconds=1)  # the clock stands in a sweep, but a sender's own time goes on
MINUTE = timedelta(minutes=1)
UNSEEN = 10 * MINUTE
RULE = {
    "no_draft": ("preparers", 14),
    "open_round": ("preparers", 14),
    "owner_ahead": ("owner", 0),
    "owner_summary": ("owner", -1),
}


class Judge:
    """What was seen until now; ``look`` sees what is new and judges it by what is true at this moment."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows: dict[int, Row] = {}
        self.letters: dict[int, Letter] = {}  # at the last look
        self.now: dict[int, Letter] = {}
        self.given_up: set[str] = set()  # Message-IDs of letters that were cancelled or expired
        self.accepted: dict[str, list[Mail]] = defaultdict(list)
        self.overtaken: set[tuple[str, int, int, int]] = set()  # rule, step, person
        self.judged = 0
        self.reminded: dict[int, tuple[datetime, str]] = {}  # person: when a reminder was accepted last, and which
        self.believed: dict[tuple[int, int], datetime] = {}  # person, step: the date told last
        self.known_since: dict[tuple[int, int], datetime] = {}  # since when they know it
        self.receipts: Counter[tuple[str, int]] = Counter()
        self.asked = AskedJudge(world)

    @property
    def truth(self) -> Truth:
        """The model."""
        return self.world.truth

    def look(self, *, swept: bool = False) -> None:
        """Judge what happened since the last look; ``swept``: a whole sweep has just ended. Raises ``Breach``."""
        rows, letters = read()
        by_id = {letter.message_id: letter for letter in letters.values()}
        for mail in self.world.sink.taken[self.judged :]:
            self._judge_mail(mail, by_id.get(mail.message_id))
            self.judged += 1
        self.now = letters
        self.given_up = {letter.message_id for letter in letters.values() if letter.state in UNSENT}
        for pk, letter in letters.items():
            self._judge_letter(self.letters.get(pk), letter)
        self.asked.look(self.letters, letters, swept=swept)
        self._note_overtaken(rows)
        self._judge_plan({row.key: row for row in rows.values()})
        for pk, row in rows.items():
            self._judge_row(self.rows.get(pk), row, rows, letters)
        if swept:
            self._nothing_waits(rows, letters)
        self.rows, self.letters = rows, letters

    # --- The plan -----------------------------------------------------------------------------------------------------

    def _judge_plan(self, rows: dict[Key, Row]) -> None:
        """I1: the table holds exactly the reminders that the model plans, each due when it says."""
        plan = self.truth.plan
        if rows.keys() != plan.keys():
            raise Breach(f"I1: not planned {plan.keys() - rows.keys()}, planned too much {rows.keys() - plan.keys()}")
        for key, row in rows.items():
            if row.due_at != plan[key]:
                raise Breach(f"I1: {key} is due {row.due_at}, not {plan[key]}")
            if (key in self.truth.past) != (row.reason == "past") and not self._taken_over(key, row):
                raise Breach(f"I1: {key} due {row.due_at} is {row.state} {row.reason}, past: {key in self.truth.past}")

    def _note_overtaken(self, rows: dict[int, Row]) -> None:
        """Keep which points were due, and not told, when their deadline moved: its next version tells them still."""
        self.truth.superseded |= {row.key for row in rows.values() if row.state == "superseded"}
        for pk, row in rows.items():
            before = self.rows.get(pk)
            new = row.state == "superseded" and (before is None or before.state != row.state)
            if new and row.due_at <= self.world.at:
                self.overtaken.add((row.key.audience, row.key.days_before, row.key.step, row.key.person))

    def _taken_over(self, key: Key, row: Row) -> bool:
        """Whether a point that would be past is due still, for an older version's was due when the deadline moved."""
        if row.reason == "past" or (key.audience, key.days_before, key.step, key.person) not in self.overtaken:
            return False
        self.truth.past.discard(key)
        return True

    def _judge_row(self, before: Row | None, row: Row, rows: dict[int, Row], letters: dict[int, Letter]) -> None:
        """I2: a reminder is settled once, and for a reason that is true at that moment."""
        was = before.state if before else "planned"
        if before is not None and (was, before.letter) == (row.state, row.letter):
            if replace(before, key=replace(before.key, version=row.key.version)) != row:
                raise Breach(f"I2: {before} became {row}")
            return
        if was in {"skipped", "superseded"}:
            raise Breach(f"I2: {before} became {row}")
        if was == "queued" and letters[before.letter or 0].state not in UNSENT:
            raise Breach(f"I2: {before} became {row} though its letter is {letters[before.letter or 0].state}")
        if row.state == "queued":
            self._judge_queued(row, letters[row.letter or 0])
        elif row.state == "superseded" and self.truth.current(row.key):
            raise Breach(f"I2: {row} was superseded by nothing")
        elif row.state == "skipped" and not self._agrees(row, rows, letters):
            outcome = self.truth.eligibility(row.key, self.world.at)
            raise Breach(f"left out without a reason: {row}, at {self.world.at} it should be {outcome}")

    def _judge_queued(self, row: Row, letter: Letter) -> None:
        outcome = self.truth.eligibility(row.key, self.world.at)
        told = {(one.step, one.letter, one.closes_at) for one in letter.told}
        if not isinstance(outcome, Tell) or (row.key.step, outcome.letter, outcome.closes_at) not in told:
            raise Breach(f"I4: {row} was handed over as {letter}, but true is {outcome}")
        if row.due_at > self.world.at + QUIET:
            raise Breach(f"too early: {row} was handed over at {self.world.at}")

    def _agrees(self, row: Row, rows: dict[int, Row], letters: dict[int, Letter]) -> bool:
        """Whether a reminder may be left out for the reason that it says."""
        if row.reason == "past":
            return row.key in self.truth.past
        outcome = self.truth.eligibility(row.key, self.world.at)
        if row.reason == "collapsed":
            return any(
                (other.key.step, other.key.person, other.key.audience)
                == (row.key.step, row.key.person, row.key.audience)
                and row.due_at <= other.due_at
                and (other.due_at <= self.world.at or other.state == "queued")  # both came along before their time
                and other.key.days_before < row.key.days_before
                and (
                    other.state in {"planned", "queued"}
                    or other.reason in {"recently_told", "no_address", "collapsed"}
                    or self._just_became_untrue(other)
                )
                for other in rows.values()
            )
        if row.reason == "recently_told":
            return isinstance(outcome, Tell) and self._quiet(row, outcome, letters, last=True)
        later = self.truth.eligibility(row.key, self.world.at + A_MOMENT)
        return any(isinstance(one, set) and row.reason in one for one in (outcome, later))

    def _just_became_untrue(self, row: Row) -> bool:
        """Whether there was something to tell at this moment, which a sender a moment later found untrue."""
        now, later = (self.truth.eligibility(row.key, at) for at in (self.world.at, self.world.at + A_MOMENT))
        return isinstance(now, Tell) and isinstance(later, set) and row.reason in later

    def _quiet(self, row: Row, item: Tell, letters: dict[int, Letter], *, last: bool) -> bool:
        """Whether the 20 hours after a letter hold a reminder up: ``last``: for good, else until they are over."""
        recent = [
            letter
            for letter in letters.values()
            if letter.person == row.key.person
            and letter.kind in REMINDERS
            and (letter.state not in UNSENT or letter.in_doubt or self._ended_with_its_deadline(letter))
            and max(letter.created_at, letter.heard_at) > self.world.at - QUIET
        ]
        if not recent:
            return False
        known = {(told.step, told.closes_at) for letter in recent for told in letter.told}
        until = max(letter.heard_at for letter in recent) + QUIET + A_MOMENT
        hopeless = (row.key.step, item.closes_at) in known or item.closes_at < until
        return last == (hopeless and item.letter != "owner_summary")

    def _ended_with_its_deadline(self, letter: Letter) -> bool:
        """Whether the letter was true when the sweep began, and ended in it: its deadline came at that moment."""
        return letter.state == "expired" and letter.settled_at is not None and letter.settled_at >= self.world.at

    def _nothing_waits(self, rows: dict[int, Row], letters: dict[int, Letter]) -> None:
        """I6: after a sweep nothing is due but what waits for a reason."""
        at = self.world.at
        for row in rows.values():
            if row.state != "planned" or row.due_at > at or self.truth.step(row.key.step).opens_at > at:
                continue
            outcome = self.truth.eligibility(row.key, at)
            if not isinstance(outcome, Tell) or not self._quiet(row, outcome, letters, last=False):
                theirs = [one for one in letters.values() if one.person == row.key.person]
                raise Breach(f"I6: {row} is due at {at} and was not seen; true is {outcome}: {theirs}")
        if self.world.mail_rests():  # staff see it, and the next sweep tries again
            return
        for letter in letters.values():
            waits = max(filter(None, [letter.next_try_at, letter.leased_until]))
            if letter.state == "queued" and waits < at - UNSEEN:
                raise Breach(f"I6: {letter} is due at {at} and was not seen")

    # --- Mail ---------------------------------------------------------------------------------------------------------

    def _judge_letter(self, before: Letter | None, letter: Letter) -> None:
        """I2, I4: a letter ends once; it is given up only where it is not true any more."""
        was, state = before.state if before else "queued", letter.state
        if was == state:
            return
        if was != "queued":
            raise Breach(f"I2: {before} became {letter}")
        if state == "sent" and letter.message_id not in self.accepted:
            raise Breach(f"I3: lost: {letter} is called sent, and the server never took it")
        if state == "dead" and self.truth.people[letter.person].reachable:
            raise Breach(f"{letter} is dead though nobody refused it")
        if letter.kind in KINDS and state in {"cancelled", "expired"}:
            self.asked.judge_given_up(letter)
        elif state == "expired" and not (letter.told and self.world.at >= max(one.closes_at for one in letter.told)):
            raise Breach(f"I4: {letter} expired before its deadline, at {self.world.at}")
        if state == "cancelled" and letter.kind in REMINDERS and self._holds(letter) and not self._gives_way(letter):
            raise Breach(f"I4: {letter} was given up at {self.world.at} though it is true")

    def _gives_way(self, letter: Letter) -> bool:
        """Whether another letter reached the person in the last 20 hours, or is to: of two that met one goes."""
        return any(
            other.person == letter.person
            and other.kind in REMINDERS
            and other.message_id != letter.message_id
            and (
                other.state == "sent"
                or other.body_at
                or other.in_doubt  # it has perhaps arrived, whatever became of it
                or other.created_at >= letter.created_at + QUIET
            )
            and max(other.heard_at, other.created_at) > self.world.at - QUIET
            for other in self.now.values()
        )

    def _holds(self, letter: Letter) -> bool:
        """Whether everything that a reminder letter tells is true now, of the dates' present versions."""
        return all(
            self._item_holds(letter.person, told, A_MOMENT)
            and told.version == self._step(told).version
            and not any(e.granted_at >= letter.created_at for e in self._step(told).extensions.values())
            for told in letter.told
        )

    def _step(self, told: Told) -> Step:
        return self.truth.step(told.step)

    def _item_holds(self, person: int, told: Told, later: timedelta = timedelta()) -> bool:
        step = self._step(told)
        audience, days_before = RULE.get(told.letter, ("preparers", 5))
        organisations = self.truth.organisations(self.truth.people[person], step.round)
        return any(
            self.truth.eligibility(key, self.world.at + later) == Tell(told.letter, told.closes_at)
            for organisation in (organisations if audience == "preparers" else {None})
            for key in [Key(audience, days_before, step.pk, step.version, step.extension_version(organisation), person)]
        )

    def _judge_mail(self, mail: Mail, letter: Letter | None) -> None:
        """I3, I4: an accepted mail is a letter of ours, byte for byte, true at this moment, and no second copy."""
        if letter is None:
            raise Breach(f"I3: the server took a mail that no letter is: {mail}")
        before = self.accepted[mail.message_id]
        before.append(mail)
        if any(copy.content != mail.content or copy.recipient != mail.recipient for copy in before):
            raise Breach(f"I3: two different mails under one Message-ID: {before}")
        if len(before) > 1:
            if self.world.sink.relay_log is not None:
                raise Breach(f"I3: doubled though the relay's log knew it: {letter}")
            return
        if mail.recipient != self.truth.people[letter.person].email:
            raise Breach(f"I4: {letter} went to {mail.recipient}")
        self._judge_by_kind(mail, letter)
        for told in letter.told:
            if self.believed.get((letter.person, told.step)) != told.closes_at:
                self.known_since[letter.person, told.step] = self.world.at
            self.believed[letter.person, told.step] = told.closes_at

    def _judge_by_kind(self, mail: Mail, letter: Letter) -> None:
        if letter.kind in REMINDERS:
            self._judge_reminder(mail, letter)
        elif letter.kind == "correction":
            self._judge_correction(mail, letter)
        elif letter.kind in KINDS:
            self.asked.judge_mail(letter, text(mail))
        else:
            self.receipts[letter.kind, letter.person] += 1

    def _judge_reminder(self, mail: Mail, letter: Letter) -> None:
        at = self.world.at
        untrue = [told for told in letter.told if not self._item_holds(letter.person, told)]
        if untrue or not letter.told:
            raise Breach(f"I4: untrue at {at}: {letter}")
        dates = days.told(text(mail))
        wanted = {days.wall(told.closes_at) for told in letter.told}
        extra = (
            dates
            - wanted
            - ({days.wall(letter.created_at).replace(second=0, microsecond=0)} if "owner" in letter.kind else set())
        )
        if not wanted <= dates or extra:
            raise Breach(f"I4: the mail tells {dates}, true is {wanted}: {letter}")
        last, before = self.reminded.get(letter.person, (None, ""))
        unheard = self.world.sink.relay_log is None and before in self.given_up  # nobody could know that it had come
        if last is not None and at - last < QUIET - MINUTE and not unheard:
            raise Breach(f"two reminders to one person at {last} and {at}: {letter}")
        self.reminded[letter.person] = (at, letter.message_id)

    def _judge_correction(self, mail: Mail, letter: Letter) -> None:
        person = self.truth.people[letter.person]
        for told in letter.told:
            step = self._step(told)
            own = self.truth.own_dates(person, step)
            if told.closes_at not in own or days.wall(told.closes_at) not in days.told(text(mail)):
                raise Breach(f"I4: a correction with the wrong date, true is {own}: {letter}")
            known = self.believed.get((person.pk, step.pk)) in own and not self._writes_for_others(person.pk, step)
            if known and self.known_since[person.pk, step.pk] < letter.created_at:
                raise Breach(f"I4: a correction to someone who knew the date: {letter}")
            if not step.round.living or not person.works(self.world.at):
                raise Breach(f"I4: a correction of nobody's deadline: {letter}")

    # --- The end ------------------------------------------------------------------------------------------------------

    def end(self) -> None:
        """Let all trouble end and sweep until nothing is due; then everything that should be known is known."""
        self.world.sink.make_trouble("", "", 0)
        for wait in (62 * MINUTE, 2 * MINUTE, QUIET + 62 * MINUTE):
            self.world.go_to(self.world.at + wait)
            self.world.sweep()
            self.look(swept=True)
        for letter in self.letters.values():
            copies = len(self.accepted.get(letter.message_id, []))
            if letter.state == "queued":
                raise Breach(f"I3: lost: {letter} still waits at {self.world.at}")
            if letter.state == "sent" and copies != 1 and not letter.perhaps_twice:
                raise Breach(f"I3: {copies} copies of {letter}, not marked")
        self._receipts_came()
        self._nobody_believes_another_date()
        self._nobody_is_left_untold()

    def told_of(self, round_: Round) -> set[int]:
        """Return who has been told a deadline of the round."""
        steps = {step.pk for step in round_.steps}
        return {person for person, step in self.believed if step in steps}

    def _receipts_came(self) -> None:
        for (kind, person), wanted in self.world.receipts.items():
            got = self.receipts[kind, person]
            if not self.truth.people[person].reachable:
                wanted = 0
            if kind == "round_invitation" and got < wanted and self._invitations_may_lack(person):
                continue
            if got < wanted or got > (len(self.truth.rounds) if kind == "round_cancelled" else wanted):
                raise Breach(f"{wanted} letters “{kind}” were due to {person}, {got} came")
        unwanted = {one for one in set(self.receipts) - set(self.world.receipts) if one[0] != "round_cancelled"}
        if unwanted:
            raise Breach(f"letters nobody should get: {unwanted}")

    def _invitations_may_lack(self, person: int) -> bool:
        """Whether an invitation may have been cancelled in the queue: its round is, or the rights had ended."""
        cancelled = any(round_.cancelled_at is not None for round_ in self.truth.rounds)
        return cancelled or person in self.world.were_without_rights

    def _nobody_believes_another_date(self) -> None:
        """Who was told a date of a round that goes on, and has had rights all the time, knows the present one."""
        for (pk, step_pk), date in self.believed.items():
            person, step = self.truth.people[pk], self.truth.step(step_pk)
            own = min(self.truth.own_dates(person, step))
            if not self._hears_of_changes(person, step):
                continue
            if date != own and own > self.world.at:
                letters = [one for one in self.letters.values() if one.person == pk and one.told]
                raise Breach(f"{person} believes {date} of {step.pk}, true is {own}: {letters}")

    def _hears_of_changes(self, person: Person, step: Step) -> bool:
        """Whether the person could hear of every change of the step's dates, and had one of them all the time."""
        had_rights = person.reachable and person.pk not in self.world.were_without_rights
        return step.round.living and had_rights and not self._writes_for_others(person.pk, step)

    def _writes_for_others(self, pk: int, step: Step) -> bool:
        """Whether the person came to write for another organisation: the own dates changed with that, untold."""
        return (pk, step.round.pk) in self.truth.joined

    def _nobody_is_left_untold(self) -> None:
        """Whom a change concerned, and who has had rights all the time, was told the date that holds now."""
        for (pk, step_pk), in_mind in self.truth.owed.items():
            person, step = self.truth.people[pk], self.truth.step(step_pk)
            own = min(self.truth.own_dates(person, step))
            if not self._hears_of_changes(person, step):
                continue
            if own not in {in_mind, self.believed.get((pk, step_pk))} and own > self.world.at:
                letters = [one for one in self.letters.values() if one.person == pk and one.told]
                raise Breach(f"{person} was not told {own} of {step.pk}, had {in_mind} in mind: {letters}")


def text(mail: Mail) -> str:
    """Return the plain words of a mail, its subject left out."""
    body = mail.content.partition(b"\r\n\r\n")[2]
    return quopri.decodestring(body).decode()
