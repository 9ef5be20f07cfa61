"""The admin is no way past the verbs, saves what it has not changed, and has its words in three languages."""

from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.management import call_command
from django.db import models
from django.forms import CheckboxInput, ModelForm, MultiWidget, Widget
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from pilots.models import Criterion, Pilot, Round, StageEntry
from regions.admin import TableAdmin
from regions.column_titles import IN_A_LANGUAGE, TITLES
from regions.models import Invitation, KnownNetwork, Organisation, Region, SignInLetter, User
from registry.lib.languages import LANGUAGES
from tests.factories import make_pilot, make_round
from tests.verbs import field, written

pytestmark = pytest.mark.django_db
TABLES = {model: table for model, table in admin.site._registry.items() if isinstance(table, TableAdmin)}


@pytest.fixture
def administrator() -> User:
    """A technical administrator."""
    return User.objects.create_superuser("admin@rekisteri.example", "a long enough password")


@pytest.fixture
def request_(administrator: User) -> HttpRequest:
    """A request of the administrator's."""
    request = RequestFactory().get("/admin/")
    request.user = administrator
    return request


@pytest.fixture
def signed_in(administrator: User, client: Client) -> Client:
    """The browser of the administrator."""
    client.force_login(administrator)
    return client


def sent(widget: Widget, name: str, value: Any) -> dict[str, Any]:
    """Return what a browser sends of an input that shows ``value``."""
    if isinstance(widget, RelatedFieldWidgetWrapper):
        widget = widget.widget
    if isinstance(widget, MultiWidget):
        several = value if isinstance(value, list) else widget.decompress(value)
        parts = zip(widget.widgets_names, widget.widgets, several, strict=True)
        return {f"{name}{part}": inner.format_value(one) or "" for part, inner, one in parts}
    if isinstance(widget, CheckboxInput):
        return {name: "on"} if value else {}
    shown = widget.format_value(value)
    if isinstance(shown, list) and not getattr(widget, "allow_multiple_selected", False):
        shown = shown[0] if shown else None  # a list to choose one from
    return {name: "" if shown is None else shown}


def typed(form: ModelForm) -> dict[str, Any]:
    """Return what a browser sends of a form that is not changed."""
    data: dict[str, Any] = {}
    for bound in form:
        data |= sent(bound.field.widget, bound.html_name, bound.value())
        if bound.field.show_hidden_initial:
            data |= sent(bound.field.hidden_widget(), bound.html_initial_name, bound.value())
    return data


# Verbs


def test_every_table_of_ours_is_one_that_knows_the_verbs() -> None:
    ours = {model for model in admin.site._registry if model._meta.app_label in {"pilots", "regions"}}
    assert ours == set(TABLES)
    assert len(ours) > 30


def declared_of(model: type[models.Model]) -> set[str]:
    """Return the columns that the model says verbs write."""
    return set(getattr(model, "WRITTEN_BY_VERBS", ()))


def test_what_a_verb_writes_is_declared() -> None:
    found = written()
    for model in TABLES:
        assert [name for name in declared_of(model) if not field(model, name)] == [], model
        typed_by_nobody = {column.name for column in model._meta.fields if not column.editable}
        assert found.get(model, set()) - typed_by_nobody <= declared_of(model), model


def test_the_reader_of_the_verbs_finds_what_they_write() -> None:
    found = written()
    assert {"published_at", "edition"} <= found[Pilot]
    assert {"published_at", "owner", "cancelled_at", "invited"} <= found[Round]
    assert {"accepted_at", "accepted_by"} <= found[Invitation]
    assert {"deputy", "address_failed_at"} <= found[User]


def test_what_a_verb_writes_cannot_be_typed(request_: HttpRequest) -> None:
    for model, table in TABLES.items():
        assert declared_of(model) <= set(table.get_readonly_fields(request_)), model
        for change in (True, False):
            assert not declared_of(model) & set(table.get_form(request_, None, change=change).base_fields), model


@pytest.mark.parametrize("model", [Pilot, Round, StageEntry, Criterion, Invitation])
def test_what_only_a_verb_can_fill_is_not_made_here(model: type[models.Model], request_: HttpRequest) -> None:
    assert not TABLES[model].has_add_permission(request_)


def test_a_pilot_keeps_its_stage_and_publication_whatever_is_posted(signed_in: Client, satakunta: Region) -> None:
    pilot = make_pilot(published=False, stage="planned", regions=[satakunta])
    table = TABLES[Pilot]
    where = reverse("admin:pilots_pilot_change", args=[pilot.pk])
    page = signed_in.get(where)
    past = {
        "stage": "running",
        "published_at_0": "1.1.2026",
        "published_at_1": "9:00",
        "edition": "7",
        "name_fi": "Uusi",
    }
    answer = signed_in.post(where, typed(page.context["adminform"].form) | past)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    pilot.refresh_from_db()
    assert (pilot.name_fi, pilot.stage, pilot.published_at) == ("Uusi", "planned", None)
    assert pilot.edition == 2  # the pages of officers see that it has changed
    assert not table.has_delete_permission(page.wsgi_request, pilot)


def test_a_row_that_changed_since_it_was_opened_is_not_overwritten(signed_in: Client) -> None:
    pilot = make_pilot()
    where = reverse("admin:pilots_pilot_change", args=[pilot.pk])
    opened = typed(signed_in.get(where).context["adminform"].form)
    Pilot.objects.filter(pk=pilot.pk).update(name_sv="Ett nytt namn", edition=2)
    answer = signed_in.post(where, opened | {"name_fi": "Uusi"})
    assert answer.status_code == 200
    assert answer.context["adminform"].form.non_field_errors()
    pilot.refresh_from_db()
    assert (pilot.name_sv, pilot.edition) == ("Ett nytt namn", 2)
    assert pilot.name_fi != "Uusi"


def test_a_round_that_was_published_is_only_read(signed_in: Client, officer: User, request_: HttpRequest) -> None:
    draft, living, past = make_round(published=False), make_round(owner=officer), make_round()
    table = TABLES[Round]
    assert [table.has_change_permission(request_, row) for row in (draft, living, past)] == [True, False, True]
    assert not any(table.has_delete_permission(request_, row) for row in (draft, living, past))
    criterion = Criterion(round=living, position=1, text_fi="Peruste")
    assert not TABLES[Criterion].has_change_permission(request_, criterion)
    where = reverse("admin:pilots_round_change", args=[living.pk])
    assert signed_in.get(where).status_code == 200
    assert signed_in.post(where, {"name_fi": "Uusi"}).status_code == 403


def test_an_invitation_can_be_taken_back_until_it_is_accepted(officer: User, request_: HttpRequest) -> None:
    at = timezone.now()
    sent = Invitation(email="a@ministry.example", role="reader", invited_by=officer, invited_at=at, expires_at=at)
    assert TABLES[Invitation].has_delete_permission(request_, sent)
    sent.accepted_at = at
    assert not TABLES[Invitation].has_delete_permission(request_, sent)


# Saving


@pytest.fixture
def reference_data() -> None:
    """All the reference data."""
    call_command("import_reference", stdout=StringIO())


def test_every_row_of_the_reference_data_can_be_saved_unchanged(reference_data: None, request_: HttpRequest) -> None:
    rows, refused, changed = 0, {}, {}
    for model, table in TABLES.items():
        for row in model._default_manager.all():
            kind = table.get_form(request_, row, change=True)
            form = kind(typed(kind(instance=row)), instance=row)
            rows += 1
            if not form.is_valid():
                refused[f"{model.__name__} {row}"] = dict(form.errors)
            elif form.has_changed():
                changed[f"{model.__name__} {row}"] = form.changed_data
    assert rows > 500
    assert Organisation.objects.count() >= 88
    assert list(refused.items())[:8] == []
    assert list(changed.items())[:8] == []


def test_every_table_opens_and_saves_a_row_and_writes_nothing(reference_data: None, signed_in: Client) -> None:
    for model in TABLES:
        row = model._default_manager.first()
        if row is None:
            assert model in {Invitation, KnownNetwork, SignInLetter}  # the only rows that no file brings
            continue
        address = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert signed_in.get(reverse(f"{address}_changelist")).status_code == 200
        where, before = (
            reverse(f"{address}_change", args=[row.pk]),
            model._default_manager.filter(pk=row.pk).values().get(),
        )
        form = signed_in.get(where).context["adminform"].form
        answer = signed_in.post(where, typed(form))
        assert answer.status_code == 302, (model, answer.context["adminform"].form.errors)
        assert model._default_manager.filter(pk=row.pk).values().get() == before


def test_a_range_that_is_open_stays_open_and_can_be_closed(signed_in: Client) -> None:
    organisation = Organisation.objects.create(slug="avoin", kind="other", name_fi="Avoin")
    where = reverse("admin:regions_organisation_change", args=[organisation.pk])
    opened = typed(signed_in.get(where).context["adminform"].form)
    assert (opened["validity_0"], opened["validity_1"]) == ("", "")
    assert signed_in.post(where, opened | {"name_sv": "Öppen"}).status_code == 302
    organisation.refresh_from_db()
    assert (organisation.name_sv, organisation.first_day, organisation.last_day) == ("Öppen", None, None)
    assert signed_in.post(where, opened | {"validity_1": "1.1.2025"}).status_code == 302
    organisation.refresh_from_db()
    assert (organisation.first_day, organisation.last_day) == (None, date(2024, 12, 31))


# Words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_is_named_in_one_and_in_many(language: str) -> None:
    with override(language):
        names = {model: (str(model._meta.verbose_name), str(model._meta.verbose_name_plural)) for model in TABLES}
    assert [model.__name__ for model, (one, many) in names.items() if one == many and language != "sv"] == []
    if language != "en":  # Django makes a plural of its own by adding an s
        assert [many for one, many in names.values() if many == f"{one}s"] == []


def test_every_column_has_its_title_in_three_languages() -> None:
    columns = [
        column
        for model in TABLES
        for column in (*model._meta.fields, *model._meta.many_to_many)
        if column._verbose_name is None
    ]
    bases = {match[1] if (match := IN_A_LANGUAGE.fullmatch(column.name)) else column.name for column in columns}
    assert bases == TITLES.keys()
    for language in ("fi", "sv"):
        with override(language):
            english = {name for name, title in TITLES.items() if str(title) == name.replace("_", " ")}
        assert english <= {"text", "person", "organisation", "reform", "period"}


def test_the_admin_shows_its_columns_in_the_reader_s_language(signed_in: Client) -> None:
    pilot = make_pilot()
    for language, words in {
        "fi": ("Tiivistelmä (fi)", "Vaihe", "Tunnus"),
        "sv": ("Sammanfattning (fi)", "Skede"),
    }.items():
        with override(language):
            page = signed_in.get(
                reverse("admin:pilots_pilot_change", args=[pilot.pk]), headers={"accept-language": language}
            )
        assert [one for one in words if one not in page.text] == []
