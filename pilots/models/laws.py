"""Laws: acts and bills that pilots and programmes depend on, with the dates of what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from regions.models import Sourced, User
from registry.lib.dates import Fuzzily
from registry.lib.directions import isolated
from registry.lib.formats import period_words
from registry.lib.languages import Translated, name_column, reader_language, text_column

from .pilots import Pilot
from .programmes import Programme, Reform

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


SWEDISH = {"HE": "RP", "TyVM": "AjUB", "TyVL": "AjUU", "PTK": "PR"}  # how Parliament calls its papers in Swedish


def numbered(number: str) -> str:
    """Return the number of a law or of a paper of Parliament as the reader's language writes it: ``RP 51/2017 rd``."""
    paper, _blank, rest = number.partition(" ")
    if reader_language() != "sv" or paper not in SWEDISH:
        return number
    return f"{SWEDISH[paper]} {rest.removesuffix('vp')}rd"


class LawQuerySet(models.QuerySet["Law"]):
    """Questions about many laws."""

    def for_list(self, viewer: User | AnonymousUser, at: datetime) -> Self:
        """Return them with what a line of a list shows; pilots only if ``viewer`` may read them."""
        return self.prefetch_related(
            "events", "programmes", Prefetch("pilots", Pilot.objects.visible_to(viewer, at).order_by("code"))
        )

    def latest_first(self) -> Self:
        """Return them by the year of their number, the newest first."""
        year = models.Func(models.F("number"), models.Value("/([0-9]{4})"), function="substring")
        return self.order_by(year.desc(), "kind", "-slug")

    def for_page(self, viewer: User | AnonymousUser, at: datetime) -> Self:
        """Return them with all that the page of one shows."""
        return self.for_list(viewer, at).prefetch_related(
            "events__sources", "sources", "reforms", "bills__events", "acts__events"
        )


class Law(Sourced):
    """An act or a bill: its number, its names, and through its events what became of it."""

    class Kind(models.TextChoices):
        """What it is."""

        ACT = "act", _("act")
        BILL = "bill", _("government bill")

    class State(models.TextChoices):
        """What became of it."""

        IN_FORCE = "in_force", pgettext_lazy("state of a law", "in force")
        EXPIRED = "expired", pgettext_lazy("state of a law", "expired")
        REPEALED = "repealed", pgettext_lazy("state of a law", "repealed")
        PASSED = "passed", pgettext_lazy("state of a law", "passed")
        LAPSED = "lapsed", pgettext_lazy("state of a law", "lapsed")

    slug = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=4, choices=Kind)
    number = models.CharField(max_length=20, unique=True)
    name_fi = name_column(required=True, length=400)
    name_sv = name_column(length=400)
    name_en = name_column(length=400)
    short_name_fi = name_column(required=True)  # the registry's own short wording, not an official name
    short_name_sv = name_column()
    short_name_en = name_column()
    state = models.CharField(max_length=10, choices=State, blank=True, default="")
    state_is_sourced = models.BooleanField(default=True)  # else the state is general knowledge
    bearing_fi = text_column()  # what it meant for the pilots
    bearing_sv = text_column()
    bearing_en = text_column()
    not_read_fi = text_column()  # what of it was not read
    not_read_sv = text_column()
    not_read_en = text_column()
    url = models.URLField(max_length=500, blank=True, default="")
    url_sv = models.URLField(max_length=500, blank=True, default="")
    bills = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="acts")
    reforms: models.ManyToManyField[Reform, models.Model] = models.ManyToManyField(
        Reform, blank=True, related_name="laws"
    )
    programmes: models.ManyToManyField[Programme, models.Model] = models.ManyToManyField(
        Programme, blank=True, related_name="laws"
    )
    pilots: models.ManyToManyField[Pilot, models.Model] = models.ManyToManyField(Pilot, blank=True, related_name="laws")

    name = Translated("name")
    short_name = Translated("short_name")
    bearing = Translated("bearing")
    not_read = Translated("not_read")
    note = Translated("note")

    objects = LawQuerySet.as_manager()

    class Meta:
        verbose_name = _("law")
        verbose_name_plural = _("laws")
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                name="an_act_is_numbered_as_acts_and_a_bill_as_bills",
                condition=Q(kind="act", number__regex=r"^[0-9]+/[0-9]{4}$")
                | Q(kind="bill", number__regex=r"^HE [0-9]+/[0-9]{4} vp$"),
                violation_error_message=_("An act is numbered like 505/2017, a bill like HE 51/2017 vp."),
            ),
            models.CheckConstraint(
                name="a_law_is_in_a_state_of_its_kind",
                condition=Q(state="")
                | Q(kind="act", state__in=["in_force", "expired", "repealed"])
                | Q(kind="bill", state__in=["passed", "lapsed"]),
                violation_error_message=_("An act is in force, expired or repealed; a bill is passed or lapsed."),
            ),
            models.CheckConstraint(
                name="a_law_is_named_in_finnish_and_swedish",
                condition=~Q(short_name_sv=""),
                violation_error_message=_("Give the short name in Finnish and in Swedish."),
            ),
        ]

    def __str__(self) -> str:
        return f"{isolated(self.short_name.plain)} ({self.numbered})"

    def get_absolute_url(self) -> str:
        """Return the address of the law's page in the reader's language."""
        return reverse("law", args=[self.slug])

    @property
    def numbered(self) -> str:
        """The number as the reader's language writes it."""
        return numbered(self.number)

    @property
    def address(self) -> str:
        """The address of the text, in the reader's language where it is known."""
        return self.url_sv if self.url_sv and reader_language() == "sv" else self.url

    @property
    def pilots_counted(self) -> tuple[int, int]:
        """How many pilots it concerns, and how many sub-pilots beside them."""
        pilots = self.pilots.all()
        parts = sum(pilot.parent_id is not None for pilot in pilots)
        return len(pilots) - parts, parts

    @property
    def in_short(self) -> str:
        """What became of it, in words with dates: ``given 10 July 2017, in force 1 August 2017``."""
        return ", ".join(event.in_short for event in self.events.all() if event.tells_the_state)


class LawEvent(Sourced, Fuzzily):
    """One step in the life of a law, as a source tells it; a planned one was an aim, and may not have come true."""

    class Kind(models.TextChoices):
        """What happened."""

        PLANNED_START = "planned_start", _("planned start")
        PLANNED_IN_FORCE = "planned_in_force", _("planned entry into force")
        BILL_GIVEN = "bill_given", _("given to Parliament")
        IN_PARLIAMENT = "in_parliament", _("before Parliament")
        REFERRAL_DEBATE = "referral_debate", _("referral debate")
        COMMITTEE_REPORT = "committee_report", _("committee report")
        PASSED = "passed", _("passed by Parliament")
        GIVEN = "given", _("act given")
        CONFIRMED = "confirmed", _("act confirmed")
        IN_FORCE = "in_force", _("entry into force")
        PLANNED_END = "planned_end", _("planned end")
        AMENDING_BILL = "amending_bill", _("amending bill")
        EXTENDING_BILL = "extending_bill", _("bill to extend")
        EXTENSION_IN_FORCE = "extension_in_force", _("extension in force")
        NOTIFICATIONS_DUE = "notifications_due", _("notifications due")
        EXPIRED = "expired", _("expiry")
        REPEALED = "repealed", _("repeal")
        LAPSED = "lapsed", _("lapse")

    law = models.ForeignKey(Law, models.CASCADE, related_name="events")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, choices=Kind)
    number = models.CharField(max_length=40, blank=True, default="")  # of the document: TyVM 16/2020 vp
    planned = models.BooleanField(default=False)

    note = Translated("note")

    # What tells the state of a law in short.
    TELLING = {
        Kind.BILL_GIVEN: pgettext_lazy("law", "given to Parliament"),
        Kind.PASSED: pgettext_lazy("law", "passed"),
        Kind.GIVEN: pgettext_lazy("law", "given"),
        Kind.CONFIRMED: pgettext_lazy("law", "confirmed"),
        Kind.IN_FORCE: pgettext_lazy("law", "in force"),
        Kind.EXPIRED: pgettext_lazy("law", "expired"),
        Kind.REPEALED: pgettext_lazy("law", "repealed"),
        Kind.LAPSED: pgettext_lazy("law", "lapsed"),
    }

    class Meta:
        verbose_name = _("event of a law")
        verbose_name_plural = _("events of laws")
        ordering = ["law", "position"]
        constraints = [
            models.UniqueConstraint(
                name="an_event_of_a_law_has_its_own_place",
                fields=["law", "position"],
                violation_error_message=_("Another event has this place."),
            ),
            models.CheckConstraint(
                name="a_planned_event_of_a_law_is_called_planned",
                condition=~Q(kind__startswith="planned_") | Q(planned=True),
                violation_error_message=_("What was planned is marked as planned."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def paper(self) -> str:
        """The number of the document, as the reader's language writes it."""
        return numbered(self.number)

    @property
    def tells_the_state(self) -> bool:
        """Whether it came true, has a date, was read in a source, and is one that tells the state."""
        return self.kind in self.TELLING and bool(self.when) and not self.planned and self.verification == "verified"

    @property
    def in_short(self) -> str:
        """What happened and when: a day as it is, any other time in brackets."""
        words = self.TELLING[self.Kind(self.kind)]
        if self.when.exact:
            return f"{words} {period_words(self.when.earliest, self.when.latest, reader_language())}"
        if reader_language() == "fi":
            return f"{words} ({self.when.words})"
        return f"{words} ({period_words(self.when.earliest, self.when.latest, reader_language())})"
