"""What is rehearsed is what is sent: random worlds, rehearsed, then lived through for 60 days with nothing happening.

``make histories`` runs it in two processes.
"""

import json
import os
import random
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from pilots.mail import reminders
from pilots.models import ClarificationReminder, Message, Reminder

from .histories import days, truth
from .histories.asking import Asking
from .histories.judge import REMINDERS
from .histories.world import BEGIN, World, here

DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
AHEAD, QUIET = 60 * DAY, 20 * HOUR
TELLS_EVERY = 25  # worlds
SEED = int(os.environ.get("SEED") or 0)
Asked = tuple[datetime, str, int]  # when, to whom, of which clarification
Sent = tuple[datetime, str, str, frozenset[tuple[int, datetime]], str]  # when, to whom, letter, what it tells, words


def make(world: World, chance: random.Random) -> None:
    """Make a random world, and let it live for some days."""
    world.begin(preparers=chance.randint(2, 5), silent=chance.random() < 0.3, relay_log=True)
    world.go_to(BEGIN + chance.randint(0, 200) * DAY + chance.randint(0, 1439) * MINUTE)
    for number in range(chance.randint(1, 4)):
        invited = chance.choice([[], [0], [0, 1], [1, 2]])
        spans = [(chance.randint(-2, 9), chance.randint(10, 70)) for _ in range(chance.randint(1, 2))]
        steps = [
            (
                world.at + begin * DAY - HOUR,
                days.finnish((world.at + end * DAY).date()) + chance.randint(-500, 800) * MINUTE,
            )
            for begin, end in spans
        ]
        world.publish(world.write_round(number % 2, invited, steps, follow=chance.random() < 0.4))
    for _ in range(chance.randint(3, 40)):
        (act if chance.random() < 0.6 else act_beside)(world, chance)
    world.go_to(world.at + 2 * MINUTE)
    world.sweep()


def act(world: World, chance: random.Random) -> None:
    """Let something happen, or time pass."""
    round_, person = chance.choice(world.truth.rounds), chance.choice(list(world.truth.people.values()))
    step, proposals = chance.choice(round_.steps), [one for each in world.truth.rounds for one in each.proposals]
    kinds = ["start", "start", "start", "submit", "submit", "move on", "save", "move", "extend", "wait", "wait"]
    kind, verbs = chance.choice([*kinds, "preference", "rights"]), _verbs(world)
    if kind == "start" and person.organisation and person.works(world.at):
        if not round_.invited or person.organisation in round_.invited:
            world.start(round_, person)
    elif kind in verbs and proposals:
        verbs[kind](chance.choice(proposals))
    elif kind in {"move", "extend"}:
        closes_at = max(step.closes_at, world.at) + chance.randint(1, 20) * DAY + chance.randint(1, 99) * MINUTE
        if kind == "move":
            ahead = int((step.closes_at - world.at) / MINUTE)
            if ahead > 1 and step.opens_at < world.at and chance.random() < 0.5:  # to an earlier date
                closes_at = world.at + chance.randint(1, ahead) * MINUTE
            world.move(step, closes_at)
        else:
            world.extend(step, chance.choice(world.organisations), closes_at)
    elif kind == "preference":
        world.set_preference(person, wants=chance.random() < 0.5, open_rounds=chance.random() < 0.5)
    elif kind == "rights":
        world.set_rights(person, ended=chance.random() < 0.5)
    elif kind == "wait":
        world.go_to(world.at + chance.randint(1, 3000) * MINUTE)
        world.sweep()


def _verbs(world: World) -> dict[str, Callable[[truth.Proposal], None]]:
    return {"submit": world.submit, "save": world.save, "move on": world.move_on}


def act_beside(world: World, chance: random.Random) -> None:
    """Let something be asked, answered or withdrawn, or somebody of any organisation be invited to write."""
    asking, facts = Asking(world), world.truth.asked
    proposals = [one for round_ in world.truth.rounds for one in round_.proposals]
    sent = [one for one in proposals if one.sent_in is not None]
    kind = chance.choice(["clarify", "clarify", "answer", "withdraw", "invite", "join", "join", "inquire", "end"])
    if kind == "clarify" and sent:
        asking.clarify(chance.choice(sent), chance.randint(1, 40))
    elif kind in {"answer", "withdraw"} and facts.clarifications:
        one = chance.choice(list(facts.clarifications.values()))
        (asking.answer if kind == "answer" else asking.withdraw)(one)
    elif kind == "invite" and proposals:
        asking.invite(chance.choice(proposals), chance.choice(_preparers(world)))
    elif kind == "join" and facts.invitations:
        asking.answer_invitation(chance.choice(facts.invitations), accepted=chance.random() < 0.8)
    elif kind == "inquire":
        asking.inquire(chance.choice(world.truth.rounds), chance.choice(_preparers(world)))
    elif kind == "end" and facts.inquiries:
        asking.end_inquiry(chance.choice(facts.inquiries), chance.choice(["answer", "decline"]))


def _preparers(world: World) -> list[truth.Person]:
    return [person for person in world.truth.people.values() if person.organisation]


def asked_again(world: World) -> set[Asked]:
    """Return the reminders of clarifications that the model expects: to all who edit and want reminders."""
    expected = set()
    for one in world.truth.asked.clarifications.values():
        editors = [world.truth.people[pk] for pk in one.proposal.editors]
        reached = [person.email for person in editors if person.works(world.at) and person.wants and person.reachable]
        for due in one.reminders.values():
            if one.waits and world.at < due <= world.at + AHEAD:
                expected |= {(due, email, one.pk) for email in reached}
    return expected


def were_asked_again(began: datetime) -> set[Asked]:
    """Return the reminders of clarifications that were sent since."""
    rows = Message.objects.filter(created_at__gt=began, letter="clarification_reminder", state="sent")
    return set(rows.values_list("created_at", "address", "clarification"))


def shown(world: World) -> list[Sent]:
    """Return the letters of the rehearsal."""
    letters = reminders.rehearse(list(world.truth.people), world.at).letters
    return [
        (
            one.at,
            one.user.email,
            str(one.letter),
            frozenset((item.step.pk, item.closes_at) for item in one.items),
            one.text().body,
        )
        for one in letters
    ]


def lived(world: World) -> list[Sent]:
    """Let 60 days pass, with a sweep at every point, every noon, and when quiet hours end; return what was sent."""
    began, last = world.at, world.at + AHEAD
    steps = [step for round_ in world.truth.rounds for step in round_.steps]
    points = {began + n * DAY for n in range(61)} | {step.opens_at for step in steps}
    points |= {step.closes_at + SECOND for step in steps}
    points |= set(Reminder.objects.filter(state="planned").values_list("due_at", flat=True))
    points |= set(ClarificationReminder.objects.filter(state="planned").values_list("due_at", flat=True))
    recent = Message.objects.filter(settled_at__gt=began - QUIET).values_list("created_at", "settled_at")
    points |= {moment + QUIET + more for both in recent for moment in both for more in (timedelta(), MINUTE)}
    ahead = sorted(point for point in points if began < point <= last)
    while ahead:
        moment = ahead.pop(0)
        before = len(world.sink.taken)
        world.go_to(moment)
        world.sweep()
        if len(world.sink.taken) > before:
            ahead = sorted({*ahead, *(one for one in (moment + QUIET, moment + QUIET + MINUTE) if one <= last)})
    letters = Message.objects.filter(created_at__gt=began, letter__in=REMINDERS, state="sent").select_related("user")
    return [
        (
            one.created_at,
            one.user.email if one.user else "",
            one.letter,
            frozenset(one.told.values_list("step", "closes_at")),
            one.body,
        )
        for one in letters
    ]


def unreached_otherwise(world: World) -> list[str]:
    """Return a line for each round of which the rehearsal names other unreached organisations than the model."""
    working = {one.organisation for one in world.truth.people.values() if one.works(world.at) and one.reachable}
    lines = []
    for round_ in world.truth.rounds:
        named = {one.pk for one, _why in reminders.unreached(world.rounds[round_.pk], world.at)}
        if named != round_.invited - working:
            lines.append(f"round {round_.pk} reaches not {named}, true is {round_.invited - working}")
    return lines


def differences(rehearsed: list[Sent], sent: list[Sent]) -> list[tuple[Sent, Sent]]:
    """Return which letters are not the same in both, in the order of person and time; to the minute."""
    empty: Sent = (BEGIN, "", "", frozenset(), "")
    left, right = (sorted(letters, key=lambda one: (one[1], one[0])) for letters in (rehearsed, sent))
    pairs = [
        (left[n] if n < len(left) else empty, right[n] if n < len(right) else empty)
        for n in range(max(len(left), len(right)))
    ]
    return [(one, two) for one, two in pairs if one[1:4] != two[1:4] or not same_words(one, two)]


def same_words(one: Sent, two: Sent) -> bool:
    """Whether two letters are of the same minute and say the same; the minute itself may stand in them."""
    return abs(one[0] - two[0]) <= MINUTE and (one[4] == two[4] or one[0] != two[0])


def compare(world: World, number: int) -> dict[str, int]:
    """Make the random world of that number, rehearse and live it; return the figures, and print what differs."""
    make(world, random.Random(number))
    rehearsed, untold, began = shown(world), unreached_otherwise(world), world.at
    expected = asked_again(world)
    sent, asked = lived(world), were_asked_again(began)
    world.end()
    untold += [f"clarification {one} is reminded of otherwise" for one in sorted(expected ^ asked)]
    found = differences(rehearsed, sent)
    for one, two in found[:2]:
        print(f"World {number}: rehearsed {one}\n  sent {two}")
    for line in untold:
        print(f"World {number}: {line}")
    letters = {"letters": len(sent), "of_clarifications": len(asked)}
    return {"histories": 1, **letters, "different": len(found) + len(untold)}


def part(histories: int, number: int) -> int:
    """Be one of the processes."""
    figures = Counter[str]()
    with here() as world:
        try:
            for n in range(histories):
                figures.update(compare(world, SEED + number * 1_000_000 + n))
                if (n + 1) % TELLS_EVERY == 0:
                    print(f"process {number}: {dict(figures)}", file=sys.stderr, flush=True)
        except KeyboardInterrupt:
            pass  # stopped: what has ended counts
        except Exception:
            traceback.print_exc(file=sys.stdout)
            return 1
        finally:
            print(json.dumps(figures))
    return 1 if figures["different"] else 0
