"""News: the list and one item."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.models import NewsItem
from regions.models import Region, Source, User
from tests.factories import make_group, make_pilot, make_programme

pytestmark = pytest.mark.django_db


def make_item(slug: str = "uutta", *, published: bool = True, **fields: object) -> NewsItem:
    defaults = {"title_fi": "Otsikko", "title_sv": "Rubrik", "body_fi": "Teksti", "body_sv": "Text"}
    published_at = timezone.now() if published else None
    return NewsItem.objects.create(slug=slug, published_at=published_at, **{**defaults, **fields})


def body(client: Client, name: str, *args: object) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return response.content.decode()


def test_an_item_says_when_its_author_is_not_known(client: Client) -> None:
    assert "ei nimeä kirjoittajaansa" in body(client, "news_item", make_item().slug)
    assert "Lähteen kirjoittaja: Toimitus" in body(client, "news_item", make_item("b", author="Toimitus").slug)


def test_an_item_tells_image_credit_hashtag_and_handle_without_scripts_of_others(client: Client) -> None:
    item = make_item(image_credit="Kuvaaja", when_words="lokakuu 2018")
    item.sources.add(Source.objects.create(key="k", title="Lehti", hashtag="#lehti", handle="@lehti"))
    item.sources.add(Source.objects.create(key="h", title="Toinen", handle="@toinen"))
    page = body(client, "news_item", item.slug)
    for words in ("Kuvaaja", "#lehti, @lehti", "@toinen", "lokakuu 2018"):
        assert words in page
    assert "<script" not in page


def test_an_item_is_tied_to_what_it_concerns_but_not_to_hidden_pilots(client: Client, satakunta: Region) -> None:
    item = make_item(programme=make_programme(name_fi="Ohjelmansa"))
    item.regions.add(satakunta)
    item.groups.add(make_group(name_fi="Ryhmänsä"))
    item.pilots.add(make_pilot(name_fi="Pilottinsa"), make_pilot(published=False, name_fi="Salainen"))
    page = body(client, "news_item", item.slug)
    for words in ("Satakunta", "Ryhmänsä", "Pilottinsa", "Ohjelmansa"):
        assert words in page
    assert "Salainen" not in page
    assert "Satakunta" in body(client, "news")


def test_an_unpublished_item_is_for_staff_only(client: Client, officer: User, as_user) -> None:
    item = make_item(published=False, title_fi="Salainen")
    assert client.get(reverse("news_item", args=[item.slug])).status_code == 404
    assert "Salainen" not in body(client, "news")
    assert 'class="empty"' in body(client, "news")
    assert "Salainen" in body(as_user(officer), "news")
    assert "tag-warning" in body(as_user(officer), "news_item", item.slug)


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_the_list_takes_the_same_number_of_queries_for_any_number_of_items(
    rows: int,
    client: Client,
    satakunta: Region,
    django_assert_num_queries,
) -> None:
    NewsItem.objects.bulk_create(
        NewsItem(
            slug=f"n{n}",
            title_fi="x",
            title_sv="x",
            body_fi="x",
            body_sv="x",
            published_at=timezone.now(),
            author="x" * (n % 2),
            when_words="2018" * (n % 2),
        )
        for n in range(rows)
    )
    for item in NewsItem.objects.all()[:3]:
        item.regions.add(satakunta)
    with django_assert_num_queries(4):
        client.get(reverse("news"))
