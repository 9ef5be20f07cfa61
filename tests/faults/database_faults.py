"""Database: stopped hard, set back, in deadlock, locked, copied to another host."""

import signal
import time
from datetime import timedelta

from django.db import connection

from pilots.mail.reminders import plan

from .children import until
from .place import Place
from .register import fault
from .servers import connect, drop_database, make_database, set_back, signal_all, snapshot, stop_hard
from .world import BEGAN, simple

SLOW = {"at": "dot", "delay": 0.03}
DEADLOCKS = """
    CREATE FUNCTION deadlock() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF random() < 0.05 THEN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = 'deadlock_detected'; END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER deadlock AFTER INSERT OR UPDATE ON pilots_message
        FOR EACH STATEMENT EXECUTE FUNCTION deadlock();
    CREATE TRIGGER deadlock AFTER INSERT OR UPDATE ON pilots_reminder
        FOR EACH STATEMENT EXECUTE FUNCTION deadlock();
"""


@fault("Database", within=200)
def the_database_is_stopped_hard_in_claims(place: Place) -> None:
    server = place.own_server()
    simple(place, 200)
    place.script(SLOW)
    for _ in range(2):
        place.sweeper()
    for number in (20, 60, 100):
        place.until_accepted(number)
        stop_hard(server)
        place.kills += 1
        time.sleep(1)
        server.begin()
        server.wait()
        place.use(server, place.url)
    place.finish()


@fault("Database", within=200)
def the_database_is_set_back_by_two_seconds(place: Place) -> None:
    server = place.own_server()
    simple(place, 200)
    place.script(SLOW)
    place.forgets = True
    sweepers = [place.sweeper() for _ in range(2)]
    place.until_accepted(40)
    snapshot(server, place.folder / "snapshot")
    time.sleep(2)
    had = place.accepted()
    assert had > 60, "too little happened in the two seconds"
    stop_hard(server)
    for sweeper in sweepers:
        sweeper.kill()
    place.kills += 3
    set_back(server, place.folder / "snapshot")
    server.begin()
    server.wait()
    place.use(server, place.url)
    place.sweeper()
    place.finish()


@fault("Database")
def every_twentieth_transaction_ends_in_a_deadlock(place: Place) -> None:
    simple(place, 200)
    place.sql(DEADLOCKS)
    for _ in range(2):
        place.sweeper()
    place.finish(90)


@fault("Database", short=True)
def rows_are_locked_and_nobody_else_waits(place: Place) -> None:
    _, _, writers = simple(place, 60)
    held = [writer.pk for writer in writers[:3]]
    session = place.session()
    with session.cursor() as cursor:
        cursor.execute("SELECT FROM regions_user WHERE id = ANY(%s) FOR NO KEY UPDATE", [held])
        cursor.execute("SELECT FROM pilots_reminder WHERE user_id = ANY(%s) FOR UPDATE", [held])
    place.sweeper()
    until(lambda: place.missing() <= 3, 15, "those whose rows are free wait for those whose rows are locked")
    time.sleep(3)
    assert place.missing() == 3, "letters to those whose rows are locked went out"
    session.rollback()
    place.finish()


@fault("Database")
def messages_are_locked_and_nobody_else_waits(place: Place) -> None:
    simple(place, 60)
    place.script({"at": "connect", "delay": 2})
    place.sweeper(FAILPOINTS="after_queue=wait:3")
    until(lambda: place.sql("SELECT count(*) FROM pilots_message") == [(61,)], 20, "nothing was queued")
    session = place.session()
    with session.cursor() as cursor:
        cursor.execute("SELECT FROM pilots_message ORDER BY id LIMIT 3 FOR UPDATE")
    until(lambda: place.missing() <= 3, 25, "messages that are free wait for those that are locked")
    session.rollback()
    place.finish()


@fault("Database")
def every_session_is_ended_again_and_again(place: Place) -> None:
    simple(place, 200)
    place.script(SLOW)
    for _ in range(2):
        place.sweeper()
    ask = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
    for number in range(10, 110, 10):
        place.until_accepted(number)
        place.sql(ask.replace("%s", "pg_backend_pid()"))
        place.kills += 1
    place.finish()


@fault("Database")
def the_database_stands_still(place: Place) -> None:
    server = place.own_server(fast=True)
    simple(place, 100)
    place.script(SLOW)
    place.sweeper()
    place.sweeper()
    place.until_accepted(20)
    signal_all(server, signal.SIGSTOP)
    time.sleep(4)
    signal_all(server, signal.SIGCONT)
    place.finish()


@fault("Database", short=True)
def a_copy_restored_on_another_host_sends_nothing(place: Place) -> None:
    """With letters in the queue, with reminders that are due and with some that will be."""
    world, _, _ = simple(place, 30)
    sweeper = place.sweeper(FAILPOINTS="before_claim=stop")
    sweeper.stopped()
    assert place.sql("SELECT count(*) FROM pilots_message") == [(31,)]
    sweeper.kill()
    round_, writers = world.round(), world.preparers(30)
    world.drafts(round_, writers)
    world.expect(round_, writers)
    place.manifest.expect(world.officer.email, "Kierro", round_.name_fi, may=True)
    plan(round_, BEGAN + timedelta(days=3))
    name = f"{place.url.rpartition('/')[2]}_copy"
    connection.close()
    url = make_database(place.server, name, place.url.rpartition("/")[2])
    try:
        session = connect(url)
        with session.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {name} SET search_path = turned, public, pg_catalog")
        session.close()
        copy = place.sweeper(DATABASE_URL=url, DEPLOYMENT_KEY="another host")
        until(lambda: copy.said().count("planned") >= 3, 20, "the copy did not sweep")
        assert place.accepted() == 0, f"the copy sent {place.accepted()} letters"
        copy.kill()
    finally:
        drop_database(place.server, name)
    place.sweeper()
    place.finish()
