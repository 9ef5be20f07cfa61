"""The squashed migrations, held to the migrations that they replace.

Both ways lead to the same ``pg_dump --schema-only``, to the order of the columns, and to the same rows: this was seen
in a database made the old way, one made the new way and one upgraded from the middle. The old way takes a minute, so
here the migrations are read, not run.
"""

import re

import pytest
from django.db.migrations import Migration, RunSQL
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

APPS = ["regions", "pilots"]


@pytest.fixture(scope="module")
def old() -> MigrationLoader:
    """The migrations as a database meets them that has some of the replaced ones."""
    return MigrationLoader(None, replace_migrations=False)


def squashed(loader: MigrationLoader, app: str) -> Migration:
    (found,) = (one for one in loader.disk_migrations.values() if one.app_label == app and one.replaces)
    return found


def both_states(old: MigrationLoader) -> tuple[ProjectState, ProjectState]:
    """Return the state after the replaced migrations, and after those that replace them."""
    new = MigrationLoader(None)
    replacing = [squashed(new, app) for app in APPS]
    return (
        old.project_state([one.replaces[-1] for one in replacing]),
        new.project_state([(one.app_label, one.name) for one in replacing]),
    )


def statements(migrations: list[Migration]) -> list[str]:
    operations = [operation for migration in migrations for operation in migration.operations]
    return [operation.sql for operation in operations if isinstance(operation, RunSQL)]


@pytest.mark.parametrize("app", APPS)
def test_a_squashed_migration_replaces_all_up_to_the_one_in_its_name(old: MigrationLoader, app: str) -> None:
    one = squashed(old, app)
    last = one.name.removeprefix("0001_squashed_")
    assert one.replaces == sorted(
        (app, name) for label, name in old.disk_migrations if label == app and name != one.name and name <= last
    )
    assert one.replaces[-1] == (app, last)


def test_both_ways_lead_to_the_same_models_and_columns(old: MigrationLoader) -> None:
    before, after = both_states(old)
    assert MigrationAutodetector(before, after).changes(graph=old.graph) == {}
    assert {key: list(model.fields) for key, model in after.models.items()} == {
        key: list(model.fields) for key, model in before.models.items()
    }


@pytest.mark.parametrize("app", APPS)
def test_only_steps_for_rows_that_are_there_already_are_left_out(old: MigrationLoader, app: str) -> None:
    one = squashed(old, app)
    here, there = statements([one]), statements([old.disk_migrations[key] for key in one.replaces])
    assert set(here) <= set(there)
    left_out = [statement for statement in there if statement not in here]
    assert [statement for statement in left_out if re.search("CREATE|DROP|INSERT", statement)] == []
