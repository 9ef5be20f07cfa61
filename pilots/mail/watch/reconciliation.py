"""Reconciliations: planned = sent + skipped + missing, counted once each morning and once before each deadline."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Case, Count, F, Min, Q, QuerySet, Value, When
from django.db.models.functions import Concat, Greatest
from django.utils.translation import gettext_lazy as _

from pilots.mail.reminders import waiting
from pilots.models import Extension, Message, Reconciliation, Reminder, ReminderRule, Step
from registry.lib.dates import on_the_finnish_clock, today

LATE = timedelta(minutes=10)  # what is due is handed over, sent or skipped within this time
MORNING = time(8)  # on the Finnish clock, on every day
BEFORE = timedelta(hours=2)  # how long before a deadline its reconciliation is made
BACK = timedelta(days=7)  # a reconciliation that was missed for longer is not made
A_DAY = timedelta(hours=24)
State, Kind = Reminder.State, Reconciliation.Kind
SENT, SKIPPED, MISSING = "sent", "skipped", "missing"
ENDS = {SENT: _("sent"), SKIPPED: _("not sent, for a reason"), MISSING: _("missing")}
OF_A_MESSAGE = "message_"  # in front of the state of a message, which may have the name of a reminder's reason
REASONS = {
    **dict(Reminder.Reason.choices),
    "superseded": _("the deadline moved"),
    "quiet": _("waits: reminded less than 20 hours ago"),
    "planned": _("not handed over"),
    **{f"{OF_A_MESSAGE}{state}": label for state, label in Message.State.choices},
    f"{OF_A_MESSAGE}{Message.State.DEAD}": _("the mail server refused the letter"),
}


def _ended(reminders: QuerySet[Reminder], at: datetime) -> QuerySet[Any]:
    """Annotate each reminder with ``end`` (sent, skipped, missing) and ``why`` (a key of ``REASONS``) at ``at``."""
    waits = Q(state=State.PLANNED) & waiting(at - LATE)
    left = [Message.State.SENT, Message.State.DELIVERED, Message.State.BOUNCED]
    dropped = [Message.State.CANCELLED, Message.State.EXPIRED, Message.State.DEAD]
    never_made = Q(state=State.QUEUED, message__state=Message.State.DEAD, message__mime=b"")
    return reminders.annotate(
        end=Case(
            When(Q(state__in=[State.SKIPPED, State.SUPERSEDED]) | Q(message__state__in=dropped), then=Value(SKIPPED)),
            When(message__state__in=left, then=Value(SENT)),
            When(waits, then=Value(SKIPPED)),
            default=Value(MISSING),
        ),
        why=Case(
            When(state=State.SKIPPED, then=F("reason")),
            When(state=State.SUPERSEDED, then=Value("superseded")),
            When(never_made, then=Value(Reminder.Reason.NO_ADDRESS.value)),
            When(state=State.QUEUED, then=Concat(Value(OF_A_MESSAGE), F("message__state"))),
            When(waits, then=Value("quiet")),
            default=Value("planned"),
        ),
    )


def _due_in(since: datetime, until: datetime) -> Q:
    """Return the condition on reminders that they fell due in the time: their moment came, and their step was open."""
    return Q(due_at__lte=until, step__opens_at__lte=until) & (Q(due_at__gt=since) | Q(step__opens_at__gt=since))


def _covered(reconciliation: Reconciliation) -> Q:
    """Return the condition on reminders that the reconciliation counts them."""
    if reconciliation.kind == Kind.MORNING:
        return _due_in(reconciliation.since, reconciliation.until)
    until = reconciliation.until
    return Q(step=reconciliation.step_id, due_at__lte=until, step__opens_at__lte=until)


def totals(reconciliation: Reconciliation, at: datetime) -> dict[str, Any]:
    """Return planned, sent, skipped and missing at ``at``; ``on_its_way``: missing, and handed over just now."""
    ends = {end: Q(end=end) for end in (SENT, SKIPPED, MISSING)}
    return _ended(Reminder.objects.filter(_covered(reconciliation)), at).aggregate(
        planned=Count("pk"),
        **{end: Count("pk", filter=condition) for end, condition in ends.items()},
        on_its_way=Count("pk", filter=ends[MISSING] & Q(message__created_at__gt=at - LATE)),
    )


def still_missing(at: datetime) -> tuple[int, datetime | None]:
    """Return how many reminders that a reconciliation of the last day counted as missing are so still, and since when.

    One query if no reconciliation counted any, else two.
    """
    reconciliations = list(Reconciliation.objects.filter(made_at__gt=at - A_DAY, missing__gt=0))
    if not reconciliations:
        return 0, None
    covered = Q()
    for reconciliation in reconciliations:
        covered |= _covered(reconciliation)
    missing = _ended(Reminder.objects.filter(covered), at).filter(end=MISSING)
    counted = missing.aggregate(n=Count("pk"), since=Min(Greatest("due_at", "step__opens_at")))
    return counted["n"], counted["since"]


def _mornings(at: datetime) -> list[Reconciliation]:
    """Return the unmade reconciliations of mornings: of the last morning, and of 7 days back to the first ever made."""
    last = today(at) if on_the_finnish_clock(today(at), MORNING) <= at else today(at) - timedelta(days=1)
    made = set(Reconciliation.objects.filter(kind=Kind.MORNING).order_by("-until").values_list("until", flat=True)[:8])
    wanted = []
    for days in range(BACK.days):
        until = on_the_finnish_clock(last - timedelta(days=days), MORNING)
        since = on_the_finnish_clock(last - timedelta(days=days + 1), MORNING)
        if until not in made and (days == 0 or any(until > earlier for earlier in made)):
            wanted.append(Reconciliation(kind=Kind.MORNING, since=since, until=until, made_at=at))
    return wanted


def _deadlines(at: datetime) -> list[Reconciliation]:
    """Return the unmade reconciliations before deadlines: those of steps, and the later ones of extensions."""
    passed = {"closes_at__lte": at + BEFORE, "closes_at__gt": at + BEFORE - BACK}
    living = Step.objects.filter(round__published_at__isnull=False, round__cancelled_at=None)
    closing = {(step.pk, step.closes_at) for step in living.filter(**passed)}
    later = Extension.objects.filter(step__in=living, **passed)
    closing |= {(extension.step_id, extension.closes_at) for extension in later}
    if not closing:
        return []
    steps = living.select_related("round").in_bulk({step for step, _ in closing})
    made = set(Reconciliation.objects.filter(step__in=steps).values_list("step", "until"))
    wanted = []
    for pk, closes_at in sorted(closing):
        step, until = steps[pk], closes_at - BEFORE
        since = max(filter(None, [step.opens_at, step.round.published_at]))
        if since < until and (pk, until) not in made:
            wanted.append(Reconciliation(kind=Kind.BEFORE_DEADLINE, step=step, since=since, until=until, made_at=at))
    return wanted


def reconcile(at: datetime) -> list[Reconciliation]:
    """Write the reconciliations that are due at ``at`` and not made yet; return those written now.

    A late sweep makes those of at most 7 days. A reconciliation waits for a later sweep while a letter that was handed
    over less than ten minutes ago is missing: another sender may be sending it.
    """
    written = []
    for wanted in [*_mornings(at), *_deadlines(at)]:
        counted = totals(wanted, at)
        if counted.pop("on_its_way"):
            continue
        reconciliation, created = Reconciliation.objects.get_or_create(
            kind=wanted.kind,
            until=wanted.until,
            step=wanted.step,
            defaults={"since": wanted.since, "made_at": at, **counted},
        )
        if created:
            written.append(reconciliation)
    return written


@dataclass(frozen=True)
class Line:
    """A line of a reconciliation: how many reminders of a rule ended how, and why."""

    rule: ReminderRule
    end: str  # a key of ``ENDS``
    why: str  # a key of ``REASONS``
    count: int

    @property
    def days_after(self) -> int:
        """How many days after the deadline the rule is; negative: before."""
        return -self.rule.days_before

    @property
    def end_words(self) -> Any:
        """How they ended, in words."""
        return ENDS[self.end]

    @property
    def why_words(self) -> Any:
        """Why, in words."""
        return REASONS[self.why]


def lines(reconciliation: Reconciliation, at: datetime) -> list[Line]:
    """Return the lines of the reconciliation as they are at ``at``: by round, rule and reason; the missing first."""
    reminders = _ended(Reminder.objects.filter(_covered(reconciliation)), at).order_by()
    counted = list(reminders.values_list("rule", "end", "why").annotate(n=Count("pk")))
    rules = ReminderRule.objects.select_related("round").in_bulk({rule for rule, *_ in counted})
    unsorted: Iterable[Line] = (Line(rules[rule], end, why, n) for rule, end, why, n in counted)
    order = [MISSING, SENT, SKIPPED]
    return sorted(
        unsorted, key=lambda line: (order.index(line.end), line.rule.round.slug, -line.rule.days_before, line.why)
    )


def people(reconciliation: Reconciliation, line: Line, at: datetime) -> QuerySet[Reminder]:
    """Return the reminders behind a line, each with its user, step and message."""
    reminders = _ended(Reminder.objects.filter(_covered(reconciliation), rule=line.rule), at)
    counted: QuerySet[Reminder] = reminders.filter(end=line.end, why=line.why)
    return (
        counted.select_related("user__organisation", "message")
        .defer("message__mime", "message__body")
        .order_by("user__name", "user__email", "pk")
    )
