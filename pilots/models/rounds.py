"""Rounds of proposals. The phase of a round follows from the dates of its steps; none is stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, OuterRef, Q
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from regions.models import Group, Organisation, Region, Sourced, User
from registry.lib.dates import Fuzzily
from registry.lib.languages import Translated, name_column, text_column

from .deadlines import Phase, Step, first_to_come
from .pilots import Pilot
from .programmes import Programme

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


KEPT = timedelta(days=1)  # how long what was deleted can be brought back
SUBMITTED = ("submitted", "accepted", "not_selected")  # states of a proposal; those of ``Proposal`` stand above rounds


class RoundQuerySet(models.QuerySet["Round"]):
    """Questions about many rounds."""

    def public(self) -> Self:
        """Return the published rounds."""
        return self.filter(published_at__isnull=False)

    def visible_to(self, viewer: User | AnonymousUser, at: datetime) -> Self:
        """Return the rounds that ``viewer`` may read at ``at``: ministry staff also the unpublished ones."""
        if isinstance(viewer, User) and viewer.of_ministry(at):
            return self.all()
        return self.public()

    def open(self, at: datetime) -> Self:
        """Return the published rounds that have a step open at ``at`` for everyone."""
        return self.public().filter(
            models.Exists(Step.objects.filter(round=OuterRef("pk"), opens_at__lte=at, closes_at__gte=at)),
            cancelled_at__isnull=True,
        )

    def answerable_by(self, organisation_id: int | None, at: datetime) -> Self:
        """Return the rounds that the organisation may answer at ``at``.

        Such a round asks for something, invites the organisation or nobody by name, and has a step open to it.
        """
        invited = Round.invited.through._default_manager.filter(round=OuterRef("pk"))  # a join repeats rounds
        return self.public().filter(
            ~models.Exists(invited) | models.Exists(invited.filter(organisation=organisation_id)),
            models.Exists(Step.objects.filter(round=OuterRef("pk")).beginning(organisation_id, at)),
            cancelled_at__isnull=True,
            asks__len__gt=0,
        )

    def concerning(self, region: Region, day: date) -> Self:
        """Return the rounds that organisations of the region on the Finnish ``day`` may answer, invited or not."""
        invited = Round.invited.through._default_manager.filter(round=OuterRef("pk"))
        own = Organisation.objects.covering([region], day)
        return self.filter(~models.Exists(invited) | models.Exists(invited.filter(organisation__in=own.values("pk"))))

    def inviting(self, organisation: Organisation) -> Self:
        """Return the rounds that invite the organisation, or nobody by name."""
        invited = Round.invited.through._default_manager.filter(round=OuterRef("pk"))
        return self.filter(~models.Exists(invited) | models.Exists(invited.filter(organisation=organisation)))

    def ahead(self, at: datetime) -> Self:
        """Return the published rounds that are not open at ``at`` and have a step that opens later."""
        later = models.Exists(Step.objects.filter(round=OuterRef("pk"), opens_at__gt=at))
        return self.public().filter(later, cancelled_at__isnull=True).exclude(pk__in=self.open(at).values("pk"))

    def over(self, at: datetime) -> Self:
        """Return the published rounds that are closed, past or cancelled at ``at``, the latest first."""
        rounds = self.public().exclude(pk__in=self.open(at).values("pk")).exclude(pk__in=self.ahead(at).values("pk"))
        closed = models.Max(Cast("steps__closes_at", models.DateField()))
        return rounds.annotate(ended=Coalesce(closed, F("when_days__endswith"), F("when_days__startswith"))).order_by(
            F("ended").desc(nulls_last=True), "slug"
        )

    def known_on(self, day: date | None) -> Self:
        """Return the rounds that were published by ``day``; of those without steps the begun or undated. None: all."""
        if day is None:
            return self
        stepped = models.Exists(Step.objects.filter(round=OuterRef("pk")))
        told = Q(when_days__isnull=True) | Q(when_days__startswith__isnull=True) | Q(when_days__startswith__lte=day)
        return self.filter(stepped & Q(published_at__date__lte=day) | ~stepped & told)

    def with_counts(self) -> Self:
        """Return the rounds with the number of organisations that answer, for every page and letter of the ministry.

        ``submitted``: at least one proposal is submitted; ``drafts``: none is, but one is a draft; ``withdrawn``: all
        are withdrawn; ``silent``: the round invites the organisation, and it has no proposal.
        """
        began, living, submitted = _answering(), _answering([*SUBMITTED, "draft"]), _answering(SUBMITTED)
        own = Organisation.objects.filter(pk=OuterRef("organisation"), proposals__round=OuterRef("round"))
        invited = Round.invited.through._default_manager.filter(round=OuterRef("pk")).filter(~models.Exists(own))
        silent = invited.order_by().values("round").annotate(n=models.Count("organisation")).values("n")
        return self.annotate(
            submitted=submitted,
            drafts=living - submitted,
            withdrawn=began - living,
            silent=Coalesce(models.Subquery(silent), 0),
        )

    def by_deadline(self) -> Self:
        """Return the rounds in the order of their first deadlines."""
        return self.annotate(first_deadline=models.Min("steps__closes_at")).order_by("first_deadline", "slug")

    def for_list(self) -> Self:
        """Return the rounds with what a line of the list shows."""
        return self.select_related("programme", "organiser", "organising_group").prefetch_related("steps")

    def for_page(self, viewer: User | AnonymousUser, at: datetime) -> Self:
        """Return the rounds with all that the page of a round shows; linked rounds only if ``viewer`` may read them."""
        visible = self.model.objects.visible_to(viewer, at)
        return self.select_related("programme", "organiser", "organising_group").prefetch_related(
            models.Prefetch("previous", visible),
            models.Prefetch("following", visible),
            "steps__changes",
            "steps__extensions",
            "criteria",
            "corrections",
            "public_answers",
            "own_forms__questions",
            "asked_points",
            models.Prefetch("invited", Organisation.objects.by_name()),
            "sources",
        )


def _answering(states: Sequence[str] = ()) -> models.Subquery:
    """Return the expression that counts the organisations with a proposal in the round, in one of ``states`` if any."""
    which = Q(proposals__state__in=states) if states else None
    counted = models.Count("proposals__organisation", filter=which, distinct=True)
    rounds = Round.objects.filter(pk=OuterRef("pk")).order_by().values("pk")
    return models.Subquery(rounds.annotate(n=counted).values("n"))


class Round(Sourced, Fuzzily):
    """A round of talks or proposals. A living round has steps with deadlines, a round of the past a fuzzy date only."""

    class Kind(models.TextChoices):
        """What happens in a round."""

        OPENING_TALKS = "opening_talks", _("opening talks")
        PROPOSALS = "proposals", _("proposal round")
        REFINEMENT = "refinement", _("refinement round")
        TALKS = "talks", _("talks")
        START = "start", _("start of the pilots")
        MARKET_DIALOGUE = "market_dialogue", _("market dialogue")
        SURVEY = "survey", _("survey")
        APPLICATIONS = "applications", _("application round")

    class Asks(models.TextChoices):
        """What may be sent in a round: a preliminary proposal, or an expression of interest, which is shorter."""

        PRELIMINARY = "preliminary", _("preliminary proposal")
        INTEREST = "interest", _("expression of interest")

    slug = models.SlugField(max_length=80, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    programme = models.ForeignKey(Programme, models.PROTECT, null=True, blank=True, related_name="rounds")
    pilot = models.ForeignKey(Pilot, models.PROTECT, null=True, blank=True, related_name="rounds")
    previous = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="following")
    organiser = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="rounds")
    organising_group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="rounds")
    name_fi = name_column(required=True)
    name_sv = name_column()
    name_en = name_column()
    addressed_to_fi = name_column()
    addressed_to_sv = name_column()
    addressed_to_en = name_column()
    guidance_fi = text_column()
    guidance_sv = text_column()
    guidance_en = text_column()
    contact_fi = text_column()  # whom to call
    contact_sv = text_column()
    contact_en = text_column()
    asks = ArrayField(models.CharField(max_length=12, choices=Asks), default=list, blank=True)
    applicants = models.PositiveSmallIntegerField(null=True, blank=True)
    selected = models.PositiveSmallIntegerField(null=True, blank=True)
    carried_through = models.PositiveSmallIntegerField(null=True, blank=True)
    planned_only = models.BooleanField(default=False)  # the source only plans it
    owner = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="rounds_owned")
    invited: models.ManyToManyField[Organisation, models.Model] = models.ManyToManyField(
        Organisation, blank=True, related_name="invited_to"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    cancelled_because_fi = text_column()
    cancelled_because_sv = text_column()
    cancelled_because_en = text_column()
    two_deciders = models.BooleanField(default=False)  # one person proposes a decision, another one confirms it
    outcome_published_at = models.DateTimeField(null=True, blank=True)
    outcome_published_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    questions_until = models.DateField(null=True, blank=True)  # the last day on which preparers may ask about it
    assess_until = models.DateField(null=True, blank=True)  # the day by which its assessors are ready
    changed_at = models.DateTimeField(null=True, blank=True)  # saved last, before it was published
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    edition = models.PositiveIntegerField(default=1)

    name = Translated("name")
    addressed_to = Translated("addressed_to")
    guidance = Translated("guidance")
    contact = Translated("contact")
    cancelled_because = Translated("cancelled_because")
    note = Translated("note")

    objects = RoundQuerySet.as_manager()
    WRITTEN_BY_VERBS = (
        *("slug", "organiser", "owner", "invited", "published_at", "changed_at", "changed_by", "edition"),
        *("cancelled_at", "cancelled_by", "cancelled_because_fi", "cancelled_because_sv", "cancelled_because_en"),
        *("two_deciders", "outcome_published_at", "outcome_published_by", "questions_until", "assess_until"),
    )

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                name="a_round_is_published_in_finnish_and_swedish_at_once",
                condition=Q(published_at__isnull=True) | ~(Q(name_fi="") | Q(name_sv="")),
                violation_error_message=_("Publishing needs the name in Finnish and in Swedish."),
            ),
            models.CheckConstraint(
                name="a_round_with_an_owner_is_published_whole",
                condition=Q(published_at__isnull=True)
                | Q(owner__isnull=True)
                | ~(Q(guidance_fi="") | Q(guidance_sv="") | Q(contact_fi="") | Q(contact_sv="")),
                violation_error_message=_("Publishing needs guidance and contact in Finnish and in Swedish."),
            ),
            models.CheckConstraint(
                name="a_cancelled_round_was_published",
                condition=Q(cancelled_at__isnull=True) | Q(published_at__isnull=False),
                violation_error_message=_("Only a published round can be cancelled."),
            ),
            models.CheckConstraint(
                name="a_cancelled_round_says_why",
                condition=Q(cancelled_at__isnull=True) | ~Q(cancelled_because_fi=""),
                violation_error_message=_("Give the reason."),
            ),
            models.CheckConstraint(
                name="an_outcome_is_published_of_a_published_round_by_somebody",
                condition=Q(outcome_published_at__isnull=True, outcome_published_by__isnull=True)
                | Q(outcome_published_at__isnull=False, outcome_published_by__isnull=False, published_at__isnull=False),
                violation_error_message=_("The outcome of a published round is published, by somebody."),
            ),
            models.CheckConstraint(
                name="a_round_does_not_follow_itself",
                condition=Q(previous__isnull=True) | ~Q(previous=F("pk")),
                violation_error_message=_("A round cannot follow itself."),
            ),
            models.CheckConstraint(
                name="no_more_are_selected_than_applied",
                condition=Q(applicants__isnull=True) | Q(selected__isnull=True) | Q(selected__lte=F("applicants")),
                violation_error_message=_("More are selected than applied."),
            ),
        ]

    def __str__(self) -> str:
        return self.name.plain

    def asks_words(self) -> list[str]:
        """Return what may be sent, in words."""
        words = dict(self.Asks.choices)
        return [str(words[kind]) for kind in self.asks]

    def phase(self, at: datetime) -> Phase:
        """Return the phase at ``at``. A published round without steps is past. SQL: ``open``, ``ahead``, ``over``."""
        if self.published_at is None:
            return Phase.DRAFT
        if self.cancelled_at is not None:
            return Phase.CANCELLED
        phases = {step.phase(at) for step in self.steps.all()}
        for phase in (Phase.OPEN, Phase.AHEAD, Phase.CLOSED):
            if phase in phases:
                return phase
        return Phase.PAST

    def kinds_in(self, step: Step) -> list[str]:
        """Return the kinds of proposals that the step takes, of those that the round asks for."""
        return [kind for kind in self.asks if step.takes_kind(kind)]

    def begun_kinds(self, organisation_id: int | None, at: datetime) -> dict[str, datetime]:
        """Return the kinds of proposals that the organisation can begin at ``at``, each with its deadline."""
        kinds: dict[str, datetime] = {}
        for step in self.steps.all():
            if step.begins_now(organisation_id, at):
                closes_at = step.closes_for(organisation_id)
                kinds |= {kind: min(closes_at, kinds.get(kind, closes_at)) for kind in self.kinds_in(step)}
        return {kind: kinds[kind] for kind in self.asks if kind in kinds}

    def closes_for(self, organisation_id: int | None, at: datetime) -> datetime | None:
        """Return the deadline for what the organisation may begin: ``first_to_come`` at ``at``."""
        steps = [step for step in self.steps.all() if step.begins(organisation_id)]
        return first_to_come([(step.opens_at, step.closes_for(organisation_id)) for step in steps], at)


class DeletedRoundQuerySet(models.QuerySet["DeletedRound"]):
    """Questions about many deleted rounds."""

    def kept(self, at: datetime) -> Self:
        """Return those that can still be brought back at ``at``, with the user who deleted each."""
        return self.filter(deleted_at__gt=at - KEPT).select_related("deleted_by")

    def past(self, at: datetime) -> Self:
        """Return those that can no longer be brought back at ``at``."""
        return self.filter(deleted_at__lte=at - KEPT)


class DeletedRound(models.Model):
    """A round that was deleted before it was published. It can be brought back for a day, and is then gone."""

    round = models.PositiveBigIntegerField(primary_key=True)  # the key that the round had, and gets again
    name = models.CharField(max_length=200)
    rows = models.JSONField()  # the round and all that belonged to it, as Django's serializer writes them
    deleted_at = models.DateTimeField()
    deleted_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = DeletedRoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("deleted round")
        verbose_name_plural = _("deleted rounds")
        ordering = ["-deleted_at"]
        indexes = [models.Index(fields=["deleted_at"], name="deleted_round_time")]

    def __str__(self) -> str:
        return self.name

    @property
    def kept_until(self) -> datetime:
        """Until when the round can be brought back."""
        return self.deleted_at + KEPT
