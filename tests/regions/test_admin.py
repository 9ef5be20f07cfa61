"""The admin of the actors: what a technical administrator changes of an account."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from regions.models import User
from registry.lib.dates import finnish_time

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("email", "works"), [("new@satakunta.example", True), ("preparer@satakunta.example", False)])
def test_what_was_wrong_with_an_address_falls_with_it(client: Client, preparer: User, email: str, works: bool) -> None:
    failed_at = timezone.now().replace(microsecond=0)
    User.objects.filter(pk=preparer.pk).update(address_failed_at=failed_at, address_fault="550 no such user")
    client.force_login(User.objects.create_superuser("admin@rekisteri.example", "a long enough password"))
    local = finnish_time(failed_at)
    typed: dict[str, Any] = {
        "email": email,
        "name": "Valmistelija",
        "role": "preparer",
        "organisation": preparer.organisation_id,
        "is_active": "on",
        "calendar_edition": "1",
        "address_failed_at_0": local.strftime("%d.%m.%Y"),
        "address_failed_at_1": local.strftime("%H:%M:%S"),
        "address_fault": "550 no such user",
    }
    answer = client.post(reverse("admin:regions_user_change", args=[preparer.pk]), typed)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    preparer.refresh_from_db()
    assert (preparer.email, preparer.name) == (email, "Valmistelija")
    assert (preparer.address_failed_at, preparer.address_fault) == (
        (None, "") if works else (failed_at, "550 no such user")
    )
