"""The files of the actors' reference data: imported as they are, or copied to be spoilt."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from regions.imports import FOLDER, KINDS, Count, run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the files, to be spoilt."""
    for file in FOLDER.glob("*.json"):
        shutil.copy(file, tmp_path)
    return tmp_path


@pytest.fixture
def edit(folder: Path) -> Callable[[str, Callable[[Any], Any]], None]:
    """Return a changer of one of the copied files."""

    def change(file: str, act: Callable[[Any], Any]) -> None:
        content = json.loads((folder / file).read_text())
        act(content)
        (folder / file).write_text(json.dumps(content))

    return change


@pytest.fixture
def imported() -> list[Count]:
    return run(KINDS, [FOLDER])
