"""The admin of the actors: a plain window on the tables, for technical administrators."""

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from .models import (
    Coverage,
    Document,
    Group,
    GroupContact,
    Invitation,
    LogEntry,
    MandateItem,
    Membership,
    Municipality,
    Organisation,
    Person,
    PlannedDay,
    Post,
    Region,
    Source,
    Succession,
    Transfer,
    User,
)


@admin.register(Region, Municipality, Person, Group, Transfer)
class NamedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that are found by their address."""

    search_fields = ("slug",)


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Organisations."""

    list_display = ("name_fi", "kind", "validity")
    list_filter = ("kind",)
    search_fields = ("slug", "name_fi", "name_sv", "name_en", "business_id")


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Accounts: passwords are set by the links of the sign-in pages, never here."""

    list_display = ("email", "role", "organisation", "rights_until", "is_active")
    list_filter = ("role", "is_active")
    search_fields = ("email", "name")
    exclude = ("password",)
    readonly_fields = ("last_login", "created_at")

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        """Save the account; what was wrong with an address falls with it."""
        if "email" in form.changed_data:
            obj.address_failed_at, obj.address_fault = None, ""
        super().save_model(request, obj, form, change)


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Sources."""

    list_display = ("key", "title", "seen_on")
    search_fields = ("key", "title", "url")


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Invitations, to read: they are made by the portal, which sends the letter."""

    list_display = ("email", "role", "organisation", "invited_at", "expires_at", "accepted_at")
    exclude = ("token_sha256",)

    def has_add_permission(self, request: object) -> bool:
        """Nobody: an invitation without its letter would be of no use."""
        return False


admin.site.register([Coverage, Succession, PlannedDay, Post, MandateItem, LogEntry, Document, Membership, GroupContact])
