"""A launcher in a folder of its own, as `make run` starts it."""

from collections.abc import Iterator

import pytest

from tests.embedded.launcher import Launcher, ports_in_a_row


@pytest.fixture(scope="session")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    """A launcher whose data live through the session."""
    launcher = Launcher(tmp_path_factory.mktemp("portal"), ports_in_a_row())
    yield launcher
    if launcher.is_running():
        launcher.end()
