"""A request for an extension is declined with a reason, which the asker alone is told."""

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from pilots.desk.waiting import waits_on_staff
from pilots.mail.outbox import Verdict
from pilots.mail.reminders import last_look
from pilots.models import Editor, ExtensionRequest, Message, Round
from pilots.rounds.workflow import deadlines
from regions.models import User
from registry.lib.refusals import Refused, Stale
from tests.cast import SignIn
from tests.factories import make_extension_request, make_proposal

pytestmark = pytest.mark.django_db
NOW = timezone.now()
WHY = "Kaikilla on sama aika"


@pytest.fixture
def asked(open_round: Round, preparer: User) -> ExtensionRequest:
    """A request that waits."""
    return make_extension_request(open_round.steps.get(), preparer)


def where(asked: ExtensionRequest) -> str:
    return reverse("decline_extension", args=[asked.step.round.slug, asked.pk])


def test_the_asker_alone_reads_why_no_extension_is_given(
    asked: ExtensionRequest, preparer: User, colleague: User, officer: User, as_user: SignIn
) -> None:
    proposal = make_proposal(asked.step.round, preparer)
    Editor.objects.create(proposal=proposal, user=colleague, added_at=NOW, added_by=preparer)
    draft, desk = reverse("proposal", args=[proposal.pk]), reverse("round_desk", args=[asked.step.round.slug])
    assert "ei ole vielä vastannut" in as_user(preparer).get(draft).text
    client = as_user(officer)
    assert where(asked) in client.get(desk).text
    assert asked.reason in client.get(where(asked)).text
    assert client.post(where(asked), {"because": " "}).status_code == 422
    assert client.post(where(asked), {"because": WHY}).status_code == 302
    assert client.get(where(asked)).status_code == 404
    assert where(asked) not in client.get(desk).text
    assert not [one for one in waits_on_staff(officer, NOW) if "pidennys" in one.text.lower()]
    [letter] = Message.objects.filter(letter="extension_declined")
    assert (letter.user, letter.proposal) == (preparer, None)
    assert WHY in letter.body
    assert last_look(letter, timezone.now()) is Verdict.SEND
    assert WHY in as_user(preparer).get(draft).text
    assert WHY not in as_user(colleague).get(draft).text
    with translation.override("sv"):
        assert "Ministeriet ger den inte" in as_user(preparer).get(reverse("proposal", args=[proposal.pk])).text


def test_it_is_declined_once_and_not_where_one_was_given(
    asked: ExtensionRequest, preparer: User, officer: User, as_user: SignIn
) -> None:
    with pytest.raises(Refused):
        deadlines.decline_extension(asked, " ", officer, NOW)
    client = as_user(officer)
    page = client.get(where(asked))
    assert page.status_code == 200
    deadlines.extend(asked.step, [asked.organisation], asked.until, "Pyynnöstä", officer, timezone.now())
    with pytest.raises(Stale):
        deadlines.decline_extension(asked, WHY, officer, NOW)
    assert not Message.objects.filter(letter="extension_declined").exists()
    another = make_extension_request(asked.step, preparer)
    deadlines.decline_extension(another, WHY, officer, NOW)
    with pytest.raises(Stale):
        deadlines.decline_extension(another, WHY, officer, NOW)
    assert Message.objects.filter(letter="extension_declined").count() == 1


def test_an_asker_without_rights_gets_no_letter(asked: ExtensionRequest, preparer: User, officer: User) -> None:
    User.objects.filter(pk=preparer.pk).update(rights_until=NOW.date().replace(year=2020))
    deadlines.decline_extension(ExtensionRequest.objects.get(), WHY, officer, NOW)
    assert not Message.objects.filter(letter="extension_declined").exists()
