"""Several models made by one operation of a migration."""

import pytest
from django.db import connection, models
from django.db.migrations.operations import CreateModel
from django.db.migrations.state import ProjectState

from registry.lib.tables import CreateModels

KEY = ("id", models.BigAutoField(primary_key=True))
HEN_AND_EGG = CreateModels(
    [
        CreateModel("Hen", [KEY, ("came_from", models.ForeignKey("regions.Egg", models.CASCADE, null=True))]),
        CreateModel("Egg", [KEY, ("laid_by", models.ForeignKey("regions.Hen", models.CASCADE, null=True))]),
    ]
)


def foreign_keys() -> set[tuple[str, str]]:
    """Return from which table to which they lead."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid::regclass::text IN ('regions_hen', 'regions_egg')"
        )
        return set(cursor.fetchall())


@pytest.mark.django_db
def test_models_that_point_at_each_other_are_made_and_dropped_at_once() -> None:
    empty, full = ProjectState(), ProjectState()
    assert full.apps.get_models() == []  # the classes of this state are made already
    HEN_AND_EGG.state_forwards("regions", full)
    assert len(full.apps.get_models()) == 2
    with connection.schema_editor() as editor:
        HEN_AND_EGG.database_forwards("regions", editor, empty, full)
    assert foreign_keys() == {("regions_hen", "regions_egg"), ("regions_egg", "regions_hen")}
    with connection.schema_editor() as editor:
        HEN_AND_EGG.database_backwards("regions", editor, full, empty)
    assert foreign_keys() == set()
    assert not {"regions_hen", "regions_egg"} & set(connection.introspection.table_names())
