"""The registry's version: one number, higher after each transaction that changed what a public page may read.

Triggers write it, so that it holds however somebody writes: by a verb, an import, the admin, raw SQL, COPY. A table
that a public page may read is *watched*: its migration says ``watched("pilots_pilot")``.

A statement that changed a row marks its transaction. A deferred trigger on the mark raises the version at COMMIT,
behind all other deferred checks: it is the last lock taken, and no writer waits for another's open transaction. The
number is the database's clock in microseconds where that is higher than one more, so that a database restored from a
copy gives no page the number of another one.
"""

from django.db import connection
from django.db.migrations.operations import RunSQL
from django.http import HttpRequest

# The functions of the triggers; the tables ``regions_registryversion`` and ``regions_changemark`` are made before them.
FUNCTIONS = """
CREATE FUNCTION mark_the_transaction() RETURNS void LANGUAGE sql AS $$
  INSERT INTO regions_changemark (transaction, checked) VALUES (pg_current_xact_id()::text::bigint, false)
  ON CONFLICT DO NOTHING
$$;
CREATE FUNCTION mark_new_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM new_rows) THEN PERFORM mark_the_transaction(); END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION mark_changed_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM new_rows n LEFT JOIN old_rows o USING (id) WHERE o.id IS NULL OR n.* *<> o.*) THEN
    PERFORM mark_the_transaction();
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION mark_old_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM old_rows) THEN PERFORM mark_the_transaction(); END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION mark_an_emptied_table() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM mark_the_transaction();
  RETURN NULL;
END $$;
CREATE FUNCTION raise_the_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT NEW.checked THEN  -- once more, behind the checks that were deferred before this one
    UPDATE regions_changemark SET checked = true WHERE transaction = NEW.transaction;
    RETURN NULL;
  END IF;
  INSERT INTO regions_registryversion AS kept (id, number)
    VALUES (1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
    ON CONFLICT (id) DO UPDATE SET number = greatest(kept.number + 1, excluded.number);
  DELETE FROM regions_changemark WHERE transaction = NEW.transaction;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER the_version_rises_at_commit AFTER INSERT OR UPDATE ON regions_changemark
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION raise_the_version();
ALTER TABLE regions_changemark SET UNLOGGED;
INSERT INTO regions_registryversion (id, number) VALUES (1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
"""
FUNCTIONS_BACK = """
DROP TRIGGER the_version_rises_at_commit ON regions_changemark;
DROP FUNCTION raise_the_version(), mark_an_emptied_table(), mark_old_rows(), mark_changed_rows(), mark_new_rows(),
  mark_the_transaction();
"""
WATCH = """
CREATE TRIGGER marks_new_rows AFTER INSERT ON {table}
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_new_rows();
CREATE TRIGGER marks_changed_rows AFTER UPDATE ON {table}
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_changed_rows();
CREATE TRIGGER marks_old_rows AFTER DELETE ON {table}
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_old_rows();
CREATE TRIGGER marks_an_emptied_table AFTER TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION mark_an_emptied_table();
"""
WATCH_BACK = """
DROP TRIGGER marks_new_rows ON {table};
DROP TRIGGER marks_changed_rows ON {table};
DROP TRIGGER marks_old_rows ON {table};
DROP TRIGGER marks_an_emptied_table ON {table};
"""


def watched(*tables: str) -> list[RunSQL]:
    """Return the operations of a migration by which changes of ``tables`` raise the version."""
    return [RunSQL(WATCH.format(table=table), WATCH_BACK.format(table=table)) for table in tables]


def current_version() -> int | None:
    """Return the registry's version, which must be read before the data; one statement.

    None within a transaction that has changed something: what it reads has no version yet.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM regions_registryversion WHERE NOT EXISTS (SELECT FROM regions_changemark)")
        row: tuple[int] | None = cursor.fetchone()
    return row[0] if row else None


def version_for(request: HttpRequest) -> int | None:
    """Return the registry's version as this request read it first; None within a transaction, where nothing is kept."""
    if connection.in_atomic_block:
        return None
    version: int | None = request.META.setdefault("registry.version", None) or current_version()
    request.META["registry.version"] = version
    return version
