"""Steps that mean something: what each takes, from whom, until when; and a proposal that moves on with its text."""

from datetime import timedelta
from itertools import product

import pytest
from django.urls import reverse
from django.utils import timezone

from pilots import access
from pilots.mail import reminders
from pilots.models import Asked, Extension, Proposal, Reminder, Round, Step, Version
from pilots.proposals import workflow
from pilots.rounds.calendars import own_deadlines
from pilots.rounds.workflow import asking
from pilots.rounds.workflow.rounds import faults
from regions.models import Organisation, User
from registry.lib.refusals import Incomplete, Refused, TooLate
from tests.cast import SignIn
from tests.factories import make_proposal, make_round, make_step, make_version
from tests.forms import form_of
from tests.pilots.autumn_round import finnish
from tests.pilots.interest import INTEREST
from tests.pilots.rounds.deadline_forms import a_working_day
from tests.pilots.rounds.new_rounds import make

OPENS, FIRST, SECOND, LAST = (finnish(2026, 10, day, 16, 15) for day in (1, 9, 20, 30))
TICK, HOUR, DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)
INSTANTS = [at + shift for at in (FIRST, SECOND, SECOND + DAY, LAST) for shift in (-TICK, TICK)]


def sent(proposal: Proposal, step: Step) -> Proposal:
    """Write a version of the step, past the verb."""
    version = make_version(proposal, step.opens_at + HOUR)
    Version.objects.filter(pk=version.pk).delete()
    fields = {"proposal": proposal, "step": step, "kind": proposal.kind, "content": proposal.content}
    row = Version.objects.create(
        **fields, number=1, sha256=version.sha256, submitted_at=version.submitted_at, submitted_by=proposal.created_by
    )
    told = {"state": "submitted", "submitted_at": row.submitted_at, "latest": row}
    Proposal.objects.filter(pk=proposal.pk).update(**told)
    return Proposal.objects.get(pk=proposal.pk)


@pytest.mark.parametrize("senders", Step.Senders.values)
@pytest.mark.parametrize("takes", [[], ["interest"], ["preliminary"]])
@pytest.mark.parametrize("sent_in", [None, 1, 2])
def test_a_step_takes_a_proposal_by_the_same_rule_in_python_and_in_sql(
    preparer: User, officer: User, council: Organisation, senders: str, takes: list[str], sent_in: int | None
) -> None:
    round_ = make_round(opens_at=OPENS, closes_at=FIRST, published_at=OPENS, invited=[council])
    first = round_.steps.get()
    after = first if senders == "before" else None
    given = {"takes": takes, "senders": senders, "after": after, "edits_until": LAST}
    middle = make_step(round_, opens_at=FIRST, closes_at=SECOND, **given)
    last = make_step(round_, opens_at=SECOND, closes_at=LAST)
    Extension.objects.create(
        step=middle, organisation=council, closes_at=SECOND + DAY, reason="x", granted_at=OPENS, granted_by=officer
    )
    mine = make_proposal(round_, preparer, kind="interest")
    if sent_in:
        mine = sent(mine, {1: first, 2: middle}[sent_in])
    asked = [None, mine, make_proposal(round_, preparer, kind="interest"), council]
    taken = []
    cases = product(("interest", "preliminary"), (None, middle, last), asked)
    for place, (kind, moved, of) in enumerate(cases):
        Asked.objects.all().delete()
        if of is not None:
            one = of if isinstance(of, Proposal) else None
            Asked.objects.create(step=middle, organisation=council, proposal=one, asked_at=OPENS, asked_by=officer)
        Proposal.objects.filter(pk=mine.pk).update(kind=kind, moved_on_to=moved)
        proposal = workflow.PROPOSALS.get(pk=mine.pk)
        for at in INSTANTS[(place + place // 4) % 4 :: 4]:  # two of the eight, in turn
            steps = [step for step in proposal.round.steps.all() if step.takes_now(proposal, at)]
            assert list(Step.objects.taking(proposal, at)) == steps
            begun = [step for step in round_.steps.all() if step.begins_now(council.pk, at)]
            assert [*Step.objects.filter(round=round_).beginning(council.pk, at).order_by("position")] == begun
            taken += [(kind, step.position) for step in steps]
    assert ("interest", 3) in taken
    middle_takes = {kind for kind, position in taken if position == 2}
    possible = set(takes or ("interest", "preliminary"))
    assert middle_takes == (set() if senders == "before" and sent_in is None else possible)


@pytest.fixture
def two_steps(officer: User, council: Organisation, other_council: Organisation) -> Round:
    """Expressions of interest for ten days from yesterday, then preliminary proposals of those who sent one."""
    round_ = make_round(owner=officer, invited=[council, other_council], published_at=timezone.now() - 9 * DAY)
    round_.steps.update(kind="interest", takes=["interest"])
    first = round_.steps.get()
    follows = {"takes": ["preliminary"], "senders": "before", "after": first}
    make_step(round_, opens_at=first.closes_at, closes_at=first.closes_at + 20 * DAY, **follows)
    reminders.default_rules(round_, timezone.now() - 9 * DAY)
    return Round.objects.get(pk=round_.pk)


@pytest.fixture
def interest_sent(two_steps: Round, preparer: User) -> Proposal:
    """An expression of interest that was sent in its step."""
    content = dict(INTEREST)
    proposal = make_proposal(two_steps, preparer, kind="interest", content=content)
    workflow.submit(proposal, proposal.edition, preparer)
    return Proposal.objects.get(pk=proposal.pk)


def on_to_the_second(round_: Round) -> None:
    """Let the first step be over and the second be open."""
    now = timezone.now()
    round_.steps.filter(position=1).update(opens_at=now - 9 * DAY, closes_at=now - HOUR)
    round_.steps.filter(position=2).update(opens_at=now - HOUR, closes_at=now + 6 * DAY)


def test_a_step_of_one_kind_offers_and_takes_no_other(two_steps: Round, preparer: User, as_user: SignIn) -> None:
    page = as_user(preparer).get(reverse("start_proposal", args=[two_steps.slug])).content.decode()
    assert "kiinnostuksen ilmaisu" in page.lower()
    assert 'value="preliminary"' not in page
    draft = make_proposal(two_steps, preparer, kind="preliminary", content=dict(INTEREST))
    with pytest.raises(TooLate):
        workflow.submit(draft, draft.edition, preparer)


def test_nobody_begins_anything_in_a_step_for_those_who_sent_before(
    two_steps: Round, preparer: User, stranger: User, interest_sent: Proposal
) -> None:
    on_to_the_second(two_steps)
    round_ = Round.objects.get(pk=two_steps.pk)
    assert not access.may_start(stranger, round_, timezone.now())
    assert not Round.objects.answerable_by(stranger.organisation_id, timezone.now()).exists()
    assert access.next_step(Proposal.objects.get(pk=interest_sent.pk), timezone.now()) is not None


def test_a_proposal_moves_on_with_its_text_and_its_earlier_version_stays(
    two_steps: Round, preparer: User, interest_sent: Proposal, as_user: SignIn
) -> None:
    client, page = as_user(preparer), reverse("proposal", args=[interest_sent.pk])
    assert reverse("move_on", args=[interest_sent.pk]) not in client.get(page).content.decode()
    on_to_the_second(two_steps)
    assert reverse("move_on", args=[interest_sent.pk]) in client.get(page).content.decode()
    client.post(reverse("move_on", args=[interest_sent.pk]), {"step": "2"})
    moved = Proposal.objects.get(pk=interest_sent.pk)
    assert (moved.kind, moved.content, moved.state) == ("preliminary", interest_sent.content, "submitted")
    assert moved.has_unsent_words
    assert Proposal.objects.with_unsent_words().filter(pk=moved.pk).exists()
    assert "ei ole vielä lähetetty" in client.get(page).content.decode()
    with pytest.raises(Incomplete):  # a preliminary proposal is asked for more
        workflow.submit(moved, moved.edition, preparer)
    assert Version.objects.get(proposal=moved).kind == "interest"
    receipt = client.get(reverse("receipt", args=[moved.pk, 1])).content.decode()
    assert "Kiinnostuksen ilmaisu" in receipt


def test_the_same_words_are_sent_in_each_step_as_the_version_of_that_step(
    two_steps: Round, preparer: User, interest_sent: Proposal
) -> None:
    two_steps.steps.filter(position=2).update(takes=["interest"])
    on_to_the_second(two_steps)
    assert workflow.submit(interest_sent, interest_sent.edition, preparer).number == 1  # nothing is new: no version
    moved = workflow.move_on(interest_sent, 2, preparer, timezone.now())
    version = workflow.submit(moved, moved.edition, preparer)
    assert (version.number, version.step.position, version.kind) == (2, 2, "interest")
    first = Version.objects.get(proposal=moved, number=1)
    assert (first.step.position, first.sha256) == (1, version.sha256)
    assert not Proposal.objects.get(pk=moved.pk).has_unsent_words


def test_a_proposal_moves_on_only_where_a_step_is_open_to_it(
    two_steps: Round, preparer: User, interest_sent: Proposal
) -> None:
    with pytest.raises(Refused):
        workflow.move_on(interest_sent, 2, preparer, timezone.now())
    on_to_the_second(two_steps)
    with pytest.raises(Refused):
        workflow.move_on(interest_sent, 1, preparer, timezone.now())
    workflow.move_on(interest_sent, 2, preparer, timezone.now())
    with pytest.raises(Refused):
        workflow.move_on(interest_sent, 2, preparer, timezone.now())


def test_reminders_follow_the_step(
    two_steps: Round, preparer: User, stranger: User, interest_sent: Proposal, colleague: User
) -> None:
    on_to_the_second(two_steps)
    now = timezone.now()
    reminders.plan(two_steps, now - 8 * DAY)
    Reminder.objects.exclude(step__position=2).delete()
    Reminder.objects.update(due_at=now - TICK, state="planned", reason="", settled_at=None)
    reminders.queue_due(now)
    told = Reminder.objects.filter(user=preparer, state="queued").get()
    assert told.message is not None
    assert "ei ole lähetetty tässä vaiheessa" in told.message.body
    others = Reminder.objects.filter(user=stranger).values_list("state", "reason")
    assert {*others} == {("skipped", "not_asked")}


def test_one_s_own_calendar_has_the_steps_that_take_one_s_proposal(
    two_steps: Round, preparer: User, stranger: User, interest_sent: Proposal
) -> None:
    now = timezone.now()
    assert [one.step.position for one in own_deadlines(preparer, now)] == [1, 2]
    assert [one.step.position for one in own_deadlines(stranger, now)] == [1]


def test_what_was_sent_in_time_may_be_changed_until_the_later_moment(
    two_steps: Round, preparer: User, interest_sent: Proposal, stranger: User
) -> None:
    now = timezone.now()
    closed = {"opens_at": now - 9 * DAY, "closes_at": now - HOUR, "edits_until": now + HOUR}
    two_steps.steps.filter(position=1).update(**closed)
    Proposal.objects.filter(pk=interest_sent.pk).update(
        content={**interest_sent.content, "title": "Uusi nimi"}, edition=interest_sent.edition + 1
    )
    changed = Proposal.objects.get(pk=interest_sent.pk)
    assert workflow.submit(changed, changed.edition, preparer).number == 2
    late = make_proposal(two_steps, stranger, kind="interest", content=dict(INTEREST))
    with pytest.raises(TooLate):
        workflow.submit(late, late.edition, stranger)


def test_those_who_are_asked_go_on_and_the_others_do_not(
    two_steps: Round, preparer: User, officer: User, interest_sent: Proposal, as_user: SignIn, reader: User
) -> None:
    two_steps.steps.filter(position=2).update(senders="asked", after=None)
    on_to_the_second(two_steps)
    now, address = timezone.now(), reverse("ask_for_step", args=[two_steps.slug, 2])
    assert access.next_step(Proposal.objects.get(pk=interest_sent.pk), now) is None
    client = as_user(officer)
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"proposals": [interest_sent.pk]}).status_code == 302
    assert access.next_step(Proposal.objects.get(pk=interest_sent.pk), now) is not None
    assert Asked.objects.get().asked_by == officer
    assert "Kasvupalvelut yhdessä" in client.get(address).content.decode()
    assert as_user(reader).get(address).status_code == 403


def test_nobody_is_asked_for_a_step_that_is_open_to_all(two_steps: Round, officer: User, council: Organisation) -> None:
    with pytest.raises(Refused):
        asking.ask(two_steps.steps.get(position=1), [council], [], officer, timezone.now())


def test_an_officer_makes_steps_that_say_what_they_take(as_user: SignIn, officer: User) -> None:
    days = [a_working_day(n) for n in (20, 30, 45)]
    second = {
        "steps-0-kind": "interest",
        "steps-0-closes_day": f"{days[0]:%d.%m.%Y}",
        "steps-1-kind": "preliminary",
        "steps-1-opens_day": f"{days[0]:%d.%m.%Y}",
        "steps-1-opens_clock": "16.15",
        "steps-1-closes_day": f"{days[1]:%d.%m.%Y}",
        "steps-1-closes_clock": "16.15",
        "steps-1-senders": "before",
        "steps-1-edits_day": f"{days[2]:%d.%m.%Y}",
        "steps-1-edits_clock": "12.00",
        "asks": ["preliminary", "interest"],
    }
    client = as_user(officer)
    assert make(client, **second).status_code == 302
    round_ = Round.objects.get()
    first, following = round_.steps.all()
    assert (first.takes, first.senders) == (["interest"], "all")
    assert (following.takes, following.senders, following.after) == (["preliminary"], "before", first)
    assert following.edits_until is not None
    assert faults(round_, timezone.now()) == []
    shown = form_of(client.get(reverse("edit_round", args=[round_.slug])))
    assert client.post(reverse("edit_round", args=[round_.slug]), shown).status_code == 302
    assert [step.pk for step in round_.steps.all()] == [first.pk, following.pk]


def test_steps_that_are_open_at_the_same_time_are_asked_about(as_user: SignIn, officer: User) -> None:
    days = [a_working_day(n) for n in (20, 10, 30)]
    overlapping = {
        "steps-1-kind": "refinement",
        "steps-1-opens_day": f"{days[1]:%d.%m.%Y}",
        "steps-1-opens_clock": "9.00",
        "steps-1-closes_day": f"{days[2]:%d.%m.%Y}",
        "steps-1-closes_clock": "16.15",
    }
    answer = make(as_user(officer), **overlapping)
    assert answer.status_code == 422
    assert "yhtä aikaa" in answer.content.decode()
    assert make(as_user(officer), **overlapping, confirmed="on").status_code == 302


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"steps-0-senders": "before"}, "ei ole aiempaa vaihetta"),
        ({"steps-0-edits_day": "1.1.2026", "steps-0-edits_clock": "12.00"}, "ennen kuin vaihe sulkeutuu"),
        ({"steps-0-edits_day": "1.1.2036"}, "Anna sekä päivä että kellonaika"),
        ({"steps-0-senders": "nobody"}, "nobody"),
    ],
)
def test_a_faulty_step_is_said_at_its_field(
    as_user: SignIn, officer: User, changes: dict[str, str], words: str
) -> None:
    answer = make(as_user(officer), **changes)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_kind_that_no_step_takes_is_named_before_publishing(two_steps: Round) -> None:
    two_steps.steps.filter(position=2).update(takes=["interest"])
    assert [str(fault) for fault in faults(Round.objects.get(pk=two_steps.pk), timezone.now())] == [
        "Kierroksella pyydetään tätä, mutta mikään vaihe ei ota sitä vastaan: alustava ehdotus."
    ]
