"""Collect and pack the static files, unless they are as they were.

``python -m registry.embedded.static``
"""

from hashlib import sha256
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command


def static_files() -> str:
    """Collect and pack the static files, unless neither ours nor the locked packages have changed since."""
    root = Path(settings.STATIC_ROOT)
    seen = sha256((settings.BASE_DIR / "requirements" / "run.lock").read_bytes())
    for file in sorted((settings.BASE_DIR / "static").rglob("*")):
        seen.update(f"{file} {file.stat().st_mtime_ns} {file.stat().st_size}\n".encode())
    stamp = root.with_name("static-seen")
    if root.exists() and stamp.exists() and stamp.read_text() == seen.hexdigest():
        return "unchanged"
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(seen.hexdigest())
    return ""


if __name__ == "__main__":
    django.setup()
    static_files()
