"""The types of what the cast's fixtures give, for the tests that name them."""

from collections.abc import Callable

from django.test import Client

from regions.models import User

Said = Callable[[], list[str]]
SCRIPT = {"Sec-Fetch-Mode": "cors"}  # how a script of a page asks: it reads the answer to a form itself
SignIn = Callable[[User | None], Client]
