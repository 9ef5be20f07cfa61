"""The registry's version rises with each transaction that changed public content, and only then."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Barrier, Thread

import pytest
from django.apps import apps
from django.db import connection, transaction

from pilots.models import Pilot, Theme
from regions.models import Organisation, RegistryVersion
from registry.lib.versions import current_version
from tests.factories import make_organisation, make_pilot
from tests.private_tables import DERIVED, PRIVATE

MARKS = ["marks_an_emptied_table", "marks_changed_rows", "marks_new_rows", "marks_old_rows"]


def our_tables() -> set[str]:
    """Return the tables of the actors and the acts, with those that join two of them."""
    configs = [apps.get_app_config(name) for name in ("regions", "pilots")]
    return {model._meta.db_table for config in configs for model in config.get_models(include_auto_created=True)}


def number() -> int:
    """Return the version that a reader sees."""
    version = current_version()
    assert version is not None
    return version


@contextmanager
def rises(expected: bool = True) -> Iterator[None]:
    """Hold that the version rises in the block, or stays."""
    before = number()
    yield
    assert (number() > before) is expected


@pytest.mark.django_db
def test_every_table_but_the_private_ones_raises_the_version() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, array_agg(tgname::text ORDER BY tgname) FROM pg_trigger"
            " WHERE tgname LIKE 'marks\\_%%' GROUP BY 1"
        )
        watched = dict(cursor.fetchall())
    assert {table: marks for table, marks in watched.items() if marks != MARKS} == {}
    assert our_tables() - set(watched) == PRIVATE | DERIVED  # a new table: watched in its migration, or private
    assert set(watched) <= our_tables()


@pytest.mark.django_db(transaction=True)
def test_every_way_of_writing_raises_the_version() -> None:
    with rises():
        pilot = make_pilot()
    with rises():
        Pilot.objects.filter(pk=pilot.pk).update(name_fi="Toinen nimi")
    with rises(), connection.cursor() as cursor:
        cursor.execute("UPDATE pilots_pilot SET note_fi = 'x'")
    theme = Theme.objects.create(slug="verkko", name_fi="Verkko")
    with rises():
        pilot.themes.add(theme)
    with rises():
        pilot.themes.clear()
    with rises(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE pilots_pilot_themes")


@pytest.mark.django_db(transaction=True)
def test_what_changes_nothing_leaves_the_version() -> None:
    pilot = make_pilot()
    with rises(expected=False):
        Pilot.objects.filter(pk=pilot.pk).update(name_fi=pilot.name_fi)
        Pilot.objects.filter(pk=0).update(name_fi="Ei kukaan")
        Pilot.objects.filter(pk=0).delete()
        with transaction.atomic():
            Pilot.objects.filter(pk=pilot.pk).update(name_fi="Peruttu")
            transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_a_transaction_raises_the_version_once_and_has_none_itself() -> None:
    make_organisation(slug="eka")
    before = RegistryVersion.objects.get().number
    with transaction.atomic():
        make_organisation(slug="toka")
        Organisation.objects.update(name_fi="Nimi")
        assert current_version() is None
        assert RegistryVersion.objects.get().number == before
    assert number() > before


@pytest.mark.django_db(transaction=True)
def test_no_writer_waits_for_the_open_transaction_of_another() -> None:
    slugs = ["yksi", "kaksi", "kolme", "neljä"]
    for slug in slugs:
        make_organisation(slug=slug)
    before, all_have_written, failed = number(), Barrier(len(slugs)), []

    def write(slug: str) -> None:
        try:
            with transaction.atomic():
                Organisation.objects.filter(slug=slug).update(name_fi=f"Nimi {slug}")
                all_have_written.wait(30)  # each has written, and none has committed
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [Thread(target=write, args=[slug]) for slug in slugs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert number() >= before + len(slugs)
