"""``manage.py demo_accounts``: one account for each role, in the embedded default only."""

import json
import os
import secrets
from argparse import ArgumentParser
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from regions.models import Organisation, User

READER, OFFICER, DECIDER, PREPARER = User.Role.READER, User.Role.OFFICER, User.Role.DECIDER, User.Role.PREPARER


@dataclass(frozen=True)
class Account:
    """A demo account; ``role`` is empty for the technical administrator."""

    address: str
    name: str  # what the account is for; never a person's name
    role: str
    organisation: str = ""
    language: str = "fi"
    rights_until: date | None = None


ACCOUNTS = (
    Account("lukija@ministerio.example", "Lukija, ministeriö", READER, "tem"),
    Account("virkamies@ministerio.example", "Virkahenkilö, ministeriö", OFFICER, "tem"),
    Account("paattaja@ministerio.example", "Päättäjä, ministeriö", DECIDER, "tem"),
    Account("valmistelija.satakunta@liitto.example", "Valmistelija, Satakunta", PREPARER, "liitto-satakunta"),
    Account("kollega.satakunta@liitto.example", "Toinen valmistelija, Satakunta", PREPARER, "liitto-satakunta"),
    Account("valmistelija.etela-savo@liitto.example", "Valmistelija, Etelä-Savo", PREPARER, "liitto-etela-savo"),
    Account(
        "beredare.osterbotten@forbund.example", "Beredare, Österbotten", PREPARER, "liitto-pohjanmaa", language="sv"
    ),
    Account("palautuu.kymenlaakso@liitto.example", "Valmistelija, Kymenlaakso", PREPARER, "liitto-kymenlaakso"),
    Account(
        "paattynyt@liitto.example",
        "Päättyneet oikeudet, Satakunta",
        PREPARER,
        "liitto-satakunta",
        rights_until=date(2018, 12, 31),
    ),
    Account("yllapito@ministerio.example", "Tekninen ylläpito", ""),
)


def role_in_words(account: Account) -> str:
    """Return the role as the listing names it."""
    if account.rights_until:
        return f"{account.role}, rights ended"
    return account.role or "technical administrator"


def password() -> str:
    """Return the one demo password: DEMO_PASSWORD, or the one made at the first run and kept in var/."""
    if given := os.environ.get("DEMO_PASSWORD"):
        return given
    file = Path(os.environ.get("STATE", settings.BASE_DIR / "var")) / "demo-password"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(0o600)
        file.write_text(f"pilotti-{secrets.token_hex(4)}")
    return file.read_text().strip()


class Command(BaseCommand):
    """Makes the demo accounts, or brings them back to what they should be."""

    help = "Make one account for each role (only where DEMO is set) and print them with their password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the form of the answer."""
        parser.add_argument("--json", action="store_true", help="print a list of role, organisation, address, password")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make or mend every account; raise CommandError outside the demo or without the reference data."""
        if not settings.DEMO:
            raise CommandError("Demo accounts are made only where DEMO=1 is set; never in production.")
        word = password()
        password_hash = hashed(word)
        with transaction.atomic():
            rows = [
                {
                    "role": role_in_words(account),
                    "organisation": make(account, password_hash),
                    "address": account.address,
                    "password": word,
                }
                for account in ACCOUNTS
            ]
        if options["json"]:
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(table(rows))


def hashed(word: str) -> str:
    """Return the demo password as the accounts hold it: one hash for all, as each takes a third of a second."""
    kept = User.objects.filter(email=ACCOUNTS[0].address).first()
    return kept.password if kept and kept.check_password(word) else make_password(word)


def make(account: Account, password_hash: str) -> str:
    """Make or mend an account with the hashed password; return its organisation's name."""
    organisation = None
    if account.organisation:
        organisation = Organisation.objects.filter(slug=account.organisation).first()
        if organisation is None:
            raise CommandError(f"There is no organisation {account.organisation!r}: run import_reference first.")
    user = User.objects.filter(email=account.address).first() or User(email=account.address)
    user.name, user.role = account.name, account.role
    user.organisation, user.language = organisation, account.language
    user.rights_until, user.is_active, user.is_superuser = account.rights_until, True, not account.role
    user.password = password_hash
    user.full_clean()
    user.save()
    EmailAddress.objects.update_or_create(
        user=user, email=account.address, defaults={"verified": True, "primary": True}
    )
    return str(organisation.name.plain) if organisation else ""


def table(rows: list[dict[str, str]]) -> str:
    """Return the rows as a table for people."""
    names = {"role": "Role", "organisation": "Organisation", "address": "Address", "password": "Password"}
    widths = {key: max(len(row[key]) for row in [names, *rows]) for key in names}
    lines = ["  ".join(row[key].ljust(widths[key]) for key in names).rstrip() for row in [names, *rows]]
    return "\n".join(lines)
