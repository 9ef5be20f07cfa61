"""Assessments: who writes, who reads what and when, and how a conflict of interest takes somebody out."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from pilots import access
from pilots.mail.outbox import Verdict
from pilots.mail.reminders import last_look
from pilots.models import Assessment, Decision, Declaration, Message, Proposal, Round
from pilots.models.assessing import with_assessments
from pilots.proposals import assessing, decisions
from regions.models import User
from registry.lib.editions import Shown
from registry.lib.refusals import Incomplete, Refused, Stale
from tests.cast import SignIn
from tests.factories import make_submitted, make_user
from tests.forms import form_of
from tests.pilots.proposals.assessed import begin, declare, make_assessor, make_criteria, make_ready, write
from tests.pilots.proposals.decided import a_closed_round, no, yes

pytestmark = pytest.mark.django_db
NOW = timezone.now()
Ground = Declaration.Ground


@pytest.fixture
def round_(officer: User, reader: User) -> Round:
    """A closed round with two criteria, the first with numbers; an officer and a reader assess."""
    round_ = a_closed_round()
    make_criteria(round_, True, False)
    for user in (officer, reader):
        make_assessor(round_, user)
    return round_


@pytest.fixture
def proposal(round_: Round, preparer: User) -> Proposal:
    return make_submitted(round_, preparer, NOW)


def counts(proposal: Proposal) -> tuple[int, int]:
    row: Any = with_assessments(Proposal.objects.filter(pk=proposal.pk)).get()
    return (row.assessed, row.to_assess)


def seen_by(user: User, proposal: Proposal) -> list[User]:
    """Return the people whose texts ``user`` reads."""
    found = assessing.assessed(Proposal.objects.get(pk=proposal.pk), user, NOW)
    return [one.user for one in found.assessments]


def test_an_assessment_begins_with_the_declaration_and_is_ready_when_no_words_are_missing(
    proposal: Proposal, reader: User
) -> None:
    assert counts(proposal) == (0, 2)
    assessment = begin(proposal, reader)
    answers = assessing.answers_of(assessment)
    assert [answer.criterion.position for answer in answers] == [1, 2]
    number = f"{assessing.SCORE}{answers[0].criterion_id}"
    assessing.save(assessment, Shown(1), {number: 5}, NOW)
    with pytest.raises(Incomplete) as refused:
        assessing.make_ready(assessment, NOW)
    assert len(refused.value.faults) == 3  # a number is no text
    write(assessment, "Sanat", 4)
    assessing.make_ready(assessment, NOW)
    assert counts(proposal) == (1, 1)
    with pytest.raises(Refused):
        write(assessment, "Muut sanat")
    assessing.reopen(assessment, NOW)
    assert counts(proposal) == (0, 2)
    assert Assessment.objects.get().reopened_at == NOW


def test_an_assessor_reads_others_once_the_own_one_is_ready_and_nobody_reads_what_is_not_ready(
    proposal: Proposal, officer: User, reader: User, decider: User
) -> None:
    begin(proposal, officer)
    make_ready(proposal, reader)
    assert seen_by(officer, proposal) == []  # an assessor who could else read all
    assert seen_by(decider, proposal) == [reader]
    assert seen_by(make_user(User.Role.READER), proposal) == []
    write(Assessment.objects.get(user=officer), "Omat sanat")
    assert seen_by(decider, proposal) == [reader]
    assessing.make_ready(Assessment.objects.get(user=officer), NOW)
    assert set(seen_by(officer, proposal)) == set(seen_by(reader, proposal)) == {reader, officer}


def test_a_conflict_that_is_declared_later_keeps_the_words_and_takes_them_out_of_the_count(
    proposal: Proposal, officer: User, reader: User, decider: User
) -> None:
    make_ready(proposal, reader, "xqarvio")
    declare(proposal, reader, Ground.BOARD)
    assert counts(proposal) == (0, 1)
    assert seen_by(decider, proposal) == []
    found = assessing.assessed(Proposal.objects.get(), decider, NOW)
    assert [(one.user, one.ground) for one in found.disqualified] == [(reader, Ground.BOARD)]
    assessment = Assessment.objects.get()
    assert assessment.overall == "xqarvio"
    for act in (assessing.make_ready, assessing.reopen):
        with pytest.raises(Refused):
            act(assessment, NOW)
    current = Proposal.objects.get()
    for may in (access.may_assess, access.may_read_assessments, access.may_read_notes, access.may_write_note):
        assert not may(reader, current, NOW), may
    assert access.may_declare(reader, current, NOW)
    declare(proposal, reader, because="Jäsenyys päättyi")
    assert counts(proposal) == (1, 1)
    assert Declaration.objects.filter(user=reader).count() == 3


def test_a_declaration_changes_only_with_a_reason_and_over_the_one_that_was_seen(
    proposal: Proposal, reader: User
) -> None:
    declare(proposal, reader)
    with pytest.raises(Incomplete):
        declare(proposal, reader, Ground.PARTY, because="")
    with pytest.raises(Refused):
        declare(proposal, reader)  # the same again
    with pytest.raises(Stale):
        assessing.declare(proposal, 0, Ground.PARTY, "", reader, NOW, "Syy")
    assert Declaration.objects.count() == 1


def test_a_decider_with_a_conflict_neither_decides_nor_confirms(round_: Round, preparer: User, decider: User) -> None:
    round_.two_deciders = True
    round_.save()
    proposal, other = make_submitted(round_, preparer, NOW), make_user(User.Role.DECIDER)
    assert access.may_decide(decider, proposal, NOW)
    declare(proposal, decider, Ground.INTEREST)
    proposal = Proposal.objects.get()
    assert not access.may_decide(decider, proposal, NOW)
    assert not access.may_ask_clarification(decider, proposal, NOW)
    for verdict in (yes(), no()):
        with pytest.raises(Refused, match="esteellisyyden"):
            decisions.decide(proposal, 1, verdict, decider, NOW)
    proposed = decisions.decide(proposal, 1, no(), other, NOW)
    assert not access.may_confirm(decider, proposed, NOW)
    with pytest.raises(Refused, match="esteellisyyden"):
        decisions.confirm(proposed, decider, NOW)
    assert Decision.objects.made().count() == 0


def test_after_the_decision_nobody_writes_and_assessors_read(
    proposal: Proposal, officer: User, reader: User, decider: User
) -> None:
    assessment = begin(proposal, reader)
    make_ready(proposal, officer)
    decisions.decide(proposal, 1, no(), decider, NOW)
    with pytest.raises(Refused):
        write(assessment, "Myöhässä")
    assert seen_by(reader, proposal) == [officer]
    assert counts(proposal) == (1, 1)


def test_who_is_no_longer_named_writes_no_more_and_a_ready_assessment_counts(
    round_: Round, proposal: Proposal, officer: User, reader: User
) -> None:
    make_ready(proposal, reader)
    begin(proposal, officer)
    shown = Shown.read({"edition": str(round_.edition)}, round_)
    assessing.name_assessors(round_, shown, [], officer, NOW)
    assert round_.assessors.count() == 0
    assert counts(proposal) == (1, 0)
    assert not access.may_assess(officer, Proposal.objects.get(), NOW)
    assert seen_by(officer, proposal) == [reader]


def name(round_: Round, people: list[User], by: User, until: date | None = None) -> None:
    """Name these assessors by the form as it stands."""
    current = Round.objects.get(pk=round_.pk)
    assessing.name_assessors(round_, Shown(current.edition), people, by, NOW, until)


def test_an_assessor_is_told_which_proposals_and_until_when(
    round_: Round, proposal: Proposal, officer: User, reader: User
) -> None:
    round_.assessors.all().delete()
    letters, day = Message.objects.filter(letter="assessor_named").order_by("pk"), date(2026, 12, 18)
    name(round_, [officer, reader], officer, day)
    [first] = letters.all()  # who names the own name needs no letter
    assert first.user == reader
    assert "18.12.2026" in first.body
    assert proposal.sent_title in first.body
    assert last_look(first, NOW) is Verdict.SEND
    name(round_, [officer, reader], officer, day)
    assert letters.count() == 1
    name(round_, [officer, reader], officer, date(2027, 1, 8))
    assert last_look(first, NOW) is Verdict.CANCEL, "it tells another day"
    _, second = letters.all()
    assert "8.1.2027" in second.body
    assert "muuttunut" in second.body
    name(round_, [officer], officer, date(2027, 1, 8))
    assert last_look(second, NOW) is Verdict.CANCEL, "the receiver assesses no more"


def test_two_who_set_the_day_of_the_assessment_settle_which_one_holds(
    round_: Round, officer: User, decider: User, as_user: SignIn
) -> None:
    address = reverse("round_assessors", args=[round_.slug])
    one, other = as_user(officer), as_user(decider)
    mine, theirs = form_of(one.get(address)), form_of(other.get(address))
    assert other.post(address, {**theirs, "assess_until": "18.12.2030"}).status_code == 302
    answer = one.post(address, {**mine, "assess_until": "19.12.2030"})
    assert answer.status_code == 409
    assert "18.12.2030" in answer.text
    settled = {**form_of(answer), "keep-assess_until": "mine"}
    assert one.post(address, settled).status_code == 302
    assert Round.objects.get(pk=round_.pk).assess_until == date(2030, 12, 19)
    assert one.post(address, {**form_of(one.get(address)), "assess_until": "1.1.2020"}).status_code == 422


def test_a_part_that_was_changed_in_two_windows_is_a_conflict_and_the_rest_is_merged(
    proposal: Proposal, reader: User
) -> None:
    assessment = begin(proposal, reader)
    first, second = (f"{assessing.TEXT}{answer.criterion_id}" for answer in assessing.answers_of(assessment))
    empty = {first: "", second: "", assessing.OVERALL: ""}
    assessing.save(assessment, Shown(1), empty | {first: "Yksi"}, NOW)
    with pytest.raises(Stale) as stale:
        assessing.save(assessment, Shown(1), empty | {first: "Kaksi"}, NOW)
    assert [(one.name, one.mine, one.theirs) for one in stale.value.merged.conflicts] == [(first, "Kaksi", "Yksi")]
    assert assessing.answers_of(assessment)[0].text == "Yksi"
