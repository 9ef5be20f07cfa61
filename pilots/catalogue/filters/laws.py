"""The list of laws: filters, facets and the columns of its file."""

from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from pilots.models import Law, Programme
from registry.lib.choices import Several, SeveralRows
from registry.lib.exports import SEVERAL, Read
from registry.lib.facets import by_choice, by_row
from registry.lib.languages import LANGUAGES
from registry.lib.lists import ListFilter


class LawFilter(ListFilter):
    """Acts and bills that pilots and programmes depend on."""

    kind = Several(label=_("Kind"), choices=Law.Kind.choices)
    state = Several(label=_("State"), choices=Law.State.choices)
    programme = SeveralRows(label=_("Programme"), field_name="programmes", queryset=Programme.objects.all())
    boxes = ()
    facets = {"kind": by_choice("kind"), "state": by_choice("state"), "programme": by_row("laws")}

    def count_words(self, n: int) -> str:
        return ngettext("%(n)s law or bill", "%(n)s laws and bills", n) % {"n": n}

    def columns(self) -> Mapping[str, Read]:
        return {
            gettext("Number"): lambda law: law.numbered,
            gettext("Kind"): lambda law: law.get_kind_display(),
            gettext("Short name (the registry's own)"): lambda law: law.short_name.plain,
            **{f"{gettext('Name')} ({code})": _column(f"name_{code}") for code in LANGUAGES},
            gettext("State"): lambda law: law.get_state_display(),
            gettext("States and their dates"): lambda law: law.in_short,
            gettext("Programmes"): lambda law: SEVERAL.join(row.name.plain for row in law.programmes.all()),
            gettext("Pilots"): lambda law: SEVERAL.join(pilot.code for pilot in law.pilots.all()),
            gettext("Text of the law"): lambda law: law.address,
            gettext("Address"): lambda law: settings.BASE_URL + law.get_absolute_url(),
        }


def _column(name: str) -> Read:
    return lambda row: getattr(row, name)
