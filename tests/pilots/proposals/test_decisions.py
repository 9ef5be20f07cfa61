"""Decisions: one outcome, one letter, one pilot with everything carried over; nobody outside knows it before."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from pilots.models import Decision, Message, Partner, Pilot, PilotCounter, Proposal, StaffLetter, Stage
from pilots.proposals import decisions, workflow
from pilots.proposals.questions.form_1 import FORM_1
from regions.models import User
from registry.lib.refusals import Incomplete, NotAsShown, Refused, Stale
from tests.factories import make_pilot, make_version
from tests.pilots.proposals.decided import a_closed_round, a_decider, a_programme, everything, no, submitted, yes

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def proposal(preparer: User) -> Proposal:
    return submitted(a_closed_round(), preparer, **everything())


def decide(proposal: Proposal, verdict: decisions.Verdict, user: User) -> Decision:
    version = Proposal.objects.get(pk=proposal.pk).latest
    assert version is not None
    return decisions.decide(proposal, version.number, verdict, user, NOW)


def test_every_answer_of_the_form_is_found_in_the_pilot(proposal: Proposal, decider: User) -> None:
    decide(proposal, yes(), decider)
    proposal.refresh_from_db()
    pilot = Pilot.objects.get()
    assert (proposal.state, proposal.pilot, pilot.lead) == ("accepted", pilot, proposal.organisation)
    assert pilot.code == f"KP-{NOW.astimezone().year}-001"
    assert (pilot.name_fi, pilot.summary_fi, pilot.client_type) == ("xqnimi", "xqtiivis", "business")
    assert [region.code for region in pilot.regions.all()] == ["04"]
    assert pilot.description_fi == "xqongelma\n\nxqkoe yksi\nxqkoe kaksi\n\nxqhyöty\n\nxqtuotanto"
    assert [trial.text_fi for trial in pilot.trials.all()] == ["xqkoe yksi", "xqkoe kaksi"]
    assert [theme.slug for theme in pilot.themes.all()] == ["teema"]
    assert [group.slug for group in pilot.target_groups.all()] == ["ryhma"]
    assert [(use.delivery_model.slug, use.degree) for use in pilot.model_uses.all()] == [("malli", "elements")]
    assert (pilot.target_text_fi, pilot.legal_conditions_fi) == ("xqkohde", "xqlaki")
    assert pilot.production == ["own", "company"]
    assert (pilot.whole_process, pilot.needs_change_of_law) == (True, False)
    states = Partner.State
    assert [(one.words_fi, one.state) for one in pilot.partners.all()] == [
        ("xqkumppani, sovittu", states.AGREED),
        ("xqtoinen, neuvotellaan", states.IN_TALKS),
        ("xqkolmas", states.POSSIBLE),
    ]

    assert (pilot.start.earliest.isoformat(), pilot.end.latest.isoformat()) == ("2027-03-01", "2027-12-31")
    assert (pilot.start_planned, pilot.end_planned, pilot.budget_eur) == (True, True, Decimal(250000))
    assert (pilot.stage, pilot.stage_log.get().stage, pilot.published_at) == (Stage.PLANNED, Stage.PLANNED, None)
    assert pilot.plan.version == proposal.latest


def test_the_plan_keeps_every_question_with_its_answer_in_three_languages(proposal: Proposal, decider: User) -> None:
    """A question that a later form asks is then found there too, whatever field it has or lacks."""
    decide(proposal, yes(), decider)
    plan = Pilot.objects.get().plan.answers
    for language in ("fi", "sv", "en"):
        with translation.override(language):
            asked = [str(question.label) for section in FORM_1.sections for question in section.questions]
        told = [(question, items) for _section, rows in plan[language] for question, items in rows]
        assert [question for question, _items in told] == asked
        assert all(items for _question, items in told)
    words = str(plan["fi"])
    for value in everything().values():
        if isinstance(value, str) and value.startswith("xq"):
            assert all(line in words for line in value.splitlines()), value


def test_what_is_marked_as_secret_stays_in_the_proposal(preparer: User, decider: User) -> None:
    content = everything() | {"tried": "Avoin. [[xqsalaisuus, liikesalaisuus]] Loppu", "funding": "[[xqsalaisuus"}
    proposal = submitted(a_closed_round(), preparer, **content)
    decide(proposal, yes(), decider)
    pilot = Pilot.objects.get()
    assert "xqsalaisuus" not in str(pilot.plan.answers) + pilot.description_fi + pilot.trials.get().text_fi
    assert "Avoin." in pilot.trials.get().text_fi
    assert proposal.latest is not None
    assert "xqsalaisuus" in str(proposal.latest.content)


def test_a_swedish_proposal_becomes_a_pilot_in_swedish(preparer: User, decider: User) -> None:
    User.objects.filter(pk=preparer.pk).update(language="sv")
    proposal = submitted(a_closed_round(), preparer, **everything())
    decide(proposal, yes(), decider)
    pilot = Pilot.objects.get()
    assert (pilot.name_fi, pilot.name_sv, pilot.summary_sv) == ("", "xqnimi", "xqtiivis")
    assert pilot.partners.first().words_sv == "xqkumppani, sovittu"


def test_the_organisations_of_other_writers_are_partners(
    proposal: Proposal, decider: User, preparer: User, stranger: User
) -> None:
    workflow.add_editor(proposal, stranger, preparer, NOW)
    decide(proposal, yes(), decider)
    first = Pilot.objects.get().partners.first()
    assert first is not None
    assert (first.organisation, first.state) == (stranger.organisation, "agreed")


def test_a_decision_has_one_letter_in_both_languages_that_waits(proposal: Proposal, decider: User) -> None:
    decision = decide(proposal, yes(conditions=no().reasons, case_number="VN/1/2027"), decider)
    letter = StaffLetter.objects.get()
    pilot = Pilot.objects.get()
    assert (letter.decision, letter.sent_at, letter.audience) == (decision, None, "proposal")
    for body in (letter.body_fi, letter.body_sv):
        assert pilot.code in body
        assert "VN/1/2027" in body
    assert "xqperuste" in letter.body_fi
    assert "xqmotiv" in letter.body_sv
    assert not Message.objects.filter(letter="decision").exists()


def test_a_proposal_that_is_not_selected_is_told_why(proposal: Proposal, decider: User) -> None:
    with pytest.raises(Incomplete) as fault:
        decide(proposal, decisions.Verdict("not_selected"), decider)
    assert [name for name, _words in fault.value.faults] == ["reasons_fi", "reasons_sv"]
    decide(proposal, no(), decider)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.pilot) == ("not_selected", None)
    assert not PilotCounter.objects.exists()
    assert "xqperuste" in StaffLetter.objects.get().body_fi


def test_only_the_version_that_was_read_is_decided(proposal: Proposal, decider: User) -> None:
    later = make_version(proposal, NOW)
    Proposal.objects.filter(pk=proposal.pk).update(latest=later)
    with pytest.raises(Stale):
        decisions.decide(proposal, 1, yes(), decider, NOW)


def test_a_second_decision_needs_a_reason_and_the_first_stays(proposal: Proposal, decider: User) -> None:
    first = decide(proposal, yes(), decider)
    with pytest.raises(Stale):
        decide(proposal, no(), decider)
    second = decide(proposal, no(correction_because="Väärä ehdotus"), decider)
    assert (second.corrects, second.number) == (first, 2)
    assert list(Decision.objects.holding()) == [second]
    assert Decision.objects.get(pk=first.pk).outcome == "selected"
    assert StaffLetter.objects.get().decision == second  # the letter of the first would tell what no longer holds


def test_a_pilot_lapses_and_lives_again_under_the_same_code(proposal: Proposal, decider: User) -> None:
    decide(proposal, yes(), decider)
    pilot = Pilot.objects.get()
    decide(proposal, no(correction_because="Väärä ehdotus"), decider)
    proposal.refresh_from_db()
    pilot.refresh_from_db()
    assert (pilot.stage, proposal.state, proposal.pilot) == (Stage.LAPSED, "not_selected", pilot)
    decide(proposal, yes(correction_because="Oikea sittenkin"), decider)
    again = Pilot.objects.get()
    assert (again.code, again.stage) == (pilot.code, Stage.PLANNED)
    assert [entry.stage for entry in again.stage_log.all()] == ["planned", "lapsed", "planned"]


def test_a_pilot_that_is_seen_follows_a_correction_when_it_is_told(
    proposal: Proposal, decider: User, preparer: User
) -> None:
    round_ = proposal.round
    decide(proposal, yes(), decider)
    decisions.send_letters(round_, decider, NOW)
    assert list(Pilot.objects.visible_to(preparer, NOW)) == [Pilot.objects.get()]
    decide(proposal, no(correction_because="Virhe"), decider)
    proposal.refresh_from_db()
    assert (Pilot.objects.get().stage, proposal.told_state) == (Stage.PLANNED, "accepted")
    decisions.send_letters(round_, decider, NOW)
    proposal.refresh_from_db()
    assert (Pilot.objects.get().stage, proposal.told_state) == (Stage.LAPSED, "not_selected")


def test_codes_go_on_from_those_of_the_reference_data(preparer: User, decider: User) -> None:
    year = NOW.astimezone().year
    make_pilot(code=f"KP-{year}-007", programme=a_programme())
    make_pilot(code=f"KP-{year - 1}-050", programme=a_programme())
    round_ = a_closed_round()
    for _turn in range(2):
        decide(submitted(round_, preparer, **everything()), yes(), decider)
    codes = set(Pilot.objects.filter(proposal__isnull=False).values_list("code", flat=True))
    assert codes == {f"KP-{year}-008", f"KP-{year}-009"}
    Pilot.objects.filter(code=f"KP-{year}-007").delete()
    assert PilotCounter.next_code(a_programme(), year) == f"KP-{year}-010"


def test_a_second_person_confirms_where_the_round_says_so(preparer: User, decider: User) -> None:
    proposal = submitted(a_closed_round(two_deciders=True), preparer, **everything())
    decision = decide(proposal, yes(), decider)
    proposal.refresh_from_db()
    assert (proposal.state, decision.waits, StaffLetter.objects.count(), Pilot.objects.count()) == (
        "submitted",
        True,
        0,
        0,
    )
    with pytest.raises(Refused):
        decide(proposal, no(), decider)
    with pytest.raises(Refused):
        decisions.confirm(decision, decider, NOW)
    other = a_decider()
    decisions.confirm(decision, other, NOW)
    proposal.refresh_from_db()
    assert (proposal.state, Decision.objects.get().decided_by) == ("accepted", other)
    assert (StaffLetter.objects.count(), Pilot.objects.count()) == (1, 1)
    with pytest.raises(Stale):
        decisions.confirm(decision, a_decider(), NOW)


def test_a_decision_that_is_sent_back_stays_on_record_and_another_is_made(preparer: User, decider: User) -> None:
    proposal = submitted(a_closed_round(two_deciders=True), preparer, **everything())
    decision = decide(proposal, yes(), decider)
    decisions.send_back(decision, "Rahoitus puuttuu", a_decider(), NOW)
    again = decide(proposal, no(), decider)
    assert (again.number, again.waits) == (2, True)
    assert Decision.objects.get(pk=decision.pk).returned_because == "Rahoitus puuttuu"


def test_a_late_proposal_is_accepted_by_somebody_with_a_reason(preparer: User, decider: User) -> None:
    proposal = submitted(a_closed_round(), preparer, **everything())
    late = make_version(proposal, NOW - timedelta(hours=1))
    Proposal.objects.filter(pk=proposal.pk).update(latest=late, submitted_at=late.submitted_at)
    with pytest.raises(Incomplete) as fault:
        decide(proposal, yes(), decider)
    assert [name for name, _words in fault.value.faults] == ["late_because"]
    decision = decide(proposal, yes(late_because="Posti myöhästyi"), decider)
    assert (decision.late, decision.late_because, decision.decided_by) == (True, "Posti myöhästyi", decider)


def test_letters_go_together_and_only_as_they_were_read(preparer: User, colleague: User, decider: User) -> None:
    round_ = a_closed_round()
    chosen, other = (submitted(round_, person, **everything()) for person in (preparer, colleague))
    decide(chosen, yes(), decider)
    decide(other, no(), decider)
    seen = decisions.ready_letters(round_, NOW).fingerprint
    letter = StaffLetter.objects.get(proposal=other)
    StaffLetter.objects.filter(pk=letter.pk).update(body_fi="Muutettu", edition=2)
    with pytest.raises(NotAsShown):
        decisions.send_letters(round_, decider, NOW, seen=seen)
    assert not Message.objects.exists()
    seen = decisions.ready_letters(round_, NOW).fingerprint
    assert decisions.send_letters(round_, decider, NOW, seen=seen) == 2
    sent = {message.user: message.body for message in Message.objects.filter(letter="decision")}
    assert set(sent) == {preparer, colleague}
    assert "Muutettu" in sent[colleague]
    for proposal in (chosen, other):
        proposal.refresh_from_db()
        assert proposal.told_state == proposal.state
    with pytest.raises(Refused):
        decisions.send_letters(round_, decider, NOW)
    assert Message.objects.count() == 2


def test_the_outcome_is_published_after_all_is_decided_and_told(preparer: User, colleague: User, decider: User) -> None:
    round_ = a_closed_round()
    chosen, other = (submitted(round_, person, **everything()) for person in (preparer, colleague))
    decide(chosen, yes(), decider)
    with pytest.raises(Incomplete) as fault:
        decisions.publish_outcome(round_, decider, NOW)
    assert len(fault.value.faults) == 2  # one is not decided, one letter is not sent
    decide(other, no(), decider)
    decisions.send_letters(round_, decider, NOW)
    Pilot.objects.update(name_sv="xqnamn", summary_sv="xqsammandrag")
    done = decisions.publish_outcome(round_, decider, NOW)
    assert ([pilot.name_sv for pilot in done.pilots], done.left) == (["xqnamn"], [])
    assert Pilot.objects.public().count() == 1
    assert Decision.objects.filter(published_at=NOW).count() == 2
    with pytest.raises(Refused):
        decisions.publish_outcome(round_, decider, NOW)


def test_a_pilot_without_a_translation_waits_and_is_named(proposal: Proposal, decider: User) -> None:
    decide(proposal, yes(), decider)
    decisions.send_letters(proposal.round, decider, NOW)
    done = decisions.publish_outcome(proposal.round, decider, NOW)
    assert (done.pilots, [pilot.name_fi for pilot in done.left]) == ([], ["xqnimi"])
