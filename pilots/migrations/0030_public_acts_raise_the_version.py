"""What public pages may read of the acts raises the registry's version."""

from django.db import migrations

from registry.lib.versions import watched

# Drafts, proposals, letters and reminders are no such tables.
PUBLIC = (
    "pilots_askedpoint",
    "pilots_claim",
    "pilots_claim_sources",
    "pilots_criterion",
    "pilots_deadlinechange",
    "pilots_deliverymodel",
    "pilots_deliverymodel_sources",
    "pilots_extension",
    "pilots_figure",
    "pilots_figure_sources",
    "pilots_law",
    "pilots_law_bills",
    "pilots_law_pilots",
    "pilots_law_programmes",
    "pilots_law_reforms",
    "pilots_law_sources",
    "pilots_lawevent",
    "pilots_lawevent_sources",
    "pilots_link",
    "pilots_milestone",
    "pilots_milestone_sources",
    "pilots_milestonedate",
    "pilots_milestonedate_sources",
    "pilots_newsitem",
    "pilots_newsitem_groups",
    "pilots_newsitem_pilots",
    "pilots_newsitem_regions",
    "pilots_newsitem_sources",
    "pilots_openquestion",
    "pilots_openquestion_sources",
    "pilots_partner",
    "pilots_pilot",
    "pilots_pilot_groups",
    "pilots_pilot_municipalities",
    "pilots_pilot_regions",
    "pilots_pilot_related",
    "pilots_pilot_sources",
    "pilots_pilot_themes",
    "pilots_pilotcontact",
    "pilots_pilotevent",
    "pilots_pilotevent_sources",
    "pilots_pilotmodel",
    "pilots_pilottarget",
    "pilots_principle",
    "pilots_programme",
    "pilots_programme_sources",
    "pilots_programmefact",
    "pilots_programmefact_sources",
    "pilots_reform",
    "pilots_reform_sources",
    "pilots_resultcard",
    "pilots_resultcard_sources",
    "pilots_resultdocument",
    "pilots_resultdocument_sources",
    "pilots_resultsearch",
    "pilots_resultsearch_sources",
    "pilots_round",
    "pilots_round_invited",
    "pilots_round_sources",
    "pilots_stageentry",
    "pilots_stageentry_sources",
    "pilots_step",
    "pilots_targetgroup",
    "pilots_targetgroup_sources",
    "pilots_theme",
    "pilots_theme_sources",
    "pilots_trial",
)


class Migration(migrations.Migration):

    dependencies = [
        ("pilots", "0029_groups_that_prepared_a_pilot"),
        ("regions", "0010_the_registry_has_a_version"),
    ]

    operations = watched(*PUBLIC)
