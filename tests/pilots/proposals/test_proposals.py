"""The preparer's pages: from my proposals to the receipt."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.models import Message, Proposal, Round, Step, Version
from pilots.proposals import workflow
from pilots.proposals.questions.form_1 import FORM_1
from pilots.rounds.workflow import deadlines
from regions.models import User
from registry.lib.database import clock
from registry.lib.editions import Shown, fingerprint
from registry.lib.languages import InThree
from tests.factories import make_proposal, make_region, make_round, make_user
from tests.pilots.interest import INTEREST, address, basics, move_deadline

BASICS = FORM_1.sections[0]

SignIn = Callable[[User | None], Client]


def test_the_whole_way_from_my_proposals_to_the_receipt(page: Client, preparer: User) -> None:
    make_region("04")
    round_ = make_round()
    listing = page.get(reverse("my_proposals")).content.decode()
    assert reverse("start_proposal", args=[round_.slug]) in listing
    page.post(reverse("start_proposal", args=[round_.slug]), {"kind": "interest"})
    proposal = Proposal.objects.get()
    assert proposal.organisation == preparer.organisation
    for section in FORM_1.sections:
        proposal.refresh_from_db()
        posted = {key: value for key, value in INTEREST.items() if key in {q.key for q in section.questions}}
        answer = page.post(
            address("edit_section", proposal, section.slug), {"edition": proposal.edition, "next": "", **posted}
        )
        assert answer.status_code == 302
    assert answer["Location"] == address("check_proposal", proposal)
    proposal.refresh_from_db()
    check = page.get(address("check_proposal", proposal)).content.decode()
    assert "Mitään ei ole vielä lähetetty." in check
    answer = page.post(address("submit_proposal", proposal), {"edition": proposal.edition})
    version = Version.objects.get()
    assert answer["Location"] == address("receipt", proposal, 1)
    receipt = page.get(answer["Location"]).content.decode()
    assert version.sha256 == fingerprint(version.content)
    assert version.sha256 in receipt
    assert version.sha256 in Message.objects.get().body
    assert "Suomen aikaa" in receipt


def test_a_draft_is_not_a_submission_on_every_page_where_it_appears(page: Client, interest: Proposal) -> None:
    pages = [
        reverse("my_proposals"),
        reverse("start_proposal", args=[interest.round.slug]),
        address("proposal", interest),
        address("check_proposal", interest),
        *[address("edit_section", interest, section.slug) for section in FORM_1.sections],
    ]
    assert all("Ei vielä lähetetty." in page.get(path).content.decode() for path in pages)


def test_unsent_changes_are_said_on_every_page_where_the_proposal_appears(
    page: Client, interest: Proposal, preparer: User
) -> None:
    workflow.submit(interest, 1, preparer)
    workflow.save_section(interest, BASICS, {"title": "Uusi nimi"}, Shown(1), preparer, timezone.now())
    pages = [
        reverse("my_proposals"),
        reverse("start_proposal", args=[interest.round.slug]),
        address("proposal", interest),
        address("check_proposal", interest),
        address("edit_section", interest, "basics"),
        address("receipt", interest, 1),
    ]
    assert all("Myöhempiä muutoksiasi ei ole lähetetty." in page.get(path).content.decode() for path in pages)


def test_a_submission_after_the_deadline_is_refused_to_the_second_and_the_text_kept(
    page: Client, interest: Proposal
) -> None:
    move_deadline(interest.round, -1)
    answer = page.post(address("submit_proposal", interest), {"edition": 1})
    words = answer.content.decode()
    assert answer.status_code == 409
    assert len(re.findall(r"klo \d\d?\.\d\d\.\d\d", words)) >= 2
    assert "Tekstisi on tallessa sanasta sanaan." in words
    answer = page.post(address("edit_section", interest, "basics"), basics(title="Myöhään", summary="Silti"))
    assert answer.status_code == 302
    interest.refresh_from_db()
    assert interest.title == "Myöhään"
    assert "Kierros ei nyt ota vastaan ehdotuksia" in page.get(address("check_proposal", interest)).content.decode()


def test_a_round_not_open_yet_says_so(page: Client, interest: Proposal) -> None:
    Step.objects.update(opens_at=clock() + timedelta(days=1))
    assert "Kierros ei ole auki." in page.post(address("submit_proposal", interest), {"edition": 1}).content.decode()


def test_a_cancelled_round_takes_nothing_and_says_so(page: Client, interest: Proposal) -> None:
    Round.objects.update(cancelled_at=timezone.now(), cancelled_because_fi="Rahoitus puuttuu")
    answer = page.post(address("submit_proposal", interest), {"edition": 1})
    assert answer.status_code == 409
    assert "Ehdotusta ei lähetetty" in answer.content.decode()


def test_what_is_missing_links_to_the_very_question(page: Client, preparer: User) -> None:
    proposal = make_proposal(make_round(), preparer)
    check = page.get(address("check_proposal", proposal)).content.decode()
    for section in FORM_1.sections:
        form = page.get(address("edit_section", proposal, section.slug)).content.decode()
        for anchor in re.findall(rf"{address('edit_section', proposal, section.slug)}#([\w-]+)", check):
            assert f'id="{anchor}"' in form
    assert "#div_id_title" in check
    answer = page.post(address("submit_proposal", proposal), {"edition": 1})
    assert answer.status_code == 409
    assert not Version.objects.exists()


def test_sending_what_another_has_changed_asks_to_look_again(page: Client, interest: Proposal, preparer: User) -> None:
    workflow.save_section(interest, BASICS, {"title": "Uusi"}, Shown(1), preparer, timezone.now())
    answer = page.post(address("submit_proposal", interest), {"edition": 1})
    assert answer.status_code == 409
    assert "Käy ehdotus vielä kerran läpi" in answer.content.decode()
    assert page.get(address("submit_proposal", interest))["Location"] == address("check_proposal", interest)


def test_a_withdrawal_is_asked_first_and_then_done(page: Client, interest: Proposal, preparer: User) -> None:
    assert page.get(address("withdraw_proposal", interest)).status_code == 403
    workflow.submit(interest, 1, preparer)
    assert "Uutta lähetettävää ei ole." in page.get(address("check_proposal", interest)).content.decode()
    assert page.get(address("withdraw_proposal", interest)).status_code == 200
    interest.refresh_from_db()
    assert interest.state == Proposal.State.SUBMITTED
    page.post(address("withdraw_proposal", interest))
    interest.refresh_from_db()
    assert interest.state == Proposal.State.WITHDRAWN
    assert "Ehdotusta ei enää käsitellä." in page.get(address("proposal", interest)).content.decode()
    assert page.get(address("edit_section", interest, "basics")).status_code == 403
    assert page.get(address("receipt", interest, 1)).status_code == 200


def test_words_typed_over_a_withdrawal_are_shown_back(page: Client, interest: Proposal, preparer: User) -> None:
    workflow.submit(interest, 1, preparer)
    workflow.withdraw(interest, preparer, timezone.now())
    answer = page.post(address("edit_section", interest, "basics"), basics(title="Kirjoitin juuri tämän"))
    assert answer.status_code == 409
    words = answer.content.decode()
    assert "Ehdotus vedettiin pois" in words
    assert "Kirjoitin juuri tämän" in words
    interest.refresh_from_db()
    assert interest.content["title"] != "Kirjoitin juuri tämän"


def test_words_of_an_editor_that_another_removed_are_shown_back(
    page: Client, interest: Proposal, preparer: User
) -> None:
    interest.editors.remove(preparer)
    answer = page.post(address("edit_section", interest, "basics"), basics(title="Kirjoitin juuri tämän"))
    assert answer.status_code == 403
    words = answer.content.decode()
    assert "Et ole enää tämän ehdotuksen muokkaaja." in words
    assert "Kirjoitin juuri tämän" in words


def test_a_withdrawal_has_the_moment_of_the_databases_clock(page: Client, interest: Proposal, preparer: User) -> None:
    workflow.submit(interest, 1, preparer)
    before = clock()
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        page.post(address("withdraw_proposal", interest))
    interest.refresh_from_db()
    assert interest.withdrawn_at is not None
    assert before <= interest.withdrawn_at <= clock()


def test_an_older_receipt_leads_to_the_newer(page: Client, interest: Proposal, preparer: User) -> None:
    workflow.submit(interest, 1, preparer)
    workflow.save_section(interest, BASICS, {"title": "Toinen"}, Shown(1), preparer, timezone.now())
    workflow.submit(interest, 2, preparer)
    words = page.get(address("receipt", interest, 1)).content.decode()
    assert "Kasvupalvelut yhdessä" in words
    assert address("receipt", interest, 2) in words


def test_only_an_open_round_that_asks_and_invites_is_started(
    page: Client, preparer: User, stranger: User, officer: User, as_user: SignIn
) -> None:
    assert stranger.organisation is not None
    now = timezone.now()
    refused = [
        make_round(invited=[stranger.organisation]),
        make_round(asks=[]),
        make_round(closes_at=now - timedelta(hours=1)),
        make_round(cancelled_at=now),
    ]
    invited = make_round(invited=[preparer.organisation], asks=["interest"])
    listing = page.get(reverse("my_proposals")).content.decode()
    for round_ in refused:
        path = reverse("start_proposal", args=[round_.slug])
        assert path not in listing
        assert page.post(path, {"kind": "interest"}).status_code == 403
    path = reverse("start_proposal", args=[invited.slug])
    assert path in listing
    assert "checked" in page.get(path).content.decode()
    assert page.post(path, {"kind": "preliminary"}).status_code == 422
    assert as_user(officer).get(path).status_code == 403
    hidden = make_round(published=False)
    assert page.get(reverse("start_proposal", args=[hidden.slug])).status_code == 404
    assert not Proposal.objects.exists()


def test_an_empty_list_says_what_to_do(page: Client) -> None:
    words = page.get(reverse("my_proposals")).content.decode()
    assert "Ei vielä ehdotuksia" in words
    assert "Mikään kierros ei ole nyt avoinna organisaatiollesi." in words


@pytest.mark.parametrize("rows", [1, 3, 1_000])
def test_my_proposals_asks_the_database_the_same_few_times(
    page: Client, preparer: User, rows: int, django_assert_num_queries: Any
) -> None:
    round_ = make_round()
    first = make_proposal(round_, preparer)
    now = timezone.now()
    Proposal.objects.bulk_create(
        Proposal(
            round=round_,
            organisation=first.organisation,
            kind="interest",
            created_at=now,
            created_by=preparer,
            saved_at=now,
            saved_by=preparer,
        )
        for _n in range(rows - 1)
    )
    with django_assert_num_queries(21):
        page.get(reverse("my_proposals"))


@pytest.mark.parametrize("rows", [1, 3])
def test_a_proposal_asks_the_database_the_same_few_times(
    page: Client, interest: Proposal, preparer: User, rows: int, django_assert_num_queries: Any
) -> None:
    for n in range(rows):
        workflow.submit(interest, n + 1, preparer)
        workflow.save_section(interest, BASICS, {"title": f"Nimi {n}"}, Shown(n + 1), preparer, timezone.now())
        colleague = make_user(User.Role.PREPARER, interest.organisation)
        workflow.add_editor(interest, colleague, preparer, timezone.now())
    with django_assert_num_queries(10):
        page.get(address("proposal", interest))


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_pages_are_there_in_every_language(page: Client, interest: Proposal, preparer: User, language: str) -> None:
    paths = [
        reverse("my_proposals"),
        *[address("edit_section", interest, section.slug) for section in FORM_1.sections],
        address("check_proposal", interest),
    ]
    for path in paths:
        finnish = page.get(path).content.decode()
        other = re.search(rf'hreflang="{language}" href="[^"]*?(/{language}/[^"]*)"', finnish)
        assert other
        words = page.get(other[1]).content.decode()
        assert f'<html lang="{language}">' in words
        assert "Ei vielä lähetetty." not in words


def test_a_new_proposal_starts_from_the_text_of_a_withdrawn_one(
    page: Client, interest: Proposal, preparer: User
) -> None:
    workflow.submit(interest, 1, preparer)
    workflow.withdraw(interest, preparer, timezone.now())
    where = f"{reverse('start_proposal', args=[interest.round.slug])}?from={interest.pk}"
    assert where in page.get(address("proposal", interest)).text
    shown = page.get(where).text
    assert "Uusi luonnos alkaa tämän ehdotuksen tekstistä" in shown
    assert "ei ole lähetetty" not in shown
    page.post(where, {"kind": "interest"})
    new = Proposal.objects.exclude(pk=interest.pk).get()
    assert (new.content, new.state, new.latest) == (interest.content, Proposal.State.DRAFT, None)


@pytest.mark.parametrize("source", ["", "x", "²", "0", "9" * 30, "-1"])
def test_a_source_that_makes_no_sense_is_no_source(page: Client, interest: Proposal, source: str) -> None:
    where = reverse("start_proposal", args=[interest.round.slug])
    assert page.post(where, {"kind": "interest"}, query_params={"from": source}).status_code == 302
    assert Proposal.objects.exclude(pk=interest.pk).get().content == {}


def test_no_foreign_text_is_a_source(interest: Proposal, stranger: User, as_user: SignIn) -> None:
    client, where = as_user(stranger), reverse("start_proposal", args=[interest.round.slug])
    assert client.post(where, {"kind": "interest"}, query_params={"from": str(interest.pk)}).status_code == 302
    assert Proposal.objects.get(organisation=stranger.organisation).content == {}


def test_a_draft_of_a_cancelled_round_says_so_everywhere(page: Client, interest: Proposal, officer: User) -> None:
    reason = InThree("Rahoitus puuttuu.", "Finansieringen saknas.")
    deadlines.cancel(interest.round, reason, officer, clock())
    for name in ("proposal", "check_proposal"):
        words = page.get(address(name, interest)).text
        assert "Kierros peruttiin" in words
        assert "Rahoitus puuttuu." in words
        assert "korjattava" not in words
    assert "Kierros on peruttu." in page.get(reverse("my_proposals")).text
