"""Everyone is told what concerns them: extensions, moves, rounds open to all, organisations that no letter reaches."""

from datetime import datetime

import pytest
from django.urls import reverse

from pilots.mail import reminders
from pilots.mail.outbox import Verdict
from pilots.models import Letter, Message, Reminder, Round
from pilots.rounds.workflow import deadlines as workflow
from regions.models import Organisation, User
from tests.cast import SignIn
from tests.factories import make_organisation, make_proposal, make_region, make_round, make_user
from tests.pilots.autumn_round import CLOSES, FIVE_BEFORE, PLANNED, PUBLISHED, SKIPPED, draft_of, finnish, of, submit
from tests.pilots.moved_deadlines import FIRST, LATER, NOW, SOONER, deliver, move, remind, the_step

pytestmark = pytest.mark.django_db
Reason = Reminder.Reason
SOONEST = finnish(2026, 11, 24, 16, 15)
BETWEEN = finnish(2026, 12, 1, 16, 15)


def extend(round_: Round, organisation: Organisation, closes_at: datetime, officer: User) -> reminders.Difference:
    return workflow.extend(the_step(round_), [organisation], closes_at, "Sairaus", officer, NOW)


def heard(difference: reminders.Difference) -> list[tuple[User, tuple[datetime, ...], tuple[datetime, ...]]]:
    return [(one.user, one.was, one.dates) for one in difference.letters]


@pytest.mark.parametrize("answer", ["none", "draft", "sent", "withdrawn"])
def test_an_extension_tells_every_preparer_of_its_organisation_whatever_it_has_sent(
    autumn_round: Round,
    preparer: User,
    colleague: User,
    ended: User,
    stranger: User,
    officer: User,
    council: Organisation,
    answer: str,
) -> None:
    if answer != "none":
        proposal = draft_of(preparer, autumn_round)
    if answer in {"sent", "withdrawn"}:
        submit(proposal, NOW, title="Ehdotus")
    if answer == "withdrawn":
        type(proposal).objects.filter(pk=proposal.pk).update(state="withdrawn", withdrawn_at=NOW)
    difference = extend(autumn_round, council, LATER, officer)
    assert heard(difference) == [(preparer, (CLOSES,), (LATER,)), (colleague, (CLOSES,), (LATER,))]
    assert all(reminders.last_look(one.message, NOW) is Verdict.SEND for one in difference.letters)


def test_whoever_was_about_to_hear_of_an_extension_hears_of_the_move_that_overtakes_it(
    autumn_round: Round, preparer: User, stranger: User, officer: User, council: Organisation
) -> None:
    extend(autumn_round, council, BETWEEN, officer)
    assert heard(move(autumn_round, LATER, officer)) == [(preparer, (CLOSES,), (LATER,))]
    deliver(NOW)
    assert heard(move(autumn_round, CLOSES, officer)) == [(preparer, (LATER,), (BETWEEN,))]


@pytest.mark.parametrize("closes_at", [SOONER, LATER])
def test_a_move_tells_the_editors_of_a_sent_proposal(
    autumn_round: Round, preparer: User, officer: User, closes_at: datetime
) -> None:
    submit(draft_of(preparer, autumn_round), NOW, title="Ehdotus")
    difference = move(autumn_round, closes_at, officer)
    assert heard(difference) == [(preparer, (CLOSES,), (closes_at,))]
    assert "Jos ehdotuksesi on jo lähetetty, se on voimassa." in difference.letters[0].message.body


def test_an_earlier_date_tells_all_who_are_invited_and_a_later_one_does_not(
    autumn_round: Round, preparer: User, colleague: User, ended: User, stranger: User, officer: User
) -> None:
    assert heard(move(autumn_round, LATER, officer)) == []
    assert heard(move(autumn_round, SOONER, officer)) == [
        (preparer, (LATER,), (SOONER,)),
        (colleague, (LATER,), (SOONER,)),
    ]
    deliver(NOW)
    assert {user for user, _was, _dates in heard(move(autumn_round, SOONEST, officer))} == {preparer, colleague}


def test_an_earlier_date_that_was_taken_back_before_anybody_heard_tells_nobody(
    autumn_round: Round, preparer: User, officer: User
) -> None:
    move(autumn_round, SOONER, officer)
    assert heard(move(autumn_round, CLOSES, officer)) == []
    deliver(NOW)
    assert not Message.objects.filter(state="sent").exists()


def test_whoever_began_to_write_when_a_later_date_held_hears_that_the_first_one_is_back(
    autumn_round: Round, preparer: User, officer: User
) -> None:
    move(autumn_round, SOONER, officer)
    assert heard(move(autumn_round, CLOSES, officer)) == []  # and nothing waits to be told any more
    assert heard(move(autumn_round, LATER, officer)) == []
    draft_of(preparer, autumn_round, NOW)
    assert heard(move(autumn_round, CLOSES, officer)) == [(preparer, (LATER,), (CLOSES,))]


def test_an_earlier_date_of_a_round_that_is_open_to_all_tells_whoever_wants_to_hear_of_such(
    autumn_round: Round, preparer: User, stranger: User, colleague: User, officer: User
) -> None:
    autumn_round.invited.clear()
    User.objects.filter(pk=colleague.pk).update(wants_open_rounds=False)
    assert {user for user, _was, _dates in heard(move(autumn_round, SOONER, officer))} == {preparer, stranger}


def test_a_round_open_to_all_reminds_every_preparer_without_a_proposal_once(
    autumn_round: Round, preparer: User, colleague: User, stranger: User, ended: User
) -> None:
    autumn_round.invited.clear()
    draft_of(stranger, autumn_round)
    remind(autumn_round)
    assert [of(user) for user in (preparer, colleague)] == [[(14, "queued", "")]] * 2
    assert of(stranger)[0][0] == 14
    letters = dict(Message.objects.values_list("user__email", "letter"))
    assert letters == {
        preparer.email: Letter.OPEN_ROUND,
        colleague.email: Letter.OPEN_ROUND,
        stranger.email: Letter.DRAFT_NOT_SENT,
    }
    reminders.plan_all(FIVE_BEFORE)
    assert len(of(preparer)) == 1


@pytest.mark.parametrize(
    ("language", "first", "stop"),
    [
        ("fi", "Kierros on avoin kaikille organisaatioille.", "ota ne pois omalla sivullasi"),
        ("sv", "Omgången är öppen för alla organisationer.", "ta bort dem på din egen sida"),
        ("en", "The round is open to every organisation.", "switch them off on your own page"),
    ],
)
def test_the_reminder_of_an_open_round_says_so_and_how_it_is_stopped(
    autumn_round: Round, preparer: User, language: str, first: str, stop: str
) -> None:
    autumn_round.invited.clear()
    User.objects.filter(pk=preparer.pk).update(language=language)
    remind(autumn_round)
    message = Message.objects.get(user=preparer)
    assert message.body.startswith(first)
    assert stop in message.body
    assert b"List-Unsubscribe: <" in bytes(message.mime)


def test_whoever_has_switched_it_off_hears_nothing_of_open_rounds_and_all_of_the_own(
    autumn_round: Round, preparer: User, stranger: User, other_council: Organisation
) -> None:
    User.objects.update(wants_open_rounds=False)
    autumn_round.invited.clear()
    invited = make_round(opens_at=PUBLISHED, closes_at=CLOSES, published_at=PUBLISHED, invited=[other_council])
    reminders.default_rules(invited, PUBLISHED)
    reminders.plan(invited, PUBLISHED)
    remind(autumn_round)
    assert of(preparer) == [(14, SKIPPED, Reason.OPTED_OUT)]
    assert Message.objects.get().letter == Letter.NO_DRAFT


def test_a_round_that_asks_for_nothing_reminds_nobody_who_has_no_proposal(autumn_round: Round, preparer: User) -> None:
    autumn_round.invited.clear()
    Round.objects.filter(pk=autumn_round.pk).update(asks=[])
    reminders.plan(autumn_round, PUBLISHED)
    assert of(preparer) == []


def test_who_begins_a_draft_in_an_open_round_is_reminded_as_its_writer(autumn_round: Round, preparer: User) -> None:
    autumn_round.invited.clear()
    reminders.plan(autumn_round, PUBLISHED)
    draft_of(preparer, autumn_round)
    remind(autumn_round)
    assert Message.objects.get().letter == Letter.DRAFT_NOT_SENT
    assert of(preparer) == [(14, "queued", ""), (5, PLANNED, ""), (1, PLANNED, "")]


def test_invited_organisations_that_no_letter_reaches_stand_on_the_desk_and_in_the_rehearsal(
    autumn_round: Round, preparer: User, stranger: User, officer: User, decider: User, reader: User, as_user: SignIn
) -> None:
    empty = make_organisation(name_fi="Tyhjä liitto", role_address="kirjaamo@tyhja.example")
    silent = make_organisation(name_fi="Hiljainen liitto")
    make_user(User.Role.PREPARER, silent, address_failed_at=NOW, address_fault="550")
    helped = make_organisation(name_fi="Autettu liitto")
    deputy = make_user(User.Role.PREPARER, helped)
    make_user(User.Role.PREPARER, helped, address_failed_at=NOW, address_fault="550", deputy=deputy)
    autumn_round.invited.add(empty, silent, helped)
    found = reminders.unreached(autumn_round, NOW)
    assert [(one.name_fi, str(why)) for one, why in found] == [
        ("Hiljainen liitto", "mikään osoite siellä ei toimi"),
        ("Tyhjä liitto", "kenelläkään siellä ei ole toimivaa tiliä"),
    ]
    for name in ("rehearsal", "round_desk"):
        where = reverse(name, args=[autumn_round.slug])
        page = as_user(officer).get(where).text
        assert "Tyhjä liitto" in page
        assert "mailto:kirjaamo@tyhja.example" in page
        assert f"{reverse('invite')}?organisation={empty.pk}" in page
        assert "jokainen kutsuttu organisaatio tavoitetaan" not in page
        assert "?organisation=" not in as_user(reader).get(where).text
    form = as_user(officer).get(f"{reverse('invite')}?organisation={empty.pk}").text
    assert f'<option value="{empty.pk}" selected>' in form


def test_a_round_open_to_all_leaves_no_organisation_unreached_by_name(autumn_round: Round) -> None:
    autumn_round.invited.clear()
    assert reminders.unreached(autumn_round, NOW) == []


def test_the_rehearsal_says_that_everyone_is_reached_only_where_it_is_so(
    autumn_round: Round, preparer: User, officer: User, as_user: SignIn
) -> None:
    where = reverse("rehearsal", args=[autumn_round.slug])
    assert "jokainen kutsuttu organisaatio tavoitetaan" in as_user(officer).get(where).text
    autumn_round.invited.add(make_organisation(region=make_region("10")))
    page = as_user(officer).get(where).text
    assert "saavat muistutuksen" not in page
    assert "joita muistutukset eivät tavoita" in page


def test_a_move_of_talks_says_nothing_of_proposals(autumn_round: Round, preparer: User, officer: User) -> None:
    autumn_round.steps.update(kind="talks")
    make_proposal(autumn_round, preparer)
    [one] = move(autumn_round, SOONER, officer, FIRST).letters
    assert "lähetetty" not in one.message.body
