from django.db import migrations


class Migration(migrations.Migration):
    """The row that keeps what was told is a told deadline."""

    dependencies = [
        ('pilots', '0021_the_row_of_the_installation'),
    ]

    operations = [
        migrations.RenameModel('Told', 'ToldDeadline'),
        migrations.AlterModelOptions('tolddeadline', {'ordering': ['pk'], 'verbose_name': 'told deadline', 'verbose_name_plural': 'told deadlines'}),
    ]
