"""The admin of the actors: a plain window on the tables, for technical administrators."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.postgres.fields import DateRangeField
from django.contrib.postgres.forms import DateRangeField as DateRangeInput
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from registry.lib import security_log

from . import sessions
from .column_titles import title_of
from .models import (
    Coverage,
    Document,
    Group,
    GroupContact,
    Invitation,
    KnownNetwork,
    LogEntry,
    MandateItem,
    Membership,
    Municipality,
    Organisation,
    Person,
    PlannedDay,
    Post,
    Region,
    SignInLetter,
    Source,
    Succession,
    Transfer,
    User,
)

RIGHTS = {"email", "role", "organisation", "rights_until", "is_active", "is_superuser"}


class OpenRange(DateRangeInput):
    """A range of days of which either end, or both, may be open."""

    def compress(self, values: Any) -> Any:
        """Return the range; without any day it has no end at all, and not no value."""
        return super().compress(values) or DateRange(None, None)


class RowForm(forms.ModelForm):  # type: ignore[type-arg]
    """A row as it was opened: saving it over what someone else has changed since is refused."""

    opened = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["opened"] = self.instance.edition

    def clean(self) -> dict[str, Any]:
        """Refuse the row if its edition is not the one that the page showed."""
        cleaned = super().clean() or {}
        if cleaned.get("opened") != self.instance.edition:
            raise ValidationError(_("Someone else has changed this row since you opened it. Open it again."))
        return cleaned


class TableAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A table whose columns can be typed, but for those that the verbs of the portal write: they are shown.

    A verb checks, tells people and keeps a record; what is typed here does none of that. Where a row needs what only a
    verb writes, no row is made or deleted here.
    """

    formfield_overrides: ClassVar[Any] = {models.URLField: {"assume_scheme": "https"}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for column in self.model._meta.fields + self.model._meta.many_to_many:
            if column._verbose_name is None:  # the model gives it no other name than the column's
                column.verbose_name = title_of(column)
        if "edition" in self.written_by_verbs:
            self.form = RowForm

    @property
    def written_by_verbs(self) -> tuple[str, ...]:
        """The columns that are shown and not typed."""
        return getattr(self.model, "WRITTEN_BY_VERBS", ())

    @property
    def made_by_verbs(self) -> bool:
        """Whether only a verb can fill what a row needs."""
        columns = [self.model._meta.get_field(name) for name in self.written_by_verbs]
        return any(not column.blank and not column.has_default() for column in columns)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the columns that are shown and not typed."""
        return (*super().get_readonly_fields(request, obj), *self.written_by_verbs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether a row can be made here."""
        return super().has_add_permission(request) and not self.made_by_verbs

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether a row can be deleted here."""
        return super().has_delete_permission(request, obj) and not self.made_by_verbs

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the row, locked while it is written."""
        row = super().get_object(request, object_id, from_field)
        if row is None or request.method != "POST":
            return row
        return self.model._default_manager.select_for_update(of=("self",)).filter(pk=row.pk).first()

    def formfield_for_dbfield(self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Return the input of a column; a range of days that must be there may be open."""
        if isinstance(db_field, DateRangeField) and not db_field.null:
            kwargs |= {
                "form_class": OpenRange,
                "required": False,
                "help_text": _("The first day, and the first day after the last. Empty: not known, or still going on."),
            }
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write the row if anything was changed. Its edition rises: other pages see that, and the import keeps it."""
        if change and not form.has_changed():
            return
        if change and "edition" in self.written_by_verbs:
            obj.edition += 1
        super().save_model(request, obj, form, change)


@admin.register(Region, Municipality, Person, Group, Transfer)
class NamedAdmin(TableAdmin):
    """Rows that are found by their address."""

    search_fields = ("slug",)


@admin.register(Organisation)
class OrganisationAdmin(TableAdmin):
    """Organisations."""

    list_display = ("name_fi", "kind", "validity")
    list_filter = ("kind",)
    search_fields = ("slug", "name_fi", "name_sv", "name_en", "business_id")


class UserAdmin(TableAdmin):
    """Accounts: passwords are set by the links of the sign-in pages, never here.

    ``pilots.admin`` registers it: a new address is told to both.
    """

    list_display = ("email", "role", "organisation", "rights_until", "is_active")
    list_filter = ("role", "is_active")
    search_fields = ("email", "name")
    exclude = ("password",)
    readonly_fields = ("created_at",)
    actions = ("end_sessions",)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save the account; a new address has not failed yet."""
        if "email" in form.changed_data:
            obj.address_failed_at, obj.address_fault = None, ""
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:  # the old address ends at once: it signs nobody in, and gets no link
            EmailAddress.objects.filter(user=obj).delete()
            EmailAddress.objects.create(user=obj, email=obj.email, verified=True, primary=True)
        if change and RIGHTS & set(form.changed_data):  # rights that are given back do not bring a session back
            sessions.end_all(obj)
        security_log.note("account_changed", account=obj.pk, fields=form.changed_data)

    @admin.action(description=_("End all sessions of these accounts"))
    def end_sessions(self, request: HttpRequest, queryset: models.QuerySet[User]) -> None:
        """End the sessions of the chosen accounts in all browsers."""
        for user in queryset:
            sessions.end_all(user)
            security_log.note("sessions_ended", account=user.pk)


@admin.register(Source)
class SourceAdmin(TableAdmin):
    """Sources."""

    list_display = ("key", "title", "seen_on")
    search_fields = ("key", "title", "url")


@admin.register(Invitation)
class InvitationAdmin(TableAdmin):
    """Invitations, to read and to take back: the portal makes them and sends the letter."""

    list_display = ("email", "role", "organisation", "invited_at", "expires_at", "accepted_at")
    exclude = ("token_sha256",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the invitation can be taken back; an accepted one stays on record."""
        return request.user.is_superuser and (obj is None or obj.accepted_at is None)


@admin.register(SignInLetter)
class SignInLetterAdmin(TableAdmin):
    """Letters with a link that lets their reader in, to read: what the link is made from is not shown."""

    list_display = ("kind", "address", "asked_at", "collected_at")
    exclude = ("derived_from",)


@admin.register(KnownNetwork)
class KnownNetworkAdmin(TableAdmin):
    """The networks that accounts have signed in from, as keyed hashes."""

    list_display = ("user", "seen_at")


admin.site.register(
    [Coverage, Succession, PlannedDay, Post, MandateItem, LogEntry, Document, Membership, GroupContact], TableAdmin
)
