from django.db import migrations


class Migration(migrations.Migration):
    """The row that says when the sweep last ran also says whose database this is: it is the installation's."""

    dependencies = [
        ('pilots', '0020_a_new_letter_needs_no_migration'),
    ]

    operations = [
        migrations.RenameModel('Sweep', 'Installation'),
        migrations.AlterModelOptions('installation', {'verbose_name': 'installation'}),
    ]
