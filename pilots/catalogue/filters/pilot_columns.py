"""The columns of the file of pilots: every filter of the list is one, each name with its code beside it."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.db.models import Choices
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pilots.models import ClientType, Outcome, Partner, Pilot
from registry.lib.exports import Column, Read, columns
from registry.lib.facets import NAMES
from registry.lib.languages import LANGUAGES

from .pilot_rows import FileRow

HELD = _("Several values, in the order of the column with the names.")


def _in(column: str) -> Read:
    return attrgetter(f"pilot.{column}")


def _words(choices: type[Choices], read: Callable[[FileRow], Any]) -> Read:
    """Return what reads a choice, or a list of them, in words; "" in words is empty."""
    words = {value: str(label) for value, label in choices.choices}

    def read_words(row: FileRow) -> Any:
        value = read(row)
        return [words[one] for one in value] if isinstance(value, list) else words.get(value, "")

    return read_words


def _each(name: str, part: str) -> Read:
    """Return what reads a part of each of several values."""
    of, values = attrgetter(part), attrgetter(name)
    return lambda row: [of(one) for one in values(row)]


def _of(name: str, part: str) -> Read:
    """Return what reads a part of a row that the pilot names, if it names one."""
    of, named = attrgetter(part), attrgetter(name)
    return lambda row: of(found) if (found := named(row)) else ""


def _yes(name: str) -> Read:
    answers, value = {None: "", True: gettext("Yes"), False: gettext("No")}, attrgetter(f"pilot.{name}")
    return lambda row: answers[value(row)]


def of_pilots(*, desk: bool) -> dict[str, Column]:
    """Return the columns of the rows of ``pilot_rows``, in the language of now; none holds personal data."""
    found = {**_what(), **_stage(), **_where(), **_how(), **_when(), **_sources()}
    if desk:
        found |= columns(("published", _("Published"), _in("published_at")))
    return found


def _what() -> dict[str, Column]:
    return columns(
        ("code", _("Code"), _in("code"), _("It never changes and is never used again.")),
        *((name, f"{gettext('Name')} ({name[-2:]})", _in(name)) for name in NAMES),
        *((f"summary_{code}", f"{gettext('Summary')} ({code})", _in(f"summary_{code}")) for code in LANGUAGES),
        ("programme", _("Programme"), attrgetter("programme.name.plain")),
        ("programme_code", _("Programme, code"), attrgetter("programme.slug")),
        ("part_of", _("Part of"), attrgetter("parent"), _("The code of the set.")),
    )


def _stage() -> dict[str, Column]:
    outcomes = _words(Outcome, attrgetter("outcome"))
    unknown = gettext("no results are known")
    return columns(
        ("stage", _("Stage"), lambda row: str(row.standing), _("As of the day of the file.")),
        ("stage_code", _("Stage, code"), attrgetter("standing.value")),
        ("last_stage", _("Last known stage"), attrgetter("standing.last_stage")),
        ("stage_from", _("Stage known, earliest"), attrgetter("standing.known_on.earliest")),
        ("stage_to", _("Stage known, latest"), attrgetter("standing.known_on.latest")),
        (
            "result",
            _("Result"),
            lambda row: outcomes(row) or unknown,
            _("How it ended, as the registry reads its sources."),
        ),
        ("result_code", _("Result, code"), attrgetter("outcome"), _("Empty where no results are known.")),
    )


def _where() -> dict[str, Column]:
    return columns(
        ("regions", _("Regions"), _each("regions", "name")),
        (
            "region_codes",
            _("Regions, codes"),
            _each("regions", "code"),
            _("Codes of Statistics Finland, in the order of the names."),
        ),
        ("region_slugs", _("Regions, in addresses"), _each("regions", "slug"), HELD),
        ("municipalities", _("Municipalities"), _each("municipalities", "name")),
        ("municipality_slugs", _("Municipalities, codes"), _each("municipalities", "slug"), HELD),
        (
            "area",
            _("ELY area named by the source"),
            _of("area", "name"),
            _("Where a source names the area of an ELY Centre instead of a region."),
        ),
        ("area_code", _("ELY area, code"), _of("area", "slug")),
        ("lead", _("Lead"), _of("lead", "name")),
        ("lead_code", _("Lead, code"), _of("lead", "slug")),
        (
            "partners",
            _("Partners"),
            _each("partners", "name"),
            _("Organisations by name; others in the words of the source."),
        ),
        ("partner_codes", _("Partners, codes"), _each("partners", "slug"), HELD),
        ("partner_states", _("Partners, states"), _words(Partner.State, _each("partners", "state")), HELD),
    )


def _how() -> dict[str, Column]:
    return columns(
        ("client_type", _("Client type"), _words(ClientType, _in("client_type"))),
        ("client_type_code", _("Client type, code"), _in("client_type")),
        ("themes", _("Things tried"), _each("themes", "name")),
        ("theme_codes", _("Things tried, codes"), _each("themes", "slug"), HELD),
        ("models", _("Delivery models"), _each("models", "of.name")),
        ("model_codes", _("Delivery models, codes"), _each("models", "of.slug"), HELD),
        ("model_degrees", _("Use of the models, codes"), _each("models", "degree"), HELD),
        ("targets", _("Target groups"), _each("targets", "of.name")),
        ("target_codes", _("Target groups, codes"), _each("targets", "of.slug"), HELD),
        ("target_degrees", _("Target groups, main or considered"), _each("targets", "degree"), HELD),
        ("whole_processes", _("Procures whole service processes"), _yes("whole_process")),
        ("producers", _("Who produces"), _words(Pilot.Production, _in("production"))),
        ("producer_codes", _("Who produces, codes"), _in("production"), HELD),
        ("budget_eur", _("Budget, euros"), _in("budget_eur"), _("Empty where it is not known.")),
    )


def _when() -> dict[str, Column]:
    words = gettext("planned")

    def planned(name: str) -> Read:
        value = _in(name)
        return lambda row: words if value(row) else ""

    return columns(
        ("start_words", _("Start, in the words of the source"), _in("start_words")),
        (
            "start_from",
            _("Start, earliest"),
            attrgetter("start.earliest"),
            _("The registry's reading of the words."),
        ),
        ("start_to", _("Start, latest"), attrgetter("start.latest")),
        ("start_planned", _("Start is planned"), planned("start_planned")),
        ("end_words", _("End, in the words of the source"), _in("end_words")),
        ("end_from", _("End, earliest"), attrgetter("end.earliest")),
        ("end_to", _("End, latest"), attrgetter("end.latest")),
        ("end_planned", _("End is planned"), planned("end_planned")),
    )


def _sources() -> dict[str, Column]:
    page = _address()
    return columns(
        ("sources", _("Sources"), _each("sources", "name")),
        ("source_addresses", _("Sources, addresses"), _each("sources", "url"), HELD),
        ("changed", _("Changed"), _in("changed_at"), _("The last change of content; an import is none.")),
        ("address", _("Address"), lambda row: page(row.pilot.code)),
    )


def _address() -> Callable[[str], str]:
    """Return what writes the address of a pilot's page from its code, which no address has to quote."""
    before, _code, after = f"{settings.BASE_URL}{reverse('pilot', args=['KP-2018-001'])}".partition("KP-2018-001")
    return lambda code: f"{before}{code}{after}"
