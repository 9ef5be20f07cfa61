"""Files that staff open in a spreadsheet: no cell can start a formula."""

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import StringIO
from typing import Any

from django.http import HttpResponse

from registry.lib.dates import finnish_time
from registry.lib.plaintext import clean

# What a spreadsheet may take for a formula, also behind blanks and quotes (OWASP: CSV injection).
FORMULA = re.compile(r"^[\s\u200b\ufeff\"']*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]")


def cell(value: Any) -> str:
    """Return ``value`` as a safe cell: numbers as they are, moments in ISO 8601 on the Finnish clock, no formulas."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, datetime):
        return finnish_time(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    text = clean(str(value))
    return f"'{text}" if FORMULA.match(text) else text


def csv_response(filename: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """Return a download for staff: UTF-8 with a byte order mark and semicolons, as Finnish spreadsheets open it."""
    buffer = StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow([cell(value) for value in header])
    writer.writerows([cell(value) for value in row] for row in rows)
    response = HttpResponse("\ufeff" + buffer.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
