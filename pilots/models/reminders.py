"""Reminders: what should go to whom and when. A reminder that was handed over has its ``Message``."""

from datetime import datetime, time, timedelta
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from regions.models import User
from registry.lib.dates import finnish_time, is_working_day, on_the_finnish_clock, working_day_on_or_before

from .deadlines import Step
from .messages import Letter, Message
from .rounds import Round

CLOCK = time(9, 0)  # when reminders are due, on the Finnish clock


class ReminderRuleQuerySet(models.QuerySet["ReminderRule"]):
    """Questions about many rules."""

    def reaching_invited(self) -> Self:
        """Return the first rule for preparers of each round: it also reaches invited organisations without a draft."""
        earlier = ReminderRule.objects.filter(
            round=OuterRef("round"), audience=OuterRef("audience"), days_before__gt=OuterRef("days_before")
        )
        return self.filter(~Exists(earlier), audience=ReminderRule.Audience.PREPARERS)


class ReminderRule(models.Model):
    """How many days before a round's deadlines whom to remind; on a non-working day the reminder goes earlier."""

    class Audience(models.TextChoices):
        """Whom a rule is for."""

        PREPARERS = "preparers", _("preparers")
        OWNER = "owner", _("the round's owner")

    round = models.ForeignKey(Round, models.CASCADE, related_name="rules")
    audience = models.CharField(max_length=10, choices=Audience)
    days_before = models.SmallIntegerField()  # negative: after
    active_from = models.DateTimeField()  # nothing is sent for moments before

    objects = ReminderRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("reminder rule")
        ordering = ["round", "audience", "-days_before"]
        constraints = [
            models.UniqueConstraint(
                name="a_rule_stands_once_in_a_round",
                fields=["round", "audience", "days_before"],
                violation_error_message=_("This rule is there already."),
            ),
            models.CheckConstraint(
                name="a_rule_is_within_a_year_of_the_deadline",
                condition=Q(days_before__gte=-365, days_before__lte=365),
                violation_error_message=_("A rule is within a year of the deadline."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_audience_display()} {self.days_before}"

    @property
    def letter(self) -> Letter:
        """The letter of the rule as pages name it. What a preparer gets depends on the proposals of the moment."""
        if self.audience == self.Audience.PREPARERS:
            return Letter.DRAFT_NOT_SENT
        return Letter.OWNER_SUMMARY if self.days_before < 0 else Letter.OWNER_AHEAD

    def due_at(self, closes_at: datetime) -> datetime:
        """Return the aware moment when a reminder of a deadline at ``closes_at`` is due by this rule.

        Days are counted on the Finnish calendar, and it is nine on the Finnish clock, whatever clock changes lie
        between. A reminder before the deadline comes earlier where its day is no working day, or its moment not before
        the deadline. A reminder after the deadline comes later instead: it tells that the deadline has passed.
        """
        day = finnish_time(closes_at).date() - timedelta(days=self.days_before)
        if self.days_before < 0:
            while not is_working_day(day):
                day += timedelta(days=1)
            return on_the_finnish_clock(day, CLOCK)
        day = working_day_on_or_before(day)
        while on_the_finnish_clock(day, CLOCK) >= closes_at:
            day = working_day_on_or_before(day - timedelta(days=1))
        return on_the_finnish_clock(day, CLOCK)


class Reminder(models.Model):
    """One reminder of a person: planned once for a rule, a step, and the versions of deadline and extension."""

    class State(models.TextChoices):
        """What became of it."""

        PLANNED = "planned", _("planned")
        QUEUED = "queued", _("handed over")
        SKIPPED = "skipped", _("skipped")
        SUPERSEDED = "superseded", _("replaced: the deadline moved")

    class Reason(models.TextChoices):
        """Why it was skipped."""

        SUBMITTED = "submitted", _("the proposal is sent already")
        WITHDRAWN = "withdrawn", _("the proposal is withdrawn")
        CLOSED = "closed", _("the step had closed")
        CANCELLED = "cancelled", _("the round was cancelled")
        NOT_AN_EDITOR = "not_an_editor", _("no longer their task")
        NOT_ASKED = "not_asked", _("the step does not ask it of them")
        NO_ADDRESS = "no_address", _("no working address")
        COLLAPSED = "collapsed", _("a later reminder says the same")
        RECENTLY_TOLD = "recently_told", _("reminded less than 20 hours ago")
        PAST = "past", _("was past when the rule began")
        OPTED_OUT = "opted_out", _("has switched reminders off")

    rule = models.ForeignKey(ReminderRule, models.CASCADE, related_name="reminders")
    step = models.ForeignKey(Step, models.CASCADE, related_name="reminders")
    deadline_version = models.PositiveSmallIntegerField()
    extension_version = models.PositiveSmallIntegerField(default=0)  # of the organisation's extension; 0: none
    user = models.ForeignKey(User, models.CASCADE, related_name="reminders")
    due_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State, default=State.PLANNED)
    reason = models.CharField(max_length=16, choices=Reason, blank=True, default="")
    settled_at = models.DateTimeField(null=True, blank=True)
    message = models.ForeignKey(Message, models.PROTECT, null=True, blank=True, related_name="reminders")

    class Meta:
        verbose_name = _("reminder")
        ordering = ["due_at", "pk"]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="planned"), name="reminder_due")]
        constraints = [
            models.UniqueConstraint(
                name="a_reminder_is_planned_once",
                fields=["rule", "step", "deadline_version", "extension_version", "user"],
                violation_error_message=_("This reminder is planned already."),
            ),
            models.CheckConstraint(
                name="a_reminder_is_in_a_known_state",
                condition=Q(state__in=["planned", "queued", "skipped", "superseded"]),
                violation_error_message=_("This state is not known."),
            ),
            models.CheckConstraint(
                name="a_skipped_reminder_says_why",
                condition=Q(state="skipped") & ~Q(reason="") | ~Q(state="skipped") & Q(reason=""),
                violation_error_message=_("A skipped reminder says why."),
            ),
            models.CheckConstraint(
                name="a_queued_reminder_has_its_message",
                condition=Q(state="queued", message__isnull=False) | ~Q(state="queued") & Q(message__isnull=True),
                violation_error_message=_("A reminder handed over has its message."),
            ),
            models.CheckConstraint(
                name="a_settled_reminder_has_its_time",
                condition=Q(state="planned", settled_at__isnull=True)
                | ~Q(state="planned") & Q(settled_at__isnull=False),
                violation_error_message=_("A settled reminder has its time."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} · {self.user}"
