"""Watching: what is wrong with reminders and mail, what became of all that was due, and who is told of it."""

from .alarms import keep, mail
from .reconciliation import ENDS, Line, lines, people, reconcile
from .troubles import Seen, Trouble, look

__all__ = ["ENDS", "Line", "Seen", "Trouble", "keep", "lines", "look", "mail", "people", "reconcile"]
