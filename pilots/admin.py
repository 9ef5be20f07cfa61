"""The admin of the acts: a plain window on the reference data, for technical administrators.

Proposals, versions, messages and reminders are not here: they change by the portal's own verbs, or not at all.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from pilots.mail import outbox
from pilots.mail.letters import AddressChanged
from regions.access import account
from regions.admin import TableAdmin, UserAdmin
from regions.models import User
from registry.lib.database import clock

from .models import (
    AskedPoint,
    Claim,
    Criterion,
    DeliveryModel,
    Figure,
    Law,
    LawEvent,
    Link,
    Milestone,
    MilestoneDate,
    NewsItem,
    OpenQuestion,
    Partner,
    Pilot,
    PilotContact,
    PilotEvent,
    PilotModel,
    PilotTarget,
    Principle,
    Programme,
    ProgrammeFact,
    Reform,
    ResultCard,
    ResultDocument,
    ResultSearch,
    Round,
    StageEntry,
    TargetGroup,
    Theme,
    Trial,
)


@admin.register(User)
class AccountAdmin(UserAdmin):
    """Accounts; a new address is told to the address that the account had, and to the one that it has."""

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save the account. The old address ends at once: it signs nobody in, gets no link and no queued letter."""
        super().save_model(request, obj, form, change)
        if not change or "email" not in form.changed_data:
            return
        at = clock()
        outbox.post(AddressChanged(at, ended=True), obj, at=at, address=str(form.initial["email"]))
        outbox.post(AddressChanged(at, ended=False), obj, at=at)


@admin.register(Reform, Milestone, Theme, TargetGroup, DeliveryModel)
class NamedAdmin(TableAdmin):
    """Rows that are found by their address."""

    search_fields = ("slug",)


@admin.register(Link)
class LinkAdmin(TableAdmin):
    """Links of programmes."""

    list_display = ("url", "programme", "answers")


@admin.register(Programme)
class ProgrammeAdmin(TableAdmin):
    """Programmes."""

    list_display = ("name_fi", "code_prefix", "last_number")


@admin.register(Pilot)
class PilotAdmin(TableAdmin):
    """Pilots."""

    list_display = ("code", "name_fi", "programme", "stage", "published_at")
    list_filter = ("programme", "stage")
    search_fields = ("code", "slug", "name_fi", "name_sv", "name_en")

    def save_model(self, request: HttpRequest, obj: Pilot, form: Any, change: bool) -> None:
        """Save the pilot, with the moment at which its content changed."""
        if form.has_changed():
            obj.changed_at, obj.changed_by = clock(), account(request)
        super().save_model(request, obj, form, change)


@admin.register(ResultCard)
class ResultCardAdmin(TableAdmin):
    """Result cards."""

    list_display = ("slug", "outcome")
    list_filter = ("outcome",)
    search_fields = ("slug",)


@admin.register(Law)
class LawAdmin(TableAdmin):
    """Laws."""

    list_display = ("number", "short_name_fi", "state")
    list_filter = ("kind", "state")
    search_fields = ("slug", "number", "short_name_fi")


@admin.register(Round)
class RoundAdmin(TableAdmin):
    """Rounds, without their steps: a deadline moves by the portal's own verb, which tells people of it.

    A round that a verb has published is a promise and is only read. Those that came with the reference data have no
    owner, and can be corrected.
    """

    list_display = ("name_fi", "kind", "programme", "published_at")
    list_filter = ("kind", "programme")
    search_fields = ("slug", "name_fi")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the round can be changed here."""
        return super().has_change_permission(request, obj) and getattr(obj, "owner", None) is None


@admin.register(Criterion, AskedPoint)
class OfARoundAdmin(TableAdmin):
    """What belongs to a round: it can be changed as long as the round can."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the row can be changed here."""
        return super().has_change_permission(request, obj) and (obj is None or obj.round.owner is None)


@admin.register(NewsItem)
class NewsItemAdmin(TableAdmin):
    """News."""

    list_display = ("title_fi", "when_words", "published_at")
    search_fields = ("slug", "title_fi")


admin.site.register(
    [
        Claim,
        Figure,
        LawEvent,
        MilestoneDate,
        OpenQuestion,
        Partner,
        PilotContact,
        PilotEvent,
        PilotModel,
        PilotTarget,
        Principle,
        ProgrammeFact,
        ResultDocument,
        ResultSearch,
        StageEntry,
        Trial,
    ],
    TableAdmin,
)
