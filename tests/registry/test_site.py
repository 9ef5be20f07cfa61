"""The site's own pages: languages, headers, home, statement, health."""

import re
from datetime import timedelta

import pytest
from django.db import Error, connection
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from pilots.models import ClientType, Installation, Programme
from regions.models import Region, User
from registry.statement import FILE, statement
from tests.factories import make_pilot, make_programme, make_region, make_round

PUBLIC = ("home", "about", "accessibility", "privacy")


def at(name: str, language: str, **kwargs: object) -> str:
    with override(language):
        return reverse(name, kwargs=kwargs)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_page_sets_no_cookie_and_may_be_kept(client: Client, name: str, language: str) -> None:
    response = client.get(at(name, language))
    assert response.status_code == 200
    assert not response.cookies
    assert response.headers["Cache-Control"] == "public, no-cache"
    assert "Cookie" in response.headers["Vary"]
    assert client.get(at(name, language), headers={"if-none-match": response.headers["ETag"]}).status_code == 304
    assert 'style="' not in response.content.decode()
    assert "<script" not in response.content.decode()
    assert response.content.decode().count("<h1") == 1


@pytest.mark.django_db
def test_what_a_signed_in_person_sees_is_never_stored(as_user, officer: User) -> None:
    response = as_user(officer).get(at("home", "fi"))
    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers
    assert at("desk", "fi") in response.content.decode()


@pytest.mark.django_db
def test_a_preparer_is_offered_proposals_and_not_the_desk(as_user, preparer: User) -> None:
    html = as_user(preparer).get(at("home", "fi")).content.decode()
    assert at("my_proposals", "fi") in html
    assert at("desk", "fi") not in html


@pytest.mark.django_db
def test_signing_out_clears_what_the_browser_has(as_user, officer: User) -> None:
    signed_in = as_user(officer)
    response = signed_in.post(at("account_logout", "fi"))
    assert response.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    signed_in.cookies.clear()  # what a browser does when told
    assert not signed_in.get(at("home", "fi")).cookies
    assert "Clear-Site-Data" not in signed_in.get(at("home", "fi")).headers


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/fi/nowhere/", "/sv/%00/", "/en/pilots/KP-1999-999/"])
def test_a_missing_page_is_found_missing_with_all_headers(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    for header in ("Content-Security-Policy", "Cross-Origin-Embedder-Policy", "Permissions-Policy", "Referrer-Policy"):
        assert header in response.headers
    assert not response.cookies


@pytest.mark.django_db
def test_a_public_page_says_whom_to_tell_of_an_error_on_it(client: Client) -> None:
    pilot = make_pilot()
    mail = f"mailto:{statement().feedback}?subject=Virhe%20Pilottirekisterin%20sivulla&amp;body="
    page = client.get(at("pilot", "fi", code=pilot.code) + "?pvm=2018-03-15").text
    assert f'{mail}http%3A%2F%2Flocalhost%3A8000%2Ffi%2Fpilotit%2F{pilot.code}%2F"' in page
    assert mail not in client.get("/fi/kutsut/a-secret/").text  # nobody mails a secret by it
    assert mail not in client.get("/fi/nowhere/").text


@pytest.mark.django_db
def test_the_language_switch_keeps_the_page_and_its_filters(client: Client) -> None:
    pilot = make_pilot()
    html = client.get(at("pilot", "fi", code=pilot.code) + "?pvm=2018-03-15&x=%C3%A4").content.decode()
    address = at("pilot", "sv", code=pilot.code)
    assert f'href="{address}?pvm=2018-03-15&amp;x=%C3%A4" lang="sv" hreflang="sv"' in html
    assert client.get(address).status_code == 200


@pytest.mark.django_db
@override_settings(BASE_URL="https://rekisteri.example")
def test_each_language_is_announced_at_its_absolute_address(client: Client) -> None:
    html = client.get(at("about", "sv")).content.decode()
    found = dict(re.findall(r'<link rel="alternate" hreflang="([\w-]+)" href="([^"]+)"', html))
    assert found == {
        "fi": "https://rekisteri.example/fi/tietoa/",
        "sv": "https://rekisteri.example/sv/om/",
        "en": "https://rekisteri.example/en/about/",
        "x-default": "https://rekisteri.example/fi/tietoa/",
    }


@pytest.mark.django_db
def test_a_page_that_is_nowhere_offers_the_home_pages(client: Client) -> None:
    html = client.get("/fi/nowhere/?a=1").content.decode()
    assert 'href="/sv/" lang="sv"' in html
    assert 'rel="alternate"' not in html


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_home_asks_the_same_number_of_questions_however_much_there_is(
    client: Client, rows: int, django_assert_num_queries
) -> None:
    region, programme = make_region(), make_programme()
    for _ in range(min(rows, 3)):
        make_round(programme=programme)
        make_pilot(programme=programme, regions=[region], client_type=ClientType.PERSONAL)
    if rows > 3:
        Programme.objects.bulk_create(
            Programme(
                slug=f"p{n}",
                code_prefix="Q" + "".join(chr(65 + int(digit)) for digit in f"{n:03d}"),
                name_fi=f"Ohjelma {n}",
            )
            for n in range(rows)
        )
    client.get(at("home", "fi"))
    with django_assert_num_queries(2):
        assert client.get(at("home", "fi")).status_code == 200


@pytest.mark.django_db
def test_home_tells_until_when_a_round_is_open_and_counts_only_what_is_public(client: Client) -> None:
    region = make_region()
    now = timezone.now()
    make_round(name_fi="Myöhempi", closes_at=now + timedelta(days=20))
    make_round(name_fi="Kiireinen", closes_at=now + timedelta(days=2))
    make_round(name_fi="Salainen", published=False)
    make_round(name_fi="Tuleva", opens_at=now + timedelta(days=1))
    make_pilot(regions=[region], client_type=ClientType.PERSONAL)
    make_pilot(regions=[region], published=False, name_fi="Julkaisematon")
    html = client.get(at("home", "fi")).content.decode()
    assert html.index("Kiireinen") < html.index("Myöhempi")
    assert "(Suomen aikaa)" in html
    assert not {word for word in ("Salainen", "Tuleva", "Julkaisematon") if word in html}
    assert '<td class="number">1</td>' in html


@pytest.mark.django_db
def test_home_without_anything_says_so(client: Client) -> None:
    html = client.get(at("home", "fi")).content.decode()
    assert 'class="empty"' in html
    assert "Uutisia ei vielä ole." in html
    assert Region.objects.count() == 0


@pytest.mark.django_db
def test_health_answers_ok_before_the_first_sweep_and_while_it_ticks(client: Client) -> None:
    assert client.get("/health").json()["sweep"] == "none yet"
    Installation.objects.create(swept_at=timezone.now())
    response = client.get("/health")
    assert (response.status_code, response.json()["status"]) == (200, "ok")
    assert not response.cookies


@pytest.mark.django_db
def test_health_is_a_fault_when_the_sweep_is_late(client: Client) -> None:
    Installation.objects.create(swept_at=timezone.now() - timedelta(minutes=11))
    response = client.get("/health")
    assert (response.status_code, response.json()["sweep"]) == (503, "late")


@pytest.mark.django_db
def test_health_is_a_fault_when_the_database_does_not_answer_and_tells_no_more(client: Client) -> None:
    def refuse(*args: object) -> None:
        raise Error("password of the portal")

    with connection.execute_wrapper(refuse):
        response = client.get("/health")
    assert response.status_code == 503
    assert response.json() == {"status": "fault", "database": "no answer"}
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
@override_settings(SECURE_SSL_REDIRECT=True)
def test_health_is_not_sent_to_https(client: Client) -> None:
    assert client.get("/health").status_code == 200
    assert client.get("/fi/").status_code == 301


def test_the_accessibility_statement_is_less_than_a_year_old() -> None:
    assert timezone.localdate() - statement().checked_on < timedelta(days=365)


def test_an_unknown_status_of_the_statement_is_refused(tmp_path, monkeypatch) -> None:
    bad = tmp_path / "accessibility.json"
    bad.write_text(FILE.read_text(encoding="utf-8").replace('"partial"', '"perfect"'), encoding="utf-8")
    monkeypatch.setattr("registry.statement.FILE", bad)
    with pytest.raises(ValueError, match="perfect"):
        statement.__wrapped__()


@pytest.mark.django_db
def test_the_statement_names_traficom_and_every_known_defect(client: Client) -> None:
    html = client.get(at("accessibility", "sv")).content.decode()
    assert "Traficom" in html
    for defect in statement().defects:
        assert defect.what.sv in html


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["account_login", "account_reset_password", "account_inactive"])
def test_account_pages_wear_the_sites_frame(client: Client, name: str) -> None:
    response = client.get(at(name, "fi"))
    assert response.status_code == 200
    assert "site-footer" in response.content.decode()


@pytest.mark.django_db
def test_a_fault_answers_in_three_languages_without_the_database(client: Client, monkeypatch) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("registry.context.navigation", fail)
    client.raise_request_exception = False
    response = client.get(at("about", "fi"))
    html = response.content.decode()
    assert response.status_code == 500
    assert response.headers["Cache-Control"] == "no-store"
    assert "Palvelussa on vika" in html
    assert 'lang="sv"' in html
    assert "secret" not in html


@pytest.mark.django_db
def test_an_unknown_host_is_told_plainly(client: Client) -> None:
    response = client.get("/fi/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "Pyyntöä ei ymmärretty" in response.content.decode()
