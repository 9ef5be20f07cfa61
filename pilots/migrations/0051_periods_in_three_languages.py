import django.contrib.postgres.fields.ranges
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pilots', '0050_latest_changes_by_their_index'),
    ]

    operations = [
        migrations.RenameField('programme', 'period_words', 'period_fi'),
        migrations.RenameField('programme', 'stated_when', 'stated_on_words'),
        migrations.AddField(
            model_name='programme',
            name='period_sv',
            field=models.CharField(blank=True, default='', max_length=200),
        ),
        migrations.AddField(
            model_name='programme',
            name='period_en',
            field=models.CharField(blank=True, default='', max_length=200),
        ),
        migrations.AddField(
            model_name='programme',
            name='stated_on_days',
            field=django.contrib.postgres.fields.ranges.DateRangeField(blank=True, null=True),
        ),
    ]
