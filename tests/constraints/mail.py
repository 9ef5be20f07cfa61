"""Every rule that the database keeps of deadlines, reminders and letters, and how to break it once."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from pilots.models import (
    Alarm,
    Asked,
    DeadlineChange,
    Extension,
    ExtensionRequest,
    Installation,
    Letter,
    Message,
    Reconciliation,
    Reminder,
    ReminderRule,
    ReturnedMail,
    RoundCorrection,
    StaffLetter,
    Step,
    ToldDeadline,
)
from regions.models import SignInLetter, User
from tests.constraints.refusal import Violate, again, an_account, bend
from tests.factories import make_organisation, make_round

NOW = timezone.now()


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


def a_returned_mail() -> ReturnedMail:
    return ReturnedMail.objects.create(sha256="0" * 64, read_at=NOW, outcome=ReturnedMail.Outcome.UNSIGNED)


def an_extension() -> Extension:
    return Extension.objects.create(
        step=a_step(),
        organisation=make_organisation(),
        closes_at=NOW + timedelta(days=30),
        reason="Sairastuminen",
        granted_at=NOW,
        granted_by=an_officer(),
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


def letters_of(asked: SignInLetter) -> None:
    """Write two messages of one sign-in letter."""
    fields = {"letter": Letter.NEW_PASSWORD, "mime": b"", "mime_sha256": "0" * 64, "sign_in_letter": asked}
    message = a_message()
    for number in "ab":
        again(message, message_id=number, **fields)


def an_ended_message(state: str) -> Message:
    message = a_message()
    bend(message, state=state, settled_at=NOW)
    return message


def twice(**fields: Any) -> None:
    """Write two messages that share ``fields``."""
    message = a_message()
    for number in "ab":
        again(message, message_id=number, **fields)


def a_telling() -> ToldDeadline:
    message = a_message()
    return ToldDeadline.objects.create(
        user=message.user, step=a_step(), message=message, deadline_version=1, closes_at=NOW
    )


def a_rule() -> ReminderRule:
    return ReminderRule.objects.create(round=make_round(), audience="preparers", days_before=3, active_from=NOW)


def a_reminder() -> Reminder:
    rule = a_rule()
    return Reminder.objects.create(
        rule=rule, step=rule.round.steps.get(), deadline_version=1, user=an_officer(), due_at=NOW
    )


def a_staff_letter(**fields: Any) -> StaffLetter:
    return StaffLetter.objects.create(
        round=make_round(),
        written_at=NOW,
        written_by=an_officer(),
        **{"audience": "editors", "subject_fi": "Asia", "body_fi": "Teksti", **fields},
    )


def a_reconciliation(**fields: Any) -> Reconciliation:
    day = {"kind": "morning", "since": NOW - timedelta(days=1), "until": NOW, "made_at": NOW}
    counts = {"planned": 3, "sent": 2, "skipped": 1, "missing": 0}
    return Reconciliation.objects.create(**{**day, **counts, **fields})


def an_alarm(**fields: Any) -> Alarm:
    return Alarm.objects.create(**{"kind": "missing", "words": "1", "opened_at": NOW, **fields})


def _after_itself(step: Step) -> None:
    bend(step, senders="before", after=step)


def _asked(step: Step) -> Asked:
    return Asked.objects.create(step=step, organisation=make_organisation(), asked_at=NOW, asked_by=an_officer())


def _correction() -> RoundCorrection:
    known = {"corrected_at": NOW, "corrected_by": an_officer(), "columns": ["name_fi"], "before": {}, "reason_fi": "x"}
    return RoundCorrection.objects.create(round=make_round(), **known)


def _request() -> ExtensionRequest:
    known = {"asked_at": NOW, "asked_by": an_officer(), "until": NOW + timedelta(days=1), "reason": "x"}
    return ExtensionRequest.objects.create(step=a_step(), organisation=make_organisation(), **known)


VIOLATIONS: dict[str, Violate] = {
    # Deadlines
    "a_step_has_its_own_place": lambda: again(a_step()),
    "a_step_opens_before_it_closes": lambda: make_round(opens_at=NOW, closes_at=NOW),
    "a_step_is_for_known_senders": lambda: bend(a_step(), senders="some"),
    "a_step_for_those_who_sent_before_names_that_step": lambda: bend(a_step(), senders="before"),
    "a_step_does_not_come_after_itself": lambda: _after_itself(a_step()),
    "talks_take_no_proposals": lambda: bend(a_step(), kind="talks", takes=["interest"]),
    "a_correction_of_a_round_has_a_reason": lambda: bend(_correction(), reason_fi=""),
    "a_correction_of_a_round_names_what_it_corrects": lambda: bend(_correction(), columns=[]),
    "a_request_for_an_extension_has_a_reason": lambda: bend(_request(), reason=""),
    "a_declined_request_for_an_extension_says_by_whom_and_why": lambda: bend(_request(), declined_at=NOW),
    "an_extension_is_asked_for_ahead": lambda: bend(_request(), until=NOW),
    "a_step_asks_for_a_proposal_once": lambda: again(_asked(a_step())),
    "pilots_step_position_check": lambda: bend(a_step(), position=-1),
    "pilots_step_deadline_version_check": lambda: bend(a_step(), deadline_version=-1),
    "a_deadline_version_is_made_once": lambda: again(a_moved_deadline()),
    "a_moved_deadline_has_a_reason": lambda: bend(a_moved_deadline(), reason_fi=""),
    "pilots_deadlinechange_version_check": lambda: bend(a_moved_deadline(), version=-1),
    "an_organisation_has_one_extension_of_a_step": lambda: again(an_extension()),
    "an_extension_has_a_reason": lambda: bend(an_extension(), reason=""),
    "an_outage_has_its_beginning_and_its_end": lambda: bend(a_moved_deadline(), outage_from=NOW),
    "a_version_of_an_extension_is_made_once_in_a_step": lambda: again(an_extension(), organisation=make_organisation()),
    "pilots_extension_version_check": lambda: bend(an_extension(), version=-1),
    "a_cancelled_round_says_why": lambda: bend(make_round(cancelled_at=NOW), cancelled_because_fi=""),
    # Messages and reminders
    "pilots_message_message_id_key": lambda: again(a_message()),
    "pilots_message_tries_check": lambda: bend(a_message(), tries=-1),
    "a_message_is_in_a_known_state": lambda: bend(a_message(), state="lost", settled_at=NOW),
    "a_message_is_frozen_when_it_is_written": lambda: bend(a_message(), mime=b"Subject: y"),
    "a_message_that_has_ended_stays_so": lambda: bend(an_ended_message("cancelled"), state=Message.State.SENT),
    "a_settled_message_has_its_time": lambda: bend(a_message(), state=Message.State.SENT),
    "a_lease_has_an_end": lambda: bend(a_message(), lease=uuid4()),
    "a_settled_message_is_not_leased": lambda: bend(
        a_message(), state=Message.State.SENT, settled_at=NOW, lease=uuid4(), leased_until=NOW
    ),
    "a_subject_is_one_line": lambda: again(
        a_message(), message_id="2", subject="Kuittaus\r\nBcc: all@rekisteri.example"
    ),
    "a_letter_that_lets_somebody_in_is_not_kept": lambda: again(
        a_message(), message_id="2", letter=Letter.INVITATION, mime=b"Subject: x"
    ),
    "pilots_message_sign_in_letter_id_key": lambda: letters_of(
        SignInLetter.objects.create(kind="new_password", user=an_officer(), address="a@x.example", asked_at=NOW)
    ),
    "a_message_tells_of_a_date_once": lambda: again(a_telling()),
    "pilots_tolddeadline_deadline_version_check": lambda: bend(a_telling(), deadline_version=-1),
    "a_rule_stands_once_in_a_round": lambda: again(a_rule()),
    "a_rule_is_within_a_year_of_the_deadline": lambda: bend(a_rule(), days_before=366),
    "a_reminder_is_planned_once": lambda: again(a_reminder()),
    "a_returned_mail_is_read_once": lambda: again(a_returned_mail()),
    "a_returned_mail_was_of_a_known_kind": lambda: bend(a_returned_mail(), outcome="lost"),
    "a_reminder_is_in_a_known_state": lambda: bend(a_reminder(), state="lost", settled_at=NOW),
    "a_skipped_reminder_says_why": lambda: bend(a_reminder(), state=Reminder.State.SKIPPED, settled_at=NOW),
    "a_queued_reminder_has_its_message": lambda: bend(a_reminder(), state=Reminder.State.QUEUED, settled_at=NOW),
    "a_settled_reminder_has_its_time": lambda: bend(a_reminder(), state=Reminder.State.SUPERSEDED),
    "pilots_reminder_deadline_version_check": lambda: bend(a_reminder(), deadline_version=-1),
    "there_is_one_row_of_the_last_sweep": lambda: Installation.objects.create(id=2, swept_at=NOW),
    "pilots_installation_id_check": lambda: Installation.objects.create(id=-1, swept_at=NOW),
    "pilots_reminder_extension_version_check": lambda: bend(a_reminder(), extension_version=-1),
    "a_body_is_sent_under_a_lease": lambda: bend(a_message(), body_at=NOW),
    "pilots_message_forward_of_id_key": lambda: twice(forward_of_id=a_message().pk),
    # Letters of staff
    "a_letter_that_was_sent_says_by_whom_and_when": lambda: a_staff_letter(
        sent_at=NOW, subject_sv="Ärende", body_sv="Text"
    ),
    "a_letter_is_sent_in_finnish_and_swedish": lambda: a_staff_letter(sent_at=NOW, sent_by=an_officer()),
    "a_letter_that_was_sent_never_changes": lambda: bend(
        a_staff_letter(sent_at=NOW, sent_by=an_officer(), subject_sv="Rubrik", body_sv="Text"), body_fi="Toinen"
    ),
    "a_letter_about_one_proposal_names_it": lambda: a_staff_letter(audience="proposal"),
    "pilots_staffletter_edition_check": lambda: a_staff_letter(edition=-1),
    "a_staff_letter_goes_to_a_person_once": lambda: twice(staff_letter=a_staff_letter()),
    # Watching
    "an_open_circuit_says_since_when_and_why": lambda: Installation.objects.create(swept_at=NOW, mail_waits_until=NOW),
    "a_reconciliation_is_made_once": lambda: again(a_reconciliation()),
    "a_reconciliation_adds_up": lambda: a_reconciliation(planned=4),
    "a_reconciliation_before_a_deadline_names_its_step": lambda: a_reconciliation(kind="before_deadline"),
    "pilots_reconciliation_planned_check": lambda: a_reconciliation(planned=-1, sent=-1, skipped=0),
    "pilots_reconciliation_sent_check": lambda: a_reconciliation(planned=0, sent=-1),
    "pilots_reconciliation_skipped_check": lambda: a_reconciliation(planned=1, skipped=-1),
    "pilots_reconciliation_missing_check": lambda: a_reconciliation(planned=2, missing=-1),
    "an_alarm_of_a_kind_is_open_once": lambda: again(an_alarm()),
    "an_alarm_is_cleared_after_it_was_opened": lambda: an_alarm(cleared_at=NOW - timedelta(days=1)),
}
