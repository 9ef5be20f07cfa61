import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

# The other answers stay as they were sent: compared as JSON with the version before.
ONLY_ITS_QUESTION = """
CREATE FUNCTION refuse_another_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM pilots_version answer
    JOIN pilots_version before ON before.proposal_id = answer.proposal_id AND before.number = answer.number - 1
    WHERE answer.id = NEW.answer_id AND answer.proposal_id = NEW.proposal_id
      AND (answer.form, answer.kind, answer.step_id) = (before.form, before.kind, before.step_id)
      AND answer.content - NEW.question::text = before.content - NEW.question::text
  ) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER an_answer_changes_only_its_question BEFORE INSERT OR UPDATE OF answer_id ON pilots_clarification
  FOR EACH ROW WHEN (NEW.answer_id IS NOT NULL) EXECUTE FUNCTION refuse_another_answer();
CREATE TRIGGER what_was_asked_never_changes BEFORE UPDATE ON pilots_clarification
  FOR EACH ROW WHEN (
    (OLD.proposal_id, OLD.version_id, OLD.number, OLD.question, OLD.words, OLD.due_at, OLD.asked_at)
    IS DISTINCT FROM (NEW.proposal_id, NEW.version_id, NEW.number, NEW.question, NEW.words, NEW.due_at, NEW.asked_at)
    OR (OLD.answer_id IS NOT NULL AND NEW.answer_id IS DISTINCT FROM OLD.answer_id)
  ) EXECUTE FUNCTION refuse_the_change();
"""
ONLY_ITS_QUESTION_BACK = """
DROP TRIGGER what_was_asked_never_changes ON pilots_clarification;
DROP TRIGGER an_answer_changes_only_its_question ON pilots_clarification;
DROP FUNCTION refuse_another_answer();
"""
USER = {"on_delete": django.db.models.deletion.PROTECT, "related_name": "+", "to": settings.AUTH_USER_MODEL}


class Migration(migrations.Migration):

    dependencies = [
        ('pilots', '0040_several_organisations_write'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField('version', 'clarifies_since', models.DateTimeField(blank=True, null=True)),
        migrations.AddConstraint(
            'version',
            models.CheckConstraint(condition=Q(clarifies_since__isnull=True) | Q(clarifies_since__lt=F('submitted_at')), name='a_version_clarifies_what_came_before_it', violation_error_message='A version clarifies what came before it.'),
        ),
        migrations.CreateModel(
            name='Clarification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('question', models.CharField(max_length=40)),
                ('label_fi', models.CharField(max_length=200)),
                ('label_sv', models.CharField(blank=True, default='', max_length=200)),
                ('label_en', models.CharField(blank=True, default='', max_length=200)),
                ('words', models.TextField()),
                ('due_at', models.DateTimeField()),
                ('asked_at', models.DateTimeField()),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_because', models.TextField(blank=True, default='')),
                ('answer', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='pilots.version')),
                ('asked_by', models.ForeignKey(**USER)),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='clarifications', to='pilots.proposal')),
                ('read_by', models.ForeignKey(blank=True, null=True, **USER)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='clarifications', to='pilots.version')),
                ('withdrawn_by', models.ForeignKey(blank=True, null=True, **USER)),
            ],
            options={
                'verbose_name': 'clarification',
                'verbose_name_plural': 'clarifications',
                'ordering': ['proposal', 'number'],
                'indexes': [
                    models.Index(condition=Q(answer=None, withdrawn_at=None), fields=['due_at'], name='clarification_unanswered'),
                    models.Index(condition=Q(read_at=None), fields=['answer'], name='clarification_unread'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('proposal', 'number'), name='a_clarification_has_its_own_number', violation_error_message='This clarification is there already.'),
                    models.UniqueConstraint(condition=Q(answer__isnull=True, withdrawn_at__isnull=True), fields=('proposal', 'question'), name='one_clarification_of_a_question_waits_at_a_time', violation_error_message='A clarification of this answer is already being waited for.'),
                    models.CheckConstraint(condition=~Q(words='') & ~Q(question=''), name='a_clarification_says_what_is_asked', violation_error_message='Say what you ask.'),
                    models.CheckConstraint(condition=Q(due_at__gt=F('asked_at')), name='a_clarification_is_due_after_it_is_asked', violation_error_message='Choose a time that is still to come.'),
                    models.CheckConstraint(condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_because='') | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_because=''), name='a_withdrawn_clarification_says_by_whom_and_why', violation_error_message='Give the reason.'),
                    models.CheckConstraint(condition=Q(answer__isnull=True) | Q(withdrawn_at__isnull=True), name='a_clarification_is_answered_or_withdrawn', violation_error_message='It was answered or withdrawn meanwhile.'),
                    models.CheckConstraint(condition=Q(read_at__isnull=True, read_by__isnull=True) | Q(read_at__isnull=False, read_by__isnull=False, answer__isnull=False), name='only_an_answered_clarification_is_read_and_by_somebody', violation_error_message='Only an answer is marked as read, by somebody.'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ClarificationReminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('days_before', models.PositiveSmallIntegerField()),
                ('due_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('planned', 'planned'), ('queued', 'handed over'), ('skipped', 'skipped')], default='planned', max_length=12)),
                ('reason', models.CharField(blank=True, choices=[('answered', 'answered already'), ('withdrawn', 'withdrawn by the ministry'), ('closed', 'the proposal is no longer dealt with'), ('past', 'the due date had passed'), ('collapsed', 'a later reminder says the same'), ('nobody', 'nobody is there to be reminded')], default='', max_length=16)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('clarification', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reminders', to='pilots.clarification')),
            ],
            options={
                'verbose_name': 'reminder of a clarification',
                'ordering': ['due_at', 'pk'],
                'indexes': [models.Index(condition=Q(state='planned'), fields=['due_at'], name='clarification_reminder_due')],
                'constraints': [
                    models.UniqueConstraint(fields=('clarification', 'days_before'), name='a_reminder_of_a_clarification_is_planned_once', violation_error_message='This reminder is planned already.'),
                    models.CheckConstraint(condition=Q(state__in=['planned', 'queued', 'skipped']), name='a_reminder_of_a_clarification_is_in_a_known_state', violation_error_message='This state is not known.'),
                    models.CheckConstraint(condition=Q(state='skipped') & ~Q(reason='') | ~Q(state='skipped') & Q(reason=''), name='a_skipped_reminder_of_a_clarification_says_why', violation_error_message='A skipped reminder says why.'),
                    models.CheckConstraint(condition=Q(state='planned', settled_at__isnull=True) | ~Q(state='planned') & Q(settled_at__isnull=False), name='a_settled_reminder_of_a_clarification_has_its_time', violation_error_message='A settled reminder has its time.'),
                ],
            },
        ),
        migrations.AddField(
            'message',
            'clarification',
            models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='messages', to='pilots.clarification'),
        ),
        migrations.RunSQL(ONLY_ITS_QUESTION, ONLY_ITS_QUESTION_BACK),
    ]
