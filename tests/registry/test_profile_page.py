"""``make profile``: a page's statements and its time, of anybody and of an account."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from regions.models import User


@pytest.mark.django_db
def test_a_page_is_profiled_as_anybody_and_as_an_account(officer: User) -> None:
    for who in ({}, {"email": officer.email}):
        told = StringIO()
        call_command("profile_page", "/fi/pilotit/", most=3, stdout=told, **who)
        words = told.getvalue()
        assert "/fi/pilotit/: 200" in words
        assert words.count("ms  ") >= (4 if who else 2)
        assert "regions_user" in words or not who
        assert "ms of CPU in Python" in words


@pytest.mark.django_db
def test_an_address_without_a_page_is_said() -> None:
    with pytest.raises(CommandError, match="404"):
        call_command("profile_page", "/fi/ei-mitaan/")
