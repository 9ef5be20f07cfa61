"""Message catalogues without GNU gettext: Babel reads the sources, keeps the two .po files and compiles them.

A message is its own English text, so English has no catalogue.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation import templatize

from registry.lib.languages import LANGUAGES

TRANSLATED = tuple(language for language in LANGUAGES if language != "en")
KEYWORDS: dict[str, Any] = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "_": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
VOLATILE = tuple(
    f'"{field}'
    for field in (
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Generated-By",
        "Last-Translator",
        "Language-Team",
        "Project-Id-Version",
        "Report-Msgid-Bugs-To",
    )
)
HEADER = "# Pilottirekisteri\n# SPDX-License-Identifier: EUPL-1.2\n#"


def path(folder: Path, language: str, suffix: str = "po") -> Path:
    """Return the path of a language's catalogue below the locale folder."""
    return folder / language / "LC_MESSAGES" / f"django.{suffix}"


def _extract_template(file: BytesIO, keywords: Any, comments: Any, options: Any) -> Iterator[Any]:
    # A template's indentation means nothing, but Python's reader would stumble over it.
    source = "\n".join(line.strip() for line in templatize(file.read().decode()).split("\n"))
    return extract_python(BytesIO(source.encode()), keywords, comments, options)


def _sources(root: Path) -> Iterator[tuple[Path, Any]]:
    for app in ("registry", "regions", "pilots"):
        for file in sorted((root / app).rglob("*.py")):
            if not {"migrations", "embedded"} & set(file.relative_to(root).parts):
                yield file, extract_python
    for pattern in ("*.html", "*.txt"):
        for file in sorted((root / "templates").rglob(pattern)):
            yield file, _extract_template


def messages(root: Path) -> Catalog:
    """Return every message that the sources below ``root`` ask for."""
    catalogue = Catalog(charset="utf-8", fuzzy=False)
    for file, method in _sources(root):
        with file.open("rb") as source:
            for _line, message, _comments, context in extract(method, source, keywords=KEYWORDS):
                catalogue.add(message, context=context)
    return catalogue


def read(folder: Path, language: str) -> Catalog:
    """Return a language's catalogue; an empty one where there is no file yet."""
    file = path(folder, language)
    if not file.exists():
        return Catalog(locale=language, charset="utf-8", fuzzy=False)
    with file.open("rb") as source:
        return read_po(source, locale=language)


def write(folder: Path, catalogue: Catalog) -> None:
    """Write a catalogue: sorted, without places or dates, so that two changes rarely meet."""
    catalogue.header_comment = HEADER
    buffer = BytesIO()
    write_po(buffer, catalogue, sort_output=True, no_location=True, width=0, omit_header=False, ignore_obsolete=True)
    lines = [line for line in buffer.getvalue().decode().splitlines() if not line.startswith(VOLATILE)]
    file = path(folder, str(catalogue.locale))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines).rstrip() + "\n")


def update(root: Path, folder: Path) -> None:
    """Bring the catalogues up to the sources; a new message has an empty translation."""
    wanted = messages(root)
    for language in TRANSLATED:
        existing, catalogue = read(folder, language), Catalog(locale=language, charset="utf-8", fuzzy=False)
        for message in wanted:
            if not message.id:
                continue
            old = existing.get(message.id, message.context)
            plural = isinstance(message.id, list | tuple)
            empty: Any = ("",) * catalogue.num_plurals if plural else ""
            catalogue.add(message.id, old.string if old and old.string else empty, context=message.context)
        write(folder, catalogue)


def missing(root: Path, folder: Path) -> list[str]:
    """Return the faults of the catalogues: messages that are missing, not translated, fuzzy, or used nowhere."""
    wanted = {(message.id, message.context) for message in messages(root) if message.id}
    faults = []
    for language in TRANSLATED:
        catalogue = {(message.id, message.context): message for message in read(folder, language) if message.id}
        faults += [f"{language}: not in the catalogue: {key[0]!r}" for key in sorted(wanted - set(catalogue), key=str)]
        faults += [f"{language}: used nowhere: {key[0]!r}" for key in sorted(set(catalogue) - wanted, key=str)]
        for key, message in catalogue.items():
            texts = message.string if isinstance(message.string, list | tuple) else [message.string]
            if not all(texts) or message.fuzzy:
                faults.append(f"{language}: not translated: {key[0]!r}")
    return faults


def compile_all(folder: Path) -> None:
    """Write the ``.mo`` files that Django reads."""
    for language in TRANSLATED:
        with path(folder, language, "mo").open("wb") as target:
            write_mo(target, read(folder, language))
