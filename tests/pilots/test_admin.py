"""The admin of the acts: what technical administrators see there, and what is not there."""

from io import StringIO

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from pilots.models import Message, Programme, Proposal, Reminder, Version
from regions.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client: Client) -> Client:
    """The browser of a technical administrator, over the reference data."""
    call_command("import_reference", stdout=StringIO())
    client.force_login(User.objects.create_superuser("admin@rekisteri.example", "a long enough password"))
    return client


def test_the_last_number_of_a_programme_cannot_be_typed(administrator: Client) -> None:
    programme = Programme.objects.get(slug="kasvupalvelupilotti")
    page = administrator.get(reverse("admin:pilots_programme_change", args=[programme.pk])).content.decode()
    assert 'name="last_number"' not in page


def test_what_changes_by_the_verbs_of_the_portal_is_not_in_the_admin() -> None:
    assert not {Proposal, Version, Message, Reminder} & set(admin.site._registry)
