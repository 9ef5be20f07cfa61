"""Results: what came of a pilot or a programme, claim by claim, each with its source; and where results were sought."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, cast

from django.db import models
from django.db.models import Case, F, Prefetch, Q, Value, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from regions.models import Source, Sourced, User
from registry.lib.dates import Fuzzily
from registry.lib.languages import Text, Translated, text_column

from .pilots import Pilot
from .programmes import Programme

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Evidence(models.TextChoices):
    """How strong the evidence behind a claim is, the strongest first."""

    REGISTER_STUDY = "register_study", _("register study")
    EVALUATION = "evaluation", _("external evaluation")
    OWN_REPORT = "own_report", _("own report")
    STATEMENT = "statement", _("statement only")


class Outcome(models.TextChoices):
    """How a pilot or a programme ended, as the registry reads its sources."""

    WORKED = "worked", _("worked")
    PARTLY = "partly", _("worked in part")
    TRANSFERRED = "transferred", _("went on in another form")
    INCONCLUSIVE = "inconclusive", _("inconclusive")
    STOPPED = "stopped", _("stopped")
    UNKNOWN = "unknown", _("outcome not known")


class ClaimKind(models.TextChoices):
    """What a claim tells, in the order of the page."""

    WORKED = "worked", _("what worked")
    FAILED = "failed", _("what did not work")
    CONDITION = "condition", _("condition")
    PROBLEM = "problem", _("the problem")
    DONE = "done", _("what was done")
    FOR_WHOM = "for_whom", _("for whom")
    REUSED = "reused", _("what others took up")
    CONFLICT = "conflict", _("where sources disagree")


class Concerns(models.TextChoices):
    """What a claim is about."""

    PILOT = "pilot", _("this pilot")
    PROGRAMME = "programme", _("the whole programme")


def told_in_finnish_and_swedish(name: str) -> Q:
    """Return the condition that a text is there in both languages of the law."""
    return ~(Q(**{f"{name}_fi": ""}) | Q(**{f"{name}_sv": ""}))


class Noted(Sourced):
    """A row whose sources stand on the page as numbered notes."""

    marks: list[int]  # the numbers of its sources on the page; given by ``ResultCard.notes``

    class Meta:
        abstract = True


class ResultCardQuerySet(models.QuerySet["ResultCard"]):
    """Questions about many result cards."""

    def visible_to(self, viewer: User | AnonymousUser, at: datetime) -> Self:
        """Return those of programmes, and of the pilots that ``viewer`` may read at ``at``."""
        pilots = Pilot.objects.visible_to(viewer, at)
        return self.filter(Q(pilot__isnull=True) | Q(pilot__in=pilots.values("pk")))

    def by_outcome(self) -> Self:
        """Return them so that those with a result come first; those of which least is known last."""
        place = Case(*(When(outcome=outcome, then=Value(n)) for n, outcome in enumerate(Outcome)), default=Value(9))
        return self.order_by(place, "programme", "pilot__code")

    def newest_first(self) -> Self:
        """Return them by the day of the newest source."""
        return self.order_by(F("when_days__endswith").desc(nulls_last=True), "programme", "pilot__code")

    def for_list(self) -> Self:
        """Return them with what a line of a list shows."""
        return self.select_related("pilot__programme", "programme").prefetch_related(
            "pilot__regions", "documents", "claims", "figures"
        )

    def for_page(self, viewer: User | AnonymousUser, at: datetime) -> Self:
        """Return them with all that a page shows; a pilot that went on only if ``viewer`` may read it."""
        return self.select_related("went_on_in").prefetch_related(
            Prefetch("went_on_as", Pilot.objects.visible_to(viewer, at)),
            "sources",
            "claims__sources",
            "figures__sources",
            "documents__sources",
            "open_questions__sources",
        )


class ResultCard(Noted, Fuzzily):
    """What came of a pilot or of a whole programme.

    The outcome is the registry's own reading, and ``basis`` says what it rests on; the claims are of the sources.
    ``when`` is the day of the newest source.
    """

    slug = models.SlugField(max_length=80, unique=True)
    pilot = models.OneToOneField(Pilot, models.CASCADE, null=True, blank=True, related_name="result_card")
    programme = models.OneToOneField(Programme, models.CASCADE, null=True, blank=True, related_name="result_card")
    outcome = models.CharField(max_length=12, choices=Outcome)
    basis_fi = text_column(required=True)
    basis_sv = text_column()
    basis_en = text_column()
    went_on_as = models.ForeignKey(Pilot, models.PROTECT, null=True, blank=True, related_name="came_from_results")
    went_on_in = models.ForeignKey(Programme, models.PROTECT, null=True, blank=True, related_name="came_from_results")

    basis = Translated("basis")
    note = Translated("note")

    objects = ResultCardQuerySet.as_manager()

    class Meta:
        verbose_name = _("result card")
        verbose_name_plural = _("result cards")
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                name="a_result_card_is_of_a_pilot_or_of_a_programme",
                condition=Q(pilot__isnull=False, programme__isnull=True)
                | Q(pilot__isnull=True, programme__isnull=False),
                violation_error_message=_("A result card is of a pilot or of a programme, not of both."),
            ),
            models.CheckConstraint(
                name="a_result_has_a_known_outcome",
                condition=Q(outcome__in=Outcome.values),
                violation_error_message=_("This outcome is not known."),
            ),
            models.CheckConstraint(
                name="an_outcome_has_its_basis_in_finnish_and_swedish",
                condition=told_in_finnish_and_swedish("basis"),
                violation_error_message=_("Say in Finnish and in Swedish what the outcome rests on."),
            ),
            models.CheckConstraint(
                name="only_a_transferred_result_went_on",
                condition=Q(outcome="transferred") | Q(went_on_as__isnull=True, went_on_in__isnull=True),
                violation_error_message=_("Only what went on in another form names where it went on."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pilot or self.programme)

    def get_absolute_url(self) -> str:
        """Return the address of the card: its place on the page of its pilot or programme."""
        if self.pilot:
            return f"{self.pilot.get_absolute_url()}#results"
        return f"{reverse('programme', args=[self.of_programme.slug])}#results"

    @property
    def of_programme(self) -> Programme:
        """The programme that the card is of, or the pilot's."""
        return self.pilot.programme if self.pilot else cast("Programme", self.programme)

    @property
    def name(self) -> Text:
        """The name of the pilot or of the programme."""
        return (self.pilot or self.of_programme).name

    @cached_property
    def told(self) -> dict[str, list[Any]]:
        """The claims by their kind."""
        found: dict[str, list[Any]] = defaultdict(list)
        for claim in self.claims.all():
            found[claim.kind].append(claim)
        return dict(found)

    @cached_property
    def notes(self) -> list[Source]:
        """The sources, each once, in the order of the page; every row gets the numbers of its own as ``marks``."""
        numbers: dict[int, int] = {}
        sources: list[Source] = []
        for row in self._rows():
            row.marks = []
            for source in row.sources.all():
                if source.pk not in numbers:
                    sources.append(source)
                    numbers[source.pk] = len(sources)
                row.marks.append(numbers[source.pk])
            row.marks.sort()
        return sources

    def _rows(self) -> list[Noted]:
        """Return all that has sources, in the order of the page."""
        claims = [claim for kind in ClaimKind.values for claim in self.told.get(kind, [])]
        return [self, *claims, *self.figures.all(), *self.open_questions.all(), *self.documents.all()]

    @property
    def evidence(self) -> list[str]:
        """The kinds of evidence the card rests on, in words, the strongest first."""
        kinds = {document.kind for document in self.documents.all()}
        return [str(label) for kind, label in Evidence.choices if kind in kinds]

    @property
    def only_of_programme(self) -> bool:
        """Whether no claim on what came of it is about the pilot itself."""
        came_of_it = [*self.told.get("worked", []), *self.told.get("failed", [])]
        return self.pilot_id is not None and all(claim.concerns == Concerns.PROGRAMME for claim in came_of_it)


class ResultSearch(Sourced, Fuzzily):
    """A search for results of a pilot: the day, what was searched, what was found. ``when`` is the newest evidence."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="result_searches")
    searched_on = models.DateField()
    searched_fi = text_column(required=True)
    searched_sv = text_column()
    searched_en = text_column()
    found_fi = text_column()
    found_sv = text_column()
    found_en = text_column()

    searched = Translated("searched")
    found = Translated("found")

    class Meta:
        verbose_name = _("search for results")
        verbose_name_plural = _("searches for results")
        ordering = ["pilot", "-searched_on"]
        constraints = [
            models.UniqueConstraint(
                name="the_results_of_a_pilot_are_sought_once_a_day",
                fields=["pilot", "searched_on"],
                violation_error_message=_("A search of this day is there already."),
            ),
            models.CheckConstraint(
                name="a_search_for_results_is_told_in_finnish_and_swedish",
                condition=told_in_finnish_and_swedish("searched"),
                violation_error_message=_("Say in Finnish and in Swedish what was searched."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pilot} {self.searched_on}"
