"""The types of what the cast's fixtures give, for the tests that name them."""

from collections.abc import Callable

from django.test import Client

from regions.models import User

Said = Callable[[], list[str]]
SignIn = Callable[[User | None], Client]
