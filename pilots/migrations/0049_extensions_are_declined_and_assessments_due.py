import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pilots', '0048_assessments_and_notes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField('round', 'assess_until', models.DateField(blank=True, null=True)),
        migrations.AddField('extensionrequest', 'declined_at', models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            'extensionrequest',
            'declined_by',
            models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+',
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField('extensionrequest', 'declined_because', models.TextField(blank=True, default='')),
        migrations.AddConstraint(
            'extensionrequest',
            models.CheckConstraint(
                name='a_declined_request_for_an_extension_says_by_whom_and_why',
                condition=models.Q(declined_at=None, declined_by=None, declined_because='')
                | models.Q(declined_at__isnull=False, declined_by__isnull=False) & ~models.Q(declined_because=''),
                violation_error_message='Give the reason.',
            ),
        ),
    ]
