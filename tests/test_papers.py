"""The README and the papers beside it, held to the code: variables, files, targets, commands, sizes."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(settings.BASE_DIR)
README = (ROOT / "README.md").read_text()
PAPERS = {
    "README.md": README,
    **{
        path.relative_to(ROOT).as_posix(): path.read_text()
        for folder in (".docs", ".github")
        for path in sorted((ROOT / folder).glob("*.md"))
    },
}
ALL = "\n".join(PAPERS.values())
TABLED = set(re.findall(r"`([A-Z][A-Z_]+)`", "\n".join(re.findall(r"^\| (.*?) \|", ALL, re.MULTILINE))))


def section(paper: str, title: str) -> str:
    """Return the text of a section of a paper."""
    found = re.search(rf"^## {re.escape(title)}$(.*?)(?=^## |\Z)", PAPERS[paper], re.MULTILINE | re.DOTALL)
    assert found, (paper, title)
    return found[1]


def mapped(paper: str) -> list[str]:
    """Return the paths of the map of a paper."""
    block = re.search(r"^```\n(.*?)^```$", section(paper, "The map of the code"), re.MULTILINE | re.DOTALL)
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
        "KEPT_MEGABYTES": "a web server's alone, which sets it",
        "MAIL_CATCHER_URL": "for trying out",
        "SECURE_SSL_REDIRECT": "follows from BASE_URL",
        "STATEMENT_SECONDS": "a web server's alone, which sets it",
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


@pytest.mark.parametrize("paper", ["README.md", ".docs/architecture.md"])
def test_every_path_of_the_map_exists(paper: str) -> None:
    paths = mapped(paper)
    assert len(paths) > 10
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert [path for path in paths if path.endswith("/") != (ROOT / path).is_dir()] == []


def test_every_part_of_the_apps_is_on_the_map() -> None:
    unmarked = {"__init__.py", "__pycache__", "admin.py", "apps.py", "urls.py", "wsgi.py", "management", "migrations"}
    unmarked |= {"accessibility.json"}  # named in the line of statement.py
    paths = {path.rstrip("/") for path in mapped(".docs/architecture.md")}
    missing = [
        child.relative_to(ROOT).as_posix()
        for app in ("registry", "regions", "pilots")
        for child in sorted((ROOT / app).iterdir())
        if child.name not in unmarked
        and not any(path == f"{app}/{child.name}" or path.startswith(f"{app}/{child.name}/") for path in paths)
    ]
    assert missing == []


def test_every_path_in_the_text_exists() -> None:
    named = {name for name in re.findall(r"`([\w.-]+(?:/[\w.-]+)+/?)`", ALL) if not name.startswith(("fi/", "sv/"))}
    assert len(named) > 10
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_every_paper_is_named_in_the_readme() -> None:
    assert [name for name in PAPERS if name != "README.md" and f"`{name}`" not in README] == []


def test_every_make_target_named_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", ALL, re.MULTILINE))
    assert {"run", "test"} <= named
    assert sorted(named - targets) == []


def test_every_management_command_named_is_there() -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", ALL))
    assert {"import_reference", "sweep", "translations"} <= named
    assert sorted(named - set(get_commands())) == []


def test_the_pictures_are_there_and_small_and_described() -> None:
    pictures = [
        (words, ROOT / Path(paper).parent / path)
        for paper, text in PAPERS.items()
        for words, path in re.findall(r"\[([^\]]+)\]\(([^)]+\.png)\)", text)
    ]
    assert len(pictures) >= 7
    for words, picture in pictures:
        assert len(words) > 3
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.stat().st_size <= 160_000


def test_a_newcomer_reads_at_most_180_lines() -> None:
    assert len(README.splitlines()) <= 180
