"""The cast of the tests: who takes part, named by what they are."""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import chain, groupby
from typing import Any

import pytest
from django.conf import settings as site
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import IntegrityError, connection
from django.db.backends.base.creation import TEST_DATABASE_PREFIX
from django.test import Client, TestCase, TransactionTestCase
from django.utils import translation
from hypothesis import HealthCheck, settings
from whitenoise import WhiteNoise

from regions.models import Organisation, Region, User
from registry.lib.composed import ComposedOnce, filled
from registry.lib.together import statement
from tests.cast import SCRIPT, Said, SignIn
from tests.factories import make_organisation, make_region, make_user

# Tests are never timed: a busy machine makes the drawing of an example slow.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
COMPARED = 5  # readings of a statement that is kept


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each process begin with its share of the tests that take long: all then end at about the same time.

    At first each process gets as many tests as any other, one after the other; then who has none takes of what others
    have last. So the longest come first. These start real processes: the tests of a file stay together, for each
    process of ours would start its own.
    """
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    browser = [item for item in items if item.get_closest_marker("browser")]
    slow = [item for item in items if item.get_closest_marker("slow") and item not in set(browser)]
    short = [item for item in items if item not in {*browser, *slow}]
    size = -(-len(items) // processes)
    files = [list(tests) for _, tests in groupby(slow, lambda item: item.path)]
    shares = [[*chain(*files[number::processes]), *browser[number::processes]] for number in range(processes)]
    for share in shares:
        missing = max(size - len(share), 0)
        share += short[:missing]
        del short[:missing]
    items[:] = [item for share in shares for item in share] + short


HAVE_ROWS = "SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")"
REFUSE_TO_DELETE = (  # by a trigger for each deleted row
    "SELECT relname FROM pg_trigger JOIN pg_class ON tgrelid = pg_class.oid WHERE NOT tgisinternal AND tgtype & 9 = 9"
)


def _empty_the_tables(case: TransactionTestCase) -> None:
    """Empty the tables that have rows; once more where a request of a browser that has gone still wrote one.

    Django itself truncates all tables and makes content types and permissions anew: more work than most such tests.
    """
    try:
        _empty_what_has_rows()
    except IntegrityError:
        _empty_what_has_rows()


def _empty_what_has_rows() -> None:
    kept = {"django_content_type", "auth_permission", "django_migrations", "regions_registryversion"}
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - kept
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(HAVE_ROWS.format(table=table) for table in sorted(tables)))
        full = {table for (table,) in cursor.fetchall()}
        cursor.execute(REFUSE_TO_DELETE)
        guarded = full & {table for (table,) in cursor.fetchall()}
        acts = [f'TRUNCATE "{table}" CASCADE' for table in sorted(guarded)]
        acts += [f'DELETE FROM "{table}"' for table in sorted(full - guarded)]
        cursor.execute("; ".join([*acts, "SELECT 1"]))  # one transaction: foreign keys are looked at when all is gone


@pytest.fixture(scope="session", autouse=True)
def _tables_are_emptied_quickly() -> Iterator[None]:
    """Let a test on more than one connection end quickly: emptying all tables took longer than most such tests."""
    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", _empty_the_tables)
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def _documents_are_written_without_a_commit() -> Iterator[None]:
    """Let a test that ends without a COMMIT find what it wrote: its documents are written by each statement."""
    patch, fixture_setup = pytest.MonkeyPatch(), TestCase._fixture_setup.__func__

    def with_documents(case: type[TestCase]) -> None:
        fixture_setup(case)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS documents_are_written_at_commit IMMEDIATE")

    patch.setattr(TestCase, "_fixture_setup", classmethod(with_documents))
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_listed_once() -> Iterator[None]:
    """Let the clients of a process share the list of the static files: each read the folder anew, for 0.1 s."""
    patch, listed, list_anew = pytest.MonkeyPatch(), {}, WhiteNoise.update_files_dictionary

    def listed_once(server: Any, root: str, prefix: str) -> None:
        key = (root, prefix, server.max_age, server.allow_all_origins, server.add_headers_function)
        if key not in listed:
            others, server.files = server.files, {}
            list_anew(server, root, prefix)
            listed[key], server.files = server.files, others
        server.files.update(listed[key])

    patch.setattr(WhiteNoise, "update_files_dictionary", listed_once)
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def _attachments_lie_in_a_folder_of_the_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let each process of tests, and those that it starts, keep attached files in a folder of its own."""
    patch, folder = pytest.MonkeyPatch(), str(tmp_path_factory.mktemp("attachments"))
    patch.setattr(site, "ATTACHMENTS", folder)
    patch.setenv("ATTACHMENTS", folder)
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def _passwords_are_hashed_quickly() -> Iterator[None]:
    """Let a password take a thousandth of its iterations: each sign-in took 0.4 s on purpose."""
    patch = pytest.MonkeyPatch()
    patch.setattr(PBKDF2PasswordHasher, "iterations", 1_000)
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def _statements_composed_once_are_those_of_their_arguments() -> Iterator[None]:
    """Hold each statement that is kept, the first times that it is read, to the one that its arguments make anew."""
    patch, read, times = pytest.MonkeyPatch(), ComposedOnce.__call__, Counter[int]()

    def read_and_compared(self: ComposedOnce, *given: Any) -> Any:
        if not any(isinstance(one, User) for one in given):
            kept = self.composed(*given)
            times[id(kept)] += 1
            if times[id(kept)] <= COMPARED:
                anew = statement(**self.build(*given))
                assert (kept.sql, filled(kept, given)) == (anew.sql, anew.values), self.build
        return read(self, *given)

    patch.setattr(ComposedOnce, "__call__", read_and_compared)
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def finnish() -> Iterator[None]:
    """Every test begins in Finnish, whatever language the page before it was read in."""
    with translation.override("fi"):
        yield


@pytest.fixture
def satakunta(db: None) -> Region:
    """The region of the preparer."""
    return make_region("04")


@pytest.fixture
def etela_savo(db: None) -> Region:
    """The region of the stranger."""
    return make_region("10")


@pytest.fixture
def council(satakunta: Region) -> Organisation:
    """The organisation that the preparer acts for."""
    return make_organisation(region=satakunta, slug="liitto-satakunta", name_fi="Satakuntaliitto", name_sv="")


@pytest.fixture
def other_council(etela_savo: Region) -> Organisation:
    """The organisation of another region: its people must not see the preparer's drafts."""
    return make_organisation(region=etela_savo, slug="liitto-etela-savo", name_fi="Etelä-Savon maakuntaliitto")


@pytest.fixture
def officer(db: None) -> User:
    """A ministry officer: runs rounds."""
    return make_user(User.Role.OFFICER, email="officer@ministry.example")


@pytest.fixture
def decider(db: None) -> User:
    """A ministry decider."""
    return make_user(User.Role.DECIDER, email="decider@ministry.example")


@pytest.fixture
def reader(db: None) -> User:
    """A ministry reader: reads all, changes nothing."""
    return make_user(User.Role.READER, email="reader@ministry.example")


@pytest.fixture
def preparer(council: Organisation) -> User:
    """A preparer of Satakunta."""
    return make_user(User.Role.PREPARER, council, email="preparer@satakunta.example")


@pytest.fixture
def colleague(council: Organisation) -> User:
    """Another preparer of Satakunta."""
    return make_user(User.Role.PREPARER, council, email="colleague@satakunta.example")


@pytest.fixture
def stranger(other_council: Organisation) -> User:
    """A preparer of Etelä-Savo."""
    return make_user(User.Role.PREPARER, other_council, email="stranger@etela-savo.example")


@pytest.fixture
def ended(council: Organisation) -> User:
    """Someone whose rights have run out."""
    return make_user(User.Role.PREPARER, council, email="ended@satakunta.example", rights_until=date(2020, 1, 1))


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Said:
    """Return what the portal has logged as warnings and errors, line by line."""
    return lambda: [
        one.getMessage()
        for one in caplog.records
        if one.name.startswith(("pilots.", "registry.")) and one.levelname != "INFO"
    ]


@pytest.fixture
def as_user() -> SignIn:
    """Return a maker of clients that are signed in.

    They ask as a script does, and so get the answer to a form itself; ``tests/registry/test_back.py`` has a browser.
    """

    def sign_in(user: User | None) -> Client:
        signed_in = Client(headers=SCRIPT)
        if user is not None:
            signed_in.force_login(user)
        return signed_in

    return sign_in


@pytest.fixture(scope="session", autouse=True)
def _nobody_is_left(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """End what is still connected to the test database when all is done: threads and processes on their way out."""
    yield
    if not connection.settings_dict["NAME"].startswith(TEST_DATABASE_PREFIX):
        return  # no test needed a database, and none was made
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
