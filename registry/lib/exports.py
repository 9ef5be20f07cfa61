"""Rows that leave as a file, streamed: one declaration of columns for CSV, XLSX, JSON and the data dictionary.

A public file says what the registry says, unaltered: CSV by RFC 4180, JSON with lists as lists. A file of the staff is
opened in a spreadsheet: semicolons, a byte order mark, and no cell that can start a formula.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.translation import get_language, gettext, override

from registry.lib import xlsx
from registry.lib.dates import finnish_time
from registry.lib.plaintext import clean, is_clean

# What a spreadsheet may take for a formula, also behind blanks and quotes (OWASP: CSV injection).
FORMULA = re.compile(r"^[\s\u200b\ufeff\"']*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]")
SEVERAL = " | "  # between the values of one cell; a bar within a value becomes BAR, so that a cell can be split
BAR = "¦"
PORTION = 500  # rows that are in memory at once
LICENCE = "CC BY 4.0"
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}

Read = Callable[[Any], Any]


class FileKind:
    """The kind of a file as the end of its address."""

    regex = "|".join(KINDS)

    def to_python(self, value: str) -> str:
        """Return the kind."""
        return value

    def to_url(self, value: str) -> str:
        """Return the end of the address."""
        return value


@dataclass(frozen=True)
class Column:
    """A column of files: its title, what reads the value from a row, its key in JSON, what it means if not plain."""

    title: Any
    read: Read
    key: str = ""
    meaning: Any = ""


Columns = Mapping[str, Column]  # by key


def columns(*declared: tuple[str, Any, Read] | tuple[str, Any, Read, Any]) -> dict[str, Column]:
    """Return columns by key, each told as key, title, reader and, where it is not plain, what it means."""
    return {key: Column(title, read, key, *more) for key, title, read, *more in declared}


def plain(value: Any) -> Any:
    """Return the value as JSON has it: moments and days in ISO 8601 on the Finnish clock, a list as a list."""
    if value is None or value.__class__ is str or isinstance(value, (int, float)):  # also a bool
        return value
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return finnish_time(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


def _cleaned(portion: list[list[Any]]) -> list[list[Any]]:
    """Return the records, made plain, with texts that have no controls: hardly one has, so all are looked at once."""
    records = [[value if value.__class__ is str else plain(value) for value in record] for record in portion]
    if is_clean(text for record in records for text in _texts(record)):
        return records
    return [[_clean(value) for value in record] for record in records]


def _texts(values: list[Any]) -> Iterator[str]:
    """Yield the texts of a record, and of the lists in it."""
    for value in values:
        if value.__class__ is str:
            yield value
        elif value.__class__ is list:
            yield from _texts(value)


def _clean(value: Any) -> Any:
    if isinstance(value, list):
        return [_clean(one) for one in value]
    return clean(value) if isinstance(value, str) else value


def joined(value: Any) -> Any:
    """Return a plain value as one cell: several with SEVERAL between them, "not known" as an empty cell."""
    if value.__class__ is list:
        return SEVERAL.join([str(one).replace("|", BAR) for one in value]) if value else ""
    return "" if value is None else value


def cell(value: Any) -> str:
    """Return a plain value as a safe cell of a spreadsheet: numbers as they are, no formulas."""
    text = joined(value)
    return f"'{text}" if isinstance(text, str) and FORMULA.match(text) else str(text)


class Dataset:
    """Rows, and the columns in which they leave.

    ``guarded``: a file of the staff. ``day``: the day that the rows tell of, in a public file and in its name.
    """

    def __init__(
        self,
        rows: Iterable[Any],
        columns: Columns | Mapping[str, Read],
        *,
        day: date | None = None,
        guarded: bool = False,
    ) -> None:
        self.rows, self.day, self.guarded = rows, day, guarded
        self.columns = {
            key: column if isinstance(column, Column) else Column(key, column, key) for key, column in columns.items()
        }

    @property
    def titles(self) -> list[str]:
        """The titles of the columns; a public file ends with its licence and day."""
        titles = [str(column.title) for column in self.columns.values()]
        return titles if self.day is None else [*titles, gettext("Licence"), gettext("Day of the file")]

    def records(self) -> Iterator[list[Any]]:
        """Yield the values of each row; the database is read a portion at a time."""
        rows = self.rows.iterator(chunk_size=PORTION) if isinstance(self.rows, QuerySet) else self.rows
        reads = [column.read for column in self.columns.values()]
        for row in rows:
            yield [read(row) for read in reads]

    def file(self, name: str, kind: str) -> StreamingHttpResponse:
        """Return a download of one of ``KINDS``; the day is part of its name."""
        parts = {"csv": self._csv, "xlsx": self._xlsx, "json": self._json}[kind](get_language())
        response = StreamingHttpResponse(parts, content_type=KINDS[kind])
        dated = f"{name}-{self.day.isoformat()}" if self.day else name
        response.headers["Content-Disposition"] = f'attachment; filename="{dated}.{kind}"'
        return response

    def _portions(self, language: str | None) -> Iterator[list[list[Any]]]:
        """Yield the records, plain, a portion at a time, in the language of the request, which is over by then."""
        records = self.records()
        while True:
            with override(language):
                portion = _cleaned(list(islice(records, PORTION)))
            if not portion:
                return
            yield portion

    def _last(self) -> list[str]:
        return [LICENCE, self.day.isoformat()] if self.day else []

    def _csv(self, language: str | None) -> Iterator[str]:
        with override(language):
            yield ("\ufeff" if self.guarded else "") + self._lines([self.titles])
        for portion in self._portions(language):
            with override(language):
                yield self._lines([*record, *self._last()] for record in portion)

    def _lines(self, records: Iterable[Iterable[Any]]) -> str:
        buffer = StringIO()
        writer = csv.writer(buffer, delimiter=";" if self.guarded else ",", lineterminator="\r\n")
        one = cell if self.guarded else joined
        writer.writerows([one(value) for value in record] for record in records)
        return buffer.getvalue()

    def _xlsx(self, language: str | None) -> Iterator[bytes]:
        """Yield a workbook: the rows as texts and numbers, never as formulas."""

        def rows() -> Iterator[list[Any]]:
            with override(language):
                titles = self.titles
            yield titles
            for portion in self._portions(language):
                with override(language):
                    made = [[joined(value) for value in [*record, *self._last()]] for record in portion]
                yield from made

        return xlsx.workbook(rows())

    def _json(self, language: str | None) -> Iterator[str]:
        """Yield an object: the licence, the day, the columns, and the rows as objects."""
        with override(language):
            titles = {key: str(column.title) for key, column in self.columns.items()}
            day = self.day.isoformat() if self.day else None
            head = {"licence": LICENCE, "as_of": day, "language": language, "columns": titles}
        yield json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": ['
        comma = ""
        for portion in self._portions(language):
            with override(language):
                texts = [
                    json.dumps(dict(zip(self.columns, record, strict=True)), ensure_ascii=False) for record in portion
                ]
            yield comma + ",\n".join(texts)
            comma = ",\n"
        yield "]}\n"
