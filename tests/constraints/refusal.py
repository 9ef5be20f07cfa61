"""How a rule is broken, how the refusal is read, and which rules the database keeps."""

from collections.abc import Callable, Sequence
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from regions.models import Organisation, User

Violate = Callable[[], Any]

# CHECK, UNIQUE and EXCLUDE constraints, unique indexes that are no constraint, and triggers of our own, of ``tables``;
# those that raise the registry's version, write the search or tell of changed facts refuse nothing.
# Keys, references and NOT NULL are the business of every table and have no name as a sentence.
IN_THE_DATABASE = """
SELECT conname FROM pg_constraint WHERE contype IN ('c', 'u', 'x') AND conrelid = ANY (%(tables)s::regclass[])
UNION SELECT i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
  WHERE x.indisunique AND NOT x.indisprimary AND x.indrelid = ANY (%(tables)s::regclass[])
UNION SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = ANY (%(tables)s::regclass[])
  AND tgfoid::regproc::text !~ '^(mark_|raise_the_version|search_)' AND tgname !~ '^tells_'
"""


def again(row: models.Model, **changes: Any) -> None:
    """Write a second row like ``row`` but for ``changes``."""
    row.pk = None
    row._state.adding = True
    bend(row, **changes)


def bend(row: models.Model, **changes: Any) -> None:
    """Write ``row`` with ``changes``, past every form."""
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()


def an_account(role: User.Role, organisation: Organisation | None = None) -> User:
    """Return an account that nobody can sign in to: no time goes into a password."""
    return User.objects.get_or_create(
        email=f"{role}@rekisteri.example", defaults={"role": role, "organisation": organisation}
    )[0]


def refused_by(violate: Violate) -> str:
    """Return the name of the rule that the database gives when it refuses; fails where it does not refuse."""
    try:
        with transaction.atomic():
            violate()
    except IntegrityError as error:
        return str(getattr(error.__cause__, "diag").constraint_name)  # noqa: B009
    raise AssertionError("the database took it")


def our_models(app: str) -> Sequence[type[models.Model]]:
    """Return the models of ``app``; not the tables that join two of them, which Django makes."""
    return list(apps.get_app_config(app).get_models())


def declared(app: str) -> set[str]:
    """Return the names of the rules that the models of ``app`` declare: constraints, and fields that are unique."""
    names = {constraint.name for model in our_models(app) for constraint in model._meta.constraints}
    for model in our_models(app):
        meta = model._meta
        names |= {f"{meta.db_table}_{f.column}_key" for f in meta.local_fields if f.unique and not f.primary_key}
    return names


def kept(app: str) -> set[str]:
    """Return the names of the rules that the database keeps of the tables of ``app``, however they came there."""
    with connection.cursor() as cursor:
        cursor.execute(IN_THE_DATABASE, {"tables": [model._meta.db_table for model in our_models(app)]})
        return {name for (name,) in cursor.fetchall()}
