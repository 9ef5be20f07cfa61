"""All proposals at once: by the regions that they name, by words of their answers; as a sheet, a document, a print."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from docx import Document

from pilots.models import Proposal
from regions.models import Region, User
from tests.factories import make_proposal, make_round, make_submitted
from tests.pilots.proposals.decided import everything

SignIn = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(preparer: User, etela_savo: Region) -> Proposal:
    """A proposal of Satakunta that names another region."""
    return make_submitted(make_round(), preparer, **everything(etela_savo.code))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?named=region-10", True),
        ("?named=region-04", False),
        ("?region=region-04", True),
        ("?q=xqhyöty", True),
        ("?q=XQTUOTANTO", True),
        ("?q=Satakuntaliitto", True),
        ("?q=budget", False),  # the key of a question is no answer
        ("?q=benefit", False),
        ("?kind=preliminary", True),
        ("?kind=interest", False),
    ],
)
def test_proposals_are_found_by_what_they_say(
    as_user: SignIn, officer: User, sent: Proposal, satakunta: Region, query: str, found: bool
) -> None:
    for name in ("all_proposals", "all_proposals_csv", "answers_csv", "print_proposals"):
        text = as_user(officer).get(reverse(name) + query).getvalue().decode()
        assert ("xqnimi" in text) is found, name


def test_the_list_tells_the_kind_and_counts_by_the_regions_that_are_named(
    as_user: SignIn, officer: User, sent: Proposal
) -> None:
    page = as_user(officer).get(reverse("all_proposals")).text
    assert "alustava ehdotus" in page
    facet = next(one for one in as_user(officer).get(reverse("all_proposals")).context["facets"] if one.name == "named")
    assert [(choice.value, choice.count) for choice in facet.choices] == [("region-10", 1)]


def test_the_sheet_has_every_answer_and_no_formula(as_user: SignIn, officer: User, preparer: User) -> None:
    make_submitted(make_round(), preparer, **everything() | {"benefit": "=cmd|' /C calc'!A0", "funding": "@SUM(1)"})
    text = as_user(officer).get(reverse("answers_csv")).getvalue().decode()
    assert "'=cmd|" in text
    assert "'@SUM(1)" in text
    words = ("xqtiivis", "xqongelma", "xqkoe kaksi", "xqteema", "xqmalli: ", "250 000", "1.3.2027", "xqkirjaamo@")
    assert [word for word in words if word not in text.replace("\xa0", " ")] == []


def test_the_word_document_has_every_answer(as_user: SignIn, reader: User, sent: Proposal) -> None:
    answer = as_user(reader).get(reverse("proposals_docx"))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="proposals.docx"'
    told = "\n".join(paragraph.text for paragraph in Document(BytesIO(answer.getvalue())).paragraphs)
    assert [
        word for word in ("xqnimi", "xqtiivis", "xqhyöty", "xqrahoitus", "Satakuntaliitto") if word not in told
    ] == []


def test_a_draft_is_in_no_file(as_user: SignIn, officer: User, preparer: User, sent: Proposal) -> None:
    Proposal.objects.filter(pk=sent.pk).update(content={"title": "xqluonnos"}, edition=2)
    make_proposal(sent.round, preparer, content={"title": "xqluonnos"})
    client = as_user(officer)
    for name in ("answers_csv", "print_proposals"):
        assert "xqluonnos" not in client.get(reverse(name)).getvalue().decode()
    document = Document(BytesIO(client.get(reverse("proposals_docx")).getvalue()))
    assert "xqluonnos" not in "\n".join(paragraph.text for paragraph in document.paragraphs)


@pytest.mark.parametrize("n", [1, 3, pytest.param(100, marks=pytest.mark.slow)])
def test_the_files_take_the_same_queries(
    as_user: SignIn, officer: User, preparer: User, n: int, django_assert_num_queries: Any
) -> None:
    round_ = make_round()
    content = everything()
    for _ in range(n):
        make_submitted(round_, preparer, **content)
    client = as_user(officer)
    with django_assert_num_queries(7):
        assert client.get(reverse("answers_csv")).getvalue()
    with django_assert_num_queries(5):
        assert client.get(reverse("print_proposals")).status_code == 200
