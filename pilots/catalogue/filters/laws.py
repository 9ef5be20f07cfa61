"""The list of laws: filters, facets and the columns of its file."""

from django.conf import settings
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from pilots.models import Law, Programme
from registry.lib.choices import Several, SeveralRows
from registry.lib.exports import Column, Columns, Read, columns
from registry.lib.facets import NAMES, by_choice, by_row
from registry.lib.lists import ListFilter


class LawFilter(ListFilter):
    """Acts and bills that pilots and programmes depend on."""

    kind = Several(label=_("Kind"), choices=Law.Kind.choices)
    state = Several(label=_("State"), choices=Law.State.choices)
    programme = SeveralRows(label=_("Programme"), field_name="programmes", queryset=Programme.objects.all())
    boxes = ()
    page_name = "laws"
    facets = {"kind": by_choice("kind"), "state": by_choice("state"), "programme": by_row("laws")}

    def count_words(self, n: int) -> str:
        return ngettext("%(n)s law or bill", "%(n)s laws and bills", n) % {"n": n}

    def columns(self) -> Columns:
        return of_laws()


def _column(name: str) -> Read:
    return lambda row: getattr(row, name)


def of_laws() -> dict[str, Column]:
    """Return the columns of laws."""
    return columns(
        ("number", _("Number"), _column("numbered")),
        ("kind", _("Kind"), lambda law: law.get_kind_display()),
        ("kind_code", _("Kind, code"), _column("kind")),
        ("short_name", _("Short name (the registry's own)"), lambda law: law.short_name.plain),
        *((name, f"{gettext('Name')} ({name[-2:]})", _column(name)) for name in NAMES),
        ("state", _("State"), lambda law: law.get_state_display()),
        ("state_code", _("State, code"), _column("state")),
        ("states", _("States and their dates"), _column("in_short")),
        ("programmes", _("Programmes"), lambda law: [row.name.plain for row in law.programmes.all()]),
        ("programme_codes", _("Programmes, codes"), lambda law: [row.slug for row in law.programmes.all()]),
        ("pilot_codes", _("Pilots"), lambda law: [pilot.code for pilot in law.pilots.all()]),
        ("text", _("Text of the law"), _column("address")),
        ("address", _("Address"), lambda law: settings.BASE_URL + law.get_absolute_url()),
    )
