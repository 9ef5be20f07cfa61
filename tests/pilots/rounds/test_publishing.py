"""Publishing has a preview: the public page, who gets an invitation, who cannot be reached, the reminders."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from pilots.mail import reminders
from pilots.mail.outbox import Verdict
from pilots.models import Letter, Message, Round
from pilots.rounds.workflow import deadlines, rounds
from regions.models import Organisation, User
from registry.lib.languages import InThree
from tests.cast import SignIn
from tests.factories import make_organisation, make_round, make_user
from tests.pilots.rounds.new_rounds import publish

WHY = InThree("Rahoitus puuttuu.", "Finansieringen saknas.", "No money.")


@pytest.fixture
def silent_body(db: None) -> Organisation:
    """An organisation with a role address and without an account."""
    return make_organisation(name_fi="Hiljainen liitto", role_address="kirjaamo@hiljainen.example")


@pytest.fixture
def unreached(db: None) -> Organisation:
    """An organisation without an account and without a role address."""
    return make_organisation(name_fi="Tavoittamaton liitto")


@pytest.fixture
def unpublished(preparer: User, council: Organisation, silent_body: Organisation, unreached: Organisation) -> Round:
    """A round that is not published yet, and invites the three."""
    return make_round(
        published=False, invited=[council, silent_body, unreached], name_fi="Kevään haku", guidance_fi="Sana ohjeesta"
    )


def invitations() -> list[tuple[str, str]]:
    letters = Message.objects.filter(letter=Letter.ROUND_INVITATION).order_by("address")
    return [*letters.values_list("address", "state")]


def test_the_preview_tells_all_and_does_nothing(unpublished: Round, officer: User, as_user: SignIn) -> None:
    page = as_user(officer).get(reverse("publish_round", args=[unpublished.slug])).content.decode()
    assert "kirjaamo@hiljainen.example" in page
    assert "Tavoittamaton liitto" in page
    assert "preparer@satakunta.example" in page or "Satakunta" in page
    assert "Sana ohjeesta" in page  # the public page
    assert "Kutsu kierrokselle: Kevään haku" in page
    assert Message.objects.count() == 0
    unpublished.refresh_from_db()
    assert unpublished.published_at is None


def test_what_was_seen_is_published_and_its_invitations_go(
    unpublished: Round, officer: User, preparer: User, as_user: SignIn
) -> None:
    publish(as_user(officer), unpublished.slug)
    unpublished.refresh_from_db()
    assert (unpublished.owner, unpublished.published_at is not None) == (officer, True)
    assert sorted(invitations()) == sorted([("kirjaamo@hiljainen.example", "queued"), (preparer.email, "queued")])
    with_account = Message.objects.get(user=preparer)
    without = Message.objects.get(user=None)
    assert "kirjautumalla" in with_account.body
    assert without.language == "fi+sv"
    assert "vastaamalla tähän viestiin" in without.body
    assert "Be om ett konto" in without.body
    assert Message.objects.filter(letter=Letter.ROUND_INVITATION).count() == 2
    publish(as_user(officer), unpublished.slug)
    assert Message.objects.filter(letter=Letter.ROUND_INVITATION).count() == 2


def test_what_is_not_as_seen_is_shown_again_and_not_published(
    unpublished: Round, officer: User, as_user: SignIn
) -> None:
    client, address = as_user(officer), reverse("publish_round", args=[unpublished.slug])
    seen = client.get(address).context["publication"].fingerprint
    another = make_organisation(role_address="kirjaamo@uusi.example")
    unpublished.invited.add(another)
    answer = client.post(address, {"act": "confirm", "seen": seen})
    assert answer.status_code == 409
    assert "kirjaamo@uusi.example" in answer.content.decode()
    assert client.post(address, {"act": "confirm"}).status_code == 409
    unpublished.refresh_from_db()
    assert unpublished.published_at is None
    assert Message.objects.count() == 0


def test_an_address_that_does_not_work_is_named(unpublished: Round, officer: User, preparer: User) -> None:
    User.objects.filter(pk=preparer.pk).update(address_failed_at=timezone.now(), address_fault="550")
    publication = rounds.publish(unpublished, officer, timezone.now(), undo=True)
    assert publication is not None
    assert preparer.organisation in publication.invitations.unreached
    assert [one.user for one in publication.invitations.dead] == [preparer]


def test_an_invitation_in_the_queue_ends_with_its_round_or_its_reader(
    unpublished: Round, officer: User, preparer: User, silent_body: Organisation
) -> None:
    at = timezone.now()
    rounds.publish(unpublished, officer, at)
    with_account, without = Message.objects.get(user=preparer), Message.objects.get(user=None)
    assert {reminders.last_look(one, at) for one in (with_account, without)} == {Verdict.SEND}
    User.objects.filter(pk=preparer.pk).update(rights_until=(at - timedelta(days=2)).date())
    Organisation.objects.filter(pk=silent_body.pk).update(role_address="toinen@hiljainen.example")
    for pk in (with_account.pk, without.pk):
        assert reminders.last_look(Message.objects.get(pk=pk), at) is Verdict.CANCEL
    User.objects.filter(pk=preparer.pk).update(rights_until=None)
    Organisation.objects.filter(pk=silent_body.pk).update(role_address="kirjaamo@hiljainen.example")
    deadlines.cancel(Round.objects.get(pk=unpublished.pk), WHY, officer, at)
    for pk in (with_account.pk, without.pk):
        assert reminders.last_look(Message.objects.get(pk=pk), at) is Verdict.CANCEL
    assert not Message.objects.filter(letter=Letter.ROUND_CANCELLED).exists()  # nobody knew of it


def test_whoever_got_an_invitation_hears_that_the_round_is_cancelled(
    unpublished: Round, officer: User, preparer: User
) -> None:
    at = timezone.now()
    rounds.publish(unpublished, officer, at)
    Message.objects.update(state="sent", settled_at=at)
    deadlines.cancel(Round.objects.get(pk=unpublished.pk), WHY, officer, at)
    told = Message.objects.filter(letter=Letter.ROUND_CANCELLED)
    assert sorted(told.values_list("address", flat=True)) == sorted([preparer.email, "kirjaamo@hiljainen.example"])
    assert {reminders.last_look(one, at) for one in told} == {Verdict.SEND}


def test_an_account_that_is_gone_gets_no_invitation(unpublished: Round, officer: User, preparer: User) -> None:
    at = timezone.now()
    rounds.publish(unpublished, officer, at)
    Message.objects.filter(user=preparer).update(user=None)
    assert reminders.last_look(Message.objects.get(address=preparer.email), at) is Verdict.CANCEL


@pytest.mark.parametrize("many", [1, 3])
def test_the_preview_takes_the_same_queries_but_for_the_letters(
    many: int, officer: User, as_user: SignIn, django_assert_num_queries: Any
) -> None:
    bodies = [make_organisation() for _ in range(many)]
    for body in bodies:
        make_user(User.Role.PREPARER, body)
    round_ = make_round(published=False, invited=bodies)
    client = as_user(officer)
    with django_assert_num_queries(QUERIES + LETTER * many):
        client.get(reverse("publish_round", args=[round_.slug]))


QUERIES, LETTER = 43, 3
