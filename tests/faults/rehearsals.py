"""What is rehearsed is what is sent: random worlds, rehearsed, then lived through for 60 days with nothing happening.

``make histories`` runs it in two processes.
"""

import json
import os
import random
import sys
import traceback
from datetime import datetime, timedelta

from pilots.mail import reminders
from pilots.models import Message, Reminder

from .histories import days
from .histories.judge import REMINDERS
from .histories.world import BEGIN, World, here

DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
AHEAD, QUIET = 60 * DAY, 20 * HOUR
SEED = int(os.environ.get("SEED") or 0)
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
        world.publish(world.write_round(number % 2, invited, steps))
    for _ in range(chance.randint(3, 25)):
        act(world, chance)
    world.go_to(world.at + 2 * MINUTE)
    world.sweep()


def act(world: World, chance: random.Random) -> None:
    """Let something happen, or time pass."""
    round_, person = chance.choice(world.truth.rounds), chance.choice(list(world.truth.people.values()))
    step, proposals = chance.choice(round_.steps), [one for each in world.truth.rounds for one in each.proposals]
    kind = chance.choice(
        ["start", "start", "start", "submit", "save", "move", "extend", "preference", "rights", "wait", "wait"]
    )
    if kind == "start" and person.organisation and person.works(world.at):
        if not round_.invited or person.organisation in round_.invited:
            world.start(round_, person)
    elif kind in {"submit", "save"} and proposals:
        (world.submit if kind == "submit" else world.save)(chance.choice(proposals))
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
    rehearsed, untold = shown(world), unreached_otherwise(world)
    sent = lived(world)
    world.end()
    found = differences(rehearsed, sent)
    for one, two in found[:2]:
        print(f"World {number}: rehearsed {one}\n  sent {two}")
    for line in untold:
        print(f"World {number}: {line}")
    return {"histories": 1, "letters": len(sent), "different": len(found) + len(untold)}


def part(histories: int, number: int) -> int:
    """Be one of the processes."""
    figures = {"histories": 0, "letters": 0, "different": 0}
    with here() as world:
        try:
            for n in range(histories):
                for name, value in compare(world, SEED + number * 1_000_000 + n).items():
                    figures[name] += value
        except Exception:
            traceback.print_exc(file=sys.stdout)
            return 1
        finally:
            print(json.dumps(figures))
    return 1 if figures["different"] else 0
