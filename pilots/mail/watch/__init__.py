"""The watch: troubles of reminders and mail, reconciliations of what was due, alarms to operations."""

from .alarms import keep, mail
from .reconciliation import ENDS, Line, lines, people, reconcile
from .troubles import Seen, Trouble, look

__all__ = ["ENDS", "Line", "Seen", "Trouble", "keep", "lines", "look", "mail", "people", "reconcile"]
