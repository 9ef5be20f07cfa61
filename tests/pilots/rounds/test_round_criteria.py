"""The officer's page of a round's criteria: written while it is made, corrected with a public reason after that."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from pilots.models import Criterion, Round
from pilots.rounds.workflow import deleting
from regions.models import User
from tests.cast import SignIn
from tests.factories import make_round
from tests.forms import form_of

pytestmark = pytest.mark.django_db

WHY = {"reason_fi": "Selvennys", "reason_sv": "Förtydligande"}


def new(number: int, **fields: Any) -> dict[str, Any]:
    """Return what a browser posts of a new criterion."""
    words = {"text_fi": f"Peruste {number}", "text_sv": f"Grund {number}", **fields}
    return {f"new-{number}-{name}": value for name, value in words.items()}


@pytest.fixture
def unpublished() -> Round:
    return make_round(published=False)


@pytest.fixture
def published(officer: User) -> Round:
    """A published round with two criteria."""
    round_ = make_round(owner=officer)
    for place, text in enumerate(("Vaikuttavuus", "Kustannukset"), start=1):
        Criterion.objects.create(round=round_, position=place, text_fi=text, text_sv=f"{text} sv")
    return round_


def where(round_: Round) -> str:
    return reverse("round_criteria", args=[round_.slug])


def texts(round_: Round) -> list[str]:
    return list(round_.criteria.values_list("text_fi", flat=True))


def test_criteria_are_written_and_stand_on_the_public_page(unpublished: Round, officer: User, as_user: SignIn) -> None:
    client = as_user(officer)
    explained = {"explanation_fi": "Mitä hyötyä?", "explanation_sv": "Vilken nytta?", "scored": "on"}
    typed = {**form_of(client.get(where(unpublished))), **new(1, **explained), **new(2)}
    assert client.post(where(unpublished), typed).status_code == 302
    first, second = unpublished.criteria.all()
    assert (first.text_sv, first.explanation_sv, first.scored) == ("Grund 1", "Vilken nytta?", True)
    assert (second.position, second.scored) == (2, False)
    Round.objects.update(published_at=timezone.now())
    page = as_user(None).get(reverse("round", args=[unpublished.slug])).text
    assert "Mitä hyötyä?" in page
    assert "numerolla 1–5" in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"text_sv": ""}, "suomeksi ja ruotsiksi"),
        ({"explanation_fi": "Vain suomeksi"}, "tai älä kummallakaan"),
        ({"text_fi": "x" * 401}, "new-1-text_fi"),
        ({"position": "0"}, "new-1-position"),
    ],
)
def test_a_criterion_that_is_not_whole_comes_back_with_its_words(
    unpublished: Round, officer: User, as_user: SignIn, typed: dict[str, str], words: str
) -> None:
    client = as_user(officer)
    answer = client.post(where(unpublished), {**form_of(client.get(where(unpublished))), **new(1, **typed)})
    assert answer.status_code == 422
    assert words in answer.text
    assert "error-summary" in answer.text
    assert not Criterion.objects.exists()


def test_criteria_change_places_and_stay_the_same_rows(published: Round, officer: User, as_user: SignIn) -> None:
    client, (first, second) = as_user(officer), published.criteria.values_list("pk", flat=True)
    shown = form_of(client.get(where(published)))
    assert client.post(where(published), {**shown, f"{first}-position": "3"}).status_code == 422  # no reason
    assert "Mitään ei muutettu" in client.post(where(published), {**shown, **WHY}).text
    same = client.post(where(published), {**shown, **WHY, f"{first}-text_fi": "Kustannukset"})
    assert "samat suomenkieliset sanat" in same.text
    assert client.post(where(published), {**shown, **WHY, f"{first}-position": "3"}).status_code == 302
    assert list(published.criteria.values_list("pk", "position")) == [(second, 1), (first, 2)]
    correction = published.corrections.get()
    assert correction.columns == ["criteria"]
    assert [one["text_fi"] for one in correction.before["criteria"]] == ["Vaikuttavuus", "Kustannukset"]
    assert "Selvennys" in as_user(None).get(reverse("round", args=[published.slug])).text


def test_two_who_change_different_criteria_both_save_and_the_same_one_is_shown_side_by_side(
    published: Round, officer: User, decider: User, as_user: SignIn
) -> None:
    first, second = published.criteria.values_list("pk", flat=True)
    one, other = as_user(officer), as_user(decider)
    mine, theirs = form_of(one.get(where(published))), form_of(other.get(where(published)))
    assert other.post(where(published), {**theirs, **WHY, f"{second}-gone": "on"}).status_code == 302
    assert one.post(where(published), {**mine, **WHY, f"{first}-text_fi": "Hinta"}).status_code == 302
    assert texts(published) == ["Hinta"]
    answer = one.post(where(published), {**mine, **WHY, f"{second}-text_fi": "Hyöty", f"{first}-text_fi": "Hinta"})
    assert answer.status_code == 409
    assert "Poistettu" in answer.text
    assert one.post(where(published), {**form_of(answer), f"keep-{second}": "mine"}).status_code == 302
    assert set(texts(published)) == {"Hyöty", "Hinta"}


def test_a_criterion_that_is_taken_away_leaves_those_after_it_without_a_conflict(
    published: Round, officer: User, decider: User, as_user: SignIn
) -> None:
    Criterion.objects.create(round=published, position=3, text_fi="Laajuus", text_sv="Omfattning")
    first, second, third = published.criteria.values_list("pk", flat=True)
    one, other = as_user(officer), as_user(decider)
    mine, theirs = form_of(one.get(where(published))), form_of(other.get(where(published)))
    assert other.post(where(published), {**theirs, **WHY, f"{first}-gone": "on"}).status_code == 302
    edited = {**mine, **WHY, f"{third}-text_fi": "Laajuus alueella", f"{second}-gone": "on", **new(1)}
    assert one.post(where(published), edited).status_code == 302
    assert texts(published) == ["Laajuus alueella", "Peruste 1"]
    assert published.criteria.values_list("pk", flat=True).first() == third


def test_of_two_who_order_the_criteria_the_later_one_stands(
    published: Round, officer: User, decider: User, as_user: SignIn
) -> None:
    Criterion.objects.create(round=published, position=3, text_fi="Laajuus", text_sv="Omfattning")
    first, second, third = published.criteria.values_list("pk", flat=True)
    one, other = as_user(officer), as_user(decider)
    mine, theirs = form_of(one.get(where(published))), form_of(other.get(where(published)))
    assert (
        other.post(where(published), {**theirs, **WHY, f"{first}-position": "2", f"{second}-position": "1"}).status_code
        == 302
    )
    moved = {**mine, **WHY, f"{third}-position": "1", f"{second}-position": "3", f"{first}-text_fi": "Hyöty"}
    assert one.post(where(published), moved).status_code == 302
    assert texts(published) == ["Laajuus", "Hyöty", "Kustannukset"]


def test_a_copy_is_judged_by_the_same_and_a_deleted_round_comes_back_with_its_criteria(
    published: Round, officer: User, as_user: SignIn
) -> None:
    published.criteria.update(explanation_fi="Miksi", scored=True)
    as_user(officer).post(reverse("copy_round", args=[published.slug]))
    made = Round.objects.exclude(pk=published.pk).get()
    columns = ("position", "text_fi", "text_sv", "explanation_fi", "scored")
    assert list(made.criteria.values_list(*columns)) == list(published.criteria.values_list(*columns))
    assert texts(deleting.restore(deleting.delete(made, officer, timezone.now()))) == texts(published)


@pytest.mark.parametrize("n", [1, 3, 40])
def test_the_page_takes_the_same_queries(
    officer: User, as_user: SignIn, n: int, django_assert_num_queries: Any
) -> None:
    round_, client = make_round(owner=officer), as_user(officer)
    Criterion.objects.bulk_create(
        Criterion(round=round_, position=place, text_fi=f"P{place}", text_sv=f"G{place}") for place in range(1, n + 1)
    )
    client.get(where(round_))
    with django_assert_num_queries(6):
        assert client.get(where(round_)).status_code == 200
