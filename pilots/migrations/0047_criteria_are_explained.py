from django.db import migrations, models

EXPLANATIONS = [f"explanation_{language}" for language in ("fi", "sv", "en")]


class Migration(migrations.Migration):

    dependencies = [
        ('pilots', '0046_questions_about_a_round'),
    ]

    operations = [
        *(migrations.AddField('criterion', name, models.TextField(blank=True, default='')) for name in EXPLANATIONS),
        migrations.AddField('criterion', 'scored', models.BooleanField(default=False)),
    ]
