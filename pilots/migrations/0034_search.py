from importlib import import_module

from django.db import migrations

actors = import_module("regions.migrations.0012_search")

# What is said of a pilot's stage and customers, in three languages.
WORDS = r"""
CREATE FUNCTION search_stage_words(stage text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE stage
    WHEN 'possible' THEN ARRAY['mahdollinen', 'möjligt', 'possible']
    WHEN 'planned' THEN ARRAY['suunnitteilla', 'planeras', 'being planned']
    WHEN 'built' THEN ARRAY['rakenteilla', 'byggs upp', 'being built']
    WHEN 'starting' THEN ARRAY['alkamassa', 'inleds', 'starting']
    WHEN 'running' THEN ARRAY['käynnissä', 'pågår, pågående', 'running, ongoing']
    WHEN 'ended' THEN ARRAY['päättynyt', 'avslutat, avslutad', 'ended']
    WHEN 'lapsed' THEN ARRAY['rauennut', 'har förfallit, förföll', 'lapsed']
    ELSE ARRAY['', '', ''] END
$$;
CREATE FUNCTION search_client_words(client text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE client
    WHEN 'personal' THEN ARRAY['henkilöasiakkaat', 'personkunder', 'personal customers']
    WHEN 'business' THEN ARRAY['yritysasiakkaat', 'företagskunder', 'business customers']
    ELSE ARRAY['', '', ''] END
$$;
CREATE FUNCTION search_organisation_names(keys bigint[]) RETURNS TABLE (fi text, sv text, en text)
  LANGUAGE sql STABLE AS $$
  SELECT string_agg(concat_ws(' ', name_fi, nullif(short_name_fi, '')), ', ' ORDER BY id),
    string_agg(name_sv, ', ' ORDER BY id), string_agg(name_en, ', ' ORDER BY id)
  FROM regions_organisation WHERE id = ANY (keys)
$$;
"""
PILOT = r"""
CREATE FUNCTION search_pilot(keys bigint[]) RETURNS SETOF search_made LANGUAGE plpgsql STABLE
  SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY SELECT (made.document).* FROM (SELECT ROW(
    pilot.id, pilot.published_at IS NOT NULL, pilot.code, pilot.name_fi, pilot.name_sv, pilot.name_en,
    concat_ws(' ', pilot.code, pilot.project_code, pilot.other_names_fi),
    search_text(area.fi, town.fi, body.fi, party.fi, model.fi, theme.fi, target.fi, stage.words[1], client.words[1]),
    search_text(area.sv, town.sv, body.sv, party.sv, model.sv, theme.sv, target.sv, stage.words[2], client.words[2]),
    search_text(area.en, town.en, body.en, party.en, model.en, theme.en, target.en, stage.words[3], client.words[3]),
    search_text(pilot.summary_fi, trial.fi, pilot.description_fi, pilot.target_text_fi, pilot.legal_conditions_fi),
    search_text(pilot.summary_sv, trial.sv, pilot.description_sv, pilot.target_text_sv, pilot.legal_conditions_sv),
    search_text(pilot.summary_en, trial.en, pilot.description_en, pilot.target_text_en, pilot.legal_conditions_en),
    search_text(programme.name_fi, owner.fi, reform.name_fi, law.fi, event.fi, contact.names, contact.fi),
    search_text(programme.name_sv, owner.sv, reform.name_sv, law.sv, event.sv, contact.names, contact.sv),
    search_text(programme.name_en, owner.en, reform.name_en, law.en, event.en, contact.names, contact.en),
    area.tags || stage.tags || ('programme:' || programme.slug)
  )::search_made AS document
  FROM pilots_pilot AS pilot
    JOIN pilots_programme AS programme ON programme.id = pilot.programme_id
    LEFT JOIN pilots_reform AS reform ON reform.id = programme.reform_id,
    LATERAL (
      SELECT words, ARRAY(SELECT 'stage:' || search_plain(word) FROM regexp_split_to_table(array_to_string(words, ','), ',')
        AS word WHERE word <> '') AS tags
      FROM search_stage_words(pilot.stage) AS words
    ) AS stage,
    LATERAL (SELECT search_client_words(pilot.client_type) AS words) AS client,
    LATERAL (
      SELECT string_agg(concat_ws(', ', region.name_fi, nullif(region.centre_fi, '')), ', ' ORDER BY region.id) AS fi,
        string_agg(concat_ws(', ', region.name_sv, nullif(region.centre_sv, '')), ', ' ORDER BY region.id) AS sv,
        string_agg(region.name_en, ', ' ORDER BY region.id) AS en,
        coalesce(array_agg('area:' || region.slug ORDER BY region.id), '{}') AS tags
      FROM pilots_pilot_regions AS link JOIN regions_region AS region ON region.id = link.region_id
      WHERE link.pilot_id = pilot.id
    ) AS area,
    LATERAL (
      SELECT string_agg(town.name_fi, ', ' ORDER BY town.id) AS fi, string_agg(town.name_sv, ', ' ORDER BY town.id) AS sv,
        string_agg(town.name_en, ', ' ORDER BY town.id) AS en
      FROM pilots_pilot_municipalities AS link JOIN regions_municipality AS town ON town.id = link.municipality_id
      WHERE link.pilot_id = pilot.id
    ) AS town,
    LATERAL search_organisation_names(ARRAY[pilot.lead_id, pilot.area_of_id]) AS body,
    LATERAL search_organisation_names(ARRAY[programme.owner_id]) AS owner,
    LATERAL (
      SELECT string_agg(concat_ws(' ', nullif(partner.words_fi, ''), home.name_fi, nullif(home.short_name_fi, '')),
          ', ' ORDER BY partner.position) AS fi,
        string_agg(concat_ws(' ', nullif(partner.words_sv, ''), home.name_sv), ', ' ORDER BY partner.position) AS sv,
        string_agg(concat_ws(' ', nullif(partner.words_en, ''), home.name_en), ', ' ORDER BY partner.position) AS en
      FROM pilots_partner AS partner LEFT JOIN regions_organisation AS home ON home.id = partner.organisation_id
      WHERE partner.pilot_id = pilot.id
    ) AS party,
    LATERAL (
      SELECT string_agg(model.name_fi, ', ' ORDER BY model.id) AS fi, string_agg(model.name_sv, ', ' ORDER BY model.id) AS sv,
        string_agg(model.name_en, ', ' ORDER BY model.id) AS en
      FROM pilots_pilotmodel AS link JOIN pilots_deliverymodel AS model ON model.id = link.delivery_model_id
      WHERE link.pilot_id = pilot.id
    ) AS model,
    LATERAL (
      SELECT string_agg(theme.name_fi, ', ' ORDER BY theme.id) AS fi, string_agg(theme.name_sv, ', ' ORDER BY theme.id) AS sv,
        string_agg(theme.name_en, ', ' ORDER BY theme.id) AS en
      FROM pilots_pilot_themes AS link JOIN pilots_theme AS theme ON theme.id = link.theme_id
      WHERE link.pilot_id = pilot.id
    ) AS theme,
    LATERAL (
      SELECT string_agg(target.name_fi, ', ' ORDER BY target.id) AS fi,
        string_agg(target.name_sv, ', ' ORDER BY target.id) AS sv, string_agg(target.name_en, ', ' ORDER BY target.id) AS en
      FROM pilots_pilottarget AS link JOIN pilots_targetgroup AS target ON target.id = link.target_group_id
      WHERE link.pilot_id = pilot.id
    ) AS target,
    LATERAL (
      SELECT string_agg(text_fi, ' · ' ORDER BY position) AS fi, string_agg(text_sv, ' · ' ORDER BY position) AS sv,
        string_agg(text_en, ' · ' ORDER BY position) AS en
      FROM pilots_trial WHERE pilot_id = pilot.id
    ) AS trial,
    LATERAL (
      SELECT string_agg(what_fi, ' · ' ORDER BY position) AS fi, string_agg(what_sv, ' · ' ORDER BY position) AS sv,
        string_agg(what_en, ' · ' ORDER BY position) AS en
      FROM pilots_pilotevent WHERE pilot_id = pilot.id
    ) AS event,
    LATERAL (
      SELECT string_agg(concat_ws(' ', law.number, law.short_name_fi), ', ' ORDER BY law.id) AS fi,
        string_agg(concat_ws(' ', law.number, law.short_name_sv), ', ' ORDER BY law.id) AS sv,
        string_agg(concat_ws(' ', law.number, law.short_name_en), ', ' ORDER BY law.id) AS en
      FROM pilots_law_pilots AS link JOIN pilots_law AS law ON law.id = link.law_id WHERE link.pilot_id = pilot.id
    ) AS law,
    LATERAL (
      SELECT string_agg(person.name, ', ' ORDER BY contact.position) AS names,
        string_agg(DISTINCT home.name_fi, ', ') AS fi, string_agg(DISTINCT home.name_sv, ', ') AS sv,
        string_agg(DISTINCT home.name_en, ', ') AS en
      FROM pilots_pilotcontact AS contact JOIN regions_post AS post ON post.id = contact.post_id
        JOIN regions_person AS person ON person.id = post.person_id
        LEFT JOIN regions_organisation AS home ON home.id = post.organisation_id
      WHERE contact.pilot_id = pilot.id AND NOT person.hidden
    ) AS contact
  WHERE pilot.id = ANY (keys)) AS made;
END $$;
"""
OTHERS = r"""
CREATE FUNCTION search_result(keys bigint[]) RETURNS SETOF search_made LANGUAGE plpgsql STABLE
  SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY SELECT (made.document).* FROM (SELECT ROW(
    card.id, pilot.id IS NULL OR pilot.published_at IS NOT NULL,
    CASE WHEN pilot.id IS NULL THEN 'programme/' || programme.slug ELSE 'pilot/' || pilot.code END,
    coalesce(pilot.name_fi, programme.name_fi), coalesce(pilot.name_sv, programme.name_sv),
    coalesce(pilot.name_en, programme.name_en), coalesce(pilot.code, ''), 'tuloskortti tulokset', 'resultatkort resultat',
    'result card results', search_text(card.basis_fi, claim.fi, figure.fi),
    search_text(card.basis_sv, claim.sv, figure.sv), search_text(card.basis_en, claim.en, figure.en), '', '', '',
    CASE WHEN pilot.id IS NULL THEN ARRAY['programme:' || programme.slug] ELSE '{}'::text[] END
  )::search_made AS document
  FROM pilots_resultcard AS card LEFT JOIN pilots_pilot AS pilot ON pilot.id = card.pilot_id
    LEFT JOIN pilots_programme AS programme ON programme.id = card.programme_id,
    LATERAL (
      SELECT string_agg(text_fi, ' · ' ORDER BY position) AS fi, string_agg(text_sv, ' · ' ORDER BY position) AS sv,
        string_agg(text_en, ' · ' ORDER BY position) AS en
      FROM pilots_claim WHERE card_id = card.id
    ) AS claim,
    LATERAL (
      SELECT string_agg(concat_ws(' ', unit_fi, detail_fi), ' · ' ORDER BY position) AS fi,
        string_agg(concat_ws(' ', unit_sv, detail_sv), ' · ' ORDER BY position) AS sv,
        string_agg(concat_ws(' ', unit_en, detail_en), ' · ' ORDER BY position) AS en
      FROM pilots_figure WHERE card_id = card.id
    ) AS figure
  WHERE card.id = ANY (keys) AND coalesce(pilot.id, programme.id) IS NOT NULL) AS made;
END $$;
CREATE FUNCTION search_model(keys bigint[]) RETURNS SETOF search_made LANGUAGE plpgsql STABLE
  SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY SELECT (made.document).* FROM (SELECT ROW(
    model.id, true, model.slug, model.name_fi, model.name_sv, model.name_en, '', 'toteuttamismalli',
    'modell för genomförande', 'delivery model', search_text(model.meaning_fi, principle.fi, model.legal_basis_fi),
    search_text(model.meaning_sv, principle.sv, model.legal_basis_sv),
    search_text(model.meaning_en, principle.en, model.legal_basis_en), '', '', '', '{}'::text[]
  )::search_made AS document
  FROM pilots_deliverymodel AS model, LATERAL (
    SELECT string_agg(text_fi, ' · ' ORDER BY position) AS fi, string_agg(text_sv, ' · ' ORDER BY position) AS sv,
      string_agg(text_en, ' · ' ORDER BY position) AS en
    FROM pilots_principle WHERE model_id = model.id
  ) AS principle
  WHERE model.id = ANY (keys)) AS made;
END $$;
CREATE FUNCTION search_programme(keys bigint[]) RETURNS SETOF search_made LANGUAGE plpgsql STABLE
  SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY SELECT (made.document).* FROM (SELECT ROW(
    programme.id, true, programme.slug, programme.name_fi, programme.name_sv, programme.name_en,
    programme.code_prefix, concat_ws(', ', 'ohjelma', owner.fi), concat_ws(', ', 'program', owner.sv),
    concat_ws(', ', 'programme', owner.en), search_text(programme.purpose_fi, fact.fi),
    search_text(programme.purpose_sv, fact.sv), search_text(programme.purpose_en, fact.en),
    search_text(reform.name_fi, programme.law), search_text(reform.name_sv, programme.law),
    search_text(reform.name_en, programme.law), ARRAY['programme:' || programme.slug]
  )::search_made AS document
  FROM pilots_programme AS programme LEFT JOIN pilots_reform AS reform ON reform.id = programme.reform_id,
    LATERAL search_organisation_names(ARRAY[programme.owner_id]) AS owner,
    LATERAL (
      SELECT string_agg(text_fi, ' · ' ORDER BY position) AS fi, string_agg(text_sv, ' · ' ORDER BY position) AS sv,
        string_agg(text_en, ' · ' ORDER BY position) AS en
      FROM pilots_programmefact WHERE programme_id = programme.id
    ) AS fact
  WHERE programme.id = ANY (keys)) AS made;
END $$;
CREATE FUNCTION search_round(keys bigint[]) RETURNS SETOF search_made LANGUAGE plpgsql STABLE
  SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY SELECT (made.document).* FROM (SELECT ROW(
    round.id, round.published_at IS NOT NULL, round.slug, round.name_fi, round.name_sv, round.name_en, '',
    search_text('kierros', programme.name_fi, organiser.fi), search_text('omgång', programme.name_sv, organiser.sv),
    search_text('round', programme.name_en, organiser.en), search_text(round.addressed_to_fi, round.guidance_fi),
    search_text(round.addressed_to_sv, round.guidance_sv), search_text(round.addressed_to_en, round.guidance_en),
    '', '', '', CASE WHEN programme.id IS NULL THEN '{}'::text[] ELSE ARRAY['programme:' || programme.slug] END
  )::search_made AS document
  FROM pilots_round AS round LEFT JOIN pilots_programme AS programme ON programme.id = round.programme_id,
    LATERAL search_organisation_names(ARRAY[round.organiser_id]) AS organiser
  WHERE round.id = ANY (keys)) AS made;
END $$;
-- The words of what was submitted last; of a draft that was never sent no word: only who writes to which round.
CREATE FUNCTION search_proposal(keys bigint[]) RETURNS SETOF search_made LANGUAGE plpgsql STABLE
  SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY SELECT (made.document).* FROM (SELECT ROW(
    proposal.id, false, proposal.id::text,
    coalesce(nullif(version.content ->> 'title', ''), search_text(organisation.name_fi, round.name_fi)),
    coalesce(nullif(version.content ->> 'title', ''), search_text(organisation.name_sv, round.name_sv)),
    coalesce(nullif(version.content ->> 'title', ''), search_text(organisation.name_en, round.name_en)), '',
    search_text('ehdotus', organisation.name_fi, round.name_fi), search_text('förslag', organisation.name_sv, round.name_sv),
    search_text('proposal', organisation.name_en, round.name_en), answer.words, '', '', '', '', '', '{}'::text[]
  )::search_made AS document
  FROM pilots_proposal AS proposal
    JOIN regions_organisation AS organisation ON organisation.id = proposal.organisation_id
    JOIN pilots_round AS round ON round.id = proposal.round_id
    LEFT JOIN pilots_version AS version ON version.id = proposal.latest_id,
    LATERAL (
      SELECT string_agg(value #>> '{}', ' · ') AS words
      FROM jsonb_path_query(coalesce(version.content, '{}'), 'strict $.** ? (@.type() == "string")') AS value
    ) AS answer
  WHERE proposal.id = ANY (keys)) AS made;
END $$;
CREATE FUNCTION search_news(keys bigint[]) RETURNS SETOF search_made LANGUAGE plpgsql STABLE
  SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY SELECT (made.document).* FROM (SELECT ROW(
    news.id, news.published_at IS NOT NULL, news.slug, news.title_fi, news.title_sv, news.title_en, '',
    area.fi, area.sv, area.en, news.body_fi, news.body_sv, news.body_en, '', '', '', area.tags
  )::search_made AS document
  FROM pilots_newsitem AS news, LATERAL (
    SELECT string_agg(region.name_fi, ', ' ORDER BY region.id) AS fi, string_agg(region.name_sv, ', ' ORDER BY region.id) AS sv,
      string_agg(region.name_en, ', ' ORDER BY region.id) AS en,
      coalesce(array_agg('area:' || region.slug ORDER BY region.id), '{}') AS tags
    FROM pilots_newsitem_regions AS link JOIN regions_region AS region ON region.id = link.region_id
    WHERE link.newsitem_id = news.id
  ) AS area
  WHERE news.id = ANY (keys)) AS made;
END $$;
CREATE FUNCTION search_law(keys bigint[]) RETURNS SETOF search_made LANGUAGE plpgsql STABLE
  SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN QUERY SELECT (made.document).* FROM (SELECT ROW(
    law.id, true, law.slug, law.short_name_fi, law.short_name_sv, law.short_name_en,
    concat_ws(' ', law.number, replace(replace(law.number, 'HE ', 'RP '), ' vp', ' rd'), law.name_fi, law.name_sv,
      law.name_en),
    CASE law.kind WHEN 'bill' THEN 'hallituksen esitys, laki' ELSE 'laki' END,
    CASE law.kind WHEN 'bill' THEN 'regeringens proposition, lag' ELSE 'lag' END,
    CASE law.kind WHEN 'bill' THEN 'government bill, law' ELSE 'act, law' END,
    law.bearing_fi, law.bearing_sv, law.bearing_en, '', '', '', '{}'::text[]
  )::search_made AS document
  FROM pilots_law AS law WHERE law.id = ANY (keys)) AS made;
END $$;
"""
IN = "SELECT pilot_id FROM {table} WHERE {column} IN (SELECT id FROM changed)"
OWN = "SELECT id FROM changed"
OF_PILOT = {"pilot": "SELECT pilot_id FROM changed"}
BY_POST = (
    "SELECT contact.pilot_id FROM pilots_pilotcontact AS contact JOIN regions_post AS post ON post.id = contact.post_id"
    " WHERE post.{column} IN (SELECT id FROM changed)"
)


def through(table: str, column: str) -> dict[str, str]:
    """Return the pilots that a table of links ties to the changed rows."""
    return {"pilot": IN.format(table=table, column=column)}


DEPENDS = {
    "pilots_pilot": {"pilot": OWN, "result": "SELECT id FROM pilots_resultcard WHERE pilot_id IN (SELECT id FROM changed)"},
    **dict.fromkeys(
        (
            *("pilots_pilot_regions", "pilots_pilot_municipalities", "pilots_pilot_themes", "pilots_pilottarget"),
            *("pilots_pilotmodel", "pilots_partner", "pilots_trial", "pilots_pilotevent", "pilots_pilotcontact"),
            "pilots_law_pilots",
        ),
        OF_PILOT,
    ),
    "pilots_theme": through("pilots_pilot_themes", "theme_id"),
    "pilots_targetgroup": through("pilots_pilottarget", "target_group_id"),
    "pilots_deliverymodel": {"model": OWN, **through("pilots_pilotmodel", "delivery_model_id")},
    "pilots_principle": {"model": "SELECT model_id FROM changed"},
    "pilots_law": {"law": OWN, **through("pilots_law_pilots", "law_id")},
    "pilots_reform": {
        "pilot": "SELECT id FROM pilots_pilot WHERE programme_id IN"
        " (SELECT id FROM pilots_programme WHERE reform_id IN (SELECT id FROM changed))",
        "programme": "SELECT id FROM pilots_programme WHERE reform_id IN (SELECT id FROM changed)",
    },
    "pilots_programme": {
        "programme": OWN,
        "pilot": "SELECT id FROM pilots_pilot WHERE programme_id IN (SELECT id FROM changed)",
        "round": "SELECT id FROM pilots_round WHERE programme_id IN (SELECT id FROM changed)",
        "result": "SELECT id FROM pilots_resultcard WHERE programme_id IN (SELECT id FROM changed)",
    },
    "pilots_programmefact": {"programme": "SELECT programme_id FROM changed"},
    "pilots_resultcard": {"result": OWN},
    "pilots_claim": {"result": "SELECT card_id FROM changed"},
    "pilots_figure": {"result": "SELECT card_id FROM changed"},
    "pilots_round": {"round": OWN, "proposal": "SELECT id FROM pilots_proposal WHERE round_id IN (SELECT id FROM changed)"},
    "pilots_proposal": {"proposal": OWN},
    "pilots_newsitem": {"news": OWN},
    "pilots_newsitem_regions": {"news": "SELECT newsitem_id FROM changed"},
    "regions_region": {
        **through("pilots_pilot_regions", "region_id"),
        "news": "SELECT newsitem_id FROM pilots_newsitem_regions WHERE region_id IN (SELECT id FROM changed)",
    },
    "regions_municipality": through("pilots_pilot_municipalities", "municipality_id"),
    "regions_organisation": {
        "pilot": "SELECT id FROM pilots_pilot WHERE lead_id IN (SELECT id FROM changed) UNION"
        " SELECT id FROM pilots_pilot WHERE area_of_id IN (SELECT id FROM changed) UNION"
        " SELECT id FROM pilots_pilot WHERE programme_id IN"
        " (SELECT id FROM pilots_programme WHERE owner_id IN (SELECT id FROM changed)) UNION"
        f" {IN.format(table='pilots_partner', column='organisation_id')} UNION {BY_POST.format(column='organisation_id')}",
        "programme": "SELECT id FROM pilots_programme WHERE owner_id IN (SELECT id FROM changed)",
        "round": "SELECT id FROM pilots_round WHERE organiser_id IN (SELECT id FROM changed)",
        "proposal": "SELECT id FROM pilots_proposal WHERE organisation_id IN (SELECT id FROM changed)",
    },
    "regions_post": {
        "pilot": "SELECT pilot_id FROM pilots_pilotcontact WHERE post_id IN (SELECT id FROM changed)",
    },
    "regions_person": {"pilot": BY_POST.format(column="person_id")},
}


class Migration(migrations.Migration):

    dependencies = [
        ('pilots', '0033_words_corrected_and_extensions_asked_for'),
        ('regions', '0012_search'),
    ]

    operations = [
        migrations.RemoveIndex(model_name='pilot', name='pilot_search'),
        migrations.RemoveField(model_name='pilot', name='search_text'),
        migrations.RunSQL(WORDS + PILOT + OTHERS, migrations.RunSQL.noop),
        migrations.RunSQL(actors.triggers(DEPENDS, "search_of_acts"), migrations.RunSQL.noop),
        migrations.RunSQL(actors.written_first(DEPENDS), migrations.RunSQL.noop),
    ]
