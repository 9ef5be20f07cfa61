from django.db import migrations

# The documents of all that a transaction changed are written at its COMMIT, each once, in the order of kind and row.
# 0012 wrote them at each statement: a document stands on the rows of many tables, so a writer of an organisation then
# held the documents of its pilots until its end, and writers who shared no row waited for each other, and deadlocked.
# Here a statement only notes which documents are due. Documents are locked behind all rows, the version behind all
# documents, and nothing is waited for after that.
DUE = """
CREATE UNLOGGED TABLE regions_searchdue (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
  kind text NOT NULL,
  keys bigint[] NOT NULL,
  checked boolean NOT NULL DEFAULT false
);
CREATE INDEX search_due_of_a_transaction ON regions_searchdue (transaction);
CREATE OR REPLACE FUNCTION search_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed text := CASE TG_OP
    WHEN 'INSERT' THEN 'SELECT * FROM new_rows'
    WHEN 'DELETE' THEN 'SELECT * FROM old_rows'
    ELSE 'SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows' END;
BEGIN
  FOR n IN 0 .. TG_NARGS - 1 BY 2 LOOP
    EXECUTE format('WITH changed AS (%s) INSERT INTO regions_searchdue (kind, keys) SELECT %L, array_agg(DISTINCT key)
      FROM (%s) AS found (key) WHERE key IS NOT NULL HAVING count(*) > 0', changed, TG_ARGV[n], TG_ARGV[n + 1]);
  END LOOP;
  RETURN NULL;
END $$;
CREATE FUNCTION search_write_due() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  due record;
BEGIN
  IF NOT NEW.checked THEN  -- once more, behind the checks that were deferred before this one
    UPDATE regions_searchdue SET checked = true WHERE id = NEW.id;
    RETURN NULL;
  END IF;
  IF NOT EXISTS (SELECT FROM regions_searchdue WHERE id = NEW.id) THEN  -- written with an earlier row
    RETURN NULL;
  END IF;
  FOR due IN
    SELECT kind, array_agg(key ORDER BY key) AS keys FROM (
      SELECT kind, key, row_number() OVER (PARTITION BY kind ORDER BY key) / 1000 AS part FROM (
        SELECT DISTINCT kind, unnest(keys) AS key FROM regions_searchdue WHERE transaction = pg_current_xact_id()
      ) AS once
    ) AS parted GROUP BY kind, part ORDER BY kind, part
  LOOP PERFORM search_write(due.kind, due.keys); END LOOP;
  DELETE FROM regions_searchdue WHERE transaction = pg_current_xact_id();
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER documents_are_written_at_commit AFTER INSERT OR UPDATE ON regions_searchdue
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION search_write_due();
CREATE OR REPLACE FUNCTION raise_the_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- once more, behind the checks that were deferred before this one, and behind the documents of the search
  IF NOT NEW.checked OR EXISTS (SELECT FROM regions_searchdue WHERE transaction = pg_current_xact_id()) THEN
    UPDATE regions_changemark SET checked = true WHERE transaction = NEW.transaction;
    RETURN NULL;
  END IF;
  INSERT INTO regions_registryversion AS kept (id, number)
    VALUES (1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
    ON CONFLICT (id) DO UPDATE SET number = greatest(kept.number + 1, excluded.number);
  DELETE FROM regions_changemark WHERE transaction = NEW.transaction;
  RETURN NULL;
END $$;
DROP FUNCTION search_later(), search_now();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('regions', '0015_saved_searches'),
    ]

    operations = [migrations.RunSQL(DUE, migrations.RunSQL.noop)]
