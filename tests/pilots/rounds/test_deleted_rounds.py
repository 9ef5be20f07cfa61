"""A round that was never published can be deleted, and brought back for a day."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from pilots.mail import sweep
from pilots.models import Criterion, DeletedRound, Round, Step
from pilots.rounds.workflow import deleting
from pilots.rounds.workflow import rounds as workflow
from regions.models import Organisation, User
from registry.lib.refusals import Refused
from tests.cast import SignIn
from tests.factories import make_proposal, make_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_(council: Organisation) -> Round:
    """An unpublished round with a step, two criteria and an invited organisation."""
    made = make_round(published=False, slug="kevat", name_fi="Kevät", invited=[council])
    for position, text in enumerate(("Vaikuttavuus", "Kustannukset"), start=1):
        Criterion.objects.create(round=made, position=position, text_fi=text)
    return made


def test_a_deleted_round_is_gone_and_comes_back_as_it_was(round_: Round, officer: User, as_user: SignIn) -> None:
    was, steps = workflow.stored(round_), list(round_.steps.values())
    client, where = as_user(officer), reverse("delete_round", args=[round_.slug])
    assert where in client.get(reverse("round_desk", args=[round_.slug])).text
    assert "Poista kierros" in client.get(where).text
    page = client.post(where, follow=True)
    assert not Round.objects.exists()
    assert not Step.objects.exists()
    assert "Kevät" in page.text
    restored = client.post(reverse("restore_round", args=[DeletedRound.objects.get().pk]))
    assert restored["Location"] == reverse("round_desk", args=["kevat"])
    again = Round.objects.get()
    assert (again.pk, again.slug, again.edition) == (round_.pk, "kevat", round_.edition + 1)
    assert workflow.stored(again) == was
    assert list(again.steps.values()) == steps
    assert not DeletedRound.objects.exists()


def test_a_published_round_and_a_round_with_proposals_are_not_deleted(
    round_: Round, officer: User, preparer: User, as_user: SignIn
) -> None:
    published = make_round()
    for one in (published, round_):
        if one is round_:
            make_proposal(one, preparer)
        with pytest.raises(Refused):
            deleting.delete(one, officer, timezone.now())
    assert as_user(officer).post(reverse("delete_round", args=[round_.slug])).status_code == 409
    assert as_user(officer).post(reverse("delete_round", args=[published.slug])).status_code == 403
    assert Round.objects.count() == 2


def test_a_round_comes_back_once_and_at_another_address_where_its_own_is_taken(round_: Round, officer: User) -> None:
    deleted = deleting.delete(round_, officer, timezone.now())
    make_round(slug="kevat")
    assert deleting.restore(deleted).slug == f"kevat-{round_.pk}"
    with pytest.raises(Refused):
        deleting.restore(deleted)


def test_after_a_day_it_is_gone_for_good(round_: Round, officer: User, as_user: SignIn) -> None:
    now = timezone.now()
    deleted = deleting.delete(round_, officer, now - timedelta(hours=23))
    sweep.run(now)
    assert DeletedRound.objects.exists()
    DeletedRound.objects.update(deleted_at=now - timedelta(hours=24, seconds=1))
    client = as_user(officer)
    assert "Kevät" not in client.get(reverse("desk")).text
    assert client.post(reverse("restore_round", args=[deleted.pk])).status_code == 404
    sweep.run(now)
    assert not DeletedRound.objects.exists()
