"""Two officers who write one letter at once."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from pilots.models import Round, StaffLetter
from regions.models import User
from tests.factories import make_proposal
from tests.forms import form_of
from tests.pilots.mail.staff_letters import TEXTS, draft

SignIn = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db


def test_what_each_changed_stands_and_a_conflict_is_chosen(
    as_user: SignIn, officer: User, decider: User, preparer: User, invited_round: Round
) -> None:
    proposal = make_proposal(invited_round, preparer)
    address = reverse("edit_letter", args=[draft(invited_round, officer).pk])
    first, second = as_user(officer), as_user(decider)
    mine, theirs = first.get(address), second.get(address)
    first.post(address, form_of(mine, body_fi="Ensimmäinen", audience="proposal", proposal=proposal.pk))
    page = second.post(address, form_of(theirs, body_fi="Toinen", body_sv="Andra", audience="silent"))
    assert page.status_code == 409
    assert "officer@ministry.example tallensi" in page.text
    conflicts = {row.name: (row.mine, row.theirs) for row in page.context["conflicts"]}
    assert conflicts["body_fi"] == (["Toinen"], ["Ensimmäinen"])
    assert conflicts["receivers"][1][1].startswith("Mikä ehdotus: Satakuntaliitto")
    form = form_of(page, **{"keep-receivers": "theirs"})
    assert (form["body_fi"], form["body_sv"]) == (["Toinen"], ["Andra"])
    assert second.post(address, form).status_code == 302
    letter = StaffLetter.objects.get()
    assert (letter.body_fi, letter.body_sv, letter.subject_fi) == ("Toinen", "Andra", TEXTS["subject_fi"])
    assert (letter.audience, letter.proposal) == ("proposal", proposal)


def test_different_texts_written_at_once_both_stand(
    as_user: SignIn, officer: User, decider: User, invited_round: Round
) -> None:
    address = reverse("edit_letter", args=[draft(invited_round, officer).pk])
    first, second = as_user(officer), as_user(decider)
    mine, theirs = first.get(address), second.get(address)
    assert first.post(address, form_of(mine, body_fi="Suomeksi")).status_code == 302
    assert second.post(address, form_of(theirs, body_sv="På svenska")).status_code == 302
    letter = StaffLetter.objects.get()
    assert (letter.body_fi, letter.body_sv, letter.edition) == ("Suomeksi", "På svenska", 3)
