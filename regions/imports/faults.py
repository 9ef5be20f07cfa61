"""The one kind of error of an import: it names the file, the record and the reason in plain words."""


class RefusedError(ValueError):
    """A value that cannot be read; says why. The engine adds file and record and raises a ``FaultError``."""


class FaultError(Exception):
    """Why nothing was imported: the file, the record in it (empty: the file as a whole), and the reason."""

    def __init__(self, file: str, record: str, reason: str) -> None:
        super().__init__(file, record, reason)
        self.file = file
        self.record = record
        self.reason = reason

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.record, self.reason) if part)


def shortened(words: str) -> str:
    """Return ``words`` short enough for a message."""
    return words if len(words) <= 120 else f"{words[:120]}…"
