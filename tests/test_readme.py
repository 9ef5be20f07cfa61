"""The README, held to the code: variables, files, targets, commands, sizes."""

import re
from pathlib import Path

from django.conf import settings
from django.core.management import get_commands

ROOT = Path(settings.BASE_DIR)
README = (ROOT / "README.md").read_text()
TABLED = set(re.findall(r"`([A-Z][A-Z_]+)`", "\n".join(re.findall(r"^\| (.*?) \|", README, re.MULTILINE))))


def section(title: str) -> str:
    """Return the text of the README's section."""
    found = re.search(rf"^## {re.escape(title)}$(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def mapped() -> list[str]:
    """Return the paths of the map."""
    block = re.search(r"^```\n(.*?)^```$", section("The map of the code"), re.MULTILINE | re.DOTALL)
    assert block
    return [line.split()[0] for line in block[1].splitlines()]


def test_every_variable_that_the_settings_read_is_in_the_table_and_in_the_example() -> None:
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "registry" / "settings.py").read_text()))
    example = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert len(read) > 10
    assert sorted(read - TABLED) == []
    assert sorted(read - example) == []


def test_containers_are_given_every_variable_but_those_that_have_their_reason() -> None:
    reasons = {
        "DEBUG": "for trying out",
        "DEMO": "for trying out",
        "MAIL_CATCHER_URL": "for trying out",
        "SECURE_SSL_REDIRECT": "follows from BASE_URL",
        "STATIC_ROOT": "stands in the image",
    }
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "registry" / "settings.py").read_text()))
    given = set(re.findall(r"^  ([A-Z_]+): ", (ROOT / "docker-compose.yml").read_text(), re.MULTILINE))
    assert sorted(read - given) == sorted(reasons)


def test_every_variable_of_the_example_is_in_the_table() -> None:
    example = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert sorted(example - TABLED) == []


def test_every_variable_in_the_table_is_read_somewhere() -> None:
    files = [
        *(ROOT / "registry").rglob("*.py"),
        *(ROOT / "regions").rglob("*.py"),
        ROOT / "docker-compose.yml",
    ]
    sources = "\n".join(file.read_text() for file in files)
    assert [name for name in sorted(TABLED) if not re.search(rf"\b{name}\b", sources)] == []


def test_every_path_of_the_map_exists() -> None:
    paths = mapped()
    assert len(paths) > 20
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert [path for path in paths if path.endswith("/") != (ROOT / path).is_dir()] == []


def test_every_part_of_the_apps_is_on_the_map() -> None:
    unmarked = {"__init__.py", "__pycache__", "admin.py", "apps.py", "urls.py", "wsgi.py", "management", "migrations"}
    unmarked |= {"accessibility.json"}  # named in the line of statement.py
    paths = {path.rstrip("/") for path in mapped()}
    missing = [
        child.relative_to(ROOT).as_posix()
        for app in ("registry", "regions", "pilots")
        for child in sorted((ROOT / app).iterdir())
        if child.name not in unmarked
        and not any(path == f"{app}/{child.name}" or path.startswith(f"{app}/{child.name}/") for path in paths)
    ]
    assert missing == []


def test_every_path_in_the_text_exists() -> None:
    named = {name for name in re.findall(r"`([\w.-]+(?:/[\w.-]+)+/?)`", README) if not name.startswith(("fi/", "sv/"))}
    assert len(named) > 10
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_every_make_target_named_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", README, re.MULTILINE))
    assert {"run", "test"} <= named
    assert sorted(named - targets) == []


def test_every_management_command_named_is_there() -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", README))
    assert {"import_reference", "sweep", "translations"} <= named
    assert sorted(named - set(get_commands())) == []


def test_the_pictures_are_there_and_small_and_described() -> None:
    pictures = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", README)
    assert len(pictures) == 2
    for words, path in pictures:
        assert len(words) > 20
        assert (ROOT / path).read_bytes().startswith(b"\x89PNG")
        assert (ROOT / path).stat().st_size <= 150_000


def test_it_is_at_most_400_lines() -> None:
    assert len(README.splitlines()) <= 400
