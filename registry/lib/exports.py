"""Files that people open in a spreadsheet: streamed row by row, and no cell can start a formula."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from io import StringIO
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.translation import get_language, override

from registry.lib.dates import finnish_time
from registry.lib.plaintext import clean

# What a spreadsheet may take for a formula, also behind blanks and quotes (OWASP: CSV injection).
FORMULA = re.compile(r"^[\s\u200b\ufeff\"']*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]")
SEVERAL = " | "  # between the values of one cell
PORTION = 1000  # rows that are in memory at once

Read = Callable[[Any], Any]


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


class Dataset:
    """Rows, and the columns in which they leave: one declaration for the page and for every kind of file.

    A column is a title and a function that reads the value from a row.
    """

    def __init__(self, rows: Iterable[Any], columns: Mapping[str, Read]) -> None:
        self.rows, self.columns = rows, columns

    @property
    def titles(self) -> list[str]:
        """The titles of the columns."""
        return list(self.columns)

    def records(self) -> Iterator[list[Any]]:
        """Yield the values of each row; the database is read a portion at a time."""
        rows = self.rows.iterator(chunk_size=PORTION) if isinstance(self.rows, QuerySet) else self.rows
        for row in rows:
            yield [read(row) for read in self.columns.values()]

    def csv(self, filename: str) -> StreamingHttpResponse:
        """Return a download: UTF-8 with a byte order mark and semicolons, as Finnish spreadsheets open it."""
        response = StreamingHttpResponse(self._csv(get_language()), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
        return response

    def _csv(self, language: str | None) -> Iterator[str]:
        """Yield the text a portion at a time; rows are read in the language of the request, which is over by then."""
        yield "\ufeff" + _lines([self.titles])
        records = self.records()
        while True:
            with override(language):
                text = _lines(islice(records, PORTION))
            if not text:
                return
            yield text


def _lines(records: Iterable[Iterable[Any]]) -> str:
    """Return the records as lines of CSV."""
    buffer = StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerows([cell(value) for value in record] for record in records)
    return buffer.getvalue()
