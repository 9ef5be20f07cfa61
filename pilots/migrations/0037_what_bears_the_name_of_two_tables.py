"""Constraints, indexes and a sequence of two tables bear the tables' present names, as in a database made anew.

``0021`` and ``0022`` renamed the tables alone.
"""

from django.db import migrations

RENAME = r"""
DO $$
DECLARE command text;
BEGIN
  FOR command IN
    SELECT format(rename, owner, name, replace(replace(replace(replace(replace(name,
      'pilots_sweep_', 'pilots_installation_'), 'pilots_told_', 'pilots_tolddeadline_'),
      'message_id_878d8ab8', 'message_id_ac4b4983'), 'step_id_ac39b98e', 'step_id_75e9e2c6'),
      'user_id_61e6ead8', 'user_id_f78c89ae'))
    FROM (
      SELECT 'ALTER TABLE %s RENAME CONSTRAINT %I TO %I' AS rename, conrelid::regclass AS owner, conname AS name
      FROM pg_constraint
      UNION ALL
      SELECT 'ALTER INDEX %2$I RENAME TO %3$I', indrelid::regclass, relname
      FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
      WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
    ) AS named
    WHERE owner IN ('pilots_installation'::regclass, 'pilots_tolddeadline'::regclass)
      AND name ~ '^pilots_(sweep|told)_'
  LOOP EXECUTE command; END LOOP;
END $$;
ALTER SEQUENCE IF EXISTS pilots_told_id_seq RENAME TO pilots_tolddeadline_id_seq;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('pilots', '0036_a_deleted_round_can_be_brought_back'),
    ]

    operations = [migrations.RunSQL(RENAME, migrations.RunSQL.noop)]
