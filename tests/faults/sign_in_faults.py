"""Sign-in letters: asked for on pages while the mail server is silent, and sent as safely as every other letter."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from django.urls import reverse

from regions import invitations, sign_in_letters
from regions.models import User
from registry.lib.database import clock

from .children import PATIENCE, until
from .place import Place
from .register import fault
from .world import World, simple

WORDS = ("valitse uusi salasana", "Linkki toimii kerran")
OLD, NEW = "the first key of the site and long enough", "the second key of the site and long enough"


def _ask_on_a_page(base: str, email: str) -> float:
    """Ask for a new password as a browser does; return the seconds of the slower page."""
    browser, page = build_opener(HTTPCookieProcessor(CookieJar())), base + reverse("account_reset_password")
    began = time.monotonic()
    form = browser.open(page, timeout=60).read().decode()
    shown = time.monotonic()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    assert token
    sent = urlencode({"csrfmiddlewaretoken": token[1], "email": email}).encode()
    answer = browser.open(Request(page, sent, headers={"Referer": page, "Origin": base}), timeout=60)
    assert answer.status == 200
    return max(shown - began, time.monotonic() - shown)


def _ask(place: Place, people: list[User]) -> None:
    """Ask for a link for each, past the pages."""
    for user in people:
        assert sign_in_letters.ask_for_new_password(user, clock())
        place.manifest.expect(user.email, *WORDS)


@fault("Sign-in letters", short=True)
def a_silent_mail_server_changes_no_page(place: Place) -> None:
    """Links are asked for on pages while nobody answers; a key is rotated; then each letter comes once."""
    world = World(place)
    people = world.preparers(40)
    place.script({"at": "connect", "delay": 3600})
    base = place.web(SECRET_KEY=OLD, BASE_URL="http://127.0.0.1")
    sweeper = place.sweeper(SECRET_KEY=OLD, EMAIL_TIMEOUT="3")
    _ask_on_a_page(base, "nobody@liitto.example")
    with ThreadPoolExecutor(20) as readers:
        slowest = max(readers.map(lambda user: _ask_on_a_page(base, user.email), people))
    place.notes.append(f"the slowest page took {slowest:.2f} s")
    assert slowest < 10 * PATIENCE, f"a page took {slowest:.2f} s"
    waiting = "SELECT count(*) FROM pilots_message WHERE letter = 'new_password' AND state = 'queued'"
    until(lambda: place.sql(waiting) == [(40,)], 20, "the letters were not collected")
    sweeper.kill()
    for user in people:
        place.manifest.expect(user.email, *WORDS)
    place.script()
    place.sweeper(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=OLD)
    place.finish()


@fault("Sign-in letters", short=True)
def killed_around_the_sending_of_a_link(place: Place) -> None:
    """Whoever dies where: the same bytes, and no link twice that the log of the mail server knows."""
    world = World(place)
    people = world.preparers(24)
    _ask(place, people)
    for moment in ("after_collect", "after_claim", "after_rcpt", "before_body", "after_dot", "after_answer"):
        child = place.sweeper(FAILPOINTS=place.once(f"{moment}=kill"))
        child.ends(30)
        place.kills += 1
    place.sweeper()
    place.finish()


@fault("Sign-in letters")
def what_a_link_opens_changes_while_its_letter_waits(place: Place) -> None:
    """An address that moved, a password that was chosen, an invitation taken back: their letters are not sent."""
    world = World(place)
    moved, chosen, shut, stays = world.preparers(4)
    place.script({"at": "rcpt", "answer": "450 4.7.1 later"})
    for user in (moved, chosen, shut):
        assert sign_in_letters.ask_for_new_password(user, clock())
    _ask(place, [stays])
    given = {"role": "preparer", "organisation": stays.organisation, "language": "fi", "at": clock()}
    back = invitations.invite(stays, email="back@liitto.example", **given)
    invitations.invite(stays, email="newcomer@liitto.example", **given)
    place.manifest.expect("newcomer@liitto.example", "Kutsu Pilottirekisteriin")
    place.sweeper()
    until(lambda: place.sql("SELECT count(*) FROM pilots_message WHERE tries > 0") == [(6,)], 20, "nothing was tried")
    User.objects.filter(pk=moved.pk).update(email="moved@liitto.example")
    User.objects.filter(pk=chosen.pk).update(password="another")
    User.objects.filter(pk=shut.pk).update(is_active=False)
    invitations.withdraw(back, stays, clock())
    place.script()
    place.finish()
    ends = place.sql("SELECT state, count(*) FROM pilots_message GROUP BY state ORDER BY state")
    assert ends == [("cancelled", 4), ("sent", 2)], ends


@fault("Sign-in letters")
def links_hold_up_no_reminder(place: Place) -> None:
    """Two hundred links are asked for while reminders are due: both come, and neither waits for all of the other."""
    _, _, writers = simple(place, 200)
    _ask(place, writers)
    place.sweeper(MAIL_CONNECTIONS="1")
    place.until_accepted(100)
    links = sum("salasana" in mail.text for mail in place.log.read()[:100])
    assert 30 <= links <= 70, f"{links} of the first 100 mails were links"
    place.finish()
