"""Names of accounts: they stand in letters of the registry to people who do not know it, so they hold no address."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# A line end, the beginning of an address, or a word with a dot within, which mail programs turn into a link.
NO_NAME = re.compile(r"[\r\n\v\f\u0085\u2028\u2029@]|://|[Ww][Ww][Ww]\.|\w\w\.\w\w")
MESSAGE = _("Write a name alone, on one line: no addresses of pages or of mail.")


def validate(name: str) -> None:
    """Raise ``ValidationError`` unless ``name`` is one line without an address."""
    if NO_NAME.search(name):
        raise ValidationError(MESSAGE)
