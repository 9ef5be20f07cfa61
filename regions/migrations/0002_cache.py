"""The shared cache: a table that is not written to the log, for it may be lost. Counts guesses of passwords."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("regions", "0001_initial")]
    operations = [
        migrations.RunSQL(
            'CREATE UNLOGGED TABLE "cache" ("cache_key" varchar(255) PRIMARY KEY, "value" text NOT NULL, '
            '"expires" timestamptz NOT NULL); CREATE INDEX "cache_expires" ON "cache" ("expires")',
            'DROP TABLE "cache"',
        ),
    ]
