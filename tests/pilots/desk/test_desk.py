"""The ministry's desk: what waits, who has answered, all proposals."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.models import Installation, Proposal
from pilots.proposals import workflow
from regions.models import Organisation, User
from tests.factories import make_organisation, make_proposal, make_round, make_submitted, make_user

SignIn = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db


def test_a_rounds_desk_tells_who_has_submitted_who_has_a_draft_and_who_is_silent(
    as_user: SignIn, officer: User, preparer: User, stranger: User, council: Organisation, other_council: Organisation
) -> None:
    silent = make_organisation(name_fi="Hiljainen liitto")
    round_ = make_round(invited=[council, other_council, silent])
    make_submitted(round_, preparer, title="Lähetetty ehdotus")
    make_proposal(round_, stranger, content={"title": "Salainen luonnos"})
    page = as_user(officer).get(reverse("round_desk", args=[round_.slug])).content.decode()
    assert "Lähetetty ehdotus" in page
    assert "Hiljainen liitto" in page
    assert "luonnos, ei lähetetty" in page
    assert "Salainen luonnos" not in page
    assert "Lähettänyt: 1. Vain luonnos: 1. Ei vastausta: 1." in page


def test_the_words_of_a_draft_reach_no_page_of_the_ministry(as_user: SignIn, officer: User, preparer: User) -> None:
    round_ = make_round()
    make_proposal(round_, preparer, content={"title": "Salainen luonnos"})
    client = as_user(officer)
    for address in ("desk", "all_proposals", "all_proposals_csv"):
        response = client.get(reverse(address), {"q": "Salainen"})
        assert response.status_code == 200
        assert "Salainen luonnos" not in response.getvalue().decode()


def test_unsent_changes_of_a_submitted_proposal_stay_with_their_writers(
    as_user: SignIn, officer: User, preparer: User
) -> None:
    proposal = make_submitted(make_round(), preparer, title="Lähetetty otsikko")
    Proposal.objects.filter(pk=proposal.pk).update(content={"title": "Uusi otsikko"}, edition=2)
    client = as_user(officer)
    for address in (reverse("desk"), reverse("all_proposals"), reverse("round_desk", args=[proposal.round.slug])):
        page = client.get(address).content.decode()
        assert "Lähetetty otsikko" in page
        assert "Uusi otsikko" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"Yksi", "Kaksi"}),
        ({"q": "yksi"}, {"Yksi"}),
        ({"q": "Satakuntaliitto"}, {"Yksi"}),
        ({"region": "region-10"}, {"Kaksi"}),
        ({"state": "submitted"}, {"Yksi", "Kaksi"}),
        ({"state": "withdrawn"}, set()),
        ({"state": "nonsense"}, {"Yksi", "Kaksi"}),
        ({"kind": "interest"}, set()),
        ({"round": "nowhere"}, {"Yksi", "Kaksi"}),
        ({"q": "yk\0si"}, {"Yksi"}),
        ({"q": "x" * 5000}, set()),
        ({"page": "1000000000"}, {"Yksi", "Kaksi"}),
    ],
)
def test_proposals_are_filtered_on_the_page_and_in_the_csv_alike(
    as_user: SignIn, officer: User, preparer: User, stranger: User, query: dict[str, str], found: set[str]
) -> None:
    round_ = make_round()
    make_submitted(round_, preparer, title="Yksi")
    make_submitted(round_, stranger, title="Kaksi")
    client = as_user(officer)
    for address in ("all_proposals", "all_proposals_csv"):
        response = client.get(reverse(address), query)
        assert response.status_code == 200
        text = response.getvalue().decode()
        assert {title for title in ("Yksi", "Kaksi") if f">{title}<" in text or f";{title};" in text} == found


def test_a_filter_in_use_can_be_taken_away(as_user: SignIn, officer: User, preparer: User) -> None:
    round_ = make_round()
    make_submitted(round_, preparer, title="Yksi")
    page = as_user(officer).get(reverse("all_proposals"), {"round": round_.slug, "q": "yksi"}).content.decode()
    assert "?q=yksi" in page
    assert f"?round={round_.slug}" in page


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_the_list_of_proposals_takes_the_same_number_of_queries(
    as_user: SignIn, officer: User, council: Organisation, rows: int, django_assert_num_queries: Any
) -> None:
    client, round_, preparer = as_user(officer), make_round(), make_user(User.Role.PREPARER, council)
    for number in range(rows):
        make_submitted(round_, preparer, title=f"Ehdotus {number}")
    client.get(reverse("all_proposals"))
    with django_assert_num_queries(12):
        client.get(reverse("all_proposals"))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_desk_and_a_rounds_desk_take_the_same_number_of_queries(
    as_user: SignIn, officer: User, rows: int, django_assert_num_queries: Any
) -> None:
    client = as_user(officer)
    for _ in range(rows):
        organisation = make_organisation()
        round_ = make_round(invited=[organisation])
        for _ in range(rows):
            make_submitted(round_, make_user(User.Role.PREPARER, organisation), title="Ehdotus")
    client.get(reverse("desk"))
    with django_assert_num_queries(26):
        client.get(reverse("desk"))
    with django_assert_num_queries(25):
        client.get(reverse("round_desk", args=[round_.slug]))


def test_the_desk_says_when_reminders_do_not_run(as_user: SignIn, reader: User) -> None:
    client = as_user(reader)
    assert "Läpikäyntiä ei ole vielä tehty, eikä" in client.get(reverse("desk")).content.decode()
    make_round()
    assert "Muistutukset eivät kulje: kierros on julkaistu" in client.get(reverse("desk")).content.decode()
    sweep = Installation.objects.create(swept_at=timezone.now())
    assert "Muistutukset kulkevat" in client.get(reverse("desk")).content.decode()
    Installation.objects.filter(pk=sweep.pk).update(swept_at=timezone.now() - timedelta(minutes=11))
    assert "Muistutukset eivät kulje" in client.get(reverse("desk")).content.decode()


def test_the_desk_is_for_staff(as_user: SignIn, preparer: User, ended: User) -> None:
    round_ = make_round()
    for address in (
        reverse("desk"),
        reverse("all_proposals"),
        reverse("all_proposals_csv"),
        reverse("round_desk", args=[round_.slug]),
    ):
        assert as_user(preparer).get(address).status_code == 403
        assert as_user(None).get(address).status_code == 302
        assert as_user(ended).get(address).status_code == 302


def test_an_organisation_that_withdrew_all_it_sent_counts_neither_as_submitted_nor_as_silent(
    as_user: SignIn, officer: User, preparer: User, council: Organisation
) -> None:
    round_ = make_round(invited=[council])
    proposal = make_submitted(round_, preparer, title="Peruttu")
    workflow.withdraw(proposal, preparer, timezone.now())
    page = as_user(officer).get(reverse("round_desk", args=[round_.slug])).content.decode()
    assert "Lähettänyt: 0. Vain luonnos: 0. Ei vastausta: 0. Vetänyt pois: 1." in page
    make_proposal(round_, preparer)
    page = as_user(officer).get(reverse("round_desk", args=[round_.slug])).content.decode()
    assert "Lähettänyt: 0. Vain luonnos: 1. Ei vastausta: 0." in page
