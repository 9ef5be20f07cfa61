"""The forms there are, by version: a proposal and each of its versions name theirs."""

from pilots.models import Proposal, Version

from .asked import Form
from .form_1 import FORM_1

FORMS: dict[int, Form] = {form.version: form for form in (FORM_1,)}
NEW_PROPOSALS = FORM_1.version  # the form that a proposal started now answers


def form_of(row: Proposal | Version) -> Form:
    """Return the form whose questions the content of a proposal or of a submitted version answers."""
    return FORMS[row.form]
