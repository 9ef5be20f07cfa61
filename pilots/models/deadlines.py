"""Steps of a round: what they take, from whom, until when; what moved, and who has a later deadline.

The deadline of an organisation is that of the step, or its extension where that is later: ``extended`` in Python,
``deadline_of`` in SQL, and nowhere else. The deadline itself is in time. Whether a step takes a proposal is
``Step.takes_now`` in Python and ``StepQuerySet.taking`` in SQL; whether one may be begun in it, ``Step.begins_now`` and
``StepQuerySet.beginning``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from regions.models import Organisation, User
from registry.lib.languages import Translated, text_column

from .asked import Asked, Written


class Phase(models.TextChoices):
    """The phase of a round or a step at a moment."""

    DRAFT = "draft", _("not published")
    AHEAD = "ahead", _("opens later")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")
    CANCELLED = "cancelled", _("cancelled")
    PAST = "past", _("past")


def extended(closes_at: datetime, extension: Extension | None) -> datetime:
    """Return when a step that closes at ``closes_at`` for all closes for the organisation with ``extension``."""
    return max(closes_at, extension.closes_at) if extension else closes_at


def deadline_of(organisation: int | models.OuterRef | None, *, step: str = "") -> Greatest:
    """Return the expression of an organisation's deadline of a step: ``extended`` in SQL.

    ``step`` is the way from the row outside to its step ("" for a row of ``Step``), ``organisation`` a key or the way
    to it. PostgreSQL's ``GREATEST`` leaves out what is null.
    """
    key, closes_at = (step, f"{step}__closes_at") if step else ("pk", "closes_at")
    own = Extension.objects.filter(step=models.OuterRef(key), organisation=organisation)
    return Greatest(closes_at, models.Subquery(own.values("closes_at")))


def first_to_come(spans: Iterable[tuple[datetime, datetime]], at: datetime) -> datetime | None:
    """Return the end of the first of ``spans`` that has not ended at ``at``, or else of the last; None: there is none.

    Of steps, each from its opening to its deadline, that is the deadline that matters at ``at``.
    """
    ends = [closes_at for _opens_at, closes_at in sorted(spans)]
    return next((closes_at for closes_at in ends if closes_at >= at), ends[-1] if ends else None)


def organisations_of(user: User, edited: Iterable[int]) -> set[int | None]:
    """Return the organisations whose deadlines of a round are the user's.

    ``edited`` are the organisations of the proposals in the round that the user edits; without any, the user's own.
    """
    return {*edited} or {user.organisation_id}


# The first moment after ``at`` at which a step is in another phase: just after a deadline, which itself is in time.
NEXT_BOUNDARY = """
SELECT least(
  (SELECT min(opens_at) FROM pilots_step WHERE opens_at > %(at)s),
  (SELECT min(closes_at) FROM pilots_step WHERE closes_at >= %(at)s) + interval '1 microsecond',
  (SELECT min(edits_until) FROM pilots_step WHERE edits_until >= %(at)s) + interval '1 microsecond',
  (SELECT min(closes_at) FROM pilots_extension WHERE closes_at >= %(at)s) + interval '1 microsecond'
)
"""


def next_boundary(at: datetime) -> datetime | None:
    """Return the first moment after ``at`` at which a step is in another phase, for all or for one organisation."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_BOUNDARY, {"at": at})
        row: tuple[datetime | None] = cursor.fetchone()
    return row[0]


class StepQuerySet(models.QuerySet["Step"]):
    """Questions about many steps."""

    def beginning(self, organisation_id: int | None, at: datetime) -> Self:
        """Return the steps in which the organisation can begin a proposal at ``at``: ``Step.begins_now`` in SQL."""
        asked = Asked.objects.filter(step=models.OuterRef("pk"), organisation=organisation_id, proposal=None)
        from_whom = Q(senders=Step.Senders.ALL) | Q(senders=Step.Senders.ASKED) & models.Exists(asked)
        steps = self.exclude(kind=Step.Kind.TALKS).filter(from_whom)
        return steps.annotate(deadline=deadline_of(organisation_id)).filter(opens_at__lte=at, deadline__gte=at)

    def taking(self, proposal: Written, at: datetime) -> Self:
        """Return the steps in which the proposal can be sent at ``at``, in their order: ``Step.takes_now`` in SQL."""
        sent = proposal.latest.step_id if proposal.latest else None
        asked = Asked.objects.filter(
            Q(proposal=None) | Q(proposal=proposal.pk),
            step=models.OuterRef("pk"),
            organisation=proposal.organisation_id,
        )
        from_whom = (
            Q(senders=Step.Senders.ALL)
            | Q(senders=Step.Senders.BEFORE) & (Q(after=sent) | Q(pk=sent))
            | Q(senders=Step.Senders.ASKED) & models.Exists(asked)
        )
        left = proposal.moved_on_to.position if proposal.moved_on_to else 0
        steps = self.exclude(kind=Step.Kind.TALKS).filter(
            from_whom, Q(takes=[]) | Q(takes__contains=[proposal.kind]), round=proposal.round_id, position__gte=left
        )
        editing = models.Case(models.When(pk=sent, then=F("edits_until")), default=None)
        until = Greatest(deadline_of(proposal.organisation_id), editing)
        return steps.annotate(until=until).filter(opens_at__lte=at, until__gte=at).order_by("position")

    def for_desk(self) -> Self:
        """Return the steps with each change of the deadline and each extension, and the user who made it."""
        changes = DeadlineChange.objects.select_related("changed_by")
        extensions = Extension.objects.select_related("organisation", "granted_by")
        return self.prefetch_related(
            "asked", models.Prefetch("changes", changes), models.Prefetch("extensions", extensions)
        )


class Step(models.Model):
    """A step of a round with its own deadline, to the second, on the Finnish clock."""

    class Kind(models.TextChoices):
        """What the step asks for."""

        TALKS = "talks", _("talks")
        INTEREST = "interest", _("expression of interest")
        PRELIMINARY = "preliminary", _("preliminary proposal")
        REFINEMENT = "refinement", _("refinement")

    class Senders(models.TextChoices):
        """Whose proposals the step takes."""

        ALL = "all", _("all who are invited")
        BEFORE = "before", _("those who sent in the step before")
        ASKED = "asked", _("those whom the ministry asks")

    round = models.ForeignKey("pilots.Round", models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    takes = ArrayField(models.CharField(max_length=12), default=list, blank=True)  # of ``Round.asks``; none: all
    senders = models.CharField(max_length=8, choices=Senders, default=Senders.ALL)
    after = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="+")  # the step before
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    edits_until = models.DateTimeField(null=True, blank=True)  # until then what was sent may be sent again, changed
    deadline_version = models.PositiveSmallIntegerField(default=1)

    objects = StepQuerySet.as_manager()

    class Meta:
        verbose_name = _("step")
        ordering = ["round", "position"]
        indexes = [models.Index(fields=["closes_at"], name="step_closes")]
        constraints = [
            models.UniqueConstraint(
                name="a_step_has_its_own_place",
                fields=["round", "position"],
                violation_error_message=_("Another step has this place."),
            ),
            models.CheckConstraint(
                name="a_step_opens_before_it_closes",
                condition=Q(opens_at__lt=F("closes_at")),
                violation_error_message=_("The step closes before it opens."),
            ),
            models.CheckConstraint(
                name="a_step_is_for_known_senders",
                condition=Q(senders__in=["all", "before", "asked"]),
                violation_error_message=_("Say from whom the step takes proposals."),
            ),
            models.CheckConstraint(
                name="a_step_for_those_who_sent_before_names_that_step",
                condition=Q(senders="before", after__isnull=False) | ~Q(senders="before") & Q(after__isnull=True),
                violation_error_message=_("There is no step before in which something is sent."),
            ),
            models.CheckConstraint(
                name="a_step_does_not_come_after_itself",
                condition=Q(after__isnull=True) | ~Q(after=F("pk")),
                violation_error_message=_("A step does not come after itself."),
            ),
            models.CheckConstraint(
                name="talks_take_no_proposals",
                condition=~Q(kind="talks") | Q(takes=[], senders="all", edits_until__isnull=True),
                violation_error_message=_("Nothing is sent in talks."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def takes_proposals(self) -> bool:
        """Whether proposals are sent in the step, and people reminded of its deadline: not in talks."""
        return self.kind != self.Kind.TALKS

    @property
    def says_more(self) -> bool:
        """Whether the step is not for all kinds of proposals from all who are invited."""
        return bool(self.takes) or self.senders != self.Senders.ALL

    @property
    def takes_its_own_kind(self) -> bool:
        """Whether its name says already what it takes: the step of preliminary proposals takes these alone."""
        return self.takes_words() == [self.get_kind_display()]

    def takes_words(self) -> list[str]:
        """Return the kinds of proposals that the step takes, in words."""
        asks = self.round.Asks
        return [str(asks(kind).label) for kind in self.round.kinds_in(self)]

    def is_for(self, proposal: Written) -> bool:
        """Whether the proposal may be sent in the step some time, as the kind that it is or as another one.

        It is not where the proposal has moved on to a later step.
        """
        if not self.takes_proposals or (proposal.moved_on_to and proposal.moved_on_to.position > self.position):
            return False
        if self.senders == self.Senders.BEFORE:
            return proposal.latest is not None and proposal.latest.step_id in {self.after_id, self.pk}
        if self.senders == self.Senders.ASKED:
            return any(asked.means(proposal) for asked in self.asked.all())
        return True

    def takes_kind(self, kind: str) -> bool:
        """Whether the step takes proposals of the kind."""
        return self.takes_proposals and (not self.takes or kind in self.takes)

    def takes_some_time(self, proposal: Written) -> bool:
        """Whether the step takes the proposal as it is, now or later."""
        return self.takes_kind(proposal.kind) and self.is_for(proposal)

    def takes_now(self, proposal: Written, at: datetime) -> bool:
        """Whether the proposal can be sent in the step at ``at``. ``StepQuerySet.taking``: in SQL."""
        return self.takes_some_time(proposal) and self.opens_at <= at <= self.takes_until(proposal)

    def takes_until(self, proposal: Written) -> datetime:
        """Return until when the step takes the proposal: later, if set so, where it has been sent in the step."""
        closes_at = self.closes_for(proposal.organisation_id)
        sent_here = proposal.latest is not None and proposal.latest.step_id == self.pk
        return max(closes_at, self.edits_until) if sent_here and self.edits_until else closes_at

    def waits_for(self, proposal: Written) -> bool:
        """Whether the proposal has something to be sent in the step: words that are not sent, or the whole.

        A step for those who sent before, or for those who were asked, waits for what has not been sent in it.
        """
        if not self.is_for(proposal):
            return False
        if proposal.has_unsent_words and self.takes_kind(proposal.kind):
            return True
        sent = proposal.latest.step_id if proposal.latest else None
        return proposal.state == "submitted" and self.senders != self.Senders.ALL and sent != self.pk

    def begins(self, organisation_id: int | None) -> bool:
        """Whether the organisation may begin a proposal for the step, now or later."""
        if not self.takes_proposals or self.senders == self.Senders.BEFORE:
            return False
        asked = self.senders == self.Senders.ASKED
        return not asked or any(one.means_new(organisation_id) for one in self.asked.all())

    def begins_now(self, organisation_id: int | None, at: datetime) -> bool:
        """Whether the organisation can begin a proposal in the step at ``at``. ``StepQuerySet.beginning``: in SQL."""
        return self.begins(organisation_id) and self.opens_at <= at <= self.closes_for(organisation_id)

    def phase(self, at: datetime) -> Phase:
        """Return the phase at ``at``; the deadline itself is still in time."""
        if at < self.opens_at:
            return Phase.AHEAD
        return Phase.OPEN if at <= self.closes_at else Phase.CLOSED

    def extension_of(self, organisation_id: int | None) -> Extension | None:
        """Return the extension that the organisation has of the step, if any."""
        extensions = (e for e in self.extensions.all() if e.organisation_id == organisation_id)
        return next(extensions, None)

    def closes_for(self, organisation_id: int | None) -> datetime:
        """Return when the step closes for the organisation: for all, or later if it has an extension."""
        return extended(self.closes_at, self.extension_of(organisation_id))


class DeadlineChange(models.Model):
    """A change of a step's deadline: old and new moment, user, reason. It is public."""

    step = models.ForeignKey(Step, models.CASCADE, related_name="changes")
    version = models.PositiveSmallIntegerField()
    closed_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    reason_fi = text_column(required=True)
    reason_sv = text_column()
    reason_en = text_column()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    outage_from = models.DateTimeField(null=True, blank=True)  # moved because the registry was out: on record
    outage_until = models.DateTimeField(null=True, blank=True)

    reason = Translated("reason")

    class Meta:
        verbose_name = _("change of deadline")
        ordering = ["step", "version"]
        constraints = [
            models.UniqueConstraint(
                name="a_deadline_version_is_made_once",
                fields=["step", "version"],
                violation_error_message=_("This version is there already."),
            ),
            models.CheckConstraint(
                name="a_moved_deadline_has_a_reason",
                condition=~Q(reason_fi=""),
                violation_error_message=_("Give the reason."),
            ),
            models.CheckConstraint(
                name="an_outage_has_its_beginning_and_its_end",
                condition=Q(outage_from__isnull=True, outage_until__isnull=True)
                | Q(outage_from__isnull=False, outage_until__isnull=False, outage_from__lt=F("outage_until")),
                violation_error_message=_("An outage has its beginning and, after it, its end."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} v{self.version}"


class Extension(models.Model):
    """A later deadline of a step for an organisation, with its reason; all staff see it."""

    step = models.ForeignKey(Step, models.CASCADE, related_name="extensions")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="extensions")
    closes_at = models.DateTimeField()
    # Raised above all others of the step each time it changes: reminders are planned anew, each for its own date.
    version = models.PositiveSmallIntegerField(default=1)
    reason = models.TextField()
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("extension")
        ordering = ["step", "organisation"]
        constraints = [
            models.UniqueConstraint(
                name="an_organisation_has_one_extension_of_a_step",
                fields=["step", "organisation"],
                violation_error_message=_("The organisation has an extension already."),
            ),
            models.UniqueConstraint(
                name="a_version_of_an_extension_is_made_once_in_a_step",
                fields=["step", "version"],
                violation_error_message=_("This version is there already."),
            ),
            models.CheckConstraint(
                name="an_extension_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Give the reason."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} · {self.organisation}"
