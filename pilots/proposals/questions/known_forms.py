"""The forms there are, by version: a proposal and each of its versions name theirs. A round may ask more of its own."""

from collections.abc import Collection
from dataclasses import replace

from pilots.models import OwnForm, Proposal, Round, Version
from pilots.models.own_questions import key_prefix

from .asked import Form
from .form_1 import FORM_1
from .own import own_section

FORMS: dict[int, Form] = {form.version: form for form in (FORM_1,)}
NEW_PROPOSALS = FORM_1.version  # the form that a proposal started now answers


def form_of(row: Proposal | Version, step: int | None = None, typed: Collection[str] = ()) -> Form:
    """Return the form whose questions the content of a proposal or of a submitted version answers.

    A proposal answers its round's own questions as they are now, a version as they were. ``step``: the place of the
    step in which a proposal is to be sent, which decides what the round's own questions require. ``typed``: the names
    of what was posted, maybe from a page of an earlier form.
    """
    section = own_section(_own_forms(row), row.content, step, typed)
    return replace(FORMS[row.form], sections=(*FORMS[row.form].sections, section)) if section else FORMS[row.form]


def asked_now(round_: Round) -> OwnForm | None:
    """Return the form of the round's own questions that is asked now; None: the round never asked anything."""
    forms = list(round_.own_forms.all())
    return forms[-1] if forms else None


def _own_forms(row: Proposal | Version) -> list[OwnForm]:
    """Return the forms of the round's own questions up to that of the row; a version without one asks nobody."""
    if isinstance(row, Proposal):
        return list(row.round.own_forms.all())
    asked = row.own_form
    if asked is None:
        return []
    known = {question.key for question in asked.questions.all()}
    prefix = key_prefix(asked.round_id)
    if any(key.startswith(prefix) and key not in known for key in row.content):  # answers to what was no longer asked
        return [form for form in OwnForm.objects.of(asked.round_id) if form.number < asked.number] + [asked]
    return [asked]
