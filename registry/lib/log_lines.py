"""The form of the lines of every log: times in UTC, refusals without a traceback, events of security as JSON."""

import json
import logging
import time
from datetime import UTC, datetime
from typing import Any


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of an event."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        facts: dict[str, Any] = getattr(record, "facts", {})
        return json.dumps({"at": at, "event": record.getMessage(), **facts}, default=str)


class Lines(logging.Formatter):
    """The lines of all other logs, with their time in UTC."""

    converter = time.gmtime  # type: ignore[assignment]
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"


class Refusals(logging.Filter):
    """Takes the traceback from a refusal (403), which is no fault; lets every record pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True."""
        if getattr(record, "status_code", None) == 403:
            record.exc_info = record.exc_text = None
        return True
