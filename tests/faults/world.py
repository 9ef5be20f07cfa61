"""Worlds for the faults: rounds, drafts and editors by the thousand, and what each of them should get."""

from datetime import datetime, timedelta
from typing import Any

from pilots.mail.reminders import plan
from pilots.models import Editor, Letter, Proposal, Reminder, Round
from pilots.rounds.workflow import rounds
from regions.models import Kind, Organisation, User
from registry.lib.dates import HELSINKI
from tests.factories import make_region, make_round

from .place import Place

BEGAN = datetime(2026, 10, 5, 9, 30, tzinfo=HELSINKI)  # when rounds are published
CLOSES = datetime(2026, 11, 23, 16, 15, tzinfo=HELSINKI)  # a Monday
NOW = datetime(2026, 11, 18, 9, 0, 2, tzinfo=HELSINKI)  # five days before: what every world begins with
A_COUNCIL = 20  # preparers of an organisation


def told(at: datetime) -> tuple[str, str]:
    """Return how a Finnish subject tells a deadline: day and clock."""
    wall = at.astimezone(HELSINKI)
    return f"{wall.day}.{wall.month}.", f"klo {wall.hour}.{wall.minute:02d}"


class World:
    """The people and rounds of one fault; all read Finnish unless told."""

    def __init__(self, place: Place) -> None:
        self.place, self.manifest = place, place.manifest
        self.officer = User.objects.create(
            email="officer@ministry.example", role=User.Role.OFFICER, language="fi", name="Virkamies", password="!"
        )
        self.people = 0
        make_region("04")
        place.turn_to(NOW)

    def preparers(self, number: int, language: str = "fi", **facts: Any) -> list[User]:
        """Return new preparers, twenty to a council; ``facts``: more columns of theirs."""
        first, self.people = self.people, self.people + number
        councils = Organisation.objects.bulk_create(
            Organisation(slug=f"liitto-{first}-{n}", kind=Kind.REGIONAL_COUNCIL, name_fi=f"Liitto {first}-{n}")
            for n in range(-(-number // A_COUNCIL))
        )
        return User.objects.bulk_create(
            User(
                email=f"valmistelija.{n}@liitto.example",
                name=f"Valmistelija {n}",
                role=User.Role.PREPARER,
                organisation=councils[(n - first) // A_COUNCIL],
                language=language,
                password="!",
                **facts,
            )
            for n in range(first, first + number)
        )

    def round(self, *, closes_at: datetime = CLOSES, began: datetime = BEGAN, owner: User | None = None) -> Round:
        """Return a published round with its rules and its plan as it was then."""
        made = make_round(opens_at=began + timedelta(days=1), closes_at=closes_at, published=False)
        rounds.publish(made, owner or self.officer, began)
        return Round.objects.get(pk=made.pk)

    def drafts(self, round_: Round, writers: list[User], at: datetime = BEGAN + timedelta(days=2)) -> list[Proposal]:
        """Return a draft for each writer, each the only editor of the own one."""
        drafts = Proposal.objects.bulk_create(
            Proposal(
                round=round_,
                organisation_id=writer.organisation_id,
                kind=Round.Asks.INTEREST,
                created_at=at,
                created_by=writer,
                saved_at=at,
                saved_by=writer,
                content={"title": f"Ehdotus {writer.pk}"},
            )
            for writer in writers
        )
        Editor.objects.bulk_create(
            Editor(proposal=draft, user=writer, added_at=at, added_by=writer)
            for draft, writer in zip(drafts, writers, strict=True)
        )
        return drafts

    def past(self, before: datetime) -> None:
        """Let every point before a moment be past, as if it had been told then."""
        rows = Reminder.objects.filter(due_at__lt=before, state=Reminder.State.PLANNED)
        rows.update(state=Reminder.State.SKIPPED, reason=Reminder.Reason.PAST, settled_at=before)

    def expect(self, round_: Round, writers: list[User], closes_at: datetime = CLOSES, **facts: object) -> None:
        """Expect the reminder of the round's deadline for each writer."""
        for writer in writers:
            self.manifest.expect(writer.email, "Lähetä ehdotus", round_.name_fi, *told(closes_at), **facts)

    def expect_owner(self, round_: Round, closes_at: datetime = CLOSES, letter: str = Letter.OWNER_AHEAD) -> None:
        """Expect the letter that the round's owner gets."""
        first = "Kierros päättyi" if letter == Letter.OWNER_SUMMARY else "Kierros päättyy"
        email = round_.owner.email if round_.owner else ""
        self.manifest.expect(email, first, round_.name_fi, *told(closes_at))


def simple(place: Place, number: int) -> tuple[World, Round, list[User]]:
    """Make one round with so many drafts, each by its own writer; all expect the reminder of five days before."""
    world = World(place)
    round_, writers = world.round(), world.preparers(number)
    world.drafts(round_, writers)
    world.expect(round_, writers)
    world.expect_owner(round_)
    plan(round_, BEGAN + timedelta(days=3))
    return world, round_, writers
