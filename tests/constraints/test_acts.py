"""Every rule that the database keeps of the acts is broken once, and refuses by its name."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from pilots.models import (
    AskedPoint,
    Criterion,
    DeadlineChange,
    DeliveryModel,
    Extension,
    Letter,
    Link,
    Message,
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
    Reminder,
    ReminderRule,
    Stage,
    StageEntry,
    Step,
    Sweep,
    TargetGroup,
    Theme,
    Told,
    Trial,
    Version,
)
from regions.models import User
from registry.lib.dates import reading
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


def an_officer() -> User:
    return an_account(User.Role.OFFICER)


def a_step() -> Step:
    return make_round().steps.get()


def a_moved_deadline() -> DeadlineChange:
    return DeadlineChange.objects.create(
        step=a_step(),
        version=2,
        closed_at=NOW,
        closes_at=NOW + timedelta(days=7),
        reason_fi="Loma-aika",
        changed_at=NOW,
        changed_by=an_officer(),
    )


def an_extension() -> Extension:
    return Extension.objects.create(
        step=a_step(),
        organisation=make_organisation(),
        closes_at=NOW + timedelta(days=30),
        reason="Sairastuminen",
        granted_at=NOW,
        granted_by=an_officer(),
    )


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


def a_version() -> Version:
    proposal = a_submitted_proposal()
    return Version.objects.create(
        proposal=proposal,
        step=proposal.round.steps.get(),
        number=1,
        content={},
        sha256="0" * 64,
        submitted_at=NOW,
        submitted_by=proposal.created_by,
    )


def a_message() -> Message:
    return Message.objects.create(
        letter=Letter.RECEIPT,
        user=an_officer(),
        address="officer@ministry.example",
        language="fi",
        subject="Ehdotus on lähetetty",
        body="Kiitos",
        mime=b"Subject: x",
        message_id=f"<{uuid4()}@rekisteri.example>",
        created_at=NOW,
        next_try_at=NOW,
    )


def a_telling() -> Told:
    message = a_message()
    return Told.objects.create(user=message.user, step=a_step(), message=message, deadline_version=1, closes_at=NOW)


def a_rule() -> ReminderRule:
    return ReminderRule.objects.create(
        round=make_round(), audience="preparers", days_before=3, letter=Letter.NO_DRAFT, active_from=NOW
    )


def a_reminder() -> Reminder:
    rule = a_rule()
    return Reminder.objects.create(
        rule=rule, step=rule.round.steps.get(), deadline_version=1, user=an_officer(), due_at=NOW
    )


def a_news_item(**fields: Any) -> NewsItem:
    return NewsItem.objects.create(slug="news", title_fi="Uutinen", **fields)


def its_own(make: Callable[[], Any], field: str) -> None:
    row = make()
    bend(row, **{field: row})


VIOLATIONS: dict[str, Violate] = {
    # Programmes
    "pilots_reform_slug_key": lambda: again(a_reform()),
    "a_reform_is_not_its_own_parent": lambda: its_own(a_reform, "parent"),
    "pilots_programme_slug_key": lambda: again(make_programme(), code_prefix="ZZ"),
    "pilots_programme_code_prefix_key": lambda: again(make_programme(), slug="another"),
    "pilots_programme_last_number_check": lambda: make_programme(last_number=-1),
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
    "a_cancelled_round_was_published": lambda: make_round(published=False, cancelled_at=NOW),
    "a_round_edition_never_falls": lambda: bend(make_round(edition=2), edition=1),
    "no_more_are_selected_than_applied": lambda: make_round(applicants=8, selected=9),
    "a_step_has_its_own_place": lambda: again(a_step()),
    "a_step_opens_before_it_closes": lambda: make_round(opens_at=NOW, closes_at=NOW),
    "pilots_step_position_check": lambda: bend(a_step(), position=-1),
    "pilots_step_deadline_version_check": lambda: bend(a_step(), deadline_version=-1),
    "a_deadline_version_is_made_once": lambda: again(a_moved_deadline()),
    "a_moved_deadline_has_a_reason": lambda: bend(a_moved_deadline(), reason_fi=""),
    "pilots_deadlinechange_version_check": lambda: bend(a_moved_deadline(), version=-1),
    "an_organisation_has_one_extension_of_a_step": lambda: again(an_extension()),
    "an_extension_has_a_reason": lambda: bend(an_extension(), reason=""),
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
    "a_withdrawn_proposal_has_its_time": lambda: bend(a_submitted_proposal(), state=Proposal.State.WITHDRAWN),
    "a_decided_proposal_has_its_time": lambda: bend(a_submitted_proposal(), state=Proposal.State.NOT_SELECTED),
    "only_an_accepted_proposal_became_a_pilot": lambda: bend(a_submitted_proposal(), pilot=make_pilot()),
    "someone_edits_a_proposal_once": lambda: again(a_draft().editorships.get()),
    "a_version_has_its_own_number": lambda: again(a_version()),
    "a_submitted_version_never_changes": lambda: bend(a_version(), content={"title": "Another"}),
    "a_sha256_is_64_hexadecimal_digits": lambda: again(a_version(), number=2, sha256="F" * 64),
    "pilots_version_number_check": lambda: again(a_version(), number=-1),
    # Messages and reminders
    "pilots_message_message_id_key": lambda: again(a_message()),
    "pilots_message_tries_check": lambda: bend(a_message(), tries=-1),
    "a_message_is_in_a_known_state": lambda: bend(a_message(), state="lost", settled_at=NOW),
    "a_message_is_frozen_when_it_is_written": lambda: bend(a_message(), mime=b"Subject: y"),
    "a_settled_message_has_its_time": lambda: bend(a_message(), state=Message.State.SENT),
    "a_lease_has_an_end": lambda: bend(a_message(), lease=uuid4()),
    "a_settled_message_is_not_leased": lambda: bend(
        a_message(), state=Message.State.SENT, settled_at=NOW, lease=uuid4(), leased_until=NOW
    ),
    "a_subject_is_one_line": lambda: again(a_message(), message_id="2", subject="Kuitti\r\nBcc: all@rekisteri.example"),
    "a_message_tells_of_a_step_once": lambda: again(a_telling()),
    "pilots_told_deadline_version_check": lambda: bend(a_telling(), deadline_version=-1),
    "a_rule_stands_once_in_a_round": lambda: again(a_rule()),
    "a_rule_is_within_a_year_of_the_deadline": lambda: bend(a_rule(), days_before=366),
    "a_reminder_is_planned_once": lambda: again(a_reminder()),
    "a_reminder_is_in_a_known_state": lambda: bend(a_reminder(), state="lost", settled_at=NOW),
    "a_skipped_reminder_says_why": lambda: bend(a_reminder(), state=Reminder.State.SKIPPED, settled_at=NOW),
    "a_queued_reminder_has_its_message": lambda: bend(a_reminder(), state=Reminder.State.QUEUED, settled_at=NOW),
    "a_settled_reminder_has_its_time": lambda: bend(a_reminder(), state=Reminder.State.SUPERSEDED),
    "pilots_reminder_deadline_version_check": lambda: bend(a_reminder(), deadline_version=-1),
    "there_is_one_row_of_the_last_sweep": lambda: Sweep.objects.create(id=2, swept_at=NOW),
    "pilots_sweep_id_check": lambda: Sweep.objects.create(id=-1, swept_at=NOW),
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
