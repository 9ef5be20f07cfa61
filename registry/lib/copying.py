"""Many rows at once: PostgreSQL's COPY, from any iterable of rows and never all of them in memory."""

from collections.abc import Iterable, Iterator, Sequence

from django.db import connection

Values = Sequence[str | None]  # the values of a row as PostgreSQL writes them; None is NULL
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def _line(row: Values) -> str:
    return "\t".join(r"\N" if value is None else value.translate(_ESCAPES) for value in row) + "\n"


class _Lines:
    """Rows as a file that is read to its end."""

    def __init__(self, rows: Iterable[Values]) -> None:
        self.rows: Iterator[Values] = iter(rows)

    def read(self, size: int) -> str:
        """Return lines of ``size`` characters or a little more; nothing at the end."""
        lines, length = [], 0
        for row in self.rows:
            lines.append(_line(row))
            length += len(lines[-1])
            if length >= size:
                break
        return "".join(lines)


def copy_in(table: str, columns: Sequence[str], rows: Iterable[Values]) -> int:
    """Write the rows into the table; return how many there were."""
    names = ", ".join(map(connection.ops.quote_name, columns))
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {connection.ops.quote_name(table)} ({names}) FROM STDIN", _Lines(rows))
        return int(cursor.rowcount)


def as_copied(table: str, columns: Sequence[str], *, order: str) -> list[list[str | None]]:
    """Return all rows of the table, each value in PostgreSQL's own words, as ``copy_in`` takes them."""
    quote = connection.ops.quote_name
    values = ", ".join(f"{quote(column)}::text" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {values} FROM {quote(table)} ORDER BY {quote(order)}")  # noqa: S608 - names of our tables
        return [list(row) for row in cursor.fetchall()]


def reserve(table: str, how_many: int) -> list[int]:
    """Return keys of the table that nobody else gets."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, how_many]
        )
        return [key for (key,) in cursor.fetchall()]
