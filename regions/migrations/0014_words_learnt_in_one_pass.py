from django.db import migrations

# The words of documents that the dictionary does not have. Each document is taken apart once: 0012 looked for the
# spelling of each new word through the whole document, which took most of the time of an import.
LEARN = r"""
CREATE OR REPLACE FUNCTION search_learn(written bigint[]) RETURNS void LANGUAGE sql AS $$
  WITH new AS MATERIALIZED (
    SELECT DISTINCT document.id, lexeme.lexeme AS word
    FROM regions_searchdocument AS document, unnest(document.words) AS lexeme
    WHERE document.id = ANY (written)
      AND NOT EXISTS (SELECT FROM regions_searchword AS known WHERE known.word = lexeme.lexeme)
  ),
  told AS MATERIALIZED (
    SELECT document.id, part.token, min(part.place) AS place
    FROM regions_searchdocument AS document, regexp_split_to_table(concat_ws(' ', document.title_fi, document.title_sv,
      document.title_en, document.text_fi, document.text_sv, document.text_en), '[^[:alnum:]]+')
      WITH ORDINALITY AS part (token, place)
    WHERE document.id IN (SELECT id FROM new)
    GROUP BY document.id, part.token
  ),
  said AS (  -- as a document spells the word first
    SELECT DISTINCT ON (id, word) id, search_plain(token) AS word, lower(token) AS shown
    FROM told ORDER BY id, word, place
  )
  INSERT INTO regions_searchword (word, shown, stem_fi, stem_sv, stem_en)
  SELECT DISTINCT ON (new.word) new.word, coalesce(said.shown, new.word),
    search_stem_fi(new.word), search_stem_sv(new.word), search_stem_en(new.word)
  FROM new LEFT JOIN said USING (id, word)
  ORDER BY new.word, said.shown NULLS LAST
$$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('regions', '0013_whether_open_rounds_are_wanted'),
    ]

    operations = [migrations.RunSQL(LEARN, migrations.RunSQL.noop)]
