"""Every rule that the database keeps of the acts is broken once, and refuses by its name."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from pilots.models import (
    AskedPoint,
    Criterion,
    DeletedDraft,
    DeletedRound,
    DeliveryModel,
    Editor,
    JoinRequest,
    Link,
    Milestone,
    MilestoneDate,
    NewsItem,
    Partner,
    PilotContact,
    PilotEvent,
    PilotModel,
    PilotTarget,
    Principle,
    ProgrammeFact,
    Proposal,
    Reform,
    SectionSave,
    Stage,
    StageEntry,
    TargetGroup,
    Theme,
    Trial,
    Version,
    WriterInvitation,
)
from regions.models import User
from registry.lib.dates import reading
from tests.constraints import assessing, attachments, clarifications, decisions, inquiries, mail, own_questions, results
from tests.constraints.mail import an_officer
from tests.constraints.refusal import Violate, again, an_account, bend, declared, kept, refused_by
from tests.factories import (
    make_organisation,
    make_person,
    make_pilot,
    make_post,
    make_programme,
    make_proposal,
    make_round,
)

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 22)
NOW = timezone.now()


def a_reform() -> Reform:
    return Reform.objects.create(slug="reform", name_fi="Uudistus", outcome=Reform.Outcome.LAPSED)


def a_fact() -> ProgrammeFact:
    return ProgrammeFact.objects.create(programme=make_programme(), key="aim", position=1, text_fi="Tavoite")


def a_milestone() -> Milestone:
    return Milestone.objects.create(slug="start", kind="goal", what_fi="Alkaa", reform=a_reform())


def a_milestone_date() -> MilestoneDate:
    return MilestoneDate.objects.create(milestone=a_milestone(), position=1)


def a_link() -> Link:
    return Link.objects.create(programme=make_programme(), url="https://ministry.example/", title_fi="Lisää")


def a_theme() -> Theme:
    return Theme.objects.create(slug="theme", name_fi="Hankinta")


def a_target_group() -> TargetGroup:
    return TargetGroup.objects.create(slug="young", name_fi="Nuoret")


def a_delivery_model() -> DeliveryModel:
    return DeliveryModel.objects.create(slug="alliance", name_fi="Allianssi")


def a_principle() -> Principle:
    return Principle.objects.create(model=a_delivery_model(), position=1, text_fi="Avoimuus")


def a_target() -> PilotTarget:
    return PilotTarget.objects.create(pilot=make_pilot(), target_group=a_target_group())


def a_use_of_a_model() -> PilotModel:
    return PilotModel.objects.create(pilot=make_pilot(), delivery_model=a_delivery_model(), degree="whole")


def a_trial() -> Trial:
    return Trial.objects.create(pilot=make_pilot(), position=1, text_fi="Kokeillaan")


def a_partner() -> Partner:
    return Partner.objects.create(pilot=make_pilot(), position=1, words_fi="Oppilaitokset", state="possible")


def a_stage_entry() -> StageEntry:
    return StageEntry.objects.create(pilot=make_pilot(), position=1, stage=Stage.PLANNED)


def an_event() -> PilotEvent:
    return PilotEvent.objects.create(pilot=make_pilot(), position=1, kind="workshop")


def a_pilot_contact() -> PilotContact:
    return PilotContact.objects.create(pilot=make_pilot(), post=make_post(make_person()), position=1)


def a_criterion() -> Criterion:
    return Criterion.objects.create(round=make_round(), position=1, text_fi="Vaikuttavuus")


def an_asked_point() -> AskedPoint:
    return AskedPoint.objects.create(round=make_round(), position=1, text_fi="Alue")


def a_draft(**fields: Any) -> Proposal:
    return make_proposal(make_round(), an_account(User.Role.PREPARER, make_organisation()), **fields)


def a_submitted_proposal() -> Proposal:
    return a_draft(state=Proposal.State.SUBMITTED, submitted_at=NOW)


def a_proposal_with_a_pilot() -> Proposal:
    return a_draft(state=Proposal.State.ACCEPTED, submitted_at=NOW, decided_at=NOW, pilot=make_pilot())


def a_deleted_draft(**fields: Any) -> DeletedDraft:
    draft = a_draft()
    made = {"created_at": timezone.now(), "created_by": draft.created_by, "deleted_at": timezone.now()}
    about = {"round": draft.round, "organisation": draft.organisation, "kind": draft.kind, "form": 1, "edition": 1}
    given = {"pk": draft.pk, "editors": [], "deleted_by": draft.created_by, **made, **about, **fields}
    return DeletedDraft.objects.create(**given)


def a_deleted_round(**fields: Any) -> DeletedRound:
    about = {"pk": 1, "name": "x", "rows": [], "deleted_at": timezone.now(), "deleted_by": an_officer()}
    return DeletedRound.objects.create(**{**about, **fields})


def a_version() -> Version:
    return a_submitted_proposal().versions.get()


def a_save() -> SectionSave:
    draft = a_draft()
    return draft.section_saves.create(section="x", questions=[], user=draft.created_by, since=NOW, until=NOW)


def an_invited_writer(**fields: Any) -> WriterInvitation:
    draft = a_draft()
    about = {"email": "x@example.com", "organisation": draft.organisation, "invited_by": draft.created_by, **fields}
    return draft.invitations.create(**{"invited_at": NOW, "expires_at": NOW + timedelta(days=1), **about})


def a_join_request(**fields: Any) -> JoinRequest:
    draft = a_draft()
    return draft.join_requests.create(user=draft.created_by, asked_at=NOW, **fields)


def a_responsible_editor() -> Editor:
    editor = a_draft().editorships.get()
    bend(editor, responsible=True)
    editor.responsible = True
    return editor


def a_news_item(**fields: Any) -> NewsItem:
    return NewsItem.objects.create(slug="news", title_fi="Uutinen", **fields)


def its_own(make: Callable[[], Any], field: str) -> None:
    row = make()
    bend(row, **{field: row})


VIOLATIONS: dict[str, Violate] = {
    **assessing.VIOLATIONS,
    **attachments.VIOLATIONS,
    **clarifications.VIOLATIONS,
    **inquiries.VIOLATIONS,
    **own_questions.VIOLATIONS,
    **decisions.VIOLATIONS,
    **mail.VIOLATIONS,
    **results.VIOLATIONS,
    # Programmes
    "pilots_reform_slug_key": lambda: again(a_reform()),
    "a_reform_is_not_its_own_parent": lambda: its_own(a_reform, "parent"),
    "pilots_programme_slug_key": lambda: again(make_programme(), code_prefix="ZZ"),
    "pilots_programme_code_prefix_key": lambda: again(make_programme(), slug="another"),
    "pilots_deleteddraft_proposal_check": lambda: a_deleted_draft(pk=-1),
    "pilots_deleteddraft_form_check": lambda: a_deleted_draft(form=-1),
    "pilots_deleteddraft_edition_check": lambda: a_deleted_draft(edition=-1),
    "pilots_deletedround_round_check": lambda: a_deleted_round(pk=-1),
    "pilots_programme_last_number_check": lambda: make_programme(last_number=-1),
    "pilots_programme_confirm_months_check": lambda: make_programme(confirm_months=-1),
    "pilots_programme_stated_count_check": lambda: make_programme(stated_count=-1, stated_words="vähintään"),
    "a_code_prefix_is_capital_letters": lambda: make_programme(code_prefix="kp"),
    "a_running_number_only_rises": lambda: bend(make_programme(last_number=14), last_number=13),
    "a_programme_is_not_its_own_counterpart": lambda: its_own(make_programme, "counterpart_of"),
    "only_a_stated_count_is_exact": lambda: make_programme(stated_exactly=True),
    "a_stated_count_keeps_the_words_of_its_source": lambda: make_programme(stated_count=8),
    "a_fact_is_told_once_of_a_programme": lambda: again(a_fact(), position=2),
    "pilots_programmefact_position_check": lambda: bend(a_fact(), position=-1),
    "pilots_milestone_slug_key": lambda: again(a_milestone()),
    "a_milestone_belongs_to_a_reform_or_a_programme": lambda: bend(a_milestone(), reform=None),
    "a_milestone_date_has_its_own_place": lambda: again(a_milestone_date()),
    "pilots_milestonedate_position_check": lambda: bend(a_milestone_date(), position=-1),
    "a_link_stands_once_on_a_programme": lambda: again(a_link(), position=2),
    "pilots_link_position_check": lambda: bend(a_link(), position=-1),
    # Vocabularies
    "pilots_theme_slug_key": lambda: again(a_theme()),
    "pilots_targetgroup_slug_key": lambda: again(a_target_group()),
    "a_target_group_is_not_its_own_parent": lambda: its_own(a_target_group, "parent"),
    "pilots_deliverymodel_slug_key": lambda: again(a_delivery_model()),
    "a_principle_has_its_own_place": lambda: again(a_principle()),
    "pilots_principle_position_check": lambda: bend(a_principle(), position=-1),
    # Pilots
    "pilots_pilot_code_key": lambda: again(make_pilot(), slug="another"),
    "pilots_pilot_slug_key": lambda: again(make_pilot(), code="KP-2018-999"),
    "pilots_pilot_edition_check": lambda: make_pilot(edition=-1),
    "a_pilot_code_is_prefix_year_number": lambda: make_pilot(code="KP-2018-14"),
    "a_pilot_is_published_in_finnish_and_swedish_at_once": lambda: make_pilot(summary_sv=""),
    "a_pilot_is_not_its_own_parent": lambda: its_own(make_pilot, "parent"),
    "a_pilot_does_not_continue_itself": lambda: its_own(make_pilot, "continues"),
    "a_pilot_edition_never_falls": lambda: bend(make_pilot(edition=2), edition=1),
    "a_pilot_is_at_a_known_stage": lambda: make_pilot(stage="paused"),
    "a_set_of_pilots_has_no_parent": lambda: make_pilot(is_set=True, parent=make_pilot()),
    "a_budget_is_not_negative": lambda: make_pilot(budget_eur=Decimal("-0.01")),
    "a_pilot_starts_before_it_ends": lambda: make_pilot(
        start_days=reading(DAY, DAY), end_days=reading(None, DAY - timedelta(days=1))
    ),
    "a_pilot_has_a_target_group_once": lambda: again(a_target(), degree=PilotTarget.Degree.CONSIDERED),
    "a_pilot_has_a_delivery_model_once": lambda: again(a_use_of_a_model(), degree=PilotModel.Degree.ELEMENTS),
    "a_trial_has_its_own_place": lambda: again(a_trial()),
    "pilots_trial_position_check": lambda: bend(a_trial(), position=-1),
    "a_partner_has_its_own_place": lambda: again(a_partner()),
    "a_partner_is_an_organisation_or_is_told_in_words": lambda: bend(a_partner(), words_fi=""),
    "pilots_partner_position_check": lambda: bend(a_partner(), position=-1),
    "a_stage_entry_has_its_own_place": lambda: again(a_stage_entry()),
    "pilots_stageentry_position_check": lambda: bend(a_stage_entry(), position=-1),
    "an_event_has_its_own_place": lambda: again(an_event()),
    "pilots_pilotevent_position_check": lambda: bend(an_event(), position=-1),
    "a_pilot_contact_has_its_own_place": lambda: again(a_pilot_contact(), post=make_post(make_person())),
    "a_post_is_a_contact_of_a_pilot_once": lambda: again(a_pilot_contact(), position=2),
    "pilots_pilotcontact_position_check": lambda: bend(a_pilot_contact(), position=-1),
    # Rounds
    "pilots_round_slug_key": lambda: again(make_round()),
    "pilots_round_edition_check": lambda: make_round(edition=-1),
    "pilots_round_applicants_check": lambda: make_round(applicants=-1),
    "pilots_round_selected_check": lambda: make_round(selected=-1),
    "pilots_round_carried_through_check": lambda: make_round(carried_through=-1),
    "a_round_is_published_in_finnish_and_swedish_at_once": lambda: make_round(name_sv=""),
    "a_round_with_an_owner_is_published_whole": lambda: make_round(owner=an_officer(), contact_sv=""),
    "a_round_does_not_follow_itself": lambda: its_own(make_round, "previous"),
    "a_cancelled_round_was_published": lambda: make_round(
        published=False, cancelled_at=NOW, cancelled_because_fi="Raukesi"
    ),
    "a_round_edition_never_falls": lambda: bend(make_round(edition=2), edition=1),
    "no_more_are_selected_than_applied": lambda: make_round(applicants=8, selected=9),
    "a_criterion_has_its_own_place": lambda: again(a_criterion()),
    "pilots_criterion_position_check": lambda: bend(a_criterion(), position=-1),
    "an_asked_point_has_its_own_place": lambda: again(an_asked_point()),
    "pilots_askedpoint_position_check": lambda: bend(an_asked_point(), position=-1),
    # Proposals
    "an_edition_rises_by_one": lambda: bend(a_draft(), content={"title": "Over the words of another"}),
    "pilots_proposal_edition_check": lambda: a_draft(edition=-1),
    "pilots_proposal_pilot_id_key": lambda: again(a_proposal_with_a_pilot()),
    "a_proposal_is_in_a_known_state": lambda: a_draft(state="sent"),
    "a_submitted_proposal_has_its_time": lambda: a_draft(state=Proposal.State.SUBMITTED),
    "a_draft_was_never_submitted": lambda: a_draft(submitted_at=NOW),
    "a_submitted_proposal_has_its_latest_version": lambda: bend(a_submitted_proposal(), latest=None),
    "the_latest_version_is_one_of_the_proposal": lambda: bend(a_submitted_proposal(), latest=a_version()),
    "pilots_proposal_form_check": lambda: a_draft(form=-1),
    "a_withdrawn_proposal_has_its_time": lambda: bend(a_submitted_proposal(), state=Proposal.State.WITHDRAWN),
    "a_decided_proposal_has_its_time": lambda: bend(a_submitted_proposal(), state=Proposal.State.NOT_SELECTED),
    "only_a_decided_proposal_became_a_pilot": lambda: bend(a_submitted_proposal(), pilot=make_pilot()),
    "someone_edits_a_proposal_once": lambda: again(a_draft().editorships.get()),
    "a_version_has_its_own_number": lambda: again(a_version()),
    "a_submitted_version_never_changes": lambda: bend(a_version(), content={"title": "Another"}),
    "a_sha256_is_64_hexadecimal_digits": lambda: again(a_version(), number=2, sha256="F" * 64),
    "pilots_version_form_check": lambda: again(a_version(), number=2, form=-1),
    "pilots_version_number_check": lambda: again(a_version(), number=-1),
    "a_save_ends_after_it_began": lambda: bend(a_save(), until=NOW - timedelta(seconds=1)),
    "one_person_is_responsible_for_a_proposal": lambda: again(a_responsible_editor(), user=an_officer()),
    "an_address_is_invited_to_write_once_at_a_time": lambda: again(an_invited_writer()),
    "an_answered_invitation_to_write_says_when_and_by_whom": lambda: an_invited_writer(answer="declined"),
    "an_invited_writer_has_an_address_in_lower_case": lambda: an_invited_writer(email="X@example.com"),
    "an_invitation_to_write_expires_after_it_is_made": lambda: an_invited_writer(expires_at=NOW),
    "someone_asks_to_join_a_proposal_once_at_a_time": lambda: again(a_join_request()),
    "an_answered_request_to_join_says_when_and_by_whom": lambda: a_join_request(answered_at=NOW),
    # News
    "pilots_newsitem_slug_key": lambda: again(a_news_item()),
    "news_is_published_in_finnish_and_swedish_at_once": lambda: a_news_item(published_at=NOW, body_fi="Uutta"),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_the_database_refuses_by_name(name: str) -> None:
    assert refused_by(VIOLATIONS[name]) == name


def test_every_rule_that_the_database_keeps_is_broken_here() -> None:
    assert kept("pilots") == VIOLATIONS.keys()


def test_every_rule_that_the_models_declare_is_kept() -> None:
    assert declared("pilots") <= kept("pilots")
