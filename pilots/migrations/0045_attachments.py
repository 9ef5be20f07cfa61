import django.core.serializers.json
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

# An answer to a clarification is sent with the files of the version before; a file stays the one that it was.
FILES_STAY = """
CREATE OR REPLACE FUNCTION refuse_another_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM pilots_version answer
    JOIN pilots_version before ON before.proposal_id = answer.proposal_id AND before.number = answer.number - 1
    WHERE answer.id = NEW.answer_id AND answer.proposal_id = NEW.proposal_id
      AND (answer.form, answer.kind, answer.step_id) = (before.form, before.kind, before.step_id)
      AND answer.own_form_id IS NOT DISTINCT FROM before.own_form_id
      AND answer.attached = before.attached
      AND answer.content - NEW.question::text = before.content - NEW.question::text
  ) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER an_attached_file_never_changes BEFORE UPDATE ON pilots_attachment
  FOR EACH ROW WHEN (
    (OLD.proposal_id, OLD.stored, OLD.name, OLD.kind, OLD.size, OLD.sha256)
    IS DISTINCT FROM (NEW.proposal_id, NEW.stored, NEW.name, NEW.kind, NEW.size, NEW.sha256)
    OR (OLD.first_sent_id IS NOT NULL AND NEW.first_sent_id IS DISTINCT FROM OLD.first_sent_id)
  ) EXECUTE FUNCTION refuse_the_change();
"""
FILES_STAY_BACK = """
DROP TRIGGER an_attached_file_never_changes ON pilots_attachment;
CREATE OR REPLACE FUNCTION refuse_another_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM pilots_version answer
    JOIN pilots_version before ON before.proposal_id = answer.proposal_id AND before.number = answer.number - 1
    WHERE answer.id = NEW.answer_id AND answer.proposal_id = NEW.proposal_id
      AND (answer.form, answer.kind, answer.step_id) = (before.form, before.kind, before.step_id)
      AND answer.own_form_id IS NOT DISTINCT FROM before.own_form_id
      AND answer.content - NEW.question::text = before.content - NEW.question::text
  ) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
  END IF;
  RETURN NEW;
END $$;
"""
USER = {"on_delete": django.db.models.deletion.PROTECT, "related_name": "+", "to": settings.AUTH_USER_MODEL}


class Migration(migrations.Migration):

    dependencies = [
        ('pilots', '0044_the_questions_of_a_round_s_own'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField('deleteddraft', 'attachments', models.JSONField(default=list, encoder=django.core.serializers.json.DjangoJSONEncoder)),
        migrations.AddField('proposal', 'attached', models.JSONField(default=list)),
        migrations.AddField('version', 'attached', models.JSONField(default=list)),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stored', models.CharField(max_length=32, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('kind', models.CharField(max_length=8)),
                ('size', models.IntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('added_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('scan', models.CharField(choices=[('waiting', 'not scanned yet'), ('clean', 'scanned, nothing found'), ('infected', 'held back: a virus was found'), ('not_judged', 'held back: the scanner could not read it')], default='waiting', max_length=12)),
                ('scanned_at', models.DateTimeField(blank=True, null=True)),
                ('found', models.CharField(blank=True, default='', max_length=200)),
                ('tried_at', models.DateTimeField(blank=True, null=True)),
                ('added_by', models.ForeignKey(**USER)),
                ('first_sent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pilots.version')),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='pilots.proposal')),
                ('removed_by', models.ForeignKey(blank=True, null=True, **USER)),
            ],
            options={
                'verbose_name': 'attachment',
                'verbose_name_plural': 'attachments',
                'ordering': ['proposal', 'pk'],
                'indexes': [models.Index(condition=Q(scan='waiting'), fields=['tried_at'], name='attachment_not_scanned')],
                'constraints': [
                    models.CheckConstraint(condition=Q(stored__regex='^[0-9a-f]{32}$'), name='an_attachment_is_stored_under_a_random_name', violation_error_message='A file is stored under a random name.'),
                    models.CheckConstraint(condition=Q(sha256__regex='^[0-9a-f]{64}$'), name='an_attachment_has_a_sha256_of_64_digits', violation_error_message='The fingerprint of a file has 64 hexadecimal digits.'),
                    models.CheckConstraint(condition=~Q(name='') & Q(kind__in=['pdf', 'docx', 'xlsx', 'odt', 'ods', 'png', 'jpg']), name='an_attachment_has_a_name_and_a_known_kind', violation_error_message='A file has a name and a known kind.'),
                    models.CheckConstraint(condition=Q(size__gte=1, size__lte=20971520), name='an_attachment_has_at_most_20_megabytes', violation_error_message='A file has at most 20 MB, and is not empty.'),
                    models.CheckConstraint(condition=Q(scan='waiting', scanned_at__isnull=True) | Q(scan__in=['clean', 'infected', 'not_judged'], scanned_at__isnull=False), name='an_attachment_is_scanned_when_its_result_is_known', violation_error_message='A scanned file has the time of its scan.'),
                    models.CheckConstraint(condition=Q(removed_at__isnull=True, removed_by__isnull=True) | Q(removed_at__isnull=False, removed_by__isnull=False, first_sent__isnull=False), name='only_a_sent_attachment_stays_when_it_is_removed', violation_error_message='Only a file that was sent stays when it is removed.'),
                ],
            },
        ),
        migrations.RunSQL(FILES_STAY, FILES_STAY_BACK),
    ]
