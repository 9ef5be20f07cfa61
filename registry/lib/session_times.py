"""When a session ends: some hours after the last page, and never later than a day of work after the sign-in.

The moments stand in the session from the sign-in on. A page that is opened or saved extends it, a draft that saves
itself too; it is written at most once in half an hour.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

LONGEST = timedelta(hours=10)  # from the sign-in
EVERY = timedelta(minutes=30)
BEGAN, EXTENDED = "began", "extended"


def begin(session: Any, at: datetime) -> None:
    """Write down that somebody has signed in ``at``."""
    session[BEGAN] = session[EXTENDED] = at.timestamp()


def extend(session: Any, at: datetime) -> bool:
    """Extend a session that was begun by a sign-in; return False where it is over ``at``."""
    if BEGAN not in session:
        return True
    ends = ends_at(session)
    if ends is not None and at >= ends:
        return False
    if at.timestamp() - session[EXTENDED] >= EVERY.total_seconds():
        session[EXTENDED] = at.timestamp()
    return True


def ends_at(session: Any) -> datetime | None:
    """Return when the session ends unless another page extends it; None where no sign-in began it."""
    if BEGAN not in session:
        return None
    idle = datetime.fromtimestamp(session[EXTENDED], UTC) + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return min(idle, last_end(session))


def last_end(session: Any) -> datetime:
    """Return when the session ends at the latest."""
    return datetime.fromtimestamp(session[BEGAN], UTC) + LONGEST
