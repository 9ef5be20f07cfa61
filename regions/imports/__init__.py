"""The import of the actors' reference data: its engine and its kinds, in the order of the work."""

from pathlib import Path

from . import groups, organisations, regions
from .engine import Count, FaultError, Spec, run

__all__ = ["FOLDER", "KINDS", "Count", "FaultError", "Spec", "run"]

FOLDER = Path(__file__).resolve().parent.parent / "reference"
KINDS: tuple[Spec, ...] = (*regions.KINDS, *organisations.KINDS, *groups.KINDS)
