"""The rounds that letters tell of, the mail server that takes them, and the mailbox to which they return."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pilots.models import Installation, Round
from regions.models import Organisation, User
from tests.factories import make_round
from tests.pilots.mail.mail_server import Relay, serve
from tests.pilots.mail.mondays import MIDWEEK


@pytest.fixture
def current_round(officer: User) -> Round:
    """An open round."""
    return make_round(owner=officer, slug="kierros")


@pytest.fixture
def invited_round(officer: User, council: Organisation, other_council: Organisation) -> Round:
    """An open round that two organisations are invited to."""
    return make_round(owner=officer, slug="kierros", invited=[council, other_council])


@pytest.fixture
def relay(settings: Any) -> Iterator[Relay]:
    """A mail server that runs and to which the settings point."""
    relay = Relay()
    controller = serve(relay, settings)
    yield relay
    controller.stop()


@pytest.fixture
def box(tmp_path: Path, settings: Any) -> Path:
    """The mailbox of returned letters: a real Maildir, empty."""
    for folder in ("new", "cur", "tmp"):
        (tmp_path / "Maildir" / folder).mkdir(parents=True)
    settings.BOUNCE_ADDRESS, settings.BOUNCE_MAILBOX = "palautus@pilotit.example", str(tmp_path / "Maildir")
    return tmp_path / "Maildir"


@pytest.fixture
def everyone_wants_it(preparer: User, officer: User) -> None:
    """All accounts want the digest, and the sweep ran last week."""
    User.objects.update(wants_digest=True)
    Installation.objects.create(swept_at=MIDWEEK)
