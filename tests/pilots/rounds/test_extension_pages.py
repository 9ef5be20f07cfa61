"""The pages that extend a deadline for some and that cancel a round."""

from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.mail import reminders
from pilots.models import Extension, ExtensionRequest, Letter, Message, Reminder, Round
from pilots.rounds.workflow import deadlines
from regions.models import Organisation, User
from registry.lib.dates import on_the_finnish_clock
from tests.factories import make_organisation, make_proposal, make_region, make_submitted, make_user
from tests.pilots.rounds.deadline_forms import WHY, a_working_day, confirm, extension, shown, typed, where

SignIn = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db


def test_an_extension_that_all_have_passed_by_now_says_so(
    as_user: SignIn, officer: User, round_with_rules: Round, council: Organisation
) -> None:
    client = as_user(officer)
    confirm(client, where("extend_deadline", round_with_rules), extension(council))
    confirm(client, where("move_deadline", round_with_rules), typed(25))
    desk = client.get(reverse("round_desk", args=[round_with_rules.slug])).content.decode()
    assert "kaikkien määräaika, joka on nyt myöhempi" in desk


def test_an_extension_asks_whether_others_in_the_same_place_get_it_too(
    as_user: SignIn, officer: User, preparer: User, stranger: User, round_with_rules: Round, council: Organisation
) -> None:
    make_proposal(round_with_rules, preparer)
    make_proposal(round_with_rules, stranger)
    neighbour = make_organisation("ely_centre", make_region("04"), name_fi="Satakunnan naapuri")
    round_with_rules.invited.add(neighbour)
    client, address = as_user(officer), where("extend_deadline", round_with_rules)
    page = client.post(address, extension(council)).content.decode()
    assert "1 henkilö saa viestin" in page
    assert "Etelä-Savon maakuntaliitto: luonnos, jota ei ole lähetetty, samanlainen organisaatio" in page
    assert "Satakunnan naapuri: samassa maakunnassa" in page
    more = extension(council, organisations=[council.pk, neighbour.pk])
    ticked = client.post(address, {**more, "act": "confirm", "seen": shown(client.post(address, extension(council)))})
    assert ticked.status_code == 409  # ticked, and not looked at again
    assert confirm(client, address, more).status_code == 302
    assert set(Extension.objects.values_list("organisation", flat=True)) == {council.pk, neighbour.pk}


def test_an_extension_is_offered_to_the_others_who_have_not_sent(
    as_user: SignIn, officer: User, stranger: User, round_with_rules: Round, council: Organisation
) -> None:
    sent, silent = make_organisation(name_fi="Lähettänyt"), make_organisation(name_fi="Hiljainen")
    round_with_rules.invited.add(sent, silent)
    make_submitted(round_with_rules, make_user("preparer", sent))
    make_proposal(round_with_rules, stranger)  # a draft is not sent
    client, address = as_user(officer), where("extend_deadline", round_with_rules)
    confirm(client, address, extension(council))
    offer = f"{address}?like={council.slug}"
    assert offer in client.get(reverse("round_desk", args=[round_with_rules.slug])).text
    given = Extension.objects.get()
    form = client.get(offer).context["form"]
    assert "organisations" not in form.initial  # nobody is chosen beforehand
    labels = {pk.value: label for pk, label in form.fields["organisations"].choices}
    assert labels == {
        silent.pk: "Hiljainen",
        stranger.organisation_id: "Etelä-Savon maakuntaliitto – luonnos, jota ei ole lähetetty",
    }
    assert form.initial["reason"] == given.reason
    offered = extension(council, organisations=[*labels])
    assert confirm(client, offer, offered).status_code == 302
    assert set(Extension.objects.values_list("closes_at", flat=True)) == {given.closes_at}
    assert sent.pk not in Extension.objects.values_list("organisation", flat=True)
    assert client.get(f"{address}?like=nobody").status_code == 200


def test_a_request_is_given_as_it_was_asked_and_offered_to_the_others_who_asked(
    as_user: SignIn, officer: User, preparer: User, stranger: User, round_with_rules: Round, council: Organisation
) -> None:
    step, now = round_with_rules.steps.get(), timezone.now()
    until = on_the_finnish_clock(a_working_day(30), time(16, 15))
    asked = [
        deadlines.ask_for_extension(step, user.organisation, until, f"Syy {user.email}", user, now)
        for user in (preparer, stranger)
    ]
    client = as_user(officer)
    address = f"{where('extend_deadline', round_with_rules)}?request={asked[0].pk}"
    assert address in client.get(reverse("round_desk", args=[round_with_rules.slug])).text
    assert address in client.get(reverse("desk")).text
    form = client.get(address).context["form"]
    assert form.initial["organisations"] == [council.pk]
    assert form.initial["reason"] == f"Syy {preparer.email}"
    typed = {**form.initial, "closes_day": f"{until:%d.%m.%Y}", "closes_clock": "16.15", "act": "preview"}
    page = client.post(address, typed)
    (other, why), *_ = page.context["others"]
    assert (other, "pyysi myös" in why[0]) == (stranger.organisation, True)
    assert f'value="{other.pk}" id="other-{other.pk}">' in page.text  # not ticked
    both = {**typed, "organisations": [council.pk, other.pk]}
    assert confirm(client, address, both).status_code == 302
    assert set(Extension.objects.values_list("organisation", "closes_at")) == {(council.pk, until), (other.pk, until)}
    assert not ExtensionRequest.objects.waiting().exists()
    for key in ("0", "x", "9" * 30, str(asked[0].pk)):
        assert client.get(f"{where('extend_deadline', round_with_rules)}?request={key}").status_code == 200


def test_an_extension_is_seen_by_all_staff_and_by_nobody_else(
    as_user: SignIn, officer: User, reader: User, stranger: User, round_with_rules: Round, council: Organisation
) -> None:
    assert confirm(as_user(officer), where("extend_deadline", round_with_rules), extension(council)).status_code == 302
    desk = as_user(reader).get(reverse("round_desk", args=[round_with_rules.slug])).content.decode()
    assert "Tietoliikenne katkesi." in desk
    assert "officer@ministry.example" in desk
    assert "Siirrä määräaika" not in desk
    public = as_user(stranger).get(reverse("round", args=[round_with_rules.slug])).content.decode()
    assert "Tietoliikenne katkesi." not in public


def test_a_shorter_extension_must_be_confirmed(
    as_user: SignIn, officer: User, round_with_rules: Round, council: Organisation
) -> None:
    client, address = as_user(officer), where("extend_deadline", round_with_rules)
    confirm(client, address, extension(council, closes_day=f"{a_working_day(30):%d.%m.%Y}"))
    page = client.post(address, extension(council))
    assert "aikaisemmin kuin on luvattu" in page.content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"organisations": []}, "Täytä tämä kohta"),
        ({"organisations": ["999999999999999999999"]}, ""),
        ({"organisations": ["\x00"]}, ""),
        ({"reason": "\x00"}, ""),
        ({"closes_clock": "3.30", "closes_day": "28.3.2027"}, "tätä aikaa ei ole"),
        ({"closes_day": "1.1.2026", "closes_clock": "00.01"}, "on jo mennyt"),
    ],
)
def test_an_extension_that_cannot_be_says_why(
    as_user: SignIn, officer: User, round_with_rules: Round, council: Organisation, changes: dict[str, Any], words: str
) -> None:
    page = as_user(officer).post(where("extend_deadline", round_with_rules), extension(council, **changes))
    assert page.status_code == 422
    assert words in page.content.decode()
    assert not Extension.objects.exists()


def test_a_round_for_all_offers_whoever_has_preparers(
    as_user: SignIn, officer: User, preparer: User, round_with_rules: Round, council: Organisation
) -> None:
    round_with_rules.invited.clear()
    make_organisation(name_fi="Ilman valmistelijoita")
    page = as_user(officer).get(where("extend_deadline", round_with_rules)).content.decode()
    assert "Satakuntaliitto" in page
    assert "Ilman valmistelijoita" not in page


def test_a_round_is_cancelled_after_showing_whom_it_concerns(
    as_user: SignIn, officer: User, preparer: User, round_with_rules: Round
) -> None:
    make_proposal(round_with_rules, preparer)
    reminders.plan(round_with_rules, timezone.now())
    client, address = as_user(officer), where("cancel_round", round_with_rules)
    assert client.get(address).status_code == 200
    page = client.post(address, {**WHY, "act": "preview"}).content.decode()
    assert "1 henkilö saa viestin" in page
    assert "muistutusta jää lähettämättä" in page
    assert confirm(client, address, {**WHY, "act": "preview"}).status_code == 302
    assert Message.objects.get().letter == Letter.ROUND_CANCELLED
    assert not Reminder.objects.filter(state="planned").exists()
    assert client.get(address).status_code == 403  # once
    assert "Sähkökatko." in client.get(reverse("round_desk", args=[round_with_rules.slug])).content.decode()
    assert "Sähkökatko." in Client().get(reverse("round", args=[round_with_rules.slug])).content.decode()
