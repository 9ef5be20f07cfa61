"""Why a verb did nothing: the exceptions that views turn into an answer.

A verb either does all it says or raises a ``Refused`` and writes nothing. An exception of this grammar is named for
what happened (``Stale``, ``TooLate``); its subclasses stand beside their verb. A name that ends in ``Error`` is the
failure of a machine: a mail server, a file, a lease.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.functional import Promise


class Refused(Exception):
    """The verb cannot be done; ``reason`` says why in a sentence for the reader, where the page does not know it."""

    def __init__(self, reason: str | Promise = "") -> None:
        super().__init__(str(reason))
        self.reason = reason


class Stale(Refused):
    """Someone else changed the row since the page was made; ``current`` is the row as it stands now."""

    def __init__(self, current: Any, merged: Any = None) -> None:
        super().__init__()
        self.current = current
        self.merged = merged  # the ``editions.Merged`` of a form that conflicts


class NotAsShown(Refused):
    """What would be done is not what the page had shown; ``now`` is what would be done now."""

    def __init__(self, now: Any) -> None:
        super().__init__()
        self.now = now


class Incomplete(Refused):
    """Something is missing or wrong; ``faults`` says what, in the order of the page."""

    def __init__(self, faults: Iterable[Any] = ()) -> None:
        self.faults = list(faults)
        super().__init__(", ".join(str(fault) for fault in self.faults))


class TooLate(Refused):
    """The time is over: ``closed_at`` (None: it is not open for other reasons), and the attempt ``at``; both aware."""

    def __init__(self, closed_at: datetime | None, at: datetime) -> None:
        super().__init__()
        self.closed_at = closed_at
        self.at = at
