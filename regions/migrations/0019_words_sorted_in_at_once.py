
import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('regions', '0018_documents_found_by_their_index'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='searchword',
            name='search_word_parts',
        ),
        migrations.AddIndex(
            model_name='searchword',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(models.F('word'), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(models.F('stem_fi'), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(models.F('stem_sv'), name='gin_trgm_ops'), fastupdate=False, name='search_word_parts'),
        ),
    ]
