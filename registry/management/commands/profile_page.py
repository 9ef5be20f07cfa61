"""``manage.py profile_page /fi/pilotit/``: where the time of a page goes, in SQL and in Python."""

import cProfile
import io
import pstats
import statistics
import time
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

ROUNDS = 10
WIDTH = 150  # of a statement in the report


class Command(BaseCommand):
    """Profiles one page on the data at hand; kept answers are switched off, so that the page is rendered."""

    help = "Prints the statements of a page with their times, its CPU time, and the functions that take the most of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the address and who asks for it."""
        parser.add_argument("page", help="an address such as /fi/pilotit/?q=allianssi")
        parser.add_argument("--as", dest="email", help="the e-mail address of the account that asks; else nobody")
        parser.add_argument("--most", type=int, default=25, help="how many functions are shown")

    @override_settings(KEPT_MEGABYTES=0)
    def handle(self, *args: Any, **options: Any) -> None:
        """Ask for the page until it is warm, then measure and print."""
        base = urlsplit(settings.BASE_URL)
        client = Client(headers={"host": base.netloc, "accept-encoding": "br"})
        if options["email"]:
            client.force_login(get_user_model()._default_manager.get(email=options["email"]))

        def ask() -> Any:
            return client.get(options["page"], secure=base.scheme == "https")

        try:
            ask()
        except ProgrammingError as error:
            raise CommandError("There are no tables yet: make run makes them.") from error
        with CaptureQueriesContext(connection) as captured:
            answer = ask()
        if answer.status_code >= 400:
            raise CommandError(f"{options['page']} answers {answer.status_code}.")
        self.stdout.write(f"{options['page']}: {answer.status_code}, {len(answer.getvalue())} bytes over the wire")
        self.stdout.write(f"\n{len(captured)} statements, {sum(float(one['time']) for one in captured) * 1000:.0f} ms")
        for query in captured:
            self.stdout.write(f"{float(query['time']) * 1000:5.0f} ms  {' '.join(query['sql'].split())[:WIDTH]}")
        seconds = [_cpu(ask) for _ in range(ROUNDS)]
        self.stdout.write(
            f"\n{statistics.median(seconds) * 1000:.1f} ms of CPU in Python ({ROUNDS} rounds, the median)"
        )
        self.stdout.write(_functions(ask, options["most"]))
        if options["email"]:
            client.logout()


def _cpu(ask: Any) -> float:
    """Return the seconds of CPU that this thread takes to answer."""
    begun = time.thread_time()
    ask()
    return time.thread_time() - begun


def _functions(ask: Any, most: int) -> str:
    """Return the functions in which an answer takes the most time of their own."""
    profile, told = cProfile.Profile(time.thread_time), io.StringIO()
    profile.runcall(ask)
    pstats.Stats(profile, stream=told).strip_dirs().sort_stats("tottime").print_stats(most)
    return told.getvalue()
