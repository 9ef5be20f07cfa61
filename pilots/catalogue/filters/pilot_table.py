"""The columns of the table of pilots on the page: which there are, and what each needs to be read beside a line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from pilots.models import DeliveryModel, Theme
from pilots.models.pilots import PilotQuerySet
from regions.models import Organisation
from registry.lib.facets import NAMES
from registry.lib.languages import LANGUAGES

COLUMNS = {
    "area": _("Area"),
    "stage": _("Stage"),
    "start": _("Start"),
    "end": _("End"),
    "result": _("Result"),
    "programme": _("Programme"),
    "lead": _("Lead"),
    "client": _("Client type"),
    "theme": _("Things tried"),
    "model": _("Delivery models"),
    "budget": _("Budget"),
    "changed": _("Changed"),
}
USUAL = ("area", "stage", "start", "result")
ON_CARDS = ("area", "stage", "start", "result", "lead", "summary")
# What a line does not read by itself: columns of the pilot.
ALSO = {
    "end": ("end_words", "end_days", "end_planned"),
    "programme": ("programme__slug", *(f"programme__{name}" for name in NAMES)),
    "lead": ("lead",),
    "client": ("client_type",),
    "budget": ("budget_eur",),
    "changed": ("changed_at",),
    "summary": tuple(f"summary_{language}" for language in LANGUAGES),
}
BESIDE: dict[str, Prefetch[Any]] = {
    "lead": Prefetch("lead", Organisation.objects.only("slug", *NAMES)),
    "theme": Prefetch("themes", Theme.objects.only("slug", *NAMES)),
    "model": Prefetch("delivery_models", DeliveryModel.objects.only("slug", *NAMES)),
}


def for_lines(pilots: PilotQuerySet, visible: PilotQuerySet, shown: Iterable[str]) -> PilotQuerySet:
    """Return the pilots with what lines with these columns show; a set only if it is among the ``visible``."""
    names = [*shown]
    also = [column for name in names for column in ALSO.get(name, ())]
    return pilots.for_list(visible, also, [BESIDE[name] for name in names if name in BESIDE])
