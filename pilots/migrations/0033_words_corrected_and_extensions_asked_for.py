import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from registry.lib.versions import watched


class Migration(migrations.Migration):

    dependencies = [
        ('pilots', '0032_decisions_pilots_and_their_letters'),
        ('regions', '0010_the_registry_has_a_version'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ExtensionRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('until', models.DateTimeField()),
                ('reason', models.TextField()),
                ('asked_at', models.DateTimeField()),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='regions.organisation')),
                ('step', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='extension_requests', to='pilots.step')),
            ],
            options={
                'verbose_name': 'request for an extension',
                'verbose_name_plural': 'requests for extensions',
                'ordering': ['step', 'asked_at', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='a_request_for_an_extension_has_a_reason', violation_error_message='Give the reason.'), models.CheckConstraint(condition=models.Q(('until__gt', models.F('asked_at'))), name='an_extension_is_asked_for_ahead', violation_error_message='Choose a time that is still to come.')],
            },
        ),
        migrations.CreateModel(
            name='RoundCorrection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('corrected_at', models.DateTimeField()),
                ('columns', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('before', models.JSONField()),
                ('reason_fi', models.TextField()),
                ('reason_sv', models.TextField(blank=True, default='')),
                ('reason_en', models.TextField(blank=True, default='')),
                ('corrected_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='corrections', to='pilots.round')),
            ],
            options={
                'verbose_name': 'correction of a round',
                'verbose_name_plural': 'corrections of rounds',
                'ordering': ['round', 'corrected_at', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason_fi', ''), _negated=True), name='a_correction_of_a_round_has_a_reason', violation_error_message='Give the reason.'), models.CheckConstraint(condition=models.Q(('columns__len__gt', 0)), name='a_correction_of_a_round_names_what_it_corrects', violation_error_message='Nothing was changed.')],
            },
        ),
        *watched("pilots_roundcorrection"),
    ]
