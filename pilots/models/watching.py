"""The watch over reminders and mail: the installation and its last sweep, reconciliations, alarms."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .deadlines import Step


class Installation(models.Model):
    """The installation, one row: when it last swept, whose database this is, and the circuit breaker of its mail."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    swept_at = models.DateTimeField()
    # The installation that the database belongs to: a copy of it elsewhere sends nothing.
    deployment = models.CharField(max_length=200, blank=True, default="")
    digests_until = models.DateField(null=True, blank=True)  # the Monday of the last week whose digests are all written
    mail_waits_until = models.DateTimeField(null=True, blank=True)  # the circuit breaker is open
    mail_trouble_since = models.DateTimeField(null=True, blank=True)
    mail_trouble = models.TextField(blank=True, default="")  # the server's own words

    class Meta:
        verbose_name = _("installation")
        constraints = [
            models.CheckConstraint(
                name="there_is_one_row_of_the_last_sweep",
                condition=Q(id=1),
                violation_error_message=_("There is one row of the last sweep."),
            ),
            models.CheckConstraint(
                name="an_open_circuit_says_since_when_and_why",
                condition=Q(mail_waits_until__isnull=True, mail_trouble_since__isnull=True, mail_trouble="")
                | Q(mail_waits_until__isnull=False, mail_trouble_since__isnull=False) & ~Q(mail_trouble=""),
                violation_error_message=_("A circuit that is open says since when and why."),
            ),
        ]

    def __str__(self) -> str:
        return self.swept_at.isoformat()

    def is_of(self, deployment: str) -> bool:
        """Whether the database is that of the installation with the key ``deployment``; the first to sweep takes it."""
        return self.deployment in {"", deployment}


class Reconciliation(models.Model):
    """The reminders that were due in a time, counted: planned = sent + skipped + missing."""

    class Kind(models.TextChoices):
        """The occasion of a reconciliation."""

        MORNING = "morning", _("every morning")
        BEFORE_DEADLINE = "before_deadline", _("before a deadline")

    kind = models.CharField(max_length=16, choices=Kind)
    step = models.ForeignKey(Step, models.CASCADE, null=True, blank=True, related_name="reconciliations")
    since = models.DateTimeField()  # counts what was due after this …
    until = models.DateTimeField()  # … and not later than this
    made_at = models.DateTimeField()
    planned = models.PositiveIntegerField()
    sent = models.PositiveIntegerField()
    skipped = models.PositiveIntegerField()
    missing = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering = ["-until", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="a_reconciliation_is_made_once",
                fields=["kind", "until", "step"],
                nulls_distinct=False,
                violation_error_message=_("This reconciliation is made already."),
            ),
            models.CheckConstraint(
                name="a_reconciliation_adds_up",
                condition=Q(planned=models.F("sent") + models.F("skipped") + models.F("missing")),
                violation_error_message=_("Planned is not sent, skipped and missing together."),
            ),
            models.CheckConstraint(
                name="a_reconciliation_before_a_deadline_names_its_step",
                condition=Q(kind="morning", step__isnull=True) | Q(kind="before_deadline", step__isnull=False),
                violation_error_message=_("A reconciliation before a deadline names its step."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.until.isoformat()}"


class Alarm(models.Model):
    """A trouble of which operations are told: since when it stands, when they were told, when it ended."""

    class Kind(models.TextChoices):
        """The kinds of trouble."""

        SWEEP_LATE = "sweep_late", _("the sweep does not run")
        MISSING = "missing", _("something due was neither sent nor skipped")
        MAIL_STOPPED = "mail_stopped", _("the mail server takes nothing")
        REFUSED = "refused", _("letters are refused because of the registry's own mail server or sender")

    kind = models.CharField(max_length=16, choices=Kind)
    words = models.TextField()
    opened_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("alarm")
        ordering = ["-opened_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="an_alarm_of_a_kind_is_open_once",
                fields=["kind"],
                condition=Q(cleared_at__isnull=True),
                violation_error_message=_("This alarm is open already."),
            ),
            models.CheckConstraint(
                name="an_alarm_is_cleared_after_it_was_opened",
                condition=Q(cleared_at__isnull=True) | Q(cleared_at__gte=models.F("opened_at")),
                violation_error_message=_("An alarm is cleared after it was opened."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
