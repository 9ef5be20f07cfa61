"""``manage.py invite``: the first account of a role; from then on people invite each other on the pages."""

from argparse import ArgumentParser
from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from regions import sign_in_letters
from regions.models import Organisation, User
from registry.lib import security_log
from registry.lib.database import clock
from registry.lib.dates import today


class Command(BaseCommand):
    """Makes the first account of a role, and asks for a letter with the link to its password."""

    help = "Make the first account of a role; its owner gets a letter with a link to choose a password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the role, the address, and what belongs to them."""
        parser.add_argument("email", help="the address at work; the letter goes there")
        parser.add_argument("--role", required=True, choices=User.Role.values)
        parser.add_argument("--organisation", default="", help="the slug of the organisation; a preparer needs one")
        parser.add_argument("--language", default="", choices=["", *User.Language.values])

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the account; raise CommandError where somebody with the role can invite, or a value is wrong."""
        at, role = clock(), options["role"]
        if User.objects.working(today(at)).filter(role=role).exists():
            raise CommandError(f"There is an account with the role {role} already: invite others on the page.")
        try:
            with transaction.atomic():
                user = self._make(options)
                sign_in_letters.ask_for_new_password(user, at)
        except ValidationError as fault:
            raise CommandError("; ".join(fault.messages)) from fault
        security_log.note("account_made", account=user.pk, role=role)
        self.stdout.write(f"The account {user.email} is made. A letter with a link to its password is on its way.")

    def _make(self, options: dict[str, Any]) -> User:
        """Return the new account; nobody can sign in to it before a password is chosen by the link."""
        organisation = None
        if slug := options["organisation"]:
            organisation = Organisation.objects.filter(slug=slug).first()
            if organisation is None:
                raise CommandError(f"There is no organisation {slug!r}.")
        user = User.objects.create_user(
            options["email"], role=options["role"], organisation=organisation, language=options["language"]
        )
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user
