"""What is built from sources: compiled translations and collected static files. Built only after a change.

``python -m registry.embedded.built``
"""

from hashlib import sha256
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]
UNCHANGED = "unchanged"


def is_up_to_date(static_root: str) -> bool:
    """Return whether all is built already."""
    return _are_compiled() and _are_collected(Path(static_root))


def _are_compiled() -> bool:
    catalogues = list((ROOT / "registry" / "locale").rglob("*.po"))
    compiled = [catalogue.with_suffix(".mo") for catalogue in catalogues]
    return all(
        new.exists() and new.stat().st_mtime_ns > old.stat().st_mtime_ns
        for old, new in zip(catalogues, compiled, strict=True)
    )


def _are_collected(static_root: Path) -> bool:
    stamp = _stamp(static_root)
    return static_root.exists() and stamp.exists() and stamp.read_text() == _fingerprint()


def _stamp(static_root: Path) -> Path:
    return static_root.with_name("static-seen")


def _fingerprint() -> str:
    """Return a digest of our static files and of the locked packages."""
    digest = sha256((ROOT / "requirements" / "run.lock").read_bytes())
    for file in sorted((ROOT / "static").rglob("*")):
        digest.update(f"{file} {file.stat().st_mtime_ns} {file.stat().st_size}\n".encode())
    return digest.hexdigest()


def static_files() -> str:
    """Collect and pack the static files, unless they are as they were; return a word about it."""
    static_root = Path(settings.STATIC_ROOT)
    if _are_collected(static_root):
        return UNCHANGED
    call_command("collectstatic", interactive=False, verbosity=0)
    _stamp(static_root).write_text(_fingerprint())
    return ""


def translations() -> str:
    """Compile the translations, unless they are compiled; return a word about it."""
    if _are_compiled():
        return UNCHANGED
    call_command("translations", "compile")
    return ""


if __name__ == "__main__":
    django.setup()
    translations()
    static_files()
