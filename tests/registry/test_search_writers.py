"""Who writes the documents of the search at once with others: nobody waits, and nothing is old or written twice."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from pilots.models import Pilot
from regions.models import Organisation, SearchDocument
from regions.models.searching import look_up
from tests.at_once import at_once
from tests.factories import make_organisation, make_pilot

pytestmark = pytest.mark.django_db(transaction=True)


def codes(text: str) -> list[str]:
    """Return the pilots that everybody finds."""
    documents = SearchDocument.objects.filter(kind="pilot")
    return [document.slug for document in look_up(text, documents, documents).ranked(documents)]


def test_no_writer_waits_for_a_document_of_another_s_open_transaction() -> None:
    lead = make_organisation(name_fi="Hevostalli")
    pilot = make_pilot(name_fi="Kokeilu", lead=lead)

    def edit() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")
        Pilot.objects.filter(pk=pilot.pk).update(summary_fi="ratsastus")

    with transaction.atomic():
        Organisation.objects.filter(pk=lead.pk).update(name_fi="Ponitalli")  # its name stands in the pilot's document
        at_once([edit])
        assert codes("ratsastusta") == [pilot.code]
        assert codes("ponitallin") == []
    assert codes("ponitallin ratsastusta") == [pilot.code]
    assert codes("hevostallin") == []
    call_command("check_search", stdout=StringIO())


def test_what_is_undone_writes_no_document_and_what_is_written_twice_writes_one() -> None:
    pilot = make_pilot(name_fi="Kokeilu")
    with transaction.atomic():
        with transaction.atomic():
            Pilot.objects.filter(pk=pilot.pk).update(name_fi="Ratsastus")
            transaction.set_rollback(True)
        Pilot.objects.filter(pk=pilot.pk).update(summary_fi="ravit")
        Pilot.objects.filter(pk=pilot.pk).update(summary_fi="laukka")
    assert [codes(word) for word in ("ratsastus", "ravit", "laukka")] == [[], [], [pilot.code]]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM regions_searchdue")
        assert cursor.fetchone() == (0,)
    call_command("check_search", stdout=StringIO())
