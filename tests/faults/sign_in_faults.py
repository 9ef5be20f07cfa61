"""Sign-in letters: asked for on pages beside a mail server in trouble, and sent as safely as every other letter."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from regions import invitations, sign_in_letters
from regions.models import User
from registry.lib.database import clock

from . import askers
from .askers import SITE, Size
from .children import until
from .place import Place
from .register import fault
from .world import World, simple

WORDS = ("valitse uusi salasana", "Linkki toimii kerran")
OLD, NEW = "the first key of the site and long enough", "the second key of the site and long enough"


ASKED = "SELECT count(*) FROM regions_signinletter"
MANY = Size(people=200, inviters=5, seconds=20)


@dataclass(frozen=True)
class Trouble:
    """How a mail server is in trouble, how it is well again, and how long the portal waits for it."""

    begin: Callable[[Place], None]
    end: Callable[[Place], None] = Place.script
    patience: dict[str, str] = field(default_factory=lambda: {"EMAIL_TIMEOUT": "3"})


def _late(place: Place) -> None:
    """Let each answer come after 50 seconds, up to that to the body."""
    place.script(*({"at": moment, "delay": 50} for moment in ("connect", "mail", "rcpt")))


SILENT = Trouble(lambda place: place.script({"at": "connect", "delay": 3600}))
REFUSING = Trouble(lambda place: place.mail_server.stop(), lambda place: place.mail_server.start())
UNWILLING = Trouble(lambda place: place.script({"at": "connect", "answer": "554 5.3.2 no mail here"}))
SLOW = Trouble(_late, patience={"EMAIL_TIMEOUT": "60", "SMTP_DOT_WAIT": "600"})


def _ask(place: Place, people: list[User]) -> None:
    """Ask for a link for each, past the pages."""
    for user in people:
        assert sign_in_letters.ask_for_new_password(user, clock())
        place.manifest.expect(user.email, *WORDS)


def _beside(place: Place, trouble: Trouble, size: Size) -> None:
    """Let people ask for letters on pages beside a mail server in trouble; rotate the key; follow the links."""
    crowd = askers.Crowd(World(place).preparers(size.people + size.inviters), size)
    place.turn_to(datetime.now(UTC))  # the links are looked at by the clock of the web server
    trouble.begin(place)
    sweeper = place.sweeper(SECRET_KEY=OLD, BASE_URL=SITE, **trouble.patience)
    crowd.come(place.web(2, SECRET_KEY=OLD, BASE_URL=SITE), OLD)
    place.notes.append(crowd.told())
    crowd.check(place.manifest)
    assert place.sql(ASKED) == [(size.letters,)]
    sweeper.kill()
    rotated = {"SECRET_KEY": NEW, "SECRET_KEY_FALLBACKS": OLD, "BASE_URL": SITE}
    base = place.web(2, **rotated)
    trouble.end(place)
    place.sweeper(**rotated, **trouble.patience)
    place.until_all_came(120)
    crowd.follow(base, place.log.read())
    place.linger()


@fault("Sign-in letters", short=True)
def a_silent_mail_server_changes_no_page(place: Place) -> None:
    """Few ask, while nobody answers."""
    _beside(place, SILENT, Size(people=24, inviters=1, seconds=5))


@fault("Sign-in letters", within=240)
def two_hundred_ask_beside_a_silent_mail_server(place: Place) -> None:
    """It takes connections and says nothing."""
    _beside(place, SILENT, MANY)


@fault("Sign-in letters", within=240)
def two_hundred_ask_beside_a_mail_server_that_refuses(place: Place) -> None:
    """Nobody listens at its port."""
    _beside(place, REFUSING, MANY)


@fault("Sign-in letters", within=240)
def two_hundred_ask_beside_a_mail_server_that_wants_none(place: Place) -> None:
    """It says to everybody that it takes no mail."""
    _beside(place, UNWILLING, MANY)


@fault("Sign-in letters", within=400)
def two_hundred_ask_beside_a_mail_server_that_answers_after_50_seconds(place: Place) -> None:
    """The portal waits as long for it as in production."""
    _beside(place, SLOW, MANY)


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
