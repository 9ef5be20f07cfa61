"""House rules that no linter knows."""

import ast
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.template import Engine

ROOT = Path(settings.BASE_DIR)
OURS = ("registry", "regions", "pilots")
TOP_LEVEL = {
    *("manage.py", "pyproject.toml", "registry", "pilots", "regions", "templates", "static", "tests"),
    *("docker-compose.yml", "README.md", "Makefile", "requirements", "LICENSE"),
}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "core", "services", "selectors", "misc"}


def modules() -> Iterator[Path]:
    """Yield every module of ours, migrations left out."""
    for app in OURS:
        for file in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in file.parts:
                yield file


def modules_of_tests() -> list[Path]:
    """Return every module of the tests."""
    return sorted((ROOT / "tests").rglob("*.py"))


def templates() -> list[Path]:
    """Return every template of ours."""
    return sorted(file for file in (ROOT / "templates").rglob("*") if file.suffix in {".html", ".txt", ".xml"})


def name(file: Path) -> str:
    """Return a file's path below the project."""
    return file.relative_to(ROOT).as_posix()


def test_the_top_level_is_fixed() -> None:
    tracked = {path.name for path in ROOT.iterdir() if not path.name.startswith(".") and path.name != "var"}
    assert tracked - {"__pycache__", "htmlcov"} == TOP_LEVEL


def test_a_module_has_at_most_400_lines() -> None:
    long = {
        name(file): n for file in (*modules(), *modules_of_tests()) if (n := len(file.read_text().splitlines())) > 400
    }
    assert long == {}


def test_a_function_has_at_most_40_lines() -> None:
    long = {}
    for file in modules():
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > 40:
                long[f"{name(file)}:{node.name}"] = (node.end_lineno or 0) - node.lineno + 1
    assert long == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [name(file) for file in modules() if file.stem in FORBIDDEN_NAMES] == []


def test_there_are_no_signals_and_no_overridden_saves() -> None:
    found = []
    for file in modules():
        tree = ast.parse(file.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name in {"save", "delete"} and "models" in file.parts:
                found.append(f"{name(file)}: def {node.name}")
            if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("signals"):
                found.append(f"{name(file)}: signals")
    assert found == []


def test_only_views_tasks_commands_and_sign_in_read_the_clock() -> None:
    allowed = re.compile(
        r"/(views|management|embedded)(/|\.py)|tasks\.py$|(regions/auth|registry/context|registry/feeds|registry/(kept_answers|opendata|search|sessions))\.py$|templatetags/"
    )
    clock = re.compile(r"timezone\.now\(|datetime\.now\(|date\.today\(|\blocaldate\(")
    found = [name(f) for f in modules() if clock.search(f.read_text()) and not allowed.search("/" + name(f))]
    assert found == []


WRITING = {"form_view", "button_view", "require_POST"}


def views() -> Iterator[tuple[str, ast.FunctionDef, set[str]]]:
    """Yield every function of a module of views: its place, itself, the names of its decorators."""
    for file in modules():
        if "views" not in file.parts and file.stem != "views":
            continue
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                yield f"{name(file)}:{node.name}", node, {ast.unparse(one).split("(")[0] for one in node.decorator_list}


def test_a_view_says_which_methods_it_allows() -> None:
    allowed = WRITING | {"require_safe"}
    undecided = [
        place
        for place, node, decorators in views()
        if not node.name.startswith("_")
        and isinstance(node.returns, ast.Name)
        and node.returns.id == "HttpResponse"
        and node.args.args[:1]
        and node.args.args[0].arg == "request"
        and not place.startswith("registry/lib/")
        and not decorators & allowed
    ]
    assert undecided == []


def test_a_view_that_may_write_takes_the_time_of_the_database() -> None:
    wrong = [
        place for place, node, decorators in views() if decorators & WRITING and "timezone.now(" in ast.unparse(node)
    ]
    assert wrong == []


def test_a_view_that_gives_a_file_gives_few_at_once() -> None:
    files = [(place, decorators) for place, node, decorators in views() if node.name.startswith("download_")]
    streamed = [place for place, node, _ in views() if "StreamingHttpResponse" in ast.unparse(node)]
    assert len(files) > 4
    assert [place for place, decorators in files if "few_at_once" not in decorators] == []
    assert set(streamed) <= {place for place, _ in files}


def test_every_template_is_used() -> None:
    sources = "\n".join(file.read_text() for file in [*modules(), *templates()])
    by_name = re.compile(
        r"^(mail|account|allauth|bootstrap5)/|^(400|403|403_csrf|404|429|500)\.html$"
    )  # found by name: letters, libraries, errors
    names = [file.relative_to(ROOT / "templates").as_posix() for file in templates()]
    assert [one for one in names if not by_name.search(one) and f'"{one}"' not in sources] == []


def test_every_template_compiles() -> None:
    engine = Engine.get_default()
    for file in templates():
        engine.get_template(file.relative_to(ROOT / "templates").as_posix())


def test_no_page_has_inline_script_or_style() -> None:
    inline = re.compile(r"\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", re.I)
    assert [name(file) for file in templates() if file.suffix == ".html" and inline.search(file.read_text())] == []


def test_nothing_is_fetched_from_another_host() -> None:
    foreign = re.compile(
        r"""(?:src|srcset|data)=["'](?:https?:)?//|<link[^>]+href=["'](?:https?:)?//|url\(["']?(?:https?:)?//"""
    )
    files = [*templates(), *(ROOT / "static").rglob("*.css")]
    assert [name(file) for file in files if foreign.search(file.read_text())] == []


def test_no_lock_file_names_a_host_and_all_pin_hashes() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.lock")):
        text = lock.read_text()
        assert "://" not in text, lock.name
        pins = [line for line in text.splitlines() if re.match(r"^[a-zA-Z0-9]", line)]
        assert pins
        assert all("==" in line and line.endswith("\\") for line in pins), lock.name


def test_a_lock_is_installed_as_it_stands_and_never_resolved() -> None:
    # pip of Python 3.11 resolves an extra to whatever the index has published since, and then refuses the lock
    exactly = "--no-deps --only-binary :all: --require-hashes"
    for name in ("Makefile", ".docker/Dockerfile"):
        text = (ROOT / name).read_text()
        assert text.count(exactly) == text.count("--require-hashes") == 1, name
        assert re.search(r"pip\)? check", text), name


def test_no_module_of_tests_imports_a_test_or_a_fixture() -> None:
    # what several tests use is a fixture of a conftest.py, found by its name, or a function of a module that is no test
    tests = re.compile(r"(?:^|\.)(?:test_\w+|conftest)$")
    found = []
    for file in modules_of_tests():
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom):
                names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
                found += [f"{name(file)}: {module}" for module in names if tests.search(module)]
    assert found == []


def test_psycopg_3_is_kept_out() -> None:
    assert find_spec("psycopg") is None  # Django would take it in place of psycopg2, silently
    assert find_spec("psycopg2") is not None


@pytest.mark.django_db
def test_the_database_is_postgresql_of_at_least_15() -> None:
    assert connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int >= 150000")
        assert cursor.fetchone() == (True,)


def test_every_constraint_is_named_as_a_sentence() -> None:
    short = [
        constraint.name
        for model in apps.get_models()
        if model._meta.app_label in OURS
        for constraint in model._meta.constraints
        if constraint.name.count("_") < 2
    ]
    assert short == []


def test_every_model_says_what_it_is() -> None:
    models = [model for model in apps.get_models() if model._meta.app_label in OURS]
    assert [
        model.__name__ for model in models if not model.__doc__ or model.__doc__.startswith(f"{model.__name__}(")
    ] == []


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_catalogues_are_complete() -> None:
    call_command("translations", "check")


def test_no_module_leans_on_a_paper_that_no_clone_has() -> None:
    papers = {file.name for folder in (ROOT, ROOT / ".docs", ROOT / ".github") for file in folder.glob("*.md")}
    papers |= {file.name for app in OURS for file in (ROOT / app).rglob("*.md")}
    named = re.compile(r"\b[A-Z]{3,}\.md\b|\bSEEDS\b")
    found = {name(file): set(named.findall(file.read_text())) - papers for file in (*modules(), *templates())}
    assert {file: names for file, names in found.items() if names} == {}


def test_no_file_names_a_machine_or_a_real_address() -> None:
    personal = re.compile(r"/root/|/work/|/home/[a-z]|[\w.+-]+@(?!.*example)[\w-]+\.(?:fi|com|org|net)\b")
    files = [*modules(), *templates(), ROOT / "README.md", ROOT / "Makefile", ROOT / "docker-compose.yml"]
    assert [name(file) for file in files if file.exists() and personal.search(file.read_text())] == []
