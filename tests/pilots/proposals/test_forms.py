"""A form is a value: a proposal and each of its versions answer the questions of the form that they name."""

from typing import Any

import pytest
from django import forms
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from pilots.models import Proposal
from pilots.proposals import workflow
from pilots.proposals.questions.asked import Form, Question, Section
from pilots.proposals.questions.form_1 import BOTH, FORM_1
from pilots.proposals.questions.kinds import Kind, Line, Reading, Text
from pilots.proposals.questions.known_forms import FORMS, form_of
from pilots.proposals.questions.vocabulary import Vocabulary
from regions.models import User
from registry.lib.editions import Shown
from tests.pilots.interest import INTEREST, address

FORM_2 = Form(
    2,
    (
        Section(
            "idea",
            "Toinen lomake",
            (
                Question("title", "Työnimi", Line(80), required=BOTH),
                Question("hope", "Mitä toivotte", Text(500), required=BOTH),
            ),
        ),
    ),
)


@pytest.fixture
def second_form(monkeypatch: pytest.MonkeyPatch) -> Form:
    monkeypatch.setitem(FORMS, 2, FORM_2)
    return FORM_2


def test_an_old_receipt_keeps_its_questions_when_the_form_changes(
    page: Client, interest: Proposal, preparer: User, second_form: Form
) -> None:
    workflow.submit(interest, 1, preparer)
    Proposal.objects.filter(pk=interest.pk).update(form=second_form.version)
    interest.refresh_from_db()
    answers = {"title": "Toinen nimi", "hope": "Yhden luukun"}
    saved = workflow.save_section(interest, FORM_2.sections[0], answers, Shown(1), preparer, timezone.now())
    workflow.submit(interest, saved.edition, preparer)
    first, second = (page.get(address("receipt", interest, number)).text for number in (1, 2))
    assert all(words in first for words in ("Tiivistelmä", INTEREST["summary"], "Satakunta"))
    assert "Mitä toivotte" not in first
    assert all(words in second for words in ("Työnimi", "Mitä toivotte", "Yhden luukun"))
    assert "Tiivistelmä" not in second
    assert [form_of(version) for version in interest.versions.all()] == [FORM_1, FORM_2]


def test_a_draft_is_written_checked_and_shown_by_its_own_form(
    page: Client, interest: Proposal, second_form: Form
) -> None:
    Proposal.objects.filter(pk=interest.pk).update(form=second_form.version)
    assert page.get(address("edit_section", interest, "basics")).status_code == 404
    assert "Työnimi" in page.get(address("edit_section", interest, "idea")).text
    check = page.get(address("check_proposal", interest)).text
    assert "Toinen lomake: Mitä toivotte" in check
    assert "Tiivistelmä" not in check
    posted = {"edition": 1, "title": "Nimi", "hope": "Toive", "next": ""}
    answer = page.post(address("edit_section", interest, "idea"), posted)
    assert answer["Location"] == address("check_proposal", interest)


class Span(Kind):
    """A kind of answer that the product does not have: two numbers in two fields."""

    template = "proposals/answers/list.html"

    def fields(self, key: str, vocabulary: Vocabulary) -> dict[str, forms.Field]:
        return {f"{key}-{end}": forms.CharField(label=end, required=False) for end in ("from", "to")}

    def typed(self, key: str, posted: QueryDict, vocabulary: Vocabulary) -> list[str]:
        return [posted.get(f"{key}-from", ""), posted.get(f"{key}-to", "")]

    def read(self, answer: Any, vocabulary: Vocabulary) -> Reading:
        ends = answer if isinstance(answer, list) and any(answer) else []
        return Reading(ends, "" if all(end.isdecimal() for end in ends) else "Kirjoita kaksi lukua.")

    def as_typed(self, key: str, value: Any) -> dict[str, Any]:
        return dict(zip((f"{key}-from", f"{key}-to"), value, strict=False))

    def shown(self, value: Any, vocabulary: Vocabulary) -> list[str]:
        return [f"{end} kuukautta" for end in value]


def test_a_new_kind_of_answer_is_one_class(
    page: Client, interest: Proposal, preparer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = (FORM_2.sections[0].questions[0], Question("span", "Kesto", Span(), required=BOTH))
    monkeypatch.setitem(FORMS, 3, Form(3, (Section("idea", "Idea", questions),)))
    Proposal.objects.update(form=3, content={}, edition=2)
    path = address("edit_section", interest, "idea")
    answer = page.post(path, {"edition": 2, "title": "Nimi", "span-from": "3", "span-to": "x"}).text
    assert "Kirjoita kaksi lukua." in answer
    assert 'name="span-to" value="x"' in answer
    answers = {"title": "Nimi", "span-from": "3", "span-to": "9", "next": ""}
    assert page.post(path, {"edition": 3, **answers})["Location"] == address("check_proposal", interest)
    interest.refresh_from_db()
    workflow.submit(interest, interest.edition, preparer)
    for name, more in (("check_proposal", ()), ("receipt", (1,))):
        assert "<li>9 kuukautta</li>" in page.get(address(name, interest, *more)).text


CHOICES = {"a": "A", "b": "B"}
ANSWERS = {
    "title": "Nimi",
    "summary": "Rivi 1\n\nRivi 2",
    "regions": ["a", "b"],
    "client_type": "business",
    "delivery_models": {"b": "whole"},
    "start": "2027-03-01",
    "staff": "2.5",
    "budget": "250000.50",
    "contact": "kirjaamo@liitto.example",
}


@pytest.mark.parametrize("key", ANSWERS)
def test_the_answer_in_a_form_is_read_as_the_answer_that_is_stored(key: str) -> None:
    vocabulary = Vocabulary(CHOICES, CHOICES, CHOICES, CHOICES)
    [question] = [q for section in FORM_1.sections for q in section.questions if q.key == key]
    posted = QueryDict(mutable=True)
    for name, value in question.answer.as_typed(key, ANSWERS[key]).items():
        posted.setlist(name, value if isinstance(value, list) else [value])
    typed = question.answer.typed(key, posted, vocabulary)
    for answer in (typed, ANSWERS[key], question.answer.comparable(ANSWERS[key])):
        reading = question.answer.read(answer, vocabulary)
        assert (reading.value, reading.fault, reading.kept) == (ANSWERS[key], "", True)


def test_the_questions_of_a_form_have_keys_of_their_own() -> None:
    for form in FORMS.values():
        keys = [question.key for section in form.sections for question in section.questions]
        assert len(keys) == len(set(keys))
        assert FORMS[form.version] is form
