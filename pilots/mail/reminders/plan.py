"""The plan: the reminders of the next 60 days, made of rules, steps and people in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Value

from pilots.models import Editor, Extension, Proposal, Reminder, ReminderRule, Round, Step, extended
from regions.models import User
from registry.lib.dates import today

AHEAD = timedelta(days=60)
AFTERWARDS = timedelta(days=14)  # how long after a deadline its summary may still be planned
# Every preparer whose organisation has no proposal, in a round that asks for proposals and invites nobody by name.
EVERYONE = """
    SELECT round.id, preparer.organisation_id, preparer.id, round.published_at, 'invited'
    FROM pilots_round round CROSS JOIN ({preparers}) AS preparer (id, organisation_id)
    WHERE round.id = ANY(%s) AND cardinality(round.asks) > 0
    AND NOT EXISTS (SELECT FROM pilots_round_invited invited WHERE invited.round_id = round.id)
    AND NOT EXISTS (SELECT FROM pilots_proposal proposal WHERE proposal.round_id = round.id
                    AND proposal.organisation_id = preparer.organisation_id)
"""
# Rows that are right already are only read: an upsert would lock them, and wait for a transaction that has them locked.
UPSERT = """
    WITH wanted AS (
        SELECT DISTINCT ON (point.rule_id, point.step_id, point.extension_version, person.user_id)
            point.rule_id, point.step_id, point.version, point.extension_version, person.user_id, point.due_at,
            point.due_at < least(greatest(point.since, person.since), %s) AS past
        FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::int[], %s::bigint[], %s::bigint[], %s::text[],
                    %s::timestamptz[], %s::timestamptz[])
            AS point (rule_id, step_id, version, extension_version, round_id, organisation_id, audience, due_at, since)
        JOIN ({audience}) AS person (round_id, organisation_id, user_id, since, audience)
            ON person.round_id = point.round_id AND person.audience = point.audience
            AND CASE WHEN point.organisation_id IS NOT NULL THEN person.organisation_id = point.organisation_id
                ELSE NOT EXISTS (SELECT FROM pilots_extension extension WHERE extension.step_id = point.step_id
                                 AND extension.organisation_id = person.organisation_id) END
        ORDER BY point.rule_id, point.step_id, point.extension_version, person.user_id, point.due_at, person.since
    )
    INSERT INTO pilots_reminder
        (rule_id, step_id, deadline_version, extension_version, user_id, due_at, state, reason, settled_at)
    SELECT rule_id, step_id, version, extension_version, user_id, due_at,
        CASE WHEN past THEN 'skipped' ELSE 'planned' END,
        CASE WHEN past THEN 'past' ELSE '' END,
        CASE WHEN past THEN %s::timestamptz END
    FROM wanted
    WHERE NOT EXISTS (
        SELECT FROM pilots_reminder existing
        WHERE (existing.rule_id, existing.step_id, existing.deadline_version, existing.extension_version,
               existing.user_id)
            = (wanted.rule_id, wanted.step_id, wanted.version, wanted.extension_version, wanted.user_id)
        AND (existing.state <> 'planned' OR existing.due_at = wanted.due_at)
    )
    ON CONFLICT (rule_id, step_id, deadline_version, extension_version, user_id) DO UPDATE SET due_at = excluded.due_at
        WHERE pilots_reminder.state = 'planned' AND pilots_reminder.due_at <> excluded.due_at
    RETURNING id
"""


@dataclass(frozen=True)
class _Point:
    """A moment at which a rule is due for a step: for an organisation with an extension, or for all others (None)."""

    rule: ReminderRule
    step: Step
    extension: Extension | None
    audience: str  # "editor", "invited" or "owner"
    due_at: datetime
    since: datetime  # a reminder that was due before is past


def preparers(at: datetime) -> QuerySet[User]:
    """Return the users for whom ``access.may_prepare`` holds at ``at``."""
    return User.objects.working(today(at)).filter(role=User.Role.PREPARER)


def _audience(rounds: list[int], at: datetime) -> tuple[str, list[Any]]:
    """Return a query of (round, organisation, user, since when, kind), and its parameters.

    The kinds are editors, invited without a proposal, and owners. A round that invites nobody by name is open to all.
    """
    editors = (
        Editor.objects.filter(proposal__round__in=rounds, user__in=preparers(at))
        .order_by()
        .values_list("proposal__round", "proposal__organisation", "user", "added_at", Value("editor"))
    )
    proposals = Proposal.objects.filter(round=OuterRef("round"), organisation=OuterRef("organisation"))
    invited = (
        Round.invited.through._default_manager.filter(round__in=rounds, organisation__users__in=preparers(at))
        .filter(~Exists(proposals))
        .order_by()
        .values_list("round", "organisation", "organisation__users", F("round__published_at"), Value("invited"))
    )
    owners = (
        Round.objects.filter(pk__in=rounds, owner__in=User.objects.working(today(at)))
        .order_by()
        .values_list("pk", Value(0), "owner", "published_at", Value("owner"))
    )
    by_name, by_name_params = editors.union(invited, owners, all=True).query.sql_with_params()
    working = preparers(at).order_by().values_list("pk", "organisation")
    every, every_params = working.query.sql_with_params()
    return f"{by_name} UNION ALL {EVERYONE.format(preparers=every)}", [*by_name_params, *every_params, rounds]


def _points(steps: Sequence[Step], at: datetime) -> list[_Point]:
    """Return the moments of all rules for the steps (annotated with ``moved_at``) until 60 days on."""
    rules = ReminderRule.objects.filter(round__in={step.round_id for step in steps})
    reaching_invited = set(rules.reaching_invited().values_list("pk", flat=True))
    points = []
    for step in steps:
        for rule in step.round.rules.all():
            since = max(filter(None, [rule.active_from, step.round.published_at, step.moved_at]))  # type: ignore[attr-defined]
            if rule.audience == ReminderRule.Audience.OWNER:
                points.append(_Point(rule, step, None, "owner", rule.due_at(step.closes_at), since))
                continue
            for audience in ["editor", "invited"] if rule.pk in reaching_invited else ["editor"]:
                points.append(_Point(rule, step, None, audience, rule.due_at(step.closes_at), since))
                points += [
                    _extended_point(rule, step, extension, audience, since) for extension in step.extensions.all()
                ]
    return [point for point in points if point.due_at <= at + AHEAD]


def _extended_point(rule: ReminderRule, step: Step, extension: Extension, audience: str, since: datetime) -> _Point:
    due_at = rule.due_at(extended(step.closes_at, extension))
    return _Point(rule, step, extension, audience, due_at, max(since, extension.granted_at))


def _plan(steps: QuerySet[Step], at: datetime) -> list[int]:
    """Write the reminders of the steps that do not exist yet; return the keys of the rows that were new or moved."""
    living = (
        steps.exclude(kind=Step.Kind.TALKS)  # nothing is sent in talks
        .filter(round__published_at__isnull=False, round__cancelled_at=None)
        .filter(
            Q(closes_at__gte=at - AFTERWARDS)
            | Exists(Extension.objects.filter(step=OuterRef("pk"), closes_at__gte=at - AFTERWARDS))
        )
        .annotate(moved_at=Max("changes__changed_at", filter=Q(changes__version=F("deadline_version"))))
        .select_related("round")
        .prefetch_related("round__rules", "extensions")
    )
    points = _points(list(living), at)
    if not points:
        return []
    audience, audience_params = _audience(sorted({point.step.round_id for point in points}), at)
    columns: list[list[Any]] = [
        [point.rule.pk for point in points],
        [point.step.pk for point in points],
        [point.step.deadline_version for point in points],
        [point.extension.version if point.extension else 0 for point in points],
        [point.step.round_id for point in points],
        [point.extension.organisation_id if point.extension else None for point in points],
        [point.audience for point in points],
        [point.due_at for point in points],
        [point.since for point in points],
    ]
    with connection.cursor() as cursor:
        cursor.execute(UPSERT.format(audience=audience), [at, *columns, *audience_params, at])
        return [pk for (pk,) in cursor.fetchall()]


@transaction.atomic
def plan(round_: Round, at: datetime) -> int:
    """Plan the reminders of a round for the 60 days from ``at``; return how many rows were new or moved.

    Idempotent: a reminder is one row per rule, step, version of the deadline and person. Called in the transaction that
    publishes the round. What was due before the rule began, the round was published, the deadline moved or the person
    became an editor is written as skipped: past. What is still to come at ``at`` is not past, even where a clock that
    was ahead wrote when these were.
    """
    return len(_plan(Step.objects.filter(round=round_), at))


def plan_step(step: Step, at: datetime) -> list[int]:
    """Plan the reminders of a step, as ``plan`` does, in the transaction that changes its deadline.

    Return the keys of the reminders that were new or moved.
    """
    return _plan(Step.objects.filter(pk=step.pk), at)


@transaction.atomic
def plan_all(at: datetime) -> int:
    """Plan the reminders of every living round: new editors, drafts and extensions since the last sweep."""
    return len(_plan(Step.objects.all(), at))


def planned(at: datetime) -> QuerySet[Reminder]:
    """Return the planned reminders that are due at ``at``, however late that is seen, and whose steps have opened."""
    return Reminder.objects.filter(state=Reminder.State.PLANNED, due_at__lte=at, step__opens_at__lte=at)
