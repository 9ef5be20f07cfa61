import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from registry.lib.versions import watched


# The steps that there are take all kinds from all who are invited: so the new columns begin. A version is of the kind
# that its proposal is of; the trigger that lets no version change sleeps meanwhile.
KINDS = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE pilots_version DISABLE TRIGGER a_submitted_version_never_changes;
UPDATE pilots_version SET kind = proposal.kind FROM pilots_proposal proposal
  WHERE proposal.id = pilots_version.proposal_id AND pilots_version.kind <> proposal.kind;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE pilots_version ENABLE TRIGGER a_submitted_version_never_changes;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('pilots', '0030_public_acts_raise_the_version'),
        ('regions', '0009_networks_that_are_known'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Asked',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'organisation asked',
                'verbose_name_plural': 'organisations asked',
                'ordering': ['step', 'organisation', 'pk'],
            },
        ),
        migrations.AddField(
            model_name='proposal',
            name='moved_on_to',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pilots.step'),
        ),
        migrations.AddField(
            model_name='step',
            name='after',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='pilots.step'),
        ),
        migrations.AddField(
            model_name='step',
            name='edits_until',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='step',
            name='senders',
            field=models.CharField(choices=[('all', 'all who are invited'), ('before', 'those who sent in the step before'), ('asked', 'those whom the ministry asks')], default='all', max_length=8),
        ),
        migrations.AddField(
            model_name='step',
            name='takes',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), blank=True, default=list, size=None),
        ),
        migrations.AddField(
            model_name='version',
            name='kind',
            field=models.CharField(choices=[('preliminary', 'preliminary proposal'), ('interest', 'expression of interest')], default='preliminary', max_length=12),
            preserve_default=False,
        ),
        migrations.RunSQL(KINDS, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='reminder',
            name='reason',
            field=models.CharField(blank=True, choices=[('submitted', 'the proposal is sent already'), ('withdrawn', 'the proposal is withdrawn'), ('closed', 'the step had closed'), ('cancelled', 'the round was cancelled'), ('not_an_editor', 'no longer their task'), ('not_asked', 'the step does not ask it of them'), ('no_address', 'no working address'), ('collapsed', 'a later reminder says the same'), ('recently_told', 'reminded less than 20 hours ago'), ('past', 'was past when the rule began'), ('opted_out', 'has switched reminders off')], default='', max_length=16),
        ),
        migrations.AddConstraint(
            model_name='step',
            constraint=models.CheckConstraint(condition=models.Q(('senders__in', ['all', 'before', 'asked'])), name='a_step_is_for_known_senders', violation_error_message='Say from whom the step takes proposals.'),
        ),
        migrations.AddConstraint(
            model_name='step',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('after__isnull', False), ('senders', 'before')), models.Q(models.Q(('senders', 'before'), _negated=True), ('after__isnull', True)), _connector='OR'), name='a_step_for_those_who_sent_before_names_that_step', violation_error_message='There is no step before in which something is sent.'),
        ),
        migrations.AddConstraint(
            model_name='step',
            constraint=models.CheckConstraint(condition=models.Q(('after__isnull', True), models.Q(('after', models.F('pk')), _negated=True), _connector='OR'), name='a_step_does_not_come_after_itself', violation_error_message='A step does not come after itself.'),
        ),
        migrations.AddConstraint(
            model_name='step',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'talks'), _negated=True), models.Q(('edits_until__isnull', True), ('senders', 'all'), ('takes', [])), _connector='OR'), name='talks_take_no_proposals', violation_error_message='Nothing is sent in talks.'),
        ),
        migrations.AddField(
            model_name='asked',
            name='asked_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='asked',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='regions.organisation'),
        ),
        migrations.AddField(
            model_name='asked',
            name='proposal',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='pilots.proposal'),
        ),
        migrations.AddField(
            model_name='asked',
            name='step',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='asked', to='pilots.step'),
        ),
        migrations.AddConstraint(
            model_name='asked',
            constraint=models.UniqueConstraint(fields=('step', 'organisation', 'proposal'), name='a_step_asks_for_a_proposal_once', nulls_distinct=False, violation_error_message='They are asked already.'),
        ),
        *watched("pilots_asked"),
    ]
