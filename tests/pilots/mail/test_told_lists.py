"""The lists of what was told: filters and their counts, orders, the file."""

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation

from pilots.models import Message, Round, ToldDeadline
from regions.models import Organisation, User
from registry.lib import exports
from tests.factories import make_proposal, make_round
from tests.pilots.mail.told_dates import NOW, move, receipt, reminder

SignIn = Callable[[User | None], Client]


def copies(first: Message, count: int) -> None:
    """Make ``count`` messages of one, each with the date it told."""
    rows = []
    for n in range(count - 1):
        row = Message.objects.get(pk=first.pk)
        row.pk, row.message_id = None, f"<{n}@copy.example>"
        rows.append(row)
    told = first.told.get()
    ToldDeadline.objects.bulk_create(
        ToldDeadline(user=told.user, step=told.step, message=row, deadline_version=1, closes_at=told.closes_at)
        for row in Message.objects.bulk_create(rows)
    )
    with connection.cursor() as cursor:  # as PostgreSQL does by itself soon after so much was written
        cursor.execute("ANALYZE pilots_message, pilots_tolddeadline")


def test_counts_of_the_filters_are_those_of_the_lists_behind_them(
    as_user: SignIn, reader: User, preparer: User, stranger: User, current_round: Round
) -> None:
    other = make_round(slug="toinen")
    proposal = make_proposal(current_round, preparer)
    several = reminder(preparer, current_round)
    Message.objects.filter(pk=several.pk).update(round=None, perhaps_twice=True)
    step = other.steps.get()
    ToldDeadline.objects.create(user=preparer, step=step, message=several, deadline_version=1, closes_at=step.closes_at)
    reminder(stranger, other)
    dead = receipt(preparer, proposal)
    Message.objects.filter(pk=dead.pk).update(state="dead", settled_at=NOW())
    client, where = as_user(reader), reverse("messages")
    seen = 0
    for query in ("", "?letter=draft_not_sent", "?round=toinen&q=etela"):
        for facet in client.get(where + query).context["facets"]:
            chosen = any(choice.selected for choice in facet.choices)  # a choice beside it adds its rows to theirs
            for choice in facet.choices:
                seen += 1
                found = client.get(where + choice.url).context["page"].paginator.count
                assert chosen or found == choice.count, (query, choice)
    assert seen > 12


def test_pills_take_one_filter_away_each(as_user: SignIn, reader: User, preparer: User, current_round: Round) -> None:
    reminder(preparer, current_round)
    query = "?q=preparer&since=1.1.2020&until=31.12.2199&state=queued&round=kierros&organisation=liitto-satakunta"
    page = as_user(reader).get(reverse("messages") + query)
    labels = [pill.label for pill in page.context["pills"]]
    assert len(labels) == 6
    assert "Kirjoitettu aikaisintaan: 1.1.2020" in labels
    assert all(
        len(as_user(reader).get(reverse("messages") + p.remove_url).context["pills"]) == 5
        for p in page.context["pills"]
    )


def test_a_choice_that_does_not_exist_is_left_out_and_named(as_user: SignIn, reader: User, db: None) -> None:
    page = as_user(reader).get(f"{reverse('messages')}?since=99999-01-01&state=lost&sort=price").text
    assert "jätettiin pois" in page
    assert "99999-01-01" in page


@pytest.mark.parametrize("order", ["newest", "oldest", "receiver", "settled"])
def test_the_list_has_four_orders(
    as_user: SignIn, reader: User, preparer: User, colleague: User, current_round: Round, order: str
) -> None:
    User.objects.filter(pk=preparer.pk).update(name="Örn")
    User.objects.filter(pk=colleague.pk).update(name="Ådahl")
    late = reminder(preparer, current_round)
    early = reminder(colleague, current_round, at=NOW() - timedelta(days=2))
    Message.objects.filter(pk=early.pk).update(state="sent", settled_at=NOW())
    first = {"newest": late, "oldest": early, "receiver": early, "settled": early}[order]
    page = as_user(reader).get(f"{reverse('messages')}?sort={order}")
    assert page.context["page"].object_list[0] == first


def test_the_period_counts_finnish_days(as_user: SignIn, reader: User, preparer: User, current_round: Round) -> None:
    reminder(preparer, current_round, at=datetime.fromisoformat("2026-11-20T23:30:00+02:00"))
    reminder(preparer, current_round, at=datetime.fromisoformat("2026-11-21T00:30:00+02:00"))
    for query, count in (("until=20.11.2026", 1), ("since=21.11.2026", 1), ("since=20.11.2026&until=21.11.2026", 2)):
        assert as_user(reader).get(f"{reverse('messages')}?{query}").context["page"].paginator.count == count


def test_the_file_has_the_filters_of_the_page_and_moments_with_their_zone(
    as_user: SignIn, reader: User, preparer: User, stranger: User, current_round: Round
) -> None:
    at = datetime.fromisoformat("2026-11-20T23:30:00+02:00")
    message = reminder(preparer, current_round, at=at)
    Message.objects.filter(pk=message.pk).update(perhaps_twice=True, round=None)
    reminder(stranger, current_round)
    move(current_round.steps.get(), 2)
    query = "?organisation=liitto-satakunta&since=20.11.2026&until=20.11.2026&twice=yes&round=kierros&sort=oldest"
    with translation.override("en"):
        assert as_user(reader).get(reverse("messages") + query).context["page"].paginator.count == 1
        file = as_user(reader).get(reverse("messages_csv") + query).getvalue().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(file), delimiter=";")
    assert row["Written"] == "2026-11-20T23:30:00+02:00"
    assert row["Organisation"] == "Satakuntaliitto"
    assert row["Round"] == current_round.name_en
    assert row["How it ended"] == "in the queue"
    assert row["Perhaps twice"] == "yes"
    assert row["Message-ID"] == message.message_id
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+0[23]:00", row["Deadline told"])
    assert datetime.fromisoformat(row["Deadline now"]) - datetime.fromisoformat(row["Deadline told"]) == timedelta(
        days=2
    )


def test_the_file_names_removed_accounts_and_letters_without_a_date(
    as_user: SignIn, reader: User, preparer: User, current_round: Round
) -> None:
    message = receipt(preparer, make_proposal(current_round, preparer), "=cmd")
    Message.objects.filter(pk=message.pk).update(user=None)
    file = as_user(reader).get(reverse("messages_csv")).getvalue().decode("utf-8-sig")
    (row,) = list(csv.reader(io.StringIO(file), delimiter=";"))[1:]
    assert row[2] == row[4] == row[8] == row[9] == ""
    assert row[3] == preparer.email


@pytest.mark.parametrize("count", [1, 3, 1000])
@pytest.mark.parametrize("name", ["told_person", "told_organisation", "my_letters", "messages_csv"])
def test_the_lists_ask_the_same_few_questions_however_long_they_are(
    as_user: SignIn,
    officer: User,
    council: Organisation,
    current_round: Round,
    django_assert_num_queries: Any,
    name: str,
    count: int,
) -> None:
    User.objects.filter(pk=officer.pk).update(organisation=council)
    officer.refresh_from_db()
    copies(reminder(officer, current_round), count)
    keys = {"told_person": [officer.pk], "told_organisation": [council.slug]}
    client = as_user(officer)
    client.get(reverse("home"))
    queries = {"told_person": 6, "told_organisation": 7, "my_letters": 5}
    queries["messages_csv"] = 7 if count > exports.PORTION else 6
    with django_assert_num_queries(queries[name]):
        assert client.get(reverse(name, args=keys.get(name))).getvalue()
