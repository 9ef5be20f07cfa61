"""All faults in the order of the list, and which of them are asked for."""

from . import (  # noqa: F401 (importing enters them on the list)
    asking_faults,
    attachment_faults,
    bounce_faults,
    broker_faults,
    calendar_faults,
    content_faults,
    database_faults,
    decision_faults,
    kill_faults,
    lateness_faults,
    mail_faults,
    process_faults,
    schedule_faults,
    sign_in_faults,
    truth_faults,
)
from .register import FAULTS, Fault


def chosen(names: list[str], *, short: bool, kills: int) -> list[Fault]:
    """Return the faults to run: all, the short ones, the random kills, or those that ``names`` name."""
    found = [one for one in FAULTS.values() if not short or one.short]
    if kills and not names:
        return [one for one in FAULTS.values() if one.name == "killed at random"]
    if names:
        found = [one for one in found if any(name in one.name or name == one.group.lower() for name in names)]
    return found
