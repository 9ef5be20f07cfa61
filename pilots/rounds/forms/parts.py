"""A page of parts of one kind that belong to a round: its questions, its criteria. New ones stand at the end."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from pilots.models import Round
from pilots.rounds.workflow.parts import NEW, apart
from registry.lib.editions import EDITION, SHOWN, EditionForm, raw_values, token
from registry.lib.languages import LANGUAGES, InThree

from .deadlines import WithReasons
from .rounds import in_three

EMPTY_ONES = 2
IN_LANGUAGES = {"fi": _("in Finnish"), "sv": _("in Swedish"), "en": _("in English")}


def label_in(words: Any, language: str) -> str:
    """Return the label of a field that is there in each language."""
    return f"{words} {IN_LANGUAGES[language]}"


class PartForm(forms.Form):
    """One part; a new one that is empty is left out. ``first_words``: the field by which a part is known."""

    first_words: ClassVar[str]
    words: ClassVar[tuple[str, ...]]  # the names of its texts in three languages

    position = forms.IntegerField(label=_("Place"), min_value=1, max_value=1_000, required=False)

    def __init__(self, data: QueryDict | None, key: str, initial: Mapping[str, Any]) -> None:
        self.key, self.is_new = key, key.startswith(NEW)
        super().__init__(data, prefix=key, initial=dict(initial))
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written into a new part."""
        data = self.cleaned_data
        return self.is_new and not any(data.get(f"{name}_{language}") for name in self.words for language in LANGUAGES)

    def typed(self, place: int) -> Any:
        """Return the part as it is typed, at ``place`` unless a place was typed; None: it is taken away."""
        raise NotImplementedError


class PartsForm(WithReasons, EditionForm):
    """All parts of one kind; a published round needs a reason for a change, which all see."""

    most: ClassVar[int]
    known_keys: str = "[0-9]{1,18}"  # a pattern of the keys of stored parts
    keys_input: ClassVar[str] = "parts"  # the input that names the parts of the page
    name_of_new: ClassVar[Any]

    def __init__(
        self, data: QueryDict | None, round_: Round, was: Mapping[str, Any], values: Mapping[str, Any] | None = None
    ) -> None:
        """``was``: what is stored, by key; ``values``: what is shown in its place (None: a part that is taken away)."""
        super().__init__(data)
        self.round, self.was = round_, was
        if round_.published_at is None:
            for language in LANGUAGES:
                del self.fields[f"reason_{language}"]
        shown = {**was, **(values or {})}
        if data is None:
            carried = {**dict.fromkeys(self._empty()), **was}
            self.initial.update({EDITION: round_.edition, SHOWN: token(round_, apart(carried))})
        keys = list(dict.fromkeys([*shown, *self._empty()])) if data is None else self._posted_keys(data)
        self.members: Sequence[PartForm] = [self.member(data, key, shown.get(key) or was.get(key)) for key in keys]
        for one in self.members:
            if one.key in shown and shown[one.key] is None:
                one.initial["gone"] = True
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        reasons = [in_three("reason")] if round_.published_at else []
        self.helper.layout = Layout(EDITION, SHOWN, *reasons)

    def member(self, data: QueryDict | None, key: str, values: Any) -> PartForm:
        """Return the form of one part."""
        raise NotImplementedError

    def _empty(self) -> list[str]:
        """Return the names of the new parts: no more than the round has room for."""
        room = self.most - len(self.was)
        return [f"{NEW}{number}" for number in range(1, min(EMPTY_ONES, room) + 1)]

    def _posted_keys(self, data: QueryDict) -> list[str]:
        """Return the keys of the parts that were posted; what cannot be one is left out."""
        known = re.compile(rf"({self.known_keys}|{NEW}[0-9]{{1,5}})")
        keys = [key for key in data.get(self.keys_input, "").split() if known.fullmatch(key)]
        return list(dict.fromkeys(keys))[: self.most]

    @property
    def keys(self) -> str:
        """The parts of the page, as its hidden input names them."""
        return " ".join(one.key for one in self.members)

    @property
    def faulty(self) -> list[PartForm]:
        """The parts that have faults."""
        return [one for one in self.members if one.errors]

    def is_valid(self) -> bool:
        """Whether the reason and each part are; the faults of all are shown."""
        valid = [super().is_valid(), *(one.is_valid() for one in self.members)]
        return all(valid)

    def typed(self) -> dict[str, Any]:
        """Return each part as typed, by key; None: it is taken away."""
        filled = [one for one in self.members if not one.is_empty]
        return {one.key: one.typed(len(self.was) + place) for place, one in enumerate(filled, start=1)}

    def reason(self) -> InThree | None:
        """Return the reason as typed; None where none is asked for."""
        return self.in_three() if "reason_fi" in self.fields else None

    def _of(self, key: str) -> PartForm | None:
        return next((one for one in self.members if one.key == key), None)

    def label_of(self, part: str) -> str:
        """Return the words of a part."""
        member, stored = self._of(part), self.was.get(part)
        typed = member[member.first_words].value() if member else ""
        return str(typed or (stored.label if stored else self.name_of_new))

    def as_posted(self, part: str) -> dict[str, list[str]]:
        """Return a part as a browser posts it."""
        member = self._of(part)
        return raw_values(member, member.fields) if member else {}
