"""The import of the acts' reference data: its kinds, in the order of the work."""

from pathlib import Path

from regions.imports import Spec

__all__ = ["FOLDER", "KINDS"]

FOLDER = Path(__file__).resolve().parent / "reference"
KINDS: tuple[Spec, ...] = ()
