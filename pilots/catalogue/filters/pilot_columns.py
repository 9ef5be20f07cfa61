"""The columns of the file of pilots: every filter of the list is one, each name with its code beside it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pilots.models import Pilot
from pilots.models.pilots import PilotQuerySet
from registry.lib.exports import Column, Read, columns
from registry.lib.facets import NAMES
from registry.lib.languages import LANGUAGES

HELD = _("Several values, in the order of the column with the names.")


def for_file(pilots: PilotQuerySet, visible: PilotQuerySet) -> PilotQuerySet:
    """Return the pilots with what their file tells, read a portion at a time; a set only if it is ``visible``."""
    unread = [f"{name}_{language}" for name in ("description", "legal_conditions", "note") for language in LANGUAGES]
    joined = {"model_uses": "delivery_model", "targets": "target_group", "partners": "organisation"}
    read = pilots.select_related("programme", "lead", "result_card", "area_of").defer(*unread)
    plain = ("stage_log", "regions", "municipalities", "delivery_models", "themes", "sources")
    with_names = [_with(related, named) for related, named in joined.items()]
    return read.prefetch_related(Prefetch("parent", visible), *plain, *with_names)


def _with(related: str, named: str) -> Prefetch[Any]:
    """Return the rows of a pilot together with the row that each names."""
    model: Any = Pilot._meta.get_field(related).related_model
    return Prefetch(related, model.objects.select_related(named))


def names(rows: Iterable[Any]) -> list[str]:
    """Return the names of the rows in the reader's language."""
    return [row.name.plain for row in rows]


def slugs(rows: Iterable[Any]) -> list[str]:
    """Return the codes of the rows, as addresses have them."""
    return [row.slug for row in rows]


def _in(column: str) -> Read:
    return lambda row: getattr(row, column)


def _yes(value: bool | None) -> str:
    return "" if value is None else gettext("Yes") if value else gettext("No")


def _outcome(pilot: Pilot) -> str:
    card = getattr(pilot, "result_card", None)
    return card.get_outcome_display() if card else gettext("no results are known")


def _of_card(name: str) -> Read:
    return lambda pilot: getattr(getattr(pilot, "result_card", None), name, "")


def _uses(name: str) -> Read:
    """Return what reads the delivery models of a pilot, in one order for all columns."""
    return lambda pilot: [getattr(use, name) for use in pilot.model_uses.all()]


def _partners(pilot: Pilot) -> list[str]:
    return [(row.organisation.name.plain if row.organisation else row.words.plain) for row in pilot.partners.all()]


def of_pilots(day: date, *, desk: bool) -> dict[str, Column]:
    """Return the columns, as of ``day``; none holds personal data."""
    found = {**_what(), **_stage(day), **_where(), **_how(), **_when(), **_sources()}
    if desk:
        found |= columns(("published", _("Published"), _in("published_at")))
    return found


def _what() -> dict[str, Column]:
    return columns(
        ("code", _("Code"), _in("code"), _("It never changes and is never used again.")),
        *((name, f"{gettext('Name')} ({name[-2:]})", _in(name)) for name in NAMES),
        *((f"summary_{code}", f"{gettext('Summary')} ({code})", _in(f"summary_{code}")) for code in LANGUAGES),
        ("programme", _("Programme"), lambda pilot: pilot.programme.name.plain),
        ("programme_code", _("Programme, code"), lambda pilot: pilot.programme.slug),
        ("part_of", _("Part of"), lambda pilot: pilot.parent.code if pilot.parent else "", _("The code of the set.")),
    )


def _stage(day: date) -> dict[str, Column]:
    return columns(
        ("stage", _("Stage"), lambda pilot: str(pilot.on(day)), _("As of the day of the file.")),
        ("stage_code", _("Stage, code"), lambda pilot: pilot.on(day).value),
        ("last_stage", _("Last known stage"), lambda pilot: pilot.on(day).last_stage),
        ("stage_from", _("Stage known, earliest"), lambda pilot: pilot.on(day).known_on.earliest),
        ("stage_to", _("Stage known, latest"), lambda pilot: pilot.on(day).known_on.latest),
        ("result", _("Result"), _outcome, _("How it ended, as the registry reads its sources.")),
        ("result_code", _("Result, code"), _of_card("outcome"), _("Empty where no results are known.")),
    )


def _where() -> dict[str, Column]:
    return columns(
        ("regions", _("Regions"), lambda pilot: names(pilot.regions.all())),
        (
            "region_codes",
            _("Regions, codes"),
            lambda pilot: [region.code for region in pilot.regions.all()],
            _("Codes of Statistics Finland, in the order of the names."),
        ),
        ("region_slugs", _("Regions, in addresses"), lambda pilot: slugs(pilot.regions.all()), HELD),
        ("municipalities", _("Municipalities"), lambda pilot: names(pilot.municipalities.all())),
        ("municipality_slugs", _("Municipalities, codes"), lambda pilot: slugs(pilot.municipalities.all()), HELD),
        (
            "area",
            _("ELY area named by the source"),
            lambda pilot: pilot.area_of.name.plain if pilot.area_of else "",
            _("Where a source names the area of an ELY Centre instead of a region."),
        ),
        ("area_code", _("ELY area, code"), lambda pilot: pilot.area_of.slug if pilot.area_of else ""),
        ("lead", _("Lead"), lambda pilot: pilot.lead.name.plain if pilot.lead else ""),
        ("lead_code", _("Lead, code"), lambda pilot: pilot.lead.slug if pilot.lead else ""),
        ("partners", _("Partners"), _partners, _("Organisations by name; others in the words of the source.")),
        (
            "partner_codes",
            _("Partners, codes"),
            lambda pilot: [row.organisation.slug if row.organisation else "" for row in pilot.partners.all()],
            HELD,
        ),
        (
            "partner_states",
            _("Partners, states"),
            lambda pilot: [row.get_state_display() for row in pilot.partners.all()],
            HELD,
        ),
    )


def _how() -> dict[str, Column]:
    return columns(
        ("client_type", _("Client type"), lambda pilot: pilot.get_client_type_display()),
        ("client_type_code", _("Client type, code"), _in("client_type")),
        ("themes", _("Things tried"), lambda pilot: names(pilot.themes.all())),
        ("theme_codes", _("Things tried, codes"), lambda pilot: slugs(pilot.themes.all()), HELD),
        (
            "models",
            _("Delivery models"),
            lambda pilot: [use.delivery_model.name.plain for use in pilot.model_uses.all()],
        ),
        (
            "model_codes",
            _("Delivery models, codes"),
            lambda pilot: [use.delivery_model.slug for use in pilot.model_uses.all()],
            HELD,
        ),
        ("model_degrees", _("Use of the models, codes"), _uses("degree"), HELD),
        ("targets", _("Target groups"), lambda pilot: [str(row.target_group) for row in pilot.targets.all()]),
        (
            "target_codes",
            _("Target groups, codes"),
            lambda pilot: [row.target_group.slug for row in pilot.targets.all()],
            HELD,
        ),
        (
            "target_degrees",
            _("Target groups, main or considered"),
            lambda p: [row.degree for row in p.targets.all()],
            HELD,
        ),
        ("whole_processes", _("Procures whole service processes"), lambda pilot: _yes(pilot.whole_process)),
        ("producers", _("Who produces"), lambda pilot: pilot.production_words()),
        ("producer_codes", _("Who produces, codes"), _in("production"), HELD),
        ("budget_eur", _("Budget, euros"), _in("budget_eur"), _("Empty where it is not known.")),
    )


def _when() -> dict[str, Column]:
    def planned(name: str) -> Read:
        return lambda pilot: gettext("planned") if getattr(pilot, name) else ""

    return columns(
        ("start_words", _("Start, in the words of the source"), lambda pilot: pilot.start.words),
        (
            "start_from",
            _("Start, earliest"),
            lambda pilot: pilot.start.earliest,
            _("The registry's reading of the words."),
        ),
        ("start_to", _("Start, latest"), lambda pilot: pilot.start.latest),
        ("start_planned", _("Start is planned"), planned("start_planned")),
        ("end_words", _("End, in the words of the source"), lambda pilot: pilot.end.words),
        ("end_from", _("End, earliest"), lambda pilot: pilot.end.earliest),
        ("end_to", _("End, latest"), lambda pilot: pilot.end.latest),
        ("end_planned", _("End is planned"), planned("end_planned")),
    )


def _sources() -> dict[str, Column]:
    return columns(
        ("sources", _("Sources"), lambda pilot: [source.words.plain for source in pilot.sources.all()]),
        (
            "source_addresses",
            _("Sources, addresses"),
            lambda pilot: [source.url for source in pilot.sources.all()],
            HELD,
        ),
        ("changed", _("Changed"), _in("changed_at"), _("The last change of content; an import is none.")),
        ("address", _("Address"), lambda pilot: settings.BASE_URL + pilot.get_absolute_url()),
    )
