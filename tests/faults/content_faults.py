"""Content: broken templates, hostile names, very many receivers."""

import time

from django.db import connection

from pilots.models import Proposal
from pilots.proposals import workflow as proposals
from regions.models import User

from .children import memory_of, until
from .place import Place
from .register import fault
from .world import World, simple

HOSTILE = [
    "\r\nBcc: stranger@elsewhere.example",
    "\nX-Hostile: yes",
    "\u2028X-Hostile: yes",
    "\x85X-Hostile: yes",
    "\x0bX: y",
    '"<>,;:@\\',
    "=?utf-8?q?=0D=0AX-Hostile=3A_yes?=",
    "\u202e\u200b\ufeff",
    "å" * 100,
    "x" * 110,
    "🌲" * 50,
]
RATE = 100  # mails a second


@fault("Content", short=True)
def a_template_is_broken_in_one_language(place: Place) -> None:
    folder = place.folder / "templates" / "mail" / "sv"
    folder.mkdir(parents=True)
    (folder / "draft_not_sent.txt").write_text("Subject: {% nonsense %}\n\n{{ broken")
    world = World(place)
    round_ = world.round()
    for language in ("fi", "sv", ""):
        writers = world.preparers(10, language)
        world.drafts(round_, writers)
        world.expect(round_, writers)  # who reads Swedish is better told in Finnish than not at all
    world.expect_owner(round_)
    place.sweeper(
        DJANGO_SETTINGS_MODULE="tests.faults.settings_with_templates", FAULTS_TEMPLATES=str(place.folder / "templates")
    )
    place.finish()


@fault("Content")
def hostile_names_in_every_header(place: Place) -> None:
    world = World(place)
    with connection.cursor() as cursor:  # the mail stands names that the database refuses by now
        cursor.execute("ALTER TABLE regions_user DROP CONSTRAINT a_name_of_an_account_holds_no_address")
    round_ = world.round()
    round_.name_fi, round_.name_sv = "Kierros\r\nBcc: stranger@elsewhere.example " + "y" * 150, "Omgång\nX-Hostile: yes"
    round_.save()
    User.objects.filter(pk=world.officer.pk).update(name="Virkamies\r\nX-Hostile: yes" + "å" * 60)
    writers = world.preparers(len(HOSTILE))
    for writer, name in zip(writers, HOSTILE, strict=True):
        writer.name = ("V" + name)[:120]
        writer.save()
        place.manifest.expect(writer.email, "Lähetä ehdotus", "klo 16.15")
    drafts = world.drafts(round_, writers)
    for draft, name in zip(drafts, HOSTILE, strict=True):
        Proposal.objects.filter(pk=draft.pk).update(content={"title": ("T" + name) * 20}, edition=2)
    place.manifest.expect(world.officer.email, "Kierros päättyy", "klo 16.15")
    place.sweeper()
    place.finish()
    with connection.cursor() as cursor:
        try:
            cursor.execute("SELECT %s", ["a\0b"])
        except ValueError:
            pass  # NUL reaches no row at all
        else:
            raise AssertionError("the database takes NUL")
    _no_header_was_added(place)


def _no_header_was_added(place: Place) -> None:
    known = {"from", "to", "reply-to", "subject", "date", "message-id", "auto-submitted", "mime-version"}
    known |= {
        "list-unsubscribe",
        "list-unsubscribe-post",
        "content-type",
        "content-transfer-encoding",
        "content-language",
    }
    for mail in place.log.read():
        assert set(mail.headers) <= known, set(mail.headers) - known
        assert mail.longest <= 1000, f"a line of {mail.longest} bytes"
        assert "\n" not in mail.headers["subject"]


@fault("Content", within=660)
def ten_thousand_receivers(place: Place) -> None:
    """The rate is kept, and the sender's memory is bounded."""
    simple(place, 10_000)
    sweeper = place.sweeper(MAIL_RATE=str(RATE), MAIL_CONNECTIONS="2")
    start = time.monotonic()
    memory = 0

    def all_came() -> bool:
        nonlocal memory
        memory = max(memory, memory_of(sweeper.pid))
        time.sleep(1)
        return place.accepted() >= 10_001

    until(all_came, 600, "10,000 letters did not go")
    moments = [mail.at for mail in place.log.read()]
    window = 10
    busiest = max(
        sum(1 for other in moments[n : n + RATE * window * 2] if other - at < window)
        for n, at in enumerate(moments)
        if n % 500 == 0
    )
    took = time.monotonic() - start
    place.notes.append(f"{took:.0f} s, {busiest / window:.0f} mails a second at most of {RATE}, {memory} MB")
    assert busiest / window <= RATE * 1.3, f"{busiest / window:.0f} mails a second"
    assert memory <= 300, f"{memory} MB"
    place.linger()


def submit(draft: Proposal, writer: User) -> float:
    """Submit a draft as its writer; return when that was committed, in seconds since 1970."""
    proposals.submit(draft, draft.edition, writer)
    return time.time()
