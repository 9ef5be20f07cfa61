import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models

from registry.lib.versions import watched

# The words of a text in small letters, without accents and signs, a blank between them; ``lib.search.plain`` in Python.
PLAIN = r"""
CREATE FUNCTION search_plain(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT btrim(regexp_replace(lower(translate(
    regexp_replace(normalize(coalesce(words, ''), NFKD), '[\u0300-\u036f]', '', 'g'),
    'ØøĐđŊŋŁłÞþ', 'OoDdNnLlTt')),
    '[\u0001-\u002f\u003a-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u2000-\u206f\u20a0-\u20cf\u2100-\u2bff\u3000-\u303f]+',
    ' ', 'g'))
$$;
"""
# What stays the same when a word is inflected. PostgreSQL's stemmers cut the ending; the Finnish stem then loses what
# changes at its end: the grade (Helsinki, Helsingissä; yhdyspinta, yhdyspinnoilla), -minen and -mis-, -us and -uks-.
STEMS = r"""
CREATE FUNCTION search_stem_fi(word text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  stem text := coalesce((ts_lexize('pg_catalog.finnish_stem', word))[1], word);
  cut text;
  kept text := '';
BEGIN
  IF length(word) < 4 OR word ~ '[0-9]' THEN RETURN word; END IF;
  IF stem ~ 'tyo$' THEN RETURN stem; END IF;  -- yhteistyö is not yhteinen
  stem := regexp_replace(stem, '(yy|uu)[sdt]$', '\1');
  kept := coalesce(substring(stem FROM '[uy]$'), '');  -- the vowels that no inflection changes: Kasvu is not Kasvo
  cut := regexp_replace(regexp_replace(stem, '[aeiouy]+$', ''), 'ej$', '');
  IF length(cut) < 3 THEN RETURN stem; END IF;
  cut := regexp_replace(cut, 'm(in|is|ist|iks)$', 'm');
  cut := regexp_replace(cut, 'k?st?$', 's');
  cut := regexp_replace(cut, 'kk$', 'k');
  cut := regexp_replace(cut, 'n[ntd]$', 'n');
  cut := regexp_replace(cut, 'ng$', 'nk');
  cut := regexp_replace(cut, 'l[ltd]$', 'l');
  cut := regexp_replace(cut, 'r[rtdk]$', 'r');
  cut := regexp_replace(cut, 'm[mp]$', 'm');
  cut := regexp_replace(cut, '(tt|d)$', 't');
  IF length(cut) >= 6 THEN cut := regexp_replace(cut, '([aeiouy])k$', '\1'); END IF;
  IF length(cut) >= 9 THEN cut := regexp_replace(cut, '[mv]$', ''); END IF;
  cut := regexp_replace(regexp_replace(cut, 'pp$', 'p'), '([lr])v$', '\1p');
  RETURN CASE WHEN length(cut) > 4 THEN regexp_replace(cut, '[aeio]+$', '') ELSE cut END || kept;
END $$;
CREATE FUNCTION search_stem_sv(word text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN length(word) < 4 OR word ~ '[0-9]' THEN word
    ELSE coalesce((ts_lexize('pg_catalog.swedish_stem', word))[1], word) END
$$;
CREATE FUNCTION search_stem_en(word text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN length(word) < 4 OR word ~ '[0-9]' THEN word
    ELSE coalesce((ts_lexize('pg_catalog.english_stem', regexp_replace(word, '(..)iz(a|e|ing)', '\1is\2')))[1], word)
    END
$$;
CREATE FUNCTION search_term_stems(terms text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT stems), '{}') FROM (
    SELECT unnest(ARRAY[
      'fi ' || string_agg(search_stem_fi(word), ' ' ORDER BY place),
      'sv ' || string_agg(search_stem_sv(word), ' ' ORDER BY place),
      'en ' || string_agg(search_stem_en(word), ' ' ORDER BY place)
    ]) AS stems
    FROM regexp_split_to_table(terms, ',') WITH ORDINALITY AS term (term, number),
      regexp_split_to_table(search_plain(term), ' ') WITH ORDINALITY AS words (word, place)
    WHERE word <> '' GROUP BY number
  ) AS found
$$;
"""
# A document is made by the function ``search_<kind>`` of its kind, and written by ``search_write`` in the transaction
# of the writer. The documents are locked first: of two writers, the second sees what the first has written.
WRITE = r"""
CREATE TYPE search_made AS (
  "row" bigint, public boolean, slug text, title_fi text, title_sv text, title_en text, also text,
  near_fi text, near_sv text, near_en text, body_fi text, body_sv text, body_en text,
  around_fi text, around_sv text, around_en text, tags text[]
);
CREATE FUNCTION search_vector(words text, weight "char") RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT setweight(to_tsvector('pg_catalog.simple', left(search_plain(words), 200000)), weight)
$$;
CREATE FUNCTION search_text(VARIADIC parts text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(string_agg(part, ' · ' ORDER BY place), '')
  FROM unnest(parts) WITH ORDINALITY AS told (part, place) WHERE part <> ''
$$;
CREATE FUNCTION search_documents(of_kind text, keys bigint[]) RETURNS TABLE (
  "row" bigint, public boolean, slug text, title_fi text, title_sv text, title_en text,
  text_fi text, text_sv text, text_en text, names tsvector, words tsvector, tags text[]
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY EXECUTE format($made$
    SELECT made."row", made.public, made.slug, made.title_fi, made.title_sv, made.title_en,
      search_text(made.body_fi, made.near_fi, made.also, made.around_fi),
      search_text(made.body_sv, made.near_sv, made.also, made.around_sv),
      search_text(made.body_en, made.near_en, made.also, made.around_en),
      strip(title.vector), title.vector
        || search_vector(concat_ws(' ', made.near_fi, made.near_sv, made.near_en), 'B')
        || search_vector(concat_ws(' ', made.body_fi, made.body_sv, made.body_en), 'C')
        || search_vector(concat_ws(' ', made.around_fi, made.around_sv, made.around_en), 'D'),
      made.tags
    FROM search_%s($1) AS made, LATERAL (SELECT
      search_vector(concat_ws(' ', made.title_fi, made.title_sv, made.title_en, made.also), 'A') AS vector
    ) AS title $made$, of_kind) USING keys;
END $$;
CREATE FUNCTION search_write(of_kind text, keys bigint[]) RETURNS void LANGUAGE plpgsql
  SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  written bigint[];
BEGIN
  PERFORM 1 FROM regions_searchdocument AS document
    WHERE document.kind = of_kind AND document."row" = ANY (keys) ORDER BY document."row" FOR NO KEY UPDATE;
  WITH made AS MATERIALIZED (SELECT * FROM search_documents(of_kind, keys)),
  gone AS (
    DELETE FROM regions_searchdocument AS document WHERE document.kind = of_kind AND document."row" = ANY (keys)
      AND NOT EXISTS (SELECT FROM made WHERE made."row" = document."row")
  ),
  kept AS (
    INSERT INTO regions_searchdocument AS document (kind, "row", public, slug, title_fi, title_sv, title_en,
      text_fi, text_sv, text_en, names, words, tags)
    SELECT of_kind, made.* FROM made ORDER BY made."row"
    ON CONFLICT (kind, "row") DO UPDATE SET public = EXCLUDED.public, slug = EXCLUDED.slug,
      title_fi = EXCLUDED.title_fi, title_sv = EXCLUDED.title_sv, title_en = EXCLUDED.title_en,
      text_fi = EXCLUDED.text_fi, text_sv = EXCLUDED.text_sv, text_en = EXCLUDED.text_en,
      names = EXCLUDED.names, words = EXCLUDED.words, tags = EXCLUDED.tags
    WHERE (document.public, document.slug, document.title_fi, document.title_sv, document.title_en,
        document.text_fi, document.text_sv, document.text_en, document.words, document.tags)
      IS DISTINCT FROM (EXCLUDED.public, EXCLUDED.slug, EXCLUDED.title_fi, EXCLUDED.title_sv, EXCLUDED.title_en,
        EXCLUDED.text_fi, EXCLUDED.text_sv, EXCLUDED.text_en, EXCLUDED.words, EXCLUDED.tags)
    RETURNING id
  )
  SELECT array_agg(id) INTO written FROM kept;
  IF written IS NOT NULL THEN PERFORM search_learn(written); END IF;
END $$;
"""
# The dictionary has no unique index, so that no writer waits for the words of another's open transaction: a word that
# two write at once stands there twice.
LEARN = r"""
CREATE FUNCTION search_learn(written bigint[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO regions_searchword (word, shown, stem_fi, stem_sv, stem_en)
  SELECT DISTINCT ON (new.word) new.word, coalesce(said.shown, new.word),
    search_stem_fi(new.word), search_stem_sv(new.word), search_stem_en(new.word)
  FROM (
    SELECT DISTINCT document.id, lexeme.lexeme AS word
    FROM regions_searchdocument AS document, unnest(document.words) AS lexeme
    WHERE document.id = ANY (written)
      AND NOT EXISTS (SELECT FROM regions_searchword AS known WHERE known.word = lexeme.lexeme)
  ) AS new
  LEFT JOIN LATERAL (
    SELECT lower(token) AS shown
    FROM regions_searchdocument AS document, regexp_split_to_table(concat_ws(' ', document.title_fi, document.title_sv,
      document.title_en, document.text_fi, document.text_sv, document.text_en), '[^[:alnum:]]+') AS token
    WHERE document.id = new.id AND search_plain(token) = new.word LIMIT 1
  ) AS said ON true
  ORDER BY new.word, said.shown NULLS LAST
$$;
"""
# Arguments of a trigger: kind, the keys of the documents that the rows of ``changed`` stand in; and so on. A writer of
# very many rows may let the documents be written at the end of its transaction, each once: ``search_later``, then
# ``search_now``.
CHANGED = r"""
CREATE FUNCTION search_later() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  SET LOCAL client_min_messages = 'warning';
  CREATE TEMPORARY TABLE IF NOT EXISTS search_due (kind text, key bigint) ON COMMIT DELETE ROWS;
  PERFORM set_config('search.later', 'on', true);
END $$;
CREATE FUNCTION search_now() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  due record;
BEGIN
  PERFORM set_config('search.later', 'off', true);
  FOR due IN
    SELECT kind, array_agg(key ORDER BY key) AS keys FROM (
      SELECT kind, key, row_number() OVER (PARTITION BY kind ORDER BY key) / 1000 AS part
      FROM (SELECT DISTINCT kind, key FROM pg_temp.search_due) AS once
    ) AS parted GROUP BY kind, part
  LOOP PERFORM search_write(due.kind, due.keys); END LOOP;
  DELETE FROM pg_temp.search_due;
END $$;
CREATE FUNCTION search_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed text := CASE TG_OP
    WHEN 'INSERT' THEN 'SELECT * FROM new_rows'
    WHEN 'DELETE' THEN 'SELECT * FROM old_rows'
    ELSE 'SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows' END;
  keys bigint[];
BEGIN
  FOR n IN 0 .. TG_NARGS - 1 BY 2 LOOP
    EXECUTE format('WITH changed AS (%s) SELECT array_agg(DISTINCT key) FROM (%s) AS found (key) WHERE key IS NOT NULL',
      changed, TG_ARGV[n + 1]) INTO keys;
    CONTINUE WHEN keys IS NULL;
    IF current_setting('search.later', true) = 'on' THEN
      INSERT INTO pg_temp.search_due SELECT TG_ARGV[n], unnest(keys);
    ELSE
      PERFORM search_write(TG_ARGV[n], keys);
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
"""
KINDS = r"""
CREATE FUNCTION search_region(keys bigint[]) RETURNS SETOF search_made LANGUAGE plpgsql STABLE
  SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY SELECT (made.document).* FROM (SELECT ROW(
    region.id, true, region.slug, region.name_fi, region.name_sv, region.name_en,
    concat_ws(' ', region.genitive_fi, region.local_fi, region.centre_fi, region.centre_sv, region.iso, region.nuts3_2024),
    'maakunta', 'landskap', 'region',
    '', '', '', within.fi, within.sv, within.en, ARRAY['area:' || region.slug]
  )::search_made AS document
  FROM regions_region AS region, LATERAL (
    SELECT string_agg(name_fi, ', ' ORDER BY id) AS fi, string_agg(name_sv, ', ' ORDER BY id) AS sv,
      string_agg(name_en, ', ' ORDER BY id) AS en
    FROM regions_municipality WHERE region_id = region.id
  ) AS within
  WHERE region.id = ANY (keys)) AS made;
END $$;
CREATE FUNCTION search_municipality(keys bigint[]) RETURNS SETOF search_made LANGUAGE plpgsql STABLE
  SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY SELECT (made.document).* FROM (SELECT ROW(
    town.id, true, town.slug, town.name_fi, town.name_sv, town.name_en, '', 'kunta', 'kommun', 'municipality',
    '', '', '', region.name_fi, region.name_sv, region.name_en, ARRAY['area:' || region.slug]
  )::search_made AS document
  FROM regions_municipality AS town JOIN regions_region AS region ON region.id = town.region_id
  WHERE town.id = ANY (keys)) AS made;
END $$;
CREATE FUNCTION search_kind_words(kind text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE kind
    WHEN 'ministry' THEN ARRAY['ministeriö', 'ministerium', 'ministry']
    WHEN 'agency' THEN ARRAY['valtion virasto', 'statligt ämbetsverk', 'state agency']
    WHEN 'ely_centre' THEN ARRAY['ELY-keskus, elinkeino-, liikenne- ja ympäristökeskus',
      'NTM-central, närings-, trafik- och miljöcentral', 'ELY Centre']
    WHEN 'te_office' THEN ARRAY['TE-toimisto, työ- ja elinkeinotoimisto', 'TE-byrå, arbets- och näringsbyrå', 'TE Office']
    WHEN 'regional_council' THEN ARRAY['maakuntaliitto, maakunnan liitto', 'landskapsförbund', 'regional council']
    WHEN 'vitality_centre' THEN ARRAY['elinvoimakeskus', 'livskraftscentral', 'vitality centre']
    WHEN 'employment_area' THEN ARRAY['työllisyysalue', 'sysselsättningsområde', 'employment area']
    WHEN 'municipality' THEN ARRAY['kunta', 'kommun', 'municipality']
    WHEN 'project_office' THEN ARRAY['projektitoimisto', 'projektbyrå', 'project office']
    WHEN 'education' THEN ARRAY['oppilaitos', 'läroanstalt', 'educational institution']
    WHEN 'company' THEN ARRAY['yritys', 'företag', 'company']
    WHEN 'association' THEN ARRAY['yhdistys, järjestö', 'förening, organisation', 'association']
    WHEN 'preparation_group' THEN ARRAY['valmisteluryhmä', 'beredningsgrupp', 'preparation group']
    WHEN 'sub_group' THEN ARRAY['alatyöryhmä', 'underarbetsgrupp', 'sub-working group']
    WHEN 'steering_group' THEN ARRAY['ohjausryhmä', 'styrgrupp', 'steering group']
    WHEN 'preparation' THEN ARRAY['valmistelu', 'beredning', 'preparation']
    WHEN 'meeting' THEN ARRAY['kokous', 'möte', 'meeting']
    ELSE ARRAY['', '', ''] END
$$;
CREATE FUNCTION search_organisation(keys bigint[]) RETURNS SETOF search_made LANGUAGE plpgsql STABLE
  SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY SELECT (made.document).* FROM (SELECT ROW(
    organisation.id, true, organisation.slug, organisation.name_fi, organisation.name_sv, organisation.name_en,
    concat_ws(' ', organisation.short_name_fi, organisation.long_name_fi, organisation.long_name_sv,
      organisation.long_name_en, organisation.business_id),
    concat_ws(', ', kind.words[1], organisation.seat, array_to_string(organisation.other_offices, ', ')),
    kind.words[2], kind.words[3], '', '', '',
    concat_ws(', ', array_to_string(organisation.municipality_names, ', '), area.fi), area.sv, area.en, area.tags
  )::search_made AS document
  FROM regions_organisation AS organisation,
    LATERAL (SELECT search_kind_words(organisation.kind) AS words) AS kind,
    LATERAL (
      SELECT string_agg(DISTINCT concat_ws(' ', region.name_fi, region.centre_fi), ', ') AS fi,
        string_agg(DISTINCT concat_ws(' ', region.name_sv, region.centre_sv), ', ') AS sv,
        string_agg(DISTINCT region.name_en, ', ') AS en,
        coalesce(array_agg(DISTINCT 'area:' || region.slug) FILTER (WHERE region.slug IS NOT NULL), '{}') AS tags
      FROM regions_coverage AS coverage JOIN regions_region AS region ON region.id = coverage.region_id
      WHERE coverage.organisation_id = organisation.id AND NOT organisation.nationwide
    ) AS area
  WHERE organisation.id = ANY (keys)) AS made;
END $$;
CREATE FUNCTION search_person(keys bigint[]) RETURNS SETOF search_made LANGUAGE plpgsql STABLE
  SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY SELECT (made.document).* FROM (SELECT ROW(
    person.id, true, person.slug, person.name, '', '', '', post.fi, post.sv, post.en, '', '', '',
    place.fi, place.sv, place.en, '{}'::text[]
  )::search_made AS document
  FROM regions_person AS person,
    LATERAL (
      SELECT string_agg(concat_ws(', ', post.title_fi, home.name_fi), ' · ' ORDER BY post.id) AS fi,
        string_agg(concat_ws(', ', post.title_sv, home.name_sv), ' · ' ORDER BY post.id) AS sv,
        string_agg(concat_ws(', ', post.title_en, home.name_en), ' · ' ORDER BY post.id) AS en
      FROM regions_post AS post LEFT JOIN regions_organisation AS home ON home.id = post.organisation_id
      WHERE post.person_id = person.id
    ) AS post,
    LATERAL (
      SELECT string_agg(grouped.name_fi, ' · ' ORDER BY place.id) AS fi,
        string_agg(grouped.name_sv, ' · ' ORDER BY place.id) AS sv,
        string_agg(grouped.name_en, ' · ' ORDER BY place.id) AS en
      FROM regions_membership AS place JOIN regions_group AS grouped ON grouped.id = place.group_id
      WHERE place.person_id = person.id
    ) AS place
  WHERE person.id = ANY (keys) AND NOT person.hidden) AS made;
END $$;
CREATE FUNCTION search_group(keys bigint[]) RETURNS SETOF search_made LANGUAGE plpgsql STABLE
  SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY SELECT (made.document).* FROM (SELECT ROW(
    grouped.id, true, grouped.slug, grouped.name_fi, grouped.name_sv, grouped.name_en, grouped.other_names_fi,
    concat_ws(', ', kind.words[1], area.fi), concat_ws(', ', kind.words[2], area.sv),
    concat_ws(', ', kind.words[3], area.en),
    search_text(grouped.set_within_fi, grouped.starting_point_fi, mandate.fi),
    search_text(grouped.set_within_sv, grouped.starting_point_sv, mandate.sv),
    search_text(grouped.set_within_en, grouped.starting_point_en, mandate.en),
    search_text(log.fi, people.names), search_text(log.sv, people.names), search_text(log.en, people.names), area.tags
  )::search_made AS document
  FROM regions_group AS grouped,
    LATERAL (SELECT search_kind_words(grouped.kind) AS words) AS kind,
    LATERAL (
      SELECT string_agg(concat_ws(' ', region.name_fi, region.centre_fi), ', ' ORDER BY region.id) AS fi,
        string_agg(concat_ws(' ', region.name_sv, region.centre_sv), ', ' ORDER BY region.id) AS sv,
        string_agg(region.name_en, ', ' ORDER BY region.id) AS en,
        coalesce(array_agg('area:' || region.slug ORDER BY region.id), '{}') AS tags
      FROM regions_group_regions AS link JOIN regions_region AS region ON region.id = link.region_id
      WHERE link.group_id = grouped.id
    ) AS area,
    LATERAL (
      SELECT string_agg(text_fi, ' · ' ORDER BY id) AS fi, string_agg(text_sv, ' · ' ORDER BY id) AS sv,
        string_agg(text_en, ' · ' ORDER BY id) AS en
      FROM regions_mandateitem WHERE group_id = grouped.id
    ) AS mandate,
    LATERAL (
      SELECT string_agg(what_fi, ' · ' ORDER BY id) AS fi, string_agg(what_sv, ' · ' ORDER BY id) AS sv,
        string_agg(what_en, ' · ' ORDER BY id) AS en
      FROM regions_logentry WHERE group_id = grouped.id
    ) AS log,
    LATERAL (
      SELECT string_agg(DISTINCT person.name, ', ') AS names FROM regions_person AS person
      WHERE NOT person.hidden AND person.id IN (
        SELECT person_id FROM regions_membership WHERE group_id = grouped.id
        UNION SELECT post.person_id FROM regions_groupcontact AS contact JOIN regions_post AS post
          ON post.id = contact.post_id WHERE contact.group_id = grouped.id)
    ) AS people
  WHERE grouped.id = ANY (keys)) AS made;
END $$;
"""
PLAIN_BACK = "DROP FUNCTION search_plain(text);"
STEMS_BACK = (
    "DROP FUNCTION search_term_stems(text); DROP FUNCTION search_stem_fi(text);"
    " DROP FUNCTION search_stem_sv(text); DROP FUNCTION search_stem_en(text);"
)
WRITE_BACK = (
    "DROP FUNCTION search_changed() CASCADE; DROP FUNCTION search_later(); DROP FUNCTION search_now();"
    " DROP FUNCTION search_learn(bigint[]); DROP FUNCTION search_write(text, bigint[]);"
    " DROP FUNCTION search_documents(text, bigint[]); DROP FUNCTION search_text(text[]);"
    " DROP FUNCTION search_vector(text, \"char\"); DROP TYPE search_made CASCADE; DROP FUNCTION search_kind_words(text)"
)
GROUPS_OF_PEOPLE = (
    "SELECT group_id FROM regions_membership WHERE person_id IN ({people}) UNION"
    " SELECT contact.group_id FROM regions_groupcontact AS contact JOIN regions_post AS post"
    " ON post.id = contact.post_id WHERE post.person_id IN ({people})"
)
# The tables of the actors, and for each kind the documents in which a changed row stands.
DEPENDS = {
    "regions_region": {
        "region": "SELECT id FROM changed",
        "municipality": "SELECT id FROM regions_municipality WHERE region_id IN (SELECT id FROM changed)",
        "organisation": "SELECT organisation_id FROM regions_coverage WHERE region_id IN (SELECT id FROM changed)",
        "group": "SELECT group_id FROM regions_group_regions WHERE region_id IN (SELECT id FROM changed)",
    },
    "regions_municipality": {"region": "SELECT region_id FROM changed", "municipality": "SELECT id FROM changed"},
    "regions_organisation": {
        "organisation": "SELECT id FROM changed",
        "person": "SELECT person_id FROM regions_post WHERE organisation_id IN (SELECT id FROM changed)",
    },
    "regions_coverage": {"organisation": "SELECT organisation_id FROM changed"},
    "regions_person": {
        "person": "SELECT id FROM changed",
        "group": GROUPS_OF_PEOPLE.format(people="SELECT id FROM changed"),
    },
    "regions_post": {
        "person": "SELECT person_id FROM changed",
        "group": "SELECT group_id FROM regions_groupcontact WHERE post_id IN (SELECT id FROM changed)",
    },
    "regions_group": {
        "group": "SELECT id FROM changed",
        "person": "SELECT person_id FROM regions_membership WHERE group_id IN (SELECT id FROM changed)",
    },
    "regions_group_regions": {"group": "SELECT group_id FROM changed"},
    "regions_mandateitem": {"group": "SELECT group_id FROM changed"},
    "regions_logentry": {"group": "SELECT group_id FROM changed"},
    "regions_membership": {"group": "SELECT group_id FROM changed", "person": "SELECT person_id FROM changed"},
    "regions_groupcontact": {"group": "SELECT group_id FROM changed"},
}
ROWS = {
    "insert": "NEW TABLE AS new_rows",
    "delete": "OLD TABLE AS old_rows",
    "update": "NEW TABLE AS new_rows OLD TABLE AS old_rows",
}


def triggers(depends: dict[str, dict[str, str]], name: str = "search") -> str:
    """Return the triggers that keep the documents; the names begin with ``name``, which is one for each migration."""
    return "\n".join(
        f"CREATE TRIGGER {name}_{event} AFTER {event} ON {table} REFERENCING {rows} FOR EACH STATEMENT"
        f" EXECUTE FUNCTION search_changed({', '.join(f'$${part}$$' for pair in kinds.items() for part in pair)});"
        for table, kinds in depends.items()
        for event, rows in ROWS.items()
    )


def written_first(depends: dict[str, dict[str, str]]) -> str:
    """Return the statements that write the documents of the rows that are there already."""
    own = {kind: table for table, kinds in depends.items() for kind, keys in kinds.items()
           if keys == "SELECT id FROM changed"}
    return "\n".join(f"SELECT search_write('{kind}', array_agg(id)) FROM {table};" for kind, table in own.items())


class Migration(migrations.Migration):

    dependencies = [
        ('regions', '0011_where_people_have_their_mail'),
    ]

    operations = [
        migrations.RunSQL(PLAIN, PLAIN_BACK),
        migrations.RunSQL(STEMS, STEMS_BACK),
        migrations.CreateModel(
            name='SearchMiss',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(max_length=60, unique=True)),
                ('times', models.PositiveIntegerField(default=1)),
                ('last_on', models.DateField()),
            ],
            options={
                'verbose_name': 'word that was not found',
                'verbose_name_plural': 'words that were not found',
                'ordering': ['-times', 'word'],
            },
        ),
        migrations.CreateModel(
            name='SearchDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('pilot', 'pilots'), ('result', 'results'), ('model', 'delivery models'), ('proposal', 'proposals'), ('round', 'rounds'), ('organisation', 'organisations'), ('region', 'regions'), ('municipality', 'municipalities'), ('group', 'groups'), ('person', 'people'), ('news', 'news'), ('law', 'laws'), ('programme', 'programmes')], max_length=16)),
                ('row', models.BigIntegerField()),
                ('public', models.BooleanField()),
                ('slug', models.TextField()),
                ('title_fi', models.TextField(default='')),
                ('title_sv', models.TextField(default='')),
                ('title_en', models.TextField(default='')),
                ('text_fi', models.TextField(default='')),
                ('text_sv', models.TextField(default='')),
                ('text_en', models.TextField(default='')),
                ('names', django.contrib.postgres.search.SearchVectorField()),
                ('words', django.contrib.postgres.search.SearchVectorField()),
                ('tags', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
            ],
            options={
                'verbose_name': 'search document',
                'verbose_name_plural': 'search documents',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['names'], name='search_names'), django.contrib.postgres.indexes.GinIndex(fields=['words'], name='search_words'), django.contrib.postgres.indexes.GinIndex(fields=['tags'], name='search_tags')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'row'), name='a_record_has_one_search_document', violation_error_message='The record has a search document already.')],
            },
        ),
        migrations.CreateModel(
            name='SearchWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.TextField()),
                ('shown', models.TextField()),
                ('stem_fi', models.TextField()),
                ('stem_sv', models.TextField()),
                ('stem_en', models.TextField()),
            ],
            options={
                'verbose_name': 'word of the search',
                'verbose_name_plural': 'words of the search',
                'indexes': [models.Index(fields=['word'], name='search_word'), models.Index(fields=['stem_fi'], name='search_word_stem_fi'), models.Index(fields=['stem_sv'], name='search_word_stem_sv'), models.Index(fields=['stem_en'], name='search_word_stem_en'), django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(models.F('word'), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(models.F('stem_fi'), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(models.F('stem_sv'), name='gin_trgm_ops'), name='search_word_parts')],
            },
        ),
        migrations.CreateModel(
            name='Synonym',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=60, unique=True)),
                ('words_fi', models.CharField(blank=True, default='', max_length=400)),
                ('words_sv', models.CharField(blank=True, default='', max_length=400)),
                ('words_en', models.CharField(blank=True, default='', max_length=400)),
                ('stems', models.GeneratedField(db_persist=True, expression=models.Func(models.Func(models.F('words_fi'), models.Value(','), models.F('words_sv'), models.Value(','), models.F('words_en'), arg_joiner=' || ', output_field=models.TextField(), template='%(expressions)s'), function='search_term_stems'), output_field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None))),
            ],
            options={
                'verbose_name': 'synonyms',
                'verbose_name_plural': 'synonyms',
                'ordering': ['words_fi', 'pk'],
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['stems'], name='synonym_stems')],
            },
        ),
        migrations.RunSQL(WRITE + LEARN + CHANGED + KINDS, WRITE_BACK),
        *watched("regions_synonym"),
        migrations.RunSQL(triggers(DEPENDS), migrations.RunSQL.noop),
        migrations.RunSQL(written_first(DEPENDS), migrations.RunSQL.noop),
    ]
