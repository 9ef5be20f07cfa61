"""Letters that did not arrive are found among all others without reading those."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pilots.mail import outbox
from pilots.mail.reminders.digest_facts import WeekFacts, week_at
from pilots.models import Message
from regions.models import User
from tests.pilots.mail.mondays import MONDAY
from tests.pilots.mail.watched import letter

pytestmark = pytest.mark.django_db
State = Message.State


@pytest.fixture
def many(preparer: User, colleague: User) -> None:
    """Thousands of letters that arrived, and three that did not."""
    User.objects.filter(pk=preparer.pk).update(deputy=colleague)
    at = MONDAY - timedelta(days=2)
    common = {"letter": "receipt", "address": preparer.email, "language": "fi", "body": "Sanat", "mime": b"Sanat"}
    common |= {"deployment": settings.DEPLOYMENT_KEY, "created_at": at, "next_try_at": at, "settled_at": at}
    Message.objects.bulk_create(
        Message(
            user=preparer, subject="Kirje", state=State.DELIVERED, message_id=f"<arrived-{n}@watch.example>", **common
        )
        for n in range(5_000)
    )
    for state in (State.BOUNCED, State.DEAD, State.EXPIRED):
        letter(preparer, at, state)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE pilots_message")


def plans(do: Callable[[], object]) -> list[str]:
    """Return how the database finds what did not arrive, for each query of ``do`` that asks so.

    What is then locked is found by its key.
    """
    with CaptureQueriesContext(connection) as queries:
        do()
    asked = [one["sql"] for one in queries if "'dead'" in one["sql"]]
    asked = [sql for sql in asked if '"pilots_reminder"' not in sql and "FOR UPDATE" not in sql]
    found = []
    with connection.cursor() as cursor:
        for sql in asked:
            cursor.execute(f"EXPLAIN {sql}")
            found.append("\n".join(line for (line,) in cursor.fetchall()))
    return found


def test_what_did_not_arrive_is_found_by_an_index_of_its_own(
    many: None, as_user: Callable[[User], Client], reader: User
) -> None:
    week, client = week_at(MONDAY), as_user(reader)
    assert week is not None
    for do in (
        lambda: outbox.forward_returned(MONDAY, may_tell_deputy=lambda *known: False),
        lambda: client.get(reverse("desk")),
        lambda: WeekFacts([reader], week, MONDAY),
    ):
        found = plans(do)
        assert found
        assert [plan for plan in found if "message_lost" not in plan] == []
