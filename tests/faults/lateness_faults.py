"""Lateness: how soon what is due has gone; how soon after an hour without a mail server; planning for many."""

import time
from datetime import datetime, timedelta

from pilots.mail.reminders import plan_all
from pilots.models import Editor, Proposal, Reminder
from registry.lib.dates import HELSINKI

from .children import until
from .place import Place
from .register import fault
from .world import BEGAN, NOW, World, simple

DUE = datetime(2026, 11, 18, 9, 0, tzinfo=HELSINKI)
PACE = {"MAIL_RATE": "25", "MAIL_CONNECTIONS": "2", "SMTP_DOT_WAIT": "600", "EMAIL_TIMEOUT": "60"}
MANY = 10_000


def _a_sweeper_that_has_just_swept(place: Place) -> None:
    """Let a loop of the usual pace sweep before anything is due, then be a moment before it."""
    simple(place, 1000)[0].past(NOW - timedelta(hours=1))
    place.turn_to(DUE - timedelta(minutes=10))
    place.sweeper(every=60, **PACE)
    until(lambda: place.sql("SELECT 1 FROM pilots_installation"), 30, "it does not sweep")
    time.sleep(2)
    place.turn_to(DUE - timedelta(seconds=1))


def _lateness(place: Place) -> list[float]:
    """Return how many seconds after it was due each mail was taken, by the clock that all hear, in order."""
    ((ahead,),) = place.sql("SELECT extract(epoch FROM ahead)::float FROM turned.clock")
    return sorted(mail.at + ahead - DUE.timestamp() for mail in place.log.read())


def _owner_is_told_or_not(place: Place) -> None:
    """The owner's own point of the week is past here."""
    place.manifest.replace("officer@ministry.example", may=True)


@fault("Lateness", within=300)
def a_thousand_are_due_a_moment_after_a_sweep(place: Place) -> None:
    _a_sweeper_that_has_just_swept(place)
    _owner_is_told_or_not(place)
    place.until_accepted(1000, 240)
    late = _lateness(place)
    half, most = late[len(late) // 2], late[len(late) * 99 // 100]
    place.notes.append(f"lateness of 1,000: median {half:.0f} s, p99 {most:.0f} s, last {late[-1]:.0f} s")
    assert most <= 120, f"p99 is {most:.0f} s"


@fault("Lateness", within=420)
def an_hour_without_a_mail_server_heals_in_ten_minutes(place: Place) -> None:
    _a_sweeper_that_has_just_swept(place)
    _owner_is_told_or_not(place)
    place.mail_server.stop()
    until(place.trouble, 120, "the trouble is not seen")
    place.turn(timedelta(hours=1))
    place.mail_server.start()
    began = time.monotonic()
    place.until_accepted(1000, 360)
    healed = time.monotonic() - began
    place.notes.append(f"after an hour's outage 1,000 letters had gone in {healed:.0f} s")
    assert healed <= 600


@fault("Lateness", within=300)
def ten_thousand_reminders_are_planned(place: Place) -> None:
    """The owner is the only one to be told: the drafts come into being at once, and are planned at once."""
    world = World(place)
    round_, writers = world.round(), world.preparers(MANY)
    place.turn_to(BEGAN + timedelta(days=4))
    drafts = world.drafts(round_, writers)
    assert (len(drafts), Proposal.objects.count(), Editor.objects.count()) == (MANY, MANY, MANY)
    before = Reminder.objects.count()
    took = []
    for _ in range(2):
        began = time.perf_counter()
        plan_all(BEGAN + timedelta(days=4))
        took.append(time.perf_counter() - began)
    planned = Reminder.objects.count() - before
    place.notes.append(
        f"{planned} reminders of {MANY} people planned in {took[0]:.1f} s ({took[0] * MANY / planned:.1f} s for"
        f" {MANY}); the next look, with nothing new, {took[1]:.1f} s"
    )
    assert took[0] * MANY / planned <= 5
