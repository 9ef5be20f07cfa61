"""The pages of decisions: deciding, confirming, letters together, the outcome; in constant queries, one click each."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from pilots.models import Decision, Message, Pilot, Proposal, Round, StaffLetter
from pilots.proposals import decisions
from regions.models import User
from tests.factories import make_organisation, make_user, make_version
from tests.pilots.proposals.decided import a_closed_round, a_decider, a_programme, everything, no, submitted, yes

SignIn = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db
NOW = timezone.now()


def form(outcome: str, **fields: Any) -> dict[str, Any]:
    """Return what a decider posts."""
    return {"edition": "1", "outcome": outcome, "programme": str(a_programme().pk), "publicity": "public", **fields}


NO = {"reasons_fi": "Ei riitä", "reasons_sv": "Räcker inte"}


def decide_page(proposal: Proposal) -> str:
    return reverse("decide_proposal", args=[proposal.pk])


def a_round_of(n: int) -> tuple[Round, list[Proposal]]:
    """Return a closed round with so many submitted proposals, each of an organisation of its own."""
    round_ = a_closed_round()
    people = [make_user("preparer", make_organisation(name_fi=f"Liitto {number:04}")) for number in range(n)]
    return round_, [submitted(round_, person, **everything()) for person in people]


def test_a_decider_goes_from_one_proposal_to_the_next_and_back_to_the_list(as_user: SignIn, decider: User) -> None:
    round_, proposals = a_round_of(3)
    client = as_user(decider)
    where = decide_page(proposals[0])
    for n, verdict in enumerate((form("selected"), form("not_selected", **NO), form("selected"))):
        assert where == decide_page(proposals[n])
        where = client.post(where, {**verdict, "next": "yes"}).headers["Location"]
    assert where == reverse("round_decisions", args=[round_.slug])
    page = client.get(where).text
    assert "0 on päättämättä" in page
    assert page.count("<br>viesti odottaa") == 3


def test_what_was_typed_comes_back_where_the_reasons_are_missing(as_user: SignIn, decider: User) -> None:
    _round, [proposal] = a_round_of(1)
    answer = as_user(decider).post(decide_page(proposal), form("not_selected", reasons_fi="Kirjoitettu perustelu"))
    assert answer.status_code == 422
    assert "Kirjoitettu perustelu" in answer.text
    assert "Kirjoita perustelut: ehdotusta ei valita." in answer.text
    assert not Decision.objects.exists()


def test_a_new_version_is_read_before_it_is_decided_and_nothing_typed_is_lost(as_user: SignIn, decider: User) -> None:
    _round, [proposal] = a_round_of(1)
    later = make_version(proposal, NOW - timedelta(hours=30))
    Proposal.objects.filter(pk=proposal.pk).update(latest=later)
    answer = as_user(decider).post(decide_page(proposal), form("not_selected", **NO))
    assert answer.status_code == 409
    assert "Ei riitä" in answer.text
    assert not Decision.objects.exists()


@pytest.mark.parametrize("typed", [{"outcome": "maybe"}, {"outcome": ""}, {"programme": "999999"}, {"edition": "x"}])
def test_what_is_no_verdict_is_answered_and_decides_nothing(
    as_user: SignIn, decider: User, typed: dict[str, str]
) -> None:
    _round, [proposal] = a_round_of(1)
    answer = as_user(decider).post(decide_page(proposal), {**form("selected"), **typed})
    assert answer.status_code in {409, 422}
    assert not Decision.objects.exists()


def test_a_personal_identity_code_goes_into_no_letter(as_user: SignIn, decider: User) -> None:
    _round, [proposal] = a_round_of(1)
    typed = form("not_selected", reasons_fi="Hakija 131052-308T", reasons_sv="Motivering")
    assert as_user(decider).post(decide_page(proposal), typed).status_code == 422
    assert not Decision.objects.exists()


def test_an_officer_reads_decisions_and_does_not_make_them(as_user: SignIn, officer: User) -> None:
    round_, [proposal] = a_round_of(1)
    client = as_user(officer)
    assert client.get(reverse("round_decisions", args=[round_.slug])).status_code == 200
    assert client.get(decide_page(proposal)).status_code == 403
    assert client.post(decide_page(proposal), form("selected")).status_code == 403


def test_nothing_is_decided_while_a_step_takes_the_proposal(as_user: SignIn, decider: User) -> None:
    round_, [proposal] = a_round_of(1)
    round_.steps.update(closes_at=NOW + timedelta(days=1))
    assert as_user(decider).post(decide_page(proposal), form("selected")).status_code == 403


def test_the_second_decider_confirms_or_sends_back_with_a_reason(as_user: SignIn, decider: User) -> None:
    round_, [proposal] = a_round_of(1)
    first, second = as_user(decider), as_user(a_decider())
    deciders = reverse("set_deciders", args=[round_.slug])
    first.post(deciders, {"two": "yes"})
    first.post(decide_page(proposal), form("selected"))
    where = reverse("decision", args=[proposal.pk, 1])
    assert first.post(where, {"act": "confirm"}).status_code == 403
    assert second.post(where, {"act": "return"}).status_code == 422
    second.post(where, {"act": "return", "because": "Rahoitus puuttuu"})
    assert "Rahoitus puuttuu" in first.get(where).text
    first.post(decide_page(proposal), form("selected"))
    second.post(reverse("decision", args=[proposal.pk, 2]), {"act": "confirm"})
    assert Proposal.objects.get().state == "accepted"
    first.post(deciders, {"two": "no"})
    round_.refresh_from_db()
    assert round_.two_deciders  # something is decided: the rule stays


def test_a_decision_letter_is_edited_and_goes_only_with_the_others(as_user: SignIn, officer: User) -> None:
    round_, [proposal] = a_round_of(1)
    decisions.decide(proposal, 1, no(), a_decider(), NOW)
    client, letter = as_user(officer), StaffLetter.objects.get()
    assert client.post(reverse("send_letter", args=[letter.pk]), {"edition": "1", "seen": "x"}).status_code == 403
    assert "yhdessä muiden päätösviestien" in client.get(reverse("letter", args=[letter.pk])).text
    edit = reverse("edit_letter", args=[letter.pk])
    given = client.get(edit).context["form"].initial
    words = {name: getattr(letter, name) for name in ("subject_fi", "subject_sv", "body_sv")}
    typed = {**words, "body_fi": "Muokattu perustelu", "audience": "proposal", "proposal": str(proposal.pk)}
    hidden = {name: client.get(edit).context["form"][name].value() for name in ("edition", "shown")}
    assert given is not None
    assert client.post(edit, {**typed, **hidden}).status_code == 302
    page = client.get(reverse("decision_letters", args=[round_.slug]))
    assert "Muokattu perustelu" in page.text
    client.post(reverse("decision_letters", args=[round_.slug]), {"seen": page.context["ready"].fingerprint})
    assert "Muokattu perustelu" in Message.objects.get().body
    assert client.get(reverse("letter", args=[letter.pk])).status_code == 200


def test_letters_that_were_not_read_do_not_go(as_user: SignIn, officer: User) -> None:
    round_, [proposal] = a_round_of(1)
    decisions.decide(proposal, 1, no(), a_decider(), NOW)
    assert as_user(officer).post(reverse("decision_letters", args=[round_.slug])).status_code == 409
    assert not Message.objects.exists()


def test_the_public_page_tells_the_outcome_once_it_is_published(as_user: SignIn, officer: User) -> None:
    round_, [chosen, other] = a_round_of(2)
    decisions.decide(chosen, 1, yes(), a_decider(), NOW)
    decisions.decide(other, 1, no(), a_decider(), NOW)
    decisions.send_letters(round_, officer, NOW)
    Pilot.objects.update(name_sv="xqnamn", summary_sv="xqsammandrag")
    client, public, where = as_user(officer), Client(), reverse("round", args=[round_.slug])
    code = Pilot.objects.get().code
    assert code not in public.get(where).text
    publish = reverse("publish_outcome", args=[round_.slug])
    assert code in client.get(publish).text
    assert client.post(publish).headers["Location"] == where
    page = public.get(where).text
    assert code in page
    assert "Valittu: 1. Ei valittu: 1." in page
    assert "xqperuste" not in page
    assert public.get(reverse("pilot", args=[code])).status_code == 200
    assert "xqrahoitus" in public.get(reverse("pilot", args=[code])).text  # the plan
    with translation.override("sv"):
        assert "xqnamn" in public.get(reverse("pilot", args=[code])).text


def test_a_pilot_is_not_published_before_its_outcome(as_user: SignIn, officer: User) -> None:
    _round, [proposal] = a_round_of(1)
    decisions.decide(proposal, 1, yes(), a_decider(), NOW)
    Pilot.objects.update(name_sv="xqnamn", summary_sv="xqsammandrag")
    pilot = Pilot.objects.get()
    answer = as_user(officer).post(reverse("publish_pilot", args=[pilot.code]), follow=True)
    assert "Kierroksen tulosta ei ole vielä julkaistu" in answer.text
    assert Pilot.objects.get().published_at is None


def test_the_writers_read_the_decision_with_its_reasons_after_the_letter(
    as_user: SignIn, preparer: User, decider: User
) -> None:
    proposal = submitted(a_closed_round(), preparer, **everything())
    decisions.decide(proposal, 1, no(case_number="VN/77/2027"), decider, NOW)
    client, where = as_user(preparer), reverse("proposal", args=[proposal.pk])
    before = client.get(where).text
    assert "Ministeriö käsittelee sitä" in before
    assert not any(words in before for words in ("xqperuste", "VN/77/2027", "ei valittu"))
    decisions.send_letters(proposal.round, decider, NOW)
    after = client.get(where).text
    assert [words for words in ("xqperuste", "VN/77/2027", "Ei valittu") if words not in after] == []


@pytest.mark.parametrize("n", [1, 3, pytest.param(100, marks=pytest.mark.slow)])
def test_the_decisions_of_a_round_take_the_same_queries(
    as_user: SignIn, decider: User, n: int, django_assert_num_queries: Any
) -> None:
    round_, [proposal] = a_round_of(1)
    decisions.decide(proposal, 1, yes(), decider, NOW)
    person = make_user("preparer", make_organisation())
    for _ in range(n):
        submitted(round_, person, title="Toinen")
    client = as_user(decider)
    where = reverse("round_decisions", args=[round_.slug])
    with django_assert_num_queries(20):
        assert client.get(where).status_code == 200


@pytest.mark.parametrize("n", [1, 3])
def test_the_letters_and_the_outcome_take_the_same_queries(
    as_user: SignIn, decider: User, n: int, django_assert_num_queries: Any
) -> None:
    round_, proposals = a_round_of(n)
    for proposal in proposals:
        decisions.decide(proposal, 1, yes(), decider, NOW)
    client = as_user(decider)
    with django_assert_num_queries(11):
        assert client.get(reverse("decision_letters", args=[round_.slug])).status_code == 200
    with django_assert_num_queries(16):
        assert client.get(reverse("publish_outcome", args=[round_.slug])).status_code == 200
