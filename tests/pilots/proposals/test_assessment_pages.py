"""The pages of assessors and of those who read them; internal notes; what waits on an assessor."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.desk.waiting import waits_on_staff
from pilots.models import Assessment, Assessor, Declaration, Note, Proposal, Round
from regions.models import User
from tests.cast import SignIn
from tests.factories import make_proposal, make_submitted, make_user
from tests.forms import form_of
from tests.pilots.proposals.assessed import begin, declare, make_assessor, make_criteria, make_ready, some_assessors
from tests.pilots.proposals.decided import a_closed_round, everything

pytestmark = pytest.mark.django_db
NOW = timezone.now()
Ground = Declaration.Ground


@pytest.fixture
def proposal(preparer: User, officer: User, reader: User) -> Proposal:
    """A proposal of a closed round with two criteria; a reader and an officer assess."""
    round_ = a_closed_round()
    make_criteria(round_, True, False)
    for user in (officer, reader):
        make_assessor(round_, user)
    return make_submitted(round_, preparer, NOW, **everything())


@pytest.fixture
def page(reader: User, as_user: SignIn) -> Client:
    """The browser of an assessor."""
    return as_user(reader)


def where(name: str, proposal: Proposal, *more: Any) -> str:
    return reverse(name, args=[proposal.pk, *more])


def test_assessors_are_named_of_the_staff_and_two_officers_do_not_undo_each_other(
    proposal: Proposal, officer: User, decider: User, preparer: User, as_user: SignIn
) -> None:
    round_, other = proposal.round, make_user(User.Role.READER)
    address = reverse("round_assessors", args=[round_.slug])
    one, another = as_user(officer), as_user(decider)
    mine, theirs = form_of(one.get(address)), form_of(another.get(address))
    now = mine["assessors"]
    assert one.post(address, {**mine, "assessors": [*now, str(other.pk)]}).status_code == 302
    assert another.post(address, {**theirs, "assessors": [*now, str(decider.pk)]}).status_code == 302
    assert set(Assessor.objects.values_list("user", flat=True)) == {*map(int, now), other.pk, decider.pk}
    answer = one.post(address, {**form_of(one.get(address)), "assessors": [str(preparer.pk)]})
    assert answer.status_code == 422  # not of the ministry


def test_an_assessor_declares_reads_writes_and_lets_others_read(proposal: Proposal, page: Client) -> None:
    first = page.get(where("assess_proposal", proposal))
    assert first["Location"] == where("declare_interest", proposal)
    asked = page.get(where("declare_interest", proposal))
    assert "hallintolaki (434/2003)" in asked.text
    assert page.post(where("declare_interest", proposal), {"edition": "0"}).status_code == 422
    answer = page.post(where("declare_interest", proposal), {"edition": "0", "ground": "none"})
    assert answer["Location"] == where("assess_proposal", proposal)
    shown = page.get(where("assess_proposal", proposal))
    assert "xqongelma" in shown.text
    assert "Peruste 1 fi" in shown.text
    form, (text, other) = form_of(shown), [name for name in form_of(shown) if name.startswith("text-")]
    score = text.replace("text", "score")
    saved = page.post(where("assess_proposal", proposal), {**form, text: "Hyvä", score: "4", "act": "save"})
    assert saved["Location"] == where("assess_proposal", proposal)
    form = form_of(page.get(where("assess_proposal", proposal)))
    assert (form[text], form[score]) == (["Hyvä"], ["4"])
    answer = page.post(where("assess_proposal", proposal), {**form, "overall": "Kaikkiaan", "act": "ready"})
    missing = page.get(answer["Location"])
    assert "tekstiä puuttuu" in missing.text
    assert f'href="#id_{other}"' in missing.text
    assert f'href="#id_{text}"' not in missing.text
    form = form_of(missing)
    assert form["overall"] == ["Kaikkiaan"]
    answer = page.post(where("assess_proposal", proposal), {**form, other: "Myös", "act": "ready"})
    assert answer["Location"] == where("assessments", proposal)
    assert "Numero: 4/5" in page.get(answer["Location"]).text
    assert "Valmis" in page.get(where("assess_proposal", proposal)).text
    page.post(where("assess_proposal", proposal), {"act": "reopen"})
    assert "Avattu uudelleen" in page.get(where("assess_proposal", proposal)).text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"ground": "other"}, "Kerro, mikä syy on."),
        ({"ground": "whim"}, "error-summary"),
        ({"ground": "party", "words": "131052-308T"}, "henkilötunnus"),
        ({"ground": "party", "words": "x" * 5_001}, "error-summary"),
    ],
)
def test_a_declaration_that_cannot_be_made_comes_back_with_its_words(
    proposal: Proposal, page: Client, typed: dict[str, str], words: str
) -> None:
    answer = page.post(where("declare_interest", proposal), {"edition": "0", **typed})
    assert answer.status_code == 422
    assert words in answer.text
    assert typed.get("words", "") in answer.text
    assert not Declaration.objects.exists()


def test_a_changed_declaration_needs_a_reason_and_the_one_that_was_seen(
    proposal: Proposal, page: Client, reader: User
) -> None:
    declare(proposal, reader)
    address, conflict = where("declare_interest", proposal), {"ground": "board", "because": "Nimitettiin"}
    assert page.post(address, {"edition": "1", "ground": "board"}).status_code == 422
    assert page.post(address, {"edition": "0", **conflict}).status_code == 409
    assert page.post(address, {"edition": "1", **conflict})["Location"] == where("proposal", proposal)
    assert page.get(where("assess_proposal", proposal)).status_code == 403
    assert page.get(where("proposal_notes", proposal)).status_code == 403
    told = page.get(where("assessments", proposal)).text
    assert "Olet ilmoittanut olevasi esteellinen" in told
    assert "Nimitettiin" in page.get(address).text


def test_a_text_that_is_no_text_and_a_number_that_is_none_come_back(
    proposal: Proposal, page: Client, reader: User
) -> None:
    begin(proposal, reader)
    form = form_of(page.get(where("assess_proposal", proposal)))
    text = next(name for name in form if name.startswith("text-"))
    for name, typed in ((text, "131052-308T"), (text, "x" * 5_001), (text.replace("text", "score"), "6")):
        answer = page.post(where("assess_proposal", proposal), {**form, "overall": "Omat sanat", name: typed})
        assert answer.status_code == 422, name
        assert "Omat sanat" in answer.text
    assert Assessment.objects.get().overall == ""


def test_two_windows_of_an_assessor_stand_side_by_side(proposal: Proposal, page: Client, reader: User) -> None:
    begin(proposal, reader)
    form = form_of(page.get(where("assess_proposal", proposal)))
    page.post(where("assess_proposal", proposal), {**form, "overall": "Ensimmäinen"})
    answer = page.post(where("assess_proposal", proposal), {**form, "overall": "Toinen"})
    assert answer.status_code == 409
    assert "Ensimmäinen" in answer.text
    assert form_of(answer)["overall"] == ["Toinen"]
    kept = page.post(where("assess_proposal", proposal), {**form_of(answer), "keep-overall": "theirs"})
    assert kept.status_code == 302
    assert Assessment.objects.get().overall == "Ensimmäinen"


def test_criteria_are_only_corrected_once_an_assessment_is_begun(
    proposal: Proposal, officer: User, reader: User, as_user: SignIn
) -> None:
    begin(proposal, reader)
    address, client = reverse("round_criteria", args=[proposal.round.slug]), as_user(officer)
    why = {"reason_fi": "Selvennys", "reason_sv": "Förtydligande"}
    form, first = form_of(client.get(address)), proposal.round.criteria.all()[0]
    added = {"new-1-text_fi": "Uusi", "new-1-text_sv": "Ny"}
    for typed in (added, {f"{first.pk}-gone": "on"}, {f"{first.pk}-scored": []}):
        answer = client.post(address, {**form, **why, **typed})
        assert answer.status_code == 422
        assert "Arviointi on aloitettu" in answer.text
    corrected = {f"{first.pk}-text_fi": "Korjattu", f"{first.pk}-scored": "on"}
    assert client.post(address, {**form, **why, **corrected}).status_code == 302
    assert proposal.round.criteria.all()[0].text_fi == "Korjattu"


def test_the_decider_reads_the_ready_ones_beside_the_decision_and_with_a_conflict_none(
    proposal: Proposal, decider: User, officer: User, reader: User, as_user: SignIn
) -> None:
    make_ready(proposal, reader, "xqvalmis", 2)
    begin(proposal, officer)
    client = as_user(decider)
    shown = client.get(where("decide_proposal", proposal)).text
    assert "xqvalmis" in shown
    assert "1 arvio on valmis. 1 on vielä tulossa." in " ".join(shown.split())
    assert "1/2 valmiina" in client.get(reverse("round_decisions", args=[proposal.round.slug])).text
    declare(proposal, decider, Ground.INTEREST)
    assert client.get(where("decide_proposal", proposal)).status_code == 403
    assert "xqvalmis" not in client.get(where("assessments", proposal)).text
    assert "Olet ilmoittanut olevasi esteellinen" in client.get(where("proposal", proposal)).text


def test_notes_are_written_by_the_staff_withdrawn_by_their_authors_and_stay(
    proposal: Proposal, officer: User, reader: User, decider: User, preparer: User, as_user: SignIn
) -> None:
    client, address = as_user(officer), where("proposal_notes", proposal)
    assert client.post(address, {"words": " "}).status_code == 422
    assert "henkilötunnus" in client.post(address, {"words": "131052-308T"}).text
    for words in ("xqensin", "xqsitten"):
        assert client.post(address, {"words": words}).status_code == 302
    assert as_user(decider).post(where("withdraw_note", proposal, 1)).status_code == 403
    assert client.post(where("withdraw_note", proposal, 1)).status_code == 302
    assert client.post(where("withdraw_note", proposal, 1)).status_code == 403
    shown = as_user(reader).get(address).text
    assert "Mitä peruttiin" in shown
    assert "xqsitten" in shown
    assert reverse("new_letter", args=[proposal.round.slug]) in client.get(address).text
    assert as_user(make_user(User.Role.READER)).post(address, {"words": "En kirjoita"}).status_code == 403
    assert Note.objects.count() == 2
    assert as_user(preparer).get(address).status_code == 403
    assert "xqsitten" not in as_user(preparer).get(where("proposal", proposal)).text


def test_what_waits_on_an_assessor_is_what_is_sent_and_neither_ready_nor_barred(
    proposal: Proposal, preparer: User, officer: User, reader: User
) -> None:
    make_proposal(proposal.round, preparer, content={"title": "Luonnos"})
    barred = make_submitted(proposal.round, preparer, NOW, title="Esteellinen")
    declare(barred, reader, Ground.PARTY)
    [one] = waits_on_staff(reader, NOW)
    assert (one.text, one.address) == ("Arvioi ehdotus: xqnimi", where("assess_proposal", proposal))
    make_ready(proposal, reader)
    assert waits_on_staff(reader, NOW) == []
    assert len(waits_on_staff(officer, NOW)) == 2
    assert waits_on_staff(make_user(User.Role.READER), NOW) == []


def test_the_list_and_its_files_tell_how_far_the_assessments_are(
    proposal: Proposal, reader: User, officer: User, as_user: SignIn
) -> None:
    make_ready(proposal, reader, "xqsalassa")
    client = as_user(officer)
    assert "1/2 valmiina" in client.get(f"{reverse('all_proposals')}?assessment=to_come").text
    assert "xqnimi" not in client.get(f"{reverse('all_proposals')}?assessment=ready").text
    file = client.get(reverse("all_proposals_csv")).getvalue().decode()
    assert "Arvioita valmiina" in file
    for name in ("all_proposals_csv", "answers_csv", "print_proposals"):
        assert "xqsalassa" not in client.get(reverse(name)).getvalue().decode()


@pytest.mark.parametrize("n", [1, 8])
def test_the_pages_take_the_same_queries(
    preparer: User, decider: User, as_user: SignIn, n: int, django_assert_num_queries: Any
) -> None:
    round_: Round = a_closed_round()
    make_criteria(round_, *[True] * n)
    proposal = make_submitted(round_, preparer, NOW, title="Ehdotus")
    for user in some_assessors(round_, n):
        make_ready(proposal, user)
    own = make_user(User.Role.READER)
    begin(proposal, own)
    for number in range(1, n + 1):
        proposal.notes.create(number=number, author=own, words="Sanat", written_at=NOW)
    for client, name, most in (
        (as_user(own), "assess_proposal", ASSESS),
        (as_user(decider), "assessments", SHOW),
        (as_user(decider), "proposal_notes", NOTES),
        (as_user(decider), "declare_interest", DECLARE),
    ):
        client.get(where(name, proposal))
        with django_assert_num_queries(most):
            assert client.get(where(name, proposal)).status_code == 200


ASSESS, SHOW, NOTES, DECLARE = 11, 7, 6, 6
