"""A reminder rule is its audience and its days: clock, letter and the first rule of a round follow from these.

Nothing is lost: a rule whose columns say anything else stops the migration.
"""

from datetime import time
from typing import Any

from django.db import migrations, models
from django.db.models import Max


def _letter(rule: Any) -> str:
    if rule.audience == "preparers":
        return "draft_not_sent"
    return "owner_summary" if rule.days_before < 0 else "owner_ahead"


def _first_rules(rules: Any) -> set[tuple[int, int]]:
    """Return round and days of the first rule for preparers of each round."""
    preparers = rules.filter(audience="preparers").order_by()
    return set(preparers.values("round").annotate(days=Max("days_before")).values_list("round", "days"))


def check(apps: Any, editor: Any) -> None:
    rules = apps.get_model("pilots", "ReminderRule").objects.all()
    first = _first_rules(rules)
    for rule in rules:
        is_first = rule.audience == "preparers" and (rule.round_id, rule.days_before) in first
        if (rule.clock, rule.letter, rule.first) != (time(9, 0), _letter(rule), is_first):
            raise ValueError(f"Reminder rule {rule.pk} is not what its audience and days say: mend or delete it first.")


def restore(apps: Any, editor: Any) -> None:
    rules = apps.get_model("pilots", "ReminderRule").objects.all()
    first = _first_rules(rules)
    for rule in rules:
        rule.letter = _letter(rule)
        rule.first = rule.audience == "preparers" and (rule.round_id, rule.days_before) in first
        rule.save(update_fields=["letter", "first"])


class Migration(migrations.Migration):
    dependencies = [("pilots", "0018_names_in_the_plural")]

    operations = [
        migrations.RunPython(check, restore),
        migrations.AlterField("reminderrule", "letter", models.CharField(max_length=24, default="")),  # for the way back
        migrations.RemoveField("reminderrule", "clock"),
        migrations.RemoveField("reminderrule", "first"),
        migrations.RemoveField("reminderrule", "letter"),
    ]
