"""Reads one value of a record: what its shape in JSON must be follows from the column of the model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, cast

from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models

from registry.lib.database import since
from registry.lib.dates import reading
from registry.lib.languages import LANGUAGES
from registry.lib.plaintext import UNSTORABLE, clean

from .faults import RefusedError, shortened

Model = type[models.Model]
Columns = dict[str, Any]

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
SHAPES: tuple[tuple[type[models.Field[Any, Any]], tuple[type, ...], str], ...] = (
    (models.BooleanField, (bool,), "true or false"),
    (models.IntegerField, (int,), "a whole number"),
    (models.DecimalField, (int, str), "a number, or a number in quotes"),
    (models.DateField, (str,), "a day in quotes, like 2018-03-15"),
    (models.CharField, (str,), "text"),
    (models.TextField, (str,), "text"),
    (models.JSONField, (dict, list, str, int, bool), "JSON"),
)


def field_of(model: Model, name: str) -> models.Field[Any, Any] | None:
    """Return the column or many-to-many of ``model`` called ``name``, or None."""
    try:
        return cast("models.Field[Any, Any]", model._meta.get_field(name))
    except FieldDoesNotExist:
        return None


def columns_of(model: Model, name: str) -> list[str]:
    """Return the columns that the field ``name`` of a record fills: one, three languages, or a fuzzy date."""
    if field_of(model, name):
        return [name]
    if field_of(model, f"{name}_fi"):
        return [f"{name}_{language}" for language in LANGUAGES]
    if field_of(model, f"{name}_days"):
        return [column for part in ("words", "days", "counted_from") if field_of(model, column := f"{name}_{part}")]
    raise LookupError(f"{model.__name__} has no {name}")


def names_of(model: Model, elsewhere: set[str], key: tuple[str, ...]) -> tuple[str, ...]:
    """Return the fields of a record: the columns of ``model`` that can be typed and do not come from elsewhere.

    A column of the ``key`` is a field by itself.
    """
    own = [*model._meta.concrete_fields, *model._meta.many_to_many]
    columns = [
        column.name
        for column in own
        if column.editable and not column.primary_key and column.name not in elsewhere and not _has_a_model(column)
    ]
    together = [column for column in columns if column not in key]
    return tuple(dict.fromkeys(_name_of(column, together) for column in columns))


def _has_a_model(column: models.Field[Any, Any]) -> bool:
    """Whether the many-to-many rows are records of their own: children, as the files have them."""
    return (
        isinstance(column, models.ManyToManyField) and not cast("Model", column.remote_field.through)._meta.auto_created
    )


def _name_of(column: str, columns: list[str]) -> str:
    """Return the field that fills a column: of three languages, of words and days, or the column itself."""
    stem, _, last = column.rpartition("_")
    if last in LANGUAGES and all(f"{stem}_{language}" in columns for language in LANGUAGES):
        return stem
    if last in {"words", "days"} and f"{stem}_days" in columns:
        return stem
    return column


def read_value(model: Model, name: str, value: Any) -> Columns:
    """Return the columns that ``value`` fills; raises ``RefusedError`` when it has not the shape of ``name``."""
    field = field_of(model, name)
    if isinstance(field, DateRangeField):
        return {name: _range(name, value)}
    if field is not None:
        return {name: read_plain(field, name, value)}
    parts = _object(name, value)
    if field_of(model, f"{name}_fi"):
        return dict(_texts(model, name, parts))
    return _fuzzy(model, name, parts)


def default_of(model: Model, name: str) -> Columns:
    """Return the columns of a field that the record leaves out; raises ``RefusedError`` if it may not be left out."""
    columns = {}
    for column in columns_of(model, name):
        field = cast("models.Field[Any, Any]", field_of(model, column))
        value = field.get_default()
        if value is None and not field.null:
            raise RefusedError(f"“{name}” is missing")
        columns[column] = value if isinstance(field, DateRangeField) else _cleaned(field, column, value)
    return columns


def read_plain(field: models.Field[Any, Any], name: str, value: Any) -> Any:
    """Return ``value`` as the column ``field`` keeps it; raises ``RefusedError`` for a wrong type or word."""
    if value is None:
        if field.null:
            return None
        raise RefusedError(f"“{name}” may be left out, but not be null" if field.blank else f"“{name}” is missing")
    if isinstance(field, ArrayField):
        if not isinstance(value, list):
            raise RefusedError(f"“{name}” is not a list")
        return _cleaned(field, name, [read_plain(field.base_field, name, one) for one in value])
    _check_shape(field, name, value)
    if isinstance(field, models.DateTimeField):
        return _moment(name, value)
    if isinstance(field, models.DateField):
        return read_day(name, value)
    return _cleaned(field, name, clean(value) if isinstance(value, str) else value)


def _check_shape(field: models.Field[Any, Any], name: str, value: Any) -> None:
    types, words = next((types, words) for kind, types, words in SHAPES if isinstance(field, kind))
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise RefusedError(f"“{name}” is not {words}")
    if isinstance(value, str) and UNSTORABLE.search(value):
        raise RefusedError(f"“{name}” has a character that is not text")


def read_day(name: str, value: Any) -> date:
    """Return a day written like 2018-03-15; raises ``RefusedError``."""
    try:
        if isinstance(value, str) and DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise RefusedError(f"“{name}” is not a day like 2018-03-15: {shortened(repr(value))}")


def _moment(name: str, value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment
    except ValueError:
        pass
    raise RefusedError(
        f"“{name}” is not a moment with its zone, like 2018-03-31T16:15:00+03:00: {shortened(repr(value))}"
    )


def _cleaned(field: models.Field[Any, Any], name: str, value: Any) -> Any:
    try:
        return field.clean(value, None)
    except ValidationError as problem:
        raise RefusedError(f"“{name}”: {shortened(' '.join(problem.messages))}") from problem


def _object(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RefusedError(f"“{name}” is not an object with parts")
    return value


def _only(name: str, parts: dict[str, Any], *known: str) -> None:
    for part in parts:
        if part not in known:
            raise RefusedError(f"“{name}” has an unknown part “{shortened(part)}”; it may have {', '.join(known)}")


def _texts(model: Model, name: str, parts: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    _only(name, parts, *LANGUAGES)
    for language in LANGUAGES:
        column = f"{name}_{language}"
        field = cast("models.Field[Any, Any]", field_of(model, column))
        yield column, read_plain(field, f"{name}.{language}", parts.get(language, ""))


def _days(name: str, parts: dict[str, Any], first: str, last: str) -> tuple[date | None, date | None]:
    start, end = (
        None if parts.get(part) is None else read_day(f"{name}.{part}", parts[part]) for part in (first, last)
    )
    if end == date.max:
        raise RefusedError(f"“{name}”: {end} is too far; leave out an end that is not known")
    if start and end and end < start:
        raise RefusedError(f"“{name}”: the end {end} is before the start {start}")
    return start, end


def _range(name: str, value: Any) -> Any:
    parts = _object(name, value)
    _only(name, parts, "first", "last")
    return since(*_days(name, parts, "first", "last"))


def _fuzzy(model: Model, name: str, parts: dict[str, Any]) -> Columns:
    counted = field_of(model, f"{name}_counted_from") is not None
    _only(name, parts, "words", "earliest", "latest", *(["counted_from"] if counted else []))
    columns = {
        f"{name}_words": read_plain(
            cast("models.Field[Any, Any]", field_of(model, f"{name}_words")), f"{name}.words", parts.get("words", "")
        ),
        f"{name}_days": reading(*_days(name, parts, "earliest", "latest")),
    }
    if counted:
        day = parts.get("counted_from")
        columns[f"{name}_counted_from"] = None if day is None else read_day(f"{name}.counted_from", day)
    return columns
