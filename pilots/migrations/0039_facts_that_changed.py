"""Which pilots changed what the list is counted by: web processes renew their counts by these rows alone."""

from django.db import migrations

FACTS = """
CREATE TABLE pilots_changedfacts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at timestamptz NOT NULL DEFAULT now(),
  source text NOT NULL,
  pilots bigint[]  -- NULL: all of them
);
CREATE INDEX changed_facts_at ON pilots_changedfacts (at);
CREATE INDEX changed_facts_transaction ON pilots_changedfacts (transaction);
CREATE FUNCTION tell_changed_facts(told text, keys bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF keys IS NULL OR cardinality(keys) > 0 THEN
    INSERT INTO pilots_changedfacts (source, pilots)
      VALUES (told, CASE WHEN cardinality(keys) <= 2000 THEN keys END);
    DELETE FROM pilots_changedfacts WHERE id IN (
      SELECT id FROM pilots_changedfacts WHERE at < now() - interval '1 day' ORDER BY at LIMIT 100 FOR UPDATE SKIP LOCKED);
  END IF;
END $$;
CREATE FUNCTION new_facts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE keys bigint[];
BEGIN
  EXECUTE format('SELECT coalesce(array_agg(DISTINCT %1$I), ''{}'') FROM new_rows WHERE %1$I IS NOT NULL', TG_ARGV[0])
    INTO keys;
  PERFORM tell_changed_facts(TG_TABLE_NAME, keys);
  RETURN NULL;
END $$;
CREATE FUNCTION old_facts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE keys bigint[];
BEGIN
  EXECUTE format('SELECT coalesce(array_agg(DISTINCT %1$I), ''{}'') FROM old_rows WHERE %1$I IS NOT NULL', TG_ARGV[0])
    INTO keys;
  PERFORM tell_changed_facts(TG_TABLE_NAME, keys);
  RETURN NULL;
END $$;
CREATE FUNCTION changed_facts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE keys bigint[];
BEGIN
  EXECUTE format(
    'SELECT coalesce(array_agg(DISTINCT key), ''{}'') FROM (SELECT %1$I AS key FROM new_rows UNION SELECT %1$I FROM '
    'old_rows) AS rows WHERE key IS NOT NULL', TG_ARGV[0]) INTO keys;
  PERFORM tell_changed_facts(TG_TABLE_NAME, keys);
  RETURN NULL;
END $$;
CREATE FUNCTION all_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tell_changed_facts(TG_TABLE_NAME, NULL);
  RETURN NULL;
END $$;
CREATE FUNCTION facts_grow_old_otherwise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM new_rows n JOIN old_rows o USING (id) WHERE n.confirm_months <> o.confirm_months) THEN
    PERFORM tell_changed_facts(TG_TABLE_NAME, NULL);
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION changed_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO pilots_changedfacts (source, pilots) VALUES (TG_TABLE_NAME, '{}');
  RETURN NULL;
END $$;
"""
FACTS_BACK = """
DROP FUNCTION changed_names(), facts_grow_old_otherwise(), all_facts(), changed_facts(), old_facts(), new_facts(),
  tell_changed_facts(text, bigint[]);
DROP TABLE pilots_changedfacts;
"""
OF_PILOTS = """
CREATE TRIGGER tells_new_facts AFTER INSERT ON {table}
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION new_facts('{column}');
CREATE TRIGGER tells_changed_facts AFTER UPDATE ON {table}
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION changed_facts('{column}');
CREATE TRIGGER tells_old_facts AFTER DELETE ON {table}
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION old_facts('{column}');
CREATE TRIGGER tells_emptied_facts AFTER TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION all_facts();
"""
OF_PILOTS_BACK = """
DROP TRIGGER tells_new_facts ON {table};
DROP TRIGGER tells_changed_facts ON {table};
DROP TRIGGER tells_old_facts ON {table};
DROP TRIGGER tells_emptied_facts ON {table};
"""
# How long evidence counts as fresh stands in the programme: it moves the stages of all its pilots.
OF_ALL = """
CREATE TRIGGER tells_that_facts_grow_old_otherwise AFTER UPDATE ON pilots_programme
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
  EXECUTE FUNCTION facts_grow_old_otherwise();
"""
OF_ALL_BACK = "DROP TRIGGER tells_that_facts_grow_old_otherwise ON pilots_programme;"
# What the facets offer, and which regions the state's offices cover.
OF_NAMES = """
CREATE TRIGGER tells_changed_names AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION changed_names();
"""
OF_NAMES_BACK = "DROP TRIGGER tells_changed_names ON {table};"
NAMED = (
    *("pilots_programme", "pilots_theme", "pilots_targetgroup", "pilots_deliverymodel"),
    *("regions_region", "regions_municipality", "regions_organisation", "regions_coverage"),
)
TABLES = {
    "pilots_pilot": "id",
    **dict.fromkeys(
        (
            "pilots_pilot_regions",
            "pilots_pilot_municipalities",
            "pilots_pilot_themes",
            "pilots_pilottarget",
            "pilots_pilotmodel",
            "pilots_partner",
            "pilots_stageentry",
            "pilots_resultcard",
        ),
        "pilot_id",
    ),
}
# The order by name is read on every page of the list; the start and the changes too.
INDEXES = """
CREATE INDEX pilot_order_by_name ON pilots_pilot (fi_sort(name_fi), id);
"""


class Migration(migrations.Migration):

    dependencies = [("pilots", "0038_who_changed_what")]

    operations = [
        migrations.RunSQL(FACTS, FACTS_BACK),
        *(
            migrations.RunSQL(
                OF_PILOTS.format(table=table, column=column), OF_PILOTS_BACK.format(table=table)
            )
            for table, column in TABLES.items()
        ),
        migrations.RunSQL(OF_ALL, OF_ALL_BACK),
        *(migrations.RunSQL(OF_NAMES.format(table=table), OF_NAMES_BACK.format(table=table)) for table in NAMED),
        migrations.RunSQL(INDEXES, "DROP INDEX pilot_order_by_name;"),
    ]
