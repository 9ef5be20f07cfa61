"""The admin of the acts: a plain window on the reference data, for technical administrators.

Proposals, versions, messages and reminders are not here: they change by the portal's own verbs, or not at all.
"""

from django.contrib import admin
from django.db import models

from .models import (
    AskedPoint,
    Criterion,
    DeliveryModel,
    Link,
    Milestone,
    MilestoneDate,
    NewsItem,
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
    Round,
    StageEntry,
    TargetGroup,
    Theme,
    Trial,
)

HTTPS: dict[type[models.Field], dict[str, str]] = {models.URLField: {"assume_scheme": "https"}}  # type: ignore[type-arg]


@admin.register(Reform, Milestone, Theme, TargetGroup, DeliveryModel)
class NamedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that are found by their address."""

    search_fields = ("slug",)
    formfield_overrides = HTTPS


@admin.register(Link)
class LinkAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Links of programmes."""

    list_display = ("url", "programme", "answers")
    formfield_overrides = HTTPS


@admin.register(Programme)
class ProgrammeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Programmes; the last number is read only, for a code is never given twice."""

    list_display = ("name_fi", "code_prefix", "last_number")
    readonly_fields = ("last_number",)


@admin.register(Pilot)
class PilotAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Pilots."""

    list_display = ("code", "name_fi", "programme", "stage", "published_at")
    list_filter = ("programme", "stage")
    search_fields = ("code", "slug", "name_fi", "name_sv", "name_en")


@admin.register(Round)
class RoundAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rounds, without their steps: a deadline moves by the portal's own verb, which tells people of it."""

    list_display = ("name_fi", "kind", "programme", "published_at")
    list_filter = ("kind", "programme")
    search_fields = ("slug", "name_fi")


@admin.register(NewsItem)
class NewsItemAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """News."""

    list_display = ("title_fi", "when_words", "published_at")
    search_fields = ("slug", "title_fi")


admin.site.register(
    [
        AskedPoint,
        Criterion,
        MilestoneDate,
        Partner,
        PilotContact,
        PilotEvent,
        PilotModel,
        PilotTarget,
        Principle,
        ProgrammeFact,
        StageEntry,
        Trial,
    ]
)
