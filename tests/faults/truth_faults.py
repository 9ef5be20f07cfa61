"""Schedule: what a letter says stops being true while it is on its way."""

import random
import socket
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pilots.models import Editor, Proposal, Round, Step
from pilots.proposals import workflow as proposals
from pilots.rounds.workflow import deadlines
from regions.models import User
from registry.lib.database import clock
from registry.lib.languages import InThree

from .children import until
from .place import Place
from .register import fault
from .world import CLOSES, World, simple, told

SLOW = {"at": "dot", "delay": 0.04}
WHY = InThree("Syy", "Orsak")
DAY = timedelta(days=1)
ANSWERS = {"summary": "Yksi ovi.", "regions": ["04"], "client_type": "business", "contact": "kirjaamo@liitto.example"}


def _move(world: World, round_: Round, closes_at: object) -> float:
    """Move the round's deadline as an officer does; return when that was committed."""
    step = Step.objects.get(round=round_)
    deadlines.move_deadline(step, closes_at, WHY, world.officer, clock(), step.deadline_version)
    return time.time()


def _moved_amid_a_batch(place: Place, *dates: object) -> None:
    """Move the deadline while half of its reminders are sent; everyone who holds a draft hears the last date once."""
    world, round_, writers = simple(place, 100)
    place.script(SLOW)
    for _ in range(2):
        place.sweeper()
    place.until_accepted(30)
    known = [CLOSES]
    for date in dates:
        moment = _move(world, round_, date)
        for writer in writers:
            _date_holds(place, writer.email, round_, known, date, moment)
        known.append(date)
    last = known[-1]
    _owner_may_hear(place, world, round_, 1 + len(dates))
    time.sleep(3)
    for writer in writers:  # who has another date in mind than the one that holds has to hear
        heard = [date for date in set(known) if any(_tells(mail, writer, date) for mail in place.log.read())]
        if any(date != last for date in heard) or last not in {CLOSES, *heard}:
            _must(place, writer.email, round_, last)
    until(lambda: not _untold(place, writers, last), 40, "nobody told some the date that holds")
    place.finish()


def _untold(place: Place, writers: list[User], date: Any) -> list[str]:
    """Return whom no letter has told a date."""
    return [one.email for one in writers if not any(_tells(mail, one, date) for mail in place.log.read())]


def _date_holds(place: Place, to: str, round_: Round, known: list[Any], date: Any, moment: float) -> None:
    """Say that from a moment on letters to someone tell ``date``, and no other one."""
    for one in [one for one in place.manifest.expected if one.to == to]:
        if set(told(date)) <= set(one.words):
            place.manifest.replace(to, *one.words, true_again=moment)
        else:
            place.manifest.replace(to, *one.words, may=True, false_at=one.false_at or moment)
    if date not in known:
        place.manifest.expect(to, "Uusi määräaika", round_.name_fi, *told(date), may=True)
        place.manifest.expect(to, "Lähetä ehdotus", round_.name_fi, *told(date), may=True)  # what was called back


def _must(place: Place, to: str, round_: Round, date: object) -> None:
    words = ("Uusi määräaika", round_.name_fi, *told(date))
    place.manifest.expected = [one for one in place.manifest.expected if not (one.to == to and one.words == words)]
    place.manifest.expect(to, *words)


def _owner_may_hear(place: Place, world: World, round_: Round, copies: int) -> None:
    """Say that the owner may get the reminder, and after each move, once, what holds now."""
    place.manifest.expected = [one for one in place.manifest.expected if one.to != world.officer.email]
    place.manifest.expect(world.officer.email, round_.name_fi, may=True, copies=copies)


def _tells(mail: object, writer: User, date: object) -> bool:
    return mail.to == writer.email and all(word in mail.text.partition("\n")[0] for word in told(date))


@fault("Schedule", short=True)
def the_deadline_moves_later_amid_a_batch(place: Place) -> None:
    _moved_amid_a_batch(place, CLOSES + 7 * DAY)


@fault("Schedule")
def the_deadline_moves_earlier_amid_a_batch(place: Place) -> None:
    _moved_amid_a_batch(place, CLOSES - 3 * DAY)


@fault("Schedule")
def the_deadline_moves_and_back_within_one_sweep(place: Place) -> None:
    _moved_amid_a_batch(place, CLOSES + 7 * DAY, CLOSES)


@fault("Schedule")
def the_deadline_moves_four_times_in_a_row(place: Place) -> None:
    _moved_amid_a_batch(place, CLOSES + 7 * DAY, CLOSES - 3 * DAY, CLOSES + DAY, CLOSES + 2 * DAY)


@fault("Schedule", short=True)
def the_round_is_cancelled_with_a_batch_in_flight(place: Place) -> None:
    world, round_, writers = simple(place, 100)
    place.script(SLOW)
    for _ in range(2):
        place.sweeper()
    place.until_accepted(30)
    deadlines.cancel(round_, WHY, world.officer, clock())
    moment = time.time()
    for writer in writers:
        place.manifest.replace(writer.email, may=True, false_at=moment)
        place.manifest.expect(writer.email, "Kierros peruttiin", round_.name_fi)
    place.manifest.replace(world.officer.email, may=True, false_at=moment)
    place.manifest.expect(world.officer.email, "Kierros peruttiin", round_.name_fi, may=True)
    place.finish()


def _as_they_are_named(place: Place, writers: list[User], act: Callable[[str], None], pause: float = 0.03) -> None:
    """Call ``act`` with each writer as soon as the sender names them to the mail server, which then takes its time."""
    ears = str(place.folder / "ears")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(ears)
        heard.settimeout(30)
        tell = {"at": "rcpt", "to": "valmistelija", "tell": ears, "delay": 0.015, "jitter": 0.03}
        place.script(tell, {"at": "data", "to": "valmistelija", "jitter": 0.03})
        for _ in range(2):
            place.sweeper()
        waiting = {writer.email for writer in writers}
        while waiting:
            to = heard.recv(500).decode()
            if to in waiting:
                waiting.discard(to)
                time.sleep(random.uniform(0, pause))
                act(to)
    place.script()


def _submitted(place: Place, number: int) -> None:
    world, round_, writers = simple(place, number)
    drafts = dict(
        zip([one.email for one in writers], Proposal.objects.filter(round=round_).order_by("pk"), strict=True)
    )
    for to, draft in drafts.items():
        draft.content = {"title": f"Ehdotus {to}", **ANSWERS}
        draft.edition += 1
    for draft in drafts.values():
        draft.save(update_fields=["content", "edition"])
    by_address = {one.email: one for one in writers}

    def submit(to: str) -> None:
        proposals.submit(drafts[to], drafts[to].edition, by_address[to])
        place.manifest.replace(to, may=True, false_at=time.time())
        place.manifest.expect(to, "Vastaanotettu", to)

    _as_they_are_named(place, writers, submit, 0.0)
    place.manifest.replace(world.officer.email, may=True)
    place.finish()
    reminded = sum("Lähetä ehdotus" in mail.text for mail in place.log.read())
    place.notes.append(
        f"{reminded} of {number} reminders went out before the submission, {number - reminded} were held back"
    )


@fault("Schedule", within=300)
def submitted_just_before_the_send_a_thousand_times(place: Place) -> None:
    _submitted(place, 1000)


@fault("Schedule", short=True)
def submitted_just_before_the_send(place: Place) -> None:
    _submitted(place, 40)


@fault("Schedule")
def the_editor_is_replaced_just_before_the_send(place: Place) -> None:
    _, _, writers = simple(place, 60)
    by_address = {one.email: one for one in writers}
    substitutes = {
        organisation: User.objects.create(
            email=f"sijainen.{organisation}@liitto.example",
            role=User.Role.PREPARER,
            organisation_id=organisation,
            password="!",
        )
        for organisation in {writer.organisation_id for writer in writers}
    }

    def replace(to: str) -> None:
        proposal = Proposal.objects.get(editorships__user=by_address[to])
        other = substitutes[proposal.organisation_id]
        Editor.objects.create(proposal=proposal, user=other, added_at=clock(), added_by=by_address[to])
        proposals.remove_editor(proposal, by_address[to])
        place.manifest.replace(to, may=True, false_at=time.time())

    _as_they_are_named(place, writers, replace)
    place.finish()


@fault("Schedule")
def the_account_is_closed_just_before_the_send(place: Place) -> None:
    _, _, writers = simple(place, 60)

    def close(to: str) -> None:
        User.objects.filter(email=to).update(is_active=False)
        place.manifest.replace(to, may=True, false_at=time.time())

    _as_they_are_named(place, writers, close)
    place.finish()


@fault("Schedule")
def the_address_changes_just_before_the_send(place: Place) -> None:
    """The old address gets nothing any more; the new one gets what the old one did not."""
    _, round_, writers = simple(place, 60)
    new: dict[str, str] = {}

    def change(to: str) -> None:
        new[to] = f"uusi.{to}"
        User.objects.filter(email=to).update(email=new[to])
        place.manifest.replace(to, may=True, false_at=time.time())

    _as_they_are_named(place, writers, change)
    time.sleep(2)
    for old, address in new.items():
        if not any(mail.to == old for mail in place.log.read()):
            place.manifest.expect(address, "Lähetä ehdotus", round_.name_fi, *told(CLOSES))
    place.finish()
