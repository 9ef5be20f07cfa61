"""Two people change one row, and nobody's work is lost: the edition of a row, and the three-way merge of a form.

The *edition* of a row rises by one at every change. A form carries the edition that it showed and a signed token with a
fingerprint of each field. When the form comes back, each field is compared in three: what was shown, what was typed,
what is stored now. A field that the writer did not change takes what is stored; a field that only the writer changed
takes what was typed; a field that both changed is a conflict, and the writer chooses on the conflict page.

The type of a value says how it merges: a ``set`` of choices element by element (it never conflicts), a ``dict`` of rows
key by key (its keys must be stable), anything else as one value. What a form checks together is given as one value.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, ClassVar, Self

from django import forms
from django.contrib import messages
from django.core import signing
from django.db import models
from django.db.backends.postgresql.psycopg_any import Range
from django.db.models import F
from django.http import HttpRequest, QueryDict
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from registry.lib.directions import fill
from registry.lib.formats import day_words, introducing
from registry.lib.kept_forms import LANGUAGE
from registry.lib.languages import reader_language
from registry.lib.plaintext import lines
from registry.lib.refusals import Stale

EDITION, SHOWN, KEEP = "edition", "shown", "keep-"  # names of the inputs
SALT = "registry.editions"
DIGITS = 9  # of an edition, at most
PRINT_LENGTH = 16  # hexadecimal digits of a field's fingerprint: enough to tell two texts of one field apart
BLANK = ""


def fingerprint(content: Any) -> str:
    """Return the SHA-256 (hexadecimal) of JSON content in its canonical form: sorted keys, no spaces, UTF-8."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode(errors="surrogatepass")).hexdigest()


def edition_of(posted: Mapping[str, Any]) -> int:
    """Return the edition that the form showed; 0, which no row has, where it makes no sense."""
    typed = str(posted.get(EDITION, ""))
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= DIGITS else 0


def write_if(rows: models.QuerySet[Any], edition: int, **columns: Any) -> None:
    """Write ``columns`` to the one row of ``rows``, and raise its edition, if it still has ``edition``.

    Raises Stale otherwise; its ``current`` is None where the row is no longer among ``rows``.
    """
    if not rows.filter(edition=edition).update(edition=F("edition") + 1, **columns):
        raise Stale(rows.first())


@dataclass(frozen=True)
class Shown:
    """What a form had shown when it was sent: the edition, the fingerprint of each field, the conflicts it settles."""

    edition: int = 0
    prints: Mapping[str, Any] = field(default_factory=dict)
    theirs: frozenset[str] = frozenset()  # fields of the conflict page in which what is stored was chosen

    @classmethod
    def read(cls, posted: Mapping[str, Any], row: models.Model) -> Self:
        """Return what the form of ``row`` carries; without a token of this very row, no field is known."""
        try:
            about, prints = signing.loads(str(posted.get(SHOWN, "")), salt=SALT)
        except (signing.BadSignature, UnicodeError):
            about, prints = "", {}
        return cls(edition_of(posted), prints if about == _about(row) else {}, _taken(posted))


def token(row: models.Model, values: Mapping[str, Any]) -> str:
    """Return the signed token of a form that shows ``values`` of ``row``: what its hidden input ``shown`` carries."""
    prints = {name: _print_of(value) for name, value in values.items()}
    return signing.dumps([_about(row), prints], salt=SALT, compress=True)


def unchanged(posted: QueryDict) -> set[str]:
    """Return the fields that a form brings back as it had shown them, as far as its token and their texts tell."""
    try:
        _row, prints = signing.loads(posted.get(SHOWN, ""), salt=SALT)
    except (signing.BadSignature, UnicodeError):
        return set()
    return {name for name, shown in prints.items() if _is_as_shown(shown, posted.getlist(name))}


def _is_as_shown(shown: Any, values: list[str]) -> bool:
    if isinstance(shown, list):
        return shown == sorted(values)
    return len(values) == 1 and shown == _print_of_one(values[0])


def _about(row: models.Model) -> str:
    return f"{row._meta.label_lower} {row.pk}"


@dataclass(frozen=True)
class Conflict:
    """A field that both changed. ``mine`` is what the form keeps, ``theirs`` what is stored now."""

    name: str
    mine: Any
    theirs: Any


@dataclass
class Merged:
    """What the form and the stored row make together; it may be written if there is no conflict."""

    values: dict[str, Any] = field(default_factory=dict)  # in a conflict: mine
    conflicts: list[Conflict] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)  # fields in which a change stands that the form had not shown
    who: Any = None  # the account that had saved last before


def merge(
    shown: Shown, typed: Mapping[str, Any], stored: Mapping[str, Any], edition: int, *, who: Any = None
) -> Merged:
    """Return ``typed`` merged with what ``who`` has ``stored`` at ``edition``, field by field.

    A field without a fingerprint is known only if the edition is still the one that was shown.
    """
    merged = Merged(who=who)
    for name, mine in typed.items():
        theirs = stored.get(name)
        if name in shown.theirs or same(mine, theirs):
            merged.values[name] = theirs
            continue
        shown_then = shown.prints.get(name, _print_of(theirs) if shown.edition == edition else None)
        value, clash = _merge_field(shown_then, mine, theirs)
        merged.values[name] = value
        if clash:
            merged.conflicts.append(Conflict(name, value, theirs))
        elif not same(value, mine):
            merged.taken.append(name)
    return merged


def same(one: Any, other: Any) -> bool:
    """Return whether two values are the same to a reader: an empty text is no text, all line ends and accents alike."""
    return bool(_plain(one) == _plain(other))


def _merge_field(shown: Any, mine: Any, theirs: Any) -> tuple[Any, bool]:
    """Return the field's value, and whether both changed it."""
    if isinstance(shown, list) and _is_set(mine) and _is_set(theirs or set()):
        return _merge_choices(set(shown), mine, theirs or set()), False
    if isinstance(shown, dict) and isinstance(mine, Mapping) and isinstance(theirs or {}, Mapping):
        return _merge_rows(shown, mine, theirs or {})
    return _merge_value(shown, mine, theirs)


def _merge_value(shown: Any, mine: Any, theirs: Any) -> tuple[Any, bool]:
    if same(mine, theirs) or shown == _print_of(mine):
        return theirs, False
    return mine, shown != _print_of(theirs)


def _merge_choices(shown: set[str], mine: Iterable[Any], theirs: Iterable[Any]) -> set[Any]:
    """Return their choices without those that I took away, and with those that I added."""
    my_keys = {_key(choice) for choice in mine}
    kept = {choice for choice in theirs if _key(choice) in my_keys or _key(choice) not in shown}
    return kept | {choice for choice in mine if _key(choice) not in shown}


def _merge_rows(shown: Mapping[str, str], mine: Mapping[Any, Any], theirs: Mapping[Any, Any]) -> tuple[Any, bool]:
    """Return the rows in their order, mine that are new at the end; a row that is None is not there."""
    rows, clashes = {}, False
    for key in [*theirs, *(key for key in mine if key not in theirs)]:
        before = shown.get(_key(key), _print_of(None))
        value, clash = _merge_value(before, mine.get(key), theirs.get(key))
        clashes |= clash
        if value is not None:
            rows[key] = value
    return rows, clashes


def _is_set(value: Any) -> bool:
    return isinstance(value, set | frozenset)


def _key(value: Any) -> str:
    return str(_plain(value))


def _print_of(value: Any) -> Any:
    """Return what the token keeps of a value: its fingerprint, the keys of choices, the fingerprint of each row."""
    if _is_set(value):
        return sorted(_key(choice) for choice in value)
    if isinstance(value, Mapping):
        return {_key(key): _print_of_one(row) for key, row in value.items()}
    return _print_of_one(value)


def _print_of_one(value: Any) -> str:
    return fingerprint(_plain(value))[:PRINT_LENGTH]


def _plain(value: Any) -> Any:
    """Return the value as JSON, alike for what a form showed and for what it sends back unchanged."""
    match value:
        case None:
            return BLANK
        case str():
            return lines(value).strip()
        case models.Model():
            return value.pk
        case Range():
            return [_plain(value.lower), _plain(value.upper)]
        case Mapping():
            return {_key(key): _plain(part) for key, part in value.items()} or BLANK
        case set() | frozenset():
            return sorted(_key(part) for part in value) or BLANK
        case Iterable():
            return [_plain(part) for part in value] or BLANK
    return _plain_figure(value)


def _plain_figure(value: Any) -> Any:
    match value:
        case bool() | int() | float():
            return value
        case Decimal():
            return str(value.normalize())
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date() | time():
            return value.isoformat()
    return str(value)


@dataclass(frozen=True)
class SideBySide:
    """A conflict as the page shows it: the field, where it stands in the form, both values in words."""

    name: str
    label: str
    anchor: str
    mine: Sequence[Any]  # in words, a line for each choice
    theirs: Sequence[Any]


class EditionForm(forms.Form):
    """A form that carries what it showed, and whose fields merge with what is stored.

    ``together`` names the fields that are checked together and so merge as one part; ``aside`` those that are not
    stored. A subclass calls ``carry`` where it is not bound.
    """

    together: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    labels: ClassVar[Mapping[str, Any]] = {}  # of the parts of ``together``
    aside: ClassVar[tuple[str, ...]] = ()

    edition = forms.CharField(widget=forms.HiddenInput, required=False)
    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    def is_valid(self) -> bool:
        """Whether what was typed can be saved, and is meant to be: not where it is only shown in another language."""
        return LANGUAGE not in self.data and super().is_valid()

    def parts(self) -> dict[str, tuple[str, ...]]:
        """Return what merges as one value, and the form's fields in each."""
        used = {EDITION, SHOWN, *self.aside, *(name for names in self.together.values() for name in names)}
        return {name: (name,) for name in self.fields if name not in used} | dict(self.together)

    def carry(self, row: models.Model, stored: Mapping[str, Any], values: Mapping[str, Any] | None = None) -> None:
        """Carry the edition of ``row`` and the fingerprints of what is ``stored``; show ``values``, or else that."""
        self.initial.update({EDITION: getattr(row, EDITION), SHOWN: token(row, stored)})
        for part, names in self.parts().items():
            value = (values or stored)[part]
            for name, one in zip(names, value if part in self.together else [value], strict=True):
                self.initial[name] = list(one) if _is_set(one) else one

    def typed(self) -> dict[str, Any]:
        """Return the value of each part as it was typed; choices as a set, fields that belong together as a tuple."""
        values = {part: tuple(self._typed(name) for name in names) for part, names in self.parts().items()}
        return {part: value if part in self.together else value[0] for part, value in values.items()}

    def _typed(self, name: str) -> Any:
        value = self.cleaned_data[name]
        several = isinstance(self.fields[name], forms.MultipleChoiceField | forms.ModelMultipleChoiceField)
        return set(value) if several else value

    def label_of(self, part: str) -> str:
        """Return the label of a part."""
        return str(self.labels[part] if part in self.together else self.fields[part].label)

    def anchor_of(self, part: str) -> str:
        """Return the id of the element in which the part stands on the page."""
        return f"div_{self[self.parts()[part][0]].auto_id}"

    def in_words(self, part: str, value: Any) -> list[str]:
        """Return a value of the part as a reader knows it from the form."""
        if part not in self.together:
            return in_words(self.fields[part], value)
        fields = [self.fields[name] for name in self.together[part]]
        lines = [(form_field.label, in_words(form_field, one)) for form_field, one in zip(fields, value, strict=True)]
        return [f"{introducing(label)} {line}" for label, words in lines for line in words]

    def as_posted(self, part: str) -> dict[str, list[str]]:
        """Return the part as a browser posts it from this form when nothing is typed."""
        return raw_values(self, self.parts().get(part, ()))

    def side_by_side(self, conflicts: Iterable[Conflict]) -> list[SideBySide]:
        """Return the conflicts in words."""
        return [
            SideBySide(
                part.name,
                self.label_of(part.name),
                self.anchor_of(part.name),
                self.in_words(part.name, part.mine),
                self.in_words(part.name, part.theirs),
            )
            for part in conflicts
        ]


def raw_values(form: forms.BaseForm, names: Iterable[str]) -> dict[str, list[str]]:
    """Return the fields of an unbound form as a browser posts them when nothing is typed."""
    raw = {form[name].html_name: form.fields[name].widget.format_value(form[name].value()) for name in names}
    return {name: value if isinstance(value, list) else [value or ""] for name, value in raw.items()}


def in_words(form_field: forms.Field, value: Any) -> list[str]:
    """Return a typed value as a reader knows it from the form, a line for each choice; nothing for no value."""
    if _is_set(value):
        return sorted(line for choice in value for line in in_words(form_field, choice))
    if value is None or value == BLANK:
        return []
    if isinstance(form_field, forms.ModelChoiceField):
        return [str(form_field.label_from_instance(value))]
    if isinstance(value, date):
        return [day_words(value, reader_language())]
    if isinstance(value, Decimal):
        return [number_format(value, use_l10n=True, force_grouping=True)]
    labels = {str(code).lower(): str(label) for code, label in getattr(form_field.widget, "choices", ())}
    return [labels.get(str(value).lower(), str(value))]


def with_choices(posted: QueryDict | None, stored_form: Callable[[], EditionForm]) -> QueryDict | None:
    """Return what was posted, with what is stored in the fields for which the conflict page took it."""
    if posted is None or not (taken := _taken(posted)):
        return posted
    data, form = posted.copy(), stored_form()
    for part in taken:
        for name, values in form.as_posted(part).items():
            data.setlist(name, values)
    return data


def _taken(posted: Mapping[str, Any]) -> frozenset[str]:
    """Return the parts for which the conflict page took what is stored."""
    return frozenset(name.removeprefix(KEEP) for name in posted if name.startswith(KEEP) and posted[name] == "theirs")


def tell_saved(request: HttpRequest, form: EditionForm, merged: Merged, saved: str) -> None:
    """Say that the form is saved, and which changes of others stand beside it."""
    messages.success(request, saved)
    if merged.taken:
        names = ", ".join(form.label_of(part) for part in merged.taken)
        words = _("Someone else saved in between. What they changed stands as well: %(fields)s.")
        if merged.who == request.user:
            words = _("You saved in another window in between. What you changed there stands as well: %(fields)s.")
        elif merged.who is not None:
            words = _("%(who)s saved in between. What they changed stands as well: %(fields)s.")
        messages.info(request, fill(words, fields=names, who=merged.who))
