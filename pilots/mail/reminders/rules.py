"""The reminder rules that every round has, and their days as a sentence tells them."""

from datetime import datetime

from pilots.models import ReminderRule, Round

PREPARERS, OWNER = ReminderRule.Audience.PREPARERS, ReminderRule.Audience.OWNER
RULES = {PREPARERS: (14, 5, 1), OWNER: (7, 1, 0, -1)}  # days before a deadline; negative: after


def default_rules(round_: Round, at: datetime) -> None:
    """Give the round the rules that every round has, from ``at`` on; rules that it has already stay as they are."""
    rules = [
        ReminderRule(round=round_, audience=audience, days_before=days_before, active_from=at)
        for audience, all_days in RULES.items()
        for days_before in all_days
    ]
    ReminderRule.objects.bulk_create(rules, ignore_conflicts=True)


def days_before(audience: ReminderRule.Audience) -> tuple[str, int]:
    """Return the days before a deadline as a sentence tells them: all but the last, and the last."""
    *days, last = [days for days in RULES[audience] if days > 0]
    return ", ".join(map(str, days)), last
