"""SMTP: a mail server that refuses, delays, keeps silent, hangs up, or is not who it says it is."""

import time
from datetime import timedelta
from pathlib import Path

from pilots.mail import watch
from pilots.models import Alarm
from registry.lib.database import clock

from .children import until
from .place import Place
from .register import fault
from .world import NOW, simple

CERTIFICATE = str(Path(__file__).with_name("certificates") / "right.crt")


def _trouble_is_seen(place: Place) -> None:
    until(place.trouble, 20, "the portal does not know that the mail server takes nothing")
    shown = watch.look(clock() + timedelta(seconds=61)).shown
    assert any(one.kind == Alarm.Kind.MAIL_STOPPED for one in shown), (
        "staff do not see within a minute that mail stands"
    )


def _nothing_is_dead(place: Place) -> None:
    assert place.sql("SELECT count(*) FROM pilots_message WHERE state = 'dead'") == [(0,)]


@fault("SMTP", short=True)
def the_mail_server_is_away(place: Place) -> None:
    simple(place, 20)
    place.mail_server.stop()
    place.sweeper()
    _trouble_is_seen(place)
    place.mail_server.start()
    place.finish()
    _nothing_is_dead(place)
    assert not place.trouble(), "the circuit breaker did not close"


@fault("SMTP")
def the_connection_is_reset(place: Place) -> None:
    simple(place, 20)
    place.script({"at": "accept", "reset": True, "times": 3})
    place.sweeper()
    place.finish()
    _nothing_is_dead(place)


@fault("SMTP")
def goodbye_after_7_of_20(place: Place) -> None:
    simple(place, 20)
    place.script({"at": "mail", "in_connection_after": 7, "answer": "421 4.7.0 enough for now"})
    place.sweeper(MAIL_CONNECTIONS="1")
    place.finish()
    _nothing_is_dead(place)


@fault("SMTP")
def goodbye_in_the_greeting(place: Place) -> None:
    simple(place, 20)
    place.script({"at": "connect", "times": 2, "answer": "421 4.3.2 not now"})
    place.sweeper()
    place.finish()
    assert place.sql("SELECT count(*) FROM pilots_message WHERE tries > 1") == [(0,)], "counted as a try"


@fault("SMTP", short=True)
def everybody_is_greylisted_twice(place: Place) -> None:
    simple(place, 20)
    place.script({"at": "rcpt", "each": 2, "answer": "450 4.7.1 greylisted"})
    place.sweeper()
    place.finish()
    _nothing_is_dead(place)


@fault("SMTP")
def one_mailbox_is_not_there(place: Place) -> None:
    _, _, writers = simple(place, 20)
    place.script({"at": "rcpt", "to": writers[7].email, "answer": "550 5.1.1 no such mailbox"})
    place.manifest.replace(writers[7].email, may=True)
    place.sweeper()
    place.finish(20)
    dead = place.sql("SELECT address, tries FROM pilots_message WHERE state = 'dead'")
    assert dead == [(writers[7].email, 1)], f"not dead at the first try: {dead}"


@fault("SMTP")
def the_content_of_one_is_refused(place: Place) -> None:
    _, _, writers = simple(place, 20)
    place.script({"at": "dot", "to": writers[7].email, "answer": "554 5.7.1 content"})
    place.manifest.replace(writers[7].email, may=True)
    place.sweeper()
    place.finish(20)
    assert place.sql("SELECT address FROM pilots_message WHERE state = 'dead'") == [(writers[7].email,)]


@fault("SMTP", short=True)
def silence_after_the_dot_with_the_mail_taken(place: Place) -> None:
    simple(place, 20)
    place.script({"at": "dot", "times": 3, "after": 5, "silence": 6, "taken": True})
    place.sweeper(SMTP_DOT_WAIT="2")
    place.finish()


@fault("SMTP")
def silence_after_the_dot_with_the_mail_not_taken(place: Place) -> None:
    simple(place, 20)
    place.script({"at": "dot", "times": 3, "after": 5, "silence": 6, "taken": False})
    place.sweeper(SMTP_DOT_WAIT="2")
    place.finish()


@fault("SMTP")
def taken_late_after_the_sender_gave_up(place: Place) -> None:
    simple(place, 20)
    place.script({"at": "dot", "times": 2, "after": 5, "delay": 3})
    place.sweeper(SMTP_DOT_WAIT="2", RELAY_SETTLES="5")
    place.until_all_came(patience=8)  # the server takes its time by the true clock: ours is not turned before
    place.linger()


@fault("SMTP")
def hung_up_after_the_dot_with_the_mail_taken(place: Place) -> None:
    simple(place, 20)
    place.script({"at": "dot", "times": 2, "after": 5, "close": True, "taken": True})
    place.sweeper()
    place.finish()


@fault("SMTP")
def hung_up_in_the_body(place: Place) -> None:
    simple(place, 20)
    place.script({"at": "body", "times": 2, "after": 5, "lines": 4})
    place.sweeper()
    place.finish()


@fault("SMTP")
def put_off_after_the_dot(place: Place) -> None:
    simple(place, 20)
    place.script({"at": "dot", "times": 5, "after": 5, "answer": "451 4.3.0 the queue is full"})
    place.sweeper()
    place.finish()
    _nothing_is_dead(place)


@fault("SMTP")
def a_certificate_of_somebody_else(place: Place) -> None:
    simple(place, 20)
    place.script(certificate="wrong")
    place.sweeper(EMAIL_URL=f"smtp+tls://localhost:{place.mail_server.port}", SSL_CERT_FILE=CERTIFICATE)
    _trouble_is_seen(place)
    assert place.accepted() == 0
    place.script(certificate="right")
    place.finish()


@fault("SMTP")
def a_wrong_password(place: Place) -> None:
    simple(place, 20)
    place.script(password="changed")
    place.sweeper(EMAIL_URL=f"smtp://portal:known@127.0.0.1:{place.mail_server.port}")
    _trouble_is_seen(place)
    _nothing_is_dead(place)
    place.script(password="known")
    place.finish()
    assert place.sql("SELECT count(*) FROM pilots_message WHERE tries > 1") == [(0,)], "counted as a try"


@fault("SMTP")
def the_senders_address_is_not_wanted(place: Place) -> None:
    simple(place, 20)
    place.script({"at": "mail", "answer": "550 5.7.1 not from you"})
    place.sweeper()
    _trouble_is_seen(place)
    place.script()
    place.finish()
    _nothing_is_dead(place)


@fault("SMTP", within=330)
def five_seconds_for_each_of_500(place: Place) -> None:
    """Sixteen connections, and leases that are shorter than a batch takes."""
    simple(place, 500)
    place.script({"at": "dot", "delay": 5})
    start = time.monotonic()
    for _ in range(2):
        place.sweeper(MAIL_CONNECTIONS="20", MAIL_LEASE="60", SMTP_DOT_WAIT="10")
    until(lambda: place.missing() == 0, 300, "500 letters did not go in 300 s")
    place.notes.append(f"{time.monotonic() - start:.0f} s for 500 letters of 5 s over 20 connections")
    place.turn_to(NOW)
    place.linger(12)
