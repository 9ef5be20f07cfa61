"""A published round: its words corrected, bodies invited, its owner changed, a new one made of it; extensions asked."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from pilots.models import ExtensionRequest, Letter, Message, Round, RoundCorrection
from pilots.rounds.workflow import deadlines, published
from regions.models import Organisation, User
from registry.lib.dates import finnish_time
from registry.lib.refusals import Refused
from tests.cast import SignIn
from tests.factories import make_round, make_step
from tests.forms import form_of
from tests.pilots.rounds.deadline_forms import a_working_day

WHY = {"reason_fi": "Kirjoitusvirhe", "reason_sv": "Skrivfel"}


@pytest.fixture
def open_round(officer: User, council: Organisation) -> Round:
    """A published round that invites one council."""
    return make_round(owner=officer, invited=[council], guidance_fi="Vanha ohje")


def test_words_are_corrected_with_a_reason_that_all_see(open_round: Round, officer: User, as_user: SignIn) -> None:
    client, address = as_user(officer), reverse("correct_round", args=[open_round.slug])
    shown = form_of(client.get(address))
    assert client.post(address, {**shown, "guidance_fi": "Uusi ohje", **WHY}).status_code == 302
    page = as_user(None).get(reverse("round", args=[open_round.slug])).content.decode()
    assert "Uusi ohje" in page
    assert "Kirjoitusvirhe" in page
    correction = RoundCorrection.objects.get()
    assert (correction.columns, correction.before) == (["guidance_fi"], {"guidance_fi": "Vanha ohje"})
    open_round.refresh_from_db()
    assert open_round.edition == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Mitään ei muutettu"),
        ({"guidance_fi": "Uusi", "reason_fi": ""}, "Täytä tämä kohta"),
        ({"guidance_sv": ""}, "Täytä tämä kohta"),
    ],
)
def test_a_correction_that_says_nothing_is_not_made(
    open_round: Round, officer: User, as_user: SignIn, changes: dict[str, str], words: str
) -> None:
    client, address = as_user(officer), reverse("correct_round", args=[open_round.slug])
    answer = client.post(address, {**form_of(client.get(address)), **WHY, **changes})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not RoundCorrection.objects.exists()


def test_two_who_correct_the_same_words_see_both(
    open_round: Round, officer: User, decider: User, as_user: SignIn
) -> None:
    address = reverse("correct_round", args=[open_round.slug])
    one, other = as_user(officer), as_user(decider)
    mine, theirs = form_of(one.get(address)), form_of(other.get(address))
    other.post(address, {**theirs, "guidance_fi": "Toisen ohje", **WHY})
    answer = one.post(address, {**mine, "guidance_fi": "Minun ohje", **WHY})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Toisen ohje" in page
    assert "Minun ohje" in page
    assert "Kirjoitusvirhe" in page


def test_a_body_is_added_to_the_invited_and_gets_its_letter(
    open_round: Round, officer: User, other_council: Organisation, stranger: User, as_user: SignIn
) -> None:
    client, address = as_user(officer), reverse("invite_more", args=[open_round.slug])
    assert client.post(address, {"organisations": [other_council.pk]}).status_code == 302
    assert set(open_round.invited.all()) >= {other_council}
    assert Message.objects.get(letter=Letter.ROUND_INVITATION).user == stranger
    with pytest.raises(Refused):
        published.invite(open_round, [other_council], timezone.now())


def test_nobody_is_added_to_a_round_that_is_open_to_all(officer: User, council: Organisation) -> None:
    with pytest.raises(Refused):
        published.invite(make_round(owner=officer), [council], timezone.now())


def test_the_owner_hands_the_round_over(open_round: Round, officer: User, decider: User, as_user: SignIn) -> None:
    client, address = as_user(officer), reverse("hand_over_round", args=[open_round.slug])
    assert client.post(address, {"person": officer.pk}).status_code == 422
    assert client.post(address, {"person": decider.pk}).status_code == 302
    open_round.refresh_from_db()
    assert open_round.owner == decider


def test_a_copy_has_the_same_distances_on_the_finnish_clock(open_round: Round, officer: User, as_user: SignIn) -> None:
    first = open_round.steps.get()
    make_step(
        open_round,
        opens_at=first.closes_at,
        closes_at=first.closes_at + timedelta(days=200),
        senders="before",
        after=first,
        takes=["interest"],
    )
    as_user(officer).post(reverse("copy_round", args=[open_round.slug]))
    made = Round.objects.exclude(pk=open_round.pk).get()
    assert (made.published_at, made.name_fi, made.guidance_fi) == (None, open_round.name_fi, "Vanha ohje")
    assert set(made.invited.all()) == set(open_round.invited.all())
    old, new = list(open_round.steps.all()), list(made.steps.all())
    shifts = set()
    for before, after in zip(old, new, strict=True):
        for name in ("opens_at", "closes_at"):
            was, now = finnish_time(getattr(before, name)), finnish_time(getattr(after, name))
            shifts.add(now.date() - was.date())
            assert (was.hour, was.minute) == (now.hour, now.minute)
    (shift,) = shifts
    assert shift.days % 7 == 0
    assert new[0].opens_at >= timezone.now() + timedelta(days=13)
    assert (new[1].senders, new[1].after, new[1].takes) == ("before", new[0], ["interest"])


def test_an_extension_is_asked_for_and_stands_on_the_desk_until_it_is_given(
    open_round: Round, officer: User, preparer: User, as_user: SignIn
) -> None:
    address = reverse("ask_for_extension", args=[open_round.slug, 1])
    day = a_working_day(30)
    typed = {"until_day": f"{day:%d.%m.%Y}", "until_clock": "16.15", "reason": "Kokous on vasta silloin"}
    client = as_user(preparer)
    assert address in client.get(reverse("round", args=[open_round.slug])).content.decode()
    assert client.post(address, {**typed, "reason": ""}).status_code == 422
    assert client.post(address, {**typed, "until_day": "1.1.2020"}).status_code == 422
    assert client.post(address, typed).status_code == 302
    request = ExtensionRequest.objects.get()
    assert request.organisation == preparer.organisation
    desk = reverse("round_desk", args=[open_round.slug])
    assert "Kokous on vasta silloin" in as_user(officer).get(desk).content.decode()
    step, now = open_round.steps.get(), timezone.now()
    assert preparer.organisation is not None
    deadlines.extend(step, [preparer.organisation], request.until, "Pyynnöstä", officer, now)
    assert "Kokous on vasta silloin" not in as_user(officer).get(desk).content.decode()


def test_only_the_invited_ask_for_an_extension_while_they_can_send(
    open_round: Round, preparer: User, stranger: User, as_user: SignIn
) -> None:
    address = reverse("ask_for_extension", args=[open_round.slug, 1])
    assert as_user(stranger).get(address).status_code == 403
    open_round.steps.update(closes_at=timezone.now() - timedelta(hours=1))
    assert as_user(preparer).get(address).status_code == 403
