"""Schedule: many clocks and workers at once, long outages, clocks that are wrong."""

import signal
import time
from datetime import timedelta

from pilots.mail import watch
from pilots.models import Letter
from registry.embedded.portal import ROOT
from registry.lib.database import clock

from .children import until
from .place import Place
from .register import fault
from .world import CLOSES, NOW, World, simple, told

HOUR = timedelta(hours=1)
SHORT = {"MAIL_LEASE": "4", "SMTP_DOT_WAIT": "3", "MAIL_CONNECTIONS": "4", "IDLE_TRANSACTION_SECONDS": "5"}
OTHER_CLOCK = (
    "import time_machine, datetime\ntime_machine.travel(datetime.timedelta(hours={hours}), tick=True).start()\n"
)


@fault("Schedule")
def two_beats_and_a_loop_at_once(place: Place) -> None:
    simple(place, 200)
    place.script({"at": "dot", "delay": 0.02})
    broker = place.broker()
    for _ in range(2):
        place.beat(BROKER_URL=broker.url())
    place.worker(processes_=2, BROKER_URL=broker.url())
    place.sweeper()
    place.finish()


@fault("Schedule", within=300)
def eight_workers_and_a_thousand_rows(place: Place) -> None:
    simple(place, 1000)
    forker = place.forker(MAIL_CONNECTIONS="4")
    for _ in range(8):
        forker.sweeper(every=1)
    place.finish(240)


@fault("Schedule", short=True)
def everything_is_down_for_26_hours_over_two_points(place: Place) -> None:
    """One letter tells of both deadlines; who has one only is told of that."""
    world = World(place)
    both, one = world.preparers(20), world.preparers(20)
    first, second = world.round(), world.round(closes_at=CLOSES + timedelta(days=1))
    for round_ in (first, second):
        world.drafts(round_, both)
    world.drafts(second, one)
    place.turn_to(NOW - 2 * HOUR)
    for writer in both:
        place.manifest.expect(writer.email, "2 kierrosta", first.name_fi, second.name_fi, "23.11.2026", "24.11.2026")
    world.expect(second, one, CLOSES + timedelta(days=1))
    world.manifest.expect(world.officer.email, "Kierroksesi päättyvät", first.name_fi, second.name_fi)
    place.turn_to(NOW + 24 * HOUR)
    assert "sweep_late" in watch.look(clock()).reasons, "staff do not see that nothing is swept"
    place.sweeper()
    place.finish()


def _other_clock(place: Place, hours: int) -> dict[str, str]:
    """Return an environment whose processes believe another time than the database."""
    folder = place.folder / "clock"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(OTHER_CLOCK.format(hours=hours))
    return {"PYTHONPATH": f"{folder}:{ROOT}"}


@fault("Schedule")
def the_applications_clock_is_two_hours_ahead(place: Place) -> None:
    world, _, writers = simple(place, 50)
    world.past(NOW - HOUR)
    place.manifest.replace(world.officer.email, may=True)  # seven days before is past
    place.turn_to(NOW - HOUR)
    place.sweeper(**_other_clock(place, 2))
    until(lambda: place.sql("SELECT 1 FROM pilots_installation"), 20, "it does not sweep")
    time.sleep(2)
    for writer in writers:
        place.manifest.replace(writer.email, true_from=time.time())
    place.turn_to(NOW)
    until(lambda: place.missing() == 0, 15, "it waits longer than the database's clock says")
    place.finish()


@fault("Schedule")
def the_applications_clock_is_two_hours_behind(place: Place) -> None:
    simple(place, 50)
    place.sweeper(**_other_clock(place, -2))
    until(lambda: place.missing() == 0, 20, "it waits longer than the database's clock says")
    place.finish()


@fault("Schedule")
def the_databases_clock_goes_back_an_hour(place: Place) -> None:
    simple(place, 200)
    place.script({"at": "dot", "delay": 0.03})
    for _ in range(2):
        place.sweeper()
    place.until_accepted(50)
    place.turn(-HOUR)
    time.sleep(2)
    place.turn(HOUR)
    place.finish()


@fault("Schedule")
def the_databases_clock_goes_back_before_the_point_was_due(place: Place) -> None:
    """And comes to it again: whoever was told is not told again."""
    simple(place, 50)
    place.sweeper()
    place.finish()
    place.turn_to(NOW - HOUR)
    time.sleep(1)
    place.turn_to(NOW + HOUR)
    place.finish()


@fault("Schedule")
def the_database_leaps_ahead_amid_a_batch(place: Place) -> None:
    """All leases run out at once; the senders live."""
    simple(place, 200)
    place.script({"at": "dot", "delay": 0.05})
    for _ in range(2):
        place.sweeper()
    for number in (30, 60, 90):
        place.until_accepted(number)
        place.turn(HOUR)
    place.finish()


@fault("Process")
def asked_to_end_in_a_deploy(place: Place) -> None:
    """SIGTERM: it ends within 30 seconds, and nothing that it held is held any longer."""
    simple(place, 200)
    place.script({"at": "dot", "delay": 0.05})
    sweeper = place.sweeper()
    place.until_accepted(30)
    start = time.monotonic()
    sweeper.signal(signal.SIGTERM)
    assert sweeper.ends(30) == 0
    place.notes.append(f"ended after {time.monotonic() - start:.1f} s")
    assert place.sql("SELECT count(*) FROM pilots_message WHERE lease IS NOT NULL") == [(0,)], "leases are still held"
    place.sweeper()
    place.finish()


@fault("Process")
def a_worker_asked_to_end_in_a_deploy(place: Place) -> None:
    simple(place, 200)
    place.script({"at": "dot", "delay": 0.05})
    broker = place.broker()
    place.beat(BROKER_URL=broker.url())
    worker = place.worker(BROKER_URL=broker.url())
    place.until_accepted(30)
    start = time.monotonic()
    worker.signal(signal.SIGTERM)
    worker.ends(30)
    place.notes.append(f"ended after {time.monotonic() - start:.1f} s")
    place.worker(BROKER_URL=broker.url())
    place.finish()


@fault("Process", short=True)
def stopped_past_the_lease_before_the_body_and_woken(place: Place) -> None:
    """SIGSTOP between fence and body: another takes over; the one that wakes says nothing more to the server."""
    simple(place, 40)
    first = place.sweeper(FAILPOINTS="after_rcpt@5=stop", **SHORT)
    first.stopped()
    place.sweeper(**SHORT)
    place.until_all_came(60)
    first.signal(signal.SIGCONT)
    place.finish()


@fault("Process")
def stopped_past_the_lease_after_the_dot_and_woken(place: Place) -> None:
    simple(place, 40)
    first = place.sweeper(FAILPOINTS="after_dot@5=stop", **SHORT)
    first.stopped()
    place.sweeper(**SHORT)
    place.until_all_came(60)
    time.sleep(5)
    first.signal(signal.SIGCONT)
    place.finish()


@fault("Process")
def stopped_past_the_lease_with_the_answer_in_hand_and_woken(place: Place) -> None:
    simple(place, 40)
    first = place.sweeper(FAILPOINTS="after_answer@5=stop", **SHORT)
    first.stopped()
    place.sweeper(**SHORT)
    place.until_all_came(60)
    first.signal(signal.SIGCONT)
    place.finish()


@fault("Schedule", within=300)
def the_owner_hears_once_before_and_once_after(place: Place) -> None:
    """Sweeps go on from seven days before the deadline to two days after, hour by hour, two at a time."""
    world, round_, writers = simple(place, 10)
    place.manifest.expected.clear()
    world.expect(round_, writers)
    tomorrow = [(one.email, "Lähetä ehdotus", round_.name_fi, *told(CLOSES)) for one in writers]
    for to, *words in tomorrow:  # five days and one before: the second is a letter of its own
        place.manifest.expect(to, *words)
    for _ in range(3):
        world.expect_owner(round_)
    world.expect_owner(round_, letter=Letter.OWNER_SUMMARY)
    place.turn_to(CLOSES - timedelta(days=7, hours=10))
    world.past(CLOSES - timedelta(days=10))
    forker = place.forker()
    for _ in range(2):
        forker.sweeper(every=0.05)
    for _ in range(24 * 9 + 12):
        place.turn(HOUR)
        place.until_swept()  # a busy machine takes longer for an hour; a reminder that is late keeps the next one away
    place.until_all_came(10)
