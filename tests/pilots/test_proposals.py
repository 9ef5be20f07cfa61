"""The preparer's pages: from my proposals to the receipt, and who sees what of it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.models import DeliveryModel, Message, Proposal, Round, Step, Theme, Version, fingerprint
from pilots.questions.asked import SECTIONS
from pilots.workflow import proposals as workflow
from regions.models import User
from registry.lib.database import clock
from tests.factories import make_proposal, make_region, make_round, make_user
from tests.pilots.test_workflow import INTEREST, move_deadline

SignIn = Callable[[User | None], Client]


@pytest.fixture
def interest(preparer: User) -> Proposal:
    """A complete expression of interest that is not sent."""
    make_region("04")
    return make_proposal(make_round(), preparer, kind=Round.Asks.INTEREST, content=dict(INTEREST))


@pytest.fixture
def page(preparer: User, as_user: SignIn) -> Client:
    """The preparer's browser."""
    return as_user(preparer)


def address(name: str, proposal: Proposal, *more: object) -> str:
    """Return the Finnish address of a page of the proposal."""
    return reverse(name, args=[proposal.pk, *more])


def bare(answer: Any, pk: int) -> str:
    """Return a page without what differs at every call (the masked token) and without its own number."""
    words = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    return words.replace(f"/{pk}/", "//")


def basics(edition: object = 1, **answers: Any) -> dict[str, Any]:
    """Return what a browser posts from the first section."""
    return {"edition": edition, "title": "", "summary": "", "regions": [], **answers}


def test_the_whole_way_from_my_proposals_to_the_receipt(page: Client, preparer: User) -> None:
    make_region("04")
    round_ = make_round()
    listing = page.get(reverse("my_proposals")).content.decode()
    assert reverse("start_proposal", args=[round_.slug]) in listing
    page.post(reverse("start_proposal", args=[round_.slug]), {"kind": "interest"})
    proposal = Proposal.objects.get()
    assert proposal.organisation == preparer.organisation
    for section in SECTIONS:
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
        *[address("edit_section", interest, section.slug) for section in SECTIONS],
    ]
    assert all("Ei vielä lähetetty." in page.get(path).content.decode() for path in pages)


def test_unsent_changes_are_said_on_every_page_where_the_proposal_appears(
    page: Client, interest: Proposal, preparer: User
) -> None:
    workflow.submit(interest, 1, preparer)
    workflow.save_section(interest, SECTIONS[0], {"title": "Uusi nimi"}, 1, preparer, timezone.now())
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
    assert len(re.findall(r"klo \d\d\.\d\d\.\d\d", words)) >= 2
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
    for section in SECTIONS:
        form = page.get(address("edit_section", proposal, section.slug)).content.decode()
        for anchor in re.findall(rf"{address('edit_section', proposal, section.slug)}#([\w-]+)", check):
            assert f'id="{anchor}"' in form
    assert "#div_id_title" in check
    answer = page.post(address("submit_proposal", proposal), {"edition": 1})
    assert answer.status_code == 409
    assert not Version.objects.exists()


def test_every_question_has_its_place_in_a_form(page: Client, preparer: User) -> None:
    Theme.objects.create(slug="teema", name_fi="Teema")
    DeliveryModel.objects.create(slug="allianssi", name_fi="Allianssimalli")
    proposal = make_proposal(make_round(), preparer)
    for section in SECTIONS:
        form = page.get(address("edit_section", proposal, section.slug)).content.decode()
        assert all(f'id="div_id_{question.key}"' in form for question in section.questions)


def test_choices_are_stored_as_codes_and_shown_in_words(page: Client, preparer: User) -> None:
    make_region("04")
    Theme.objects.create(slug="teema", name_fi="Prosessien hankinta")
    DeliveryModel.objects.create(slug="allianssi", name_fi="Allianssimalli")
    proposal = make_proposal(make_round(), preparer)
    page.post(address("edit_section", proposal, "basics"), basics(1, regions=["04", "99"]))
    page.post(address("edit_section", proposal, "trial"), {"edition": 2, "themes": ["teema", "muu"]})
    posted = {
        "edition": 3,
        "delivery_models-allianssi": "elements",
        "production": ["own", "x"],
        "whole_process": "no",
        "needs_change_of_law": "maybe",
    }
    page.post(address("edit_section", proposal, "organising"), posted)
    proposal.refresh_from_db()
    assert proposal.content == {
        "regions": ["04"],
        "themes": ["teema"],
        "delivery_models": {"allianssi": "elements"},
        "production": ["own"],
        "whole_process": "no",
    }
    check = page.get(address("check_proposal", proposal)).content.decode()
    assert all(words in check for words in ("Satakunta", "Prosessien hankinta", "Allianssimalli: "))
    form = page.get(address("edit_section", proposal, "organising")).content.decode()
    assert '<option value="elements" selected>' in form


def test_an_answer_that_is_not_right_is_kept_as_typed_and_named(page: Client, preparer: User) -> None:
    proposal = make_proposal(make_round(), preparer)
    posted = {"edition": 1, "budget": "noin 200 tuhatta", "contact": "kirjaamo", "funding": "Omaa rahaa"}
    answer = page.post(address("edit_section", proposal, "cost"), posted)
    assert answer.status_code == 200
    proposal.refresh_from_db()
    assert proposal.content == {key: value for key, value in posted.items() if key != "edition"}
    for words in (answer.content.decode(), page.get(address("edit_section", proposal, "cost")).content.decode()):
        assert "noin 200 tuhatta" in words
        assert "Kirjoita luku" in words
        assert f'name="edition" value="{proposal.edition}"' in words
    assert "Kirjoita sähköpostiosoite" in page.get(address("check_proposal", proposal)).content.decode()
    assert "korjattava" in page.get(address("proposal", proposal)).content.decode()


@pytest.mark.parametrize(
    ("key", "typed", "stored"),
    [
        ("start", "1.3.2027", "2027-03-01"),
        ("start", "2027-03-01", "2027-03-01"),
        ("start", "31.2.2027", "31.2.2027"),
        ("start", "keväällä", "keväällä"),
        ("staff", "2,5", "2.5"),
        ("staff", "٢", "٢"),
    ],
)
def test_days_and_numbers_are_understood_or_kept_as_typed(
    page: Client, preparer: User, key: str, typed: str, stored: str
) -> None:
    proposal = make_proposal(make_round(), preparer)
    page.post(address("edit_section", proposal, "partners"), {"edition": 1, key: typed})
    proposal.refresh_from_db()
    assert proposal.content == {key: stored}
    assert page.get(address("check_proposal", proposal)).status_code == 200


def test_money_is_understood_as_people_write_it(page: Client, preparer: User) -> None:
    proposal = make_proposal(make_round(), preparer)
    page.post(address("edit_section", proposal, "cost"), {"edition": 1, "budget": "250 000,50 €"})
    proposal.refresh_from_db()
    assert proposal.content == {"budget": "250000.50"}
    assert 'value="250000,50"' in page.get(address("edit_section", proposal, "cost")).content.decode()
    assert "€" in page.get(address("check_proposal", proposal)).content.decode()


def test_an_end_before_the_start_is_named(page: Client, preparer: User) -> None:
    proposal = make_proposal(make_round(), preparer)
    posted = {"edition": 1, "start": "1.3.2027", "end": "1.2.2027"}
    answer = page.post(address("edit_section", proposal, "partners"), posted)
    assert "Päättymispäivä on ennen alkamispäivää." in answer.content.decode()
    proposal.refresh_from_db()
    assert proposal.content == {"start": "2027-03-01", "end": "2027-02-01"}


def test_a_personal_identity_code_is_refused_and_shown_back_and_the_rest_is_saved(page: Client, preparer: User) -> None:
    code = "131052-308T"  # the example of the Digital and Population Data Services Agency
    proposal = make_proposal(make_round(), preparer, content={"summary": "Ennen"})
    posted = basics(title="Nimi", summary=f"Asiakas {code} hyötyy")
    answer = page.post(address("edit_section", proposal, "basics"), posted).content.decode()
    proposal.refresh_from_db()
    assert proposal.content == {"title": "Nimi", "summary": "Ennen"}
    assert f"Asiakas {code} hyötyy" in answer
    assert "Poista henkilötunnus." in answer


def test_a_text_over_its_limit_is_kept_and_named_and_one_far_too_long_is_shown_back(
    page: Client, preparer: User
) -> None:
    proposal = make_proposal(make_round(), preparer)
    answer = page.post(address("edit_section", proposal, "basics"), basics(summary="a" * 2_001))
    assert "1 merkin liian pitkä" in answer.content.decode()
    proposal.refresh_from_db()
    assert len(proposal.content["summary"]) == 2_001
    answer = page.post(address("edit_section", proposal, "basics"), basics(2, title="Nimi", summary="b" * 1_000_000))
    assert "b" * 1_000_000 in answer.content.decode()
    proposal.refresh_from_db()
    assert (proposal.title, len(proposal.content["summary"])) == ("Nimi", 2_001)


def test_the_conflict_page_keeps_every_word_and_shows_both(page: Client, interest: Proposal, colleague: User) -> None:
    workflow.save_section(interest, SECTIONS[0], {"title": "Heidän nimensä"}, 1, colleague, timezone.now())
    posted = basics(1, title="Minun nimeni", summary="Rivi 1\r\nRivi 2 <b>&", regions=["04"])
    answer = page.post(address("edit_section", interest, "basics"), posted)
    words = answer.content.decode()
    assert answer.status_code == 409
    assert all(part in words for part in ("Minun nimeni", "Heidän nimensä", "Rivi 1\nRivi 2 &lt;b&gt;&amp;"))
    assert "Maakunnat" not in re.search(r"<table.*?</table>", words, re.DOTALL)[0]  # type: ignore[index]
    assert str(colleague) in words
    interest.refresh_from_db()
    assert interest.title == "Heidän nimensä"
    assert f'name="edition" value="{interest.edition}"' in words
    page.post(address("edit_section", interest, "basics"), {**posted, "edition": interest.edition})
    interest.refresh_from_db()
    assert (interest.title, interest.content["summary"]) == ("Minun nimeni", "Rivi 1\nRivi 2 <b>&")


def seal(page: Client, path: str) -> str:
    """What the form at ``path`` says of the stored section."""
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page.get(path).content.decode())
    assert found
    return found[1]


def test_people_who_write_different_sections_at_once_do_not_meet(
    page: Client, interest: Proposal, colleague: User
) -> None:
    path = address("edit_section", interest, "basics")
    posted = {**basics(1, title="Minun nimeni", summary="Minun"), "seen": seal(page, path)}
    workflow.save_section(interest, SECTIONS[1], {"problem": "Heidän ongelmansa"}, 1, colleague, timezone.now())
    assert page.post(path, posted).status_code == 302
    interest.refresh_from_db()
    assert (interest.title, interest.content["problem"]) == ("Minun nimeni", "Heidän ongelmansa")


def test_people_who_write_the_same_section_meet_although_the_form_is_sealed(
    page: Client, interest: Proposal, colleague: User
) -> None:
    path = address("edit_section", interest, "basics")
    posted = {**basics(1, title="Minun nimeni"), "seen": seal(page, path)}
    workflow.save_section(interest, SECTIONS[0], {"title": "Heidän nimensä"}, 1, colleague, timezone.now())
    assert page.post(path, posted).status_code == 409
    interest.refresh_from_db()
    assert interest.title == "Heidän nimensä"


def test_a_conflict_over_the_same_words_says_that_they_are_the_same(page: Client, interest: Proposal) -> None:
    posted = {"edition": 7, **{key: INTEREST[key] for key in ("title", "summary", "regions")}}
    answer = page.post(address("edit_section", interest, "basics"), posted)
    assert answer.status_code == 409
    assert "ovat samat" in answer.content.decode()


def test_sending_what_another_has_changed_asks_to_look_again(page: Client, interest: Proposal, preparer: User) -> None:
    workflow.save_section(interest, SECTIONS[0], {"title": "Uusi"}, 1, preparer, timezone.now())
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


def test_an_older_receipt_leads_to_the_newer(page: Client, interest: Proposal, preparer: User) -> None:
    workflow.submit(interest, 1, preparer)
    workflow.save_section(interest, SECTIONS[0], {"title": "Toinen"}, 1, preparer, timezone.now())
    workflow.submit(interest, 2, preparer)
    words = page.get(address("receipt", interest, 1)).content.decode()
    assert "Kasvupalvelut yhdessä" in words
    assert address("receipt", interest, 2) in words


def test_editors_add_a_colleague_and_the_last_one_stays(
    page: Client, interest: Proposal, preparer: User, colleague: User, stranger: User
) -> None:
    path = address("editors", interest)
    assert page.post(path, {"remove": preparer.pk}).status_code == 302
    assert page.post(path, {"person": stranger.pk}).status_code == 400
    page.post(path, {"person": colleague.pk})
    assert set(interest.editors.all()) == {preparer, colleague}
    assert "Kutsu työtoveri" in page.get(path).content.decode()
    page.post(path, {"remove": "nobody"})
    page.post(path, {"remove": colleague.pk})
    assert list(interest.editors.all()) == [preparer]
    page.post(path, {"person": colleague.pk})
    assert page.post(path, {"remove": preparer.pk})["Location"] == reverse("my_proposals")
    assert page.get(path).status_code == 403


def test_a_reader_of_the_organisation_reads_the_draft_but_does_not_write(
    interest: Proposal, colleague: User, as_user: SignIn
) -> None:
    page = as_user(colleague)
    words = page.get(address("proposal", interest)).content.decode()
    assert "Yksi ovi yrityksille." in words
    assert "pyydä jotakin muokkaajaa" in words
    assert page.post(address("edit_section", interest, "basics"), basics(title="x")).status_code == 403
    assert page.get(address("check_proposal", interest)).status_code == 403
    assert page.post(address("submit_proposal", interest), {"edition": 1}).status_code == 403
    assert "Muokkaaja voi muuttaa sitä." in page.get(reverse("my_proposals")).content.decode()


def test_staff_read_what_was_submitted_and_never_the_words_of_a_draft(
    interest: Proposal, preparer: User, officer: User, as_user: SignIn
) -> None:
    page = as_user(officer)
    assert page.get(address("proposal", interest)).status_code == 404
    workflow.submit(interest, 1, preparer)
    secret = {"title": "Salainen luonnos", "summary": "Salainen teksti"}
    workflow.save_section(interest, SECTIONS[0], secret, 1, preparer, timezone.now())
    for path in (address("proposal", interest), address("receipt", interest, 1)):
        words = page.get(path).content.decode()
        assert "Salainen" not in words
        assert "Yksi ovi yrityksille." in words
        assert "muutoksiasi" not in words
    for name in ("check_proposal", "withdraw_proposal", "editors", "submit_proposal"):
        assert page.get(address(name, interest)).status_code == 403
    assert page.get(reverse("my_proposals")).status_code == 403


@pytest.mark.parametrize("name", ["proposal", "check_proposal", "submit_proposal", "withdraw_proposal", "editors"])
def test_a_foreign_proposal_is_the_same_404_as_none(
    interest: Proposal, stranger: User, as_user: SignIn, name: str
) -> None:
    page = as_user(stranger)
    foreign, none = page.get(address(name, interest)), page.get(reverse(name, args=[10**30]))
    assert foreign.status_code == none.status_code == 404
    assert bare(foreign, interest.pk) == bare(none, 10**30)


def test_whose_rights_have_ended_and_who_is_not_signed_in_see_nothing(
    interest: Proposal, ended: User, as_user: SignIn
) -> None:
    for viewer in (ended, None):
        answer = as_user(viewer).get(address("proposal", interest))
        assert answer.status_code in {302, 403, 404}


def test_an_invited_editor_of_another_organisation_reads_and_writes(
    interest: Proposal, preparer: User, stranger: User, as_user: SignIn
) -> None:
    workflow.add_editor(interest, stranger, preparer, timezone.now())
    page = as_user(stranger)
    assert "Yksi ovi" in page.get(address("check_proposal", interest)).content.decode()
    page.post(address("edit_section", interest, "basics"), basics(title="Yhdessä"))
    interest.refresh_from_db()
    assert interest.title == "Yhdessä"


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
    assert page.post(path, {"kind": "preliminary"}).status_code == 400
    assert as_user(officer).get(path).status_code == 403
    hidden = make_round(published=False)
    assert page.get(reverse("start_proposal", args=[hidden.slug])).status_code == 404
    assert not Proposal.objects.exists()


def test_an_empty_list_says_what_to_do(page: Client) -> None:
    words = page.get(reverse("my_proposals")).content.decode()
    assert "Ei vielä ehdotuksia" in words
    assert "Mikään kierros ei ole nyt avoinna organisaatiollesi." in words


@pytest.mark.parametrize("edition", ["", "x", "-1", "9" * 40, "²", "1\x00", None])
def test_an_edition_that_makes_no_sense_is_a_conflict(page: Client, interest: Proposal, edition: str | None) -> None:
    posted = {key: value for key, value in basics(edition, title="Oma").items() if value is not None}
    assert page.post(address("edit_section", interest, "basics"), posted).status_code == 409
    assert page.post(address("submit_proposal", interest), posted).status_code == 409


def test_hostile_words_never_break_a_page(page: Client, preparer: User) -> None:
    proposal = make_proposal(make_round(), preparer)
    typed = "a\x00b\x1b\u202e<script>alert(1)</script>"
    for section in SECTIONS:
        proposal.refresh_from_db()
        posted: dict[str, Any] = {question.key: typed for question in section.questions}
        posted["delivery_models-\x00"] = typed
        path = address("edit_section", proposal, section.slug)
        assert page.post(path, {"edition": proposal.edition, **posted}).status_code in {200, 302}
        assert b"<script>alert" not in page.get(path).content
    assert page.get(address("check_proposal", proposal)).status_code == 200
    assert page.get(address("edit_section", proposal, "no-such-section")).status_code == 404
    assert page.post(address("editors", proposal), {"person": "\x00"}).status_code == 400
    assert page.get(reverse("my_proposals") + "?page=99999999999999999999").status_code == 200
    assert page.get(address("receipt", proposal, 10**20)).status_code == 404


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
    with django_assert_num_queries(11):
        page.get(reverse("my_proposals"))


@pytest.mark.parametrize("rows", [1, 3])
def test_a_proposal_asks_the_database_the_same_few_times(
    page: Client, interest: Proposal, preparer: User, rows: int, django_assert_num_queries: Any
) -> None:
    for n in range(rows):
        workflow.submit(interest, n + 1, preparer)
        workflow.save_section(interest, SECTIONS[0], {"title": f"Nimi {n}"}, n + 1, preparer, timezone.now())
        colleague = make_user(User.Role.PREPARER, interest.organisation)
        workflow.add_editor(interest, colleague, preparer, timezone.now())
    with django_assert_num_queries(15):
        page.get(address("proposal", interest))


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_pages_are_there_in_every_language(page: Client, interest: Proposal, preparer: User, language: str) -> None:
    paths = [
        reverse("my_proposals"),
        *[address("edit_section", interest, section.slug) for section in SECTIONS],
        address("check_proposal", interest),
    ]
    for path in paths:
        finnish = page.get(path).content.decode()
        other = re.search(rf'hreflang="{language}" href="[^"]*?(/{language}/[^"]*)"', finnish)
        assert other
        words = page.get(other[1]).content.decode()
        assert f'<html lang="{language}">' in words
        assert "Ei vielä lähetetty." not in words


def test_the_organisation_of_a_preparer_sees_only_its_own(page: Client, preparer: User, stranger: User) -> None:
    make_proposal(make_round(), stranger, content={"title": "Vieras ehdotus"})
    make_proposal(make_round(), preparer, content={"title": "Oma ehdotus"})
    words = page.get(reverse("my_proposals")).content.decode()
    assert "Oma ehdotus" in words
    assert "Vieras ehdotus" not in words
