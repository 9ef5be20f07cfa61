"""Tries to sign in, from anywhere on the net."""

from typing import Any

from django.test import Client
from django.urls import reverse


def sign_in(email: str, password: str, address: str = "192.0.2.1", **more: str) -> Any:
    """Return the answer to one try from an address on the net."""
    form = {"login": email, "password": password, **more}
    return Client(REMOTE_ADDR=address).post(reverse("account_login"), form)
