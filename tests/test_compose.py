"""docker-compose.yml: what it says, and that its commands do what it says, started natively."""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import psycopg2
import pytest
import yaml
from django.conf import settings

from registry.embedded.broker import Broker
from registry.embedded.mail import MailCatcher, free_port
from registry.embedded.portal import ROOT
from registry.embedded.postgres import Postgres
from tests.waiting import answers, wait_until

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "web", "people", "worker", "beat", "watch")
SECRET = re.compile(r"(PASSWORD|SECRET|TOKEN|_KEY)$")
POOL = ("WEB_WORKERS", "WEB_THREADS")
VARIABLE = re.compile(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}")


def test_it_follows_the_compose_specification() -> None:
    schema = json.loads((ROOT / "tests" / "compose-spec.json").read_text())
    jsonschema.Draft7Validator(schema).validate(COMPOSE)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate({**COMPOSE, "services": {"web": {"comand": "x"}}})


def test_it_has_its_services_and_the_migration() -> None:
    assert set(SERVICES) == {
        "db",
        "broker",
        "web",
        "people",
        "proxy",
        "worker",
        "beat",
        "watch",
        "mail",
        "relay",
        "scanner",
        "migrate",
    }
    profiles = {name: SERVICES[name]["profiles"] for name in SERVICES if SERVICES[name].get("profiles")}
    assert profiles == {"mail": ["trial"], "relay": ["relay"], "scanner": ["scanner"]}, (
        "production starts no catcher, a trial no relay"
    )


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_runs_as_root_or_gains_rights(name: str) -> None:
    user = str(SERVICES[name]["user"])
    assert "no-new-privileges:true" in SERVICES[name]["security_opt"]
    if (
        name == "relay"
    ):  # Postfix's master is root and gives up what it can: seven rights are left, and nothing to write
        assert (SERVICES[name]["cap_drop"], len(SERVICES[name]["cap_add"])) == (["ALL"], 7)
        assert SERVICES[name]["read_only"]
    else:
        assert user.split(":")[0] not in {"root", "0", ""}
        assert "cap_add" not in SERVICES[name]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_every_service_tells_how_it_is(name: str) -> None:
    if name == "beat":  # the last sweep tells it: the watch and /health ask for that
        assert "healthcheck" not in SERVICES[name]
    else:
        assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_what_is_needed_is_waited_for() -> None:
    for name in ("web", "people", "worker", "beat"):
        conditions = {key: value["condition"] for key, value in SERVICES[name]["depends_on"].items()}
        assert conditions == {
            "db": "service_healthy",
            "broker": "service_healthy",
            "migrate": "service_completed_successfully",
        }


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_come_from_the_environment_alone(name: str) -> None:
    for key, value in SERVICES[name].get("environment", {}).items():
        if SECRET.search(key):
            assert VARIABLE.fullmatch(value), key
        assert not re.search(r"://\w+:[^$@/]+@", str(value)), key


def test_only_the_loopback_is_published() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_two_pools_hold_less_than_half_of_the_database_s_connections() -> None:
    assert SERVICES["web"]["environment"] == SERVICES["people"]["environment"]
    assert "command" not in SERVICES["db"], "PostgreSQL's own ceiling is 100"
    default = {name: int(str(SERVICES["web"]["environment"][name]).split(":-")[1].rstrip("}")) for name in POOL}
    assert 2 * default["WEB_WORKERS"] * default["WEB_THREADS"] < 50


def test_the_proxy_alone_is_reached_from_outside() -> None:
    published = {name for name in SERVICES if SERVICES[name].get("ports") and not SERVICES[name].get("profiles")}
    assert published == {"proxy"}
    assert SERVICES["proxy"]["environment"]["READERS"] == "web:" + SERVICES["web"]["command"][5].split(":")[1]
    assert SERVICES["proxy"]["environment"]["PEOPLE"] == "people:" + SERVICES["people"]["command"][5].split(":")[1]


def test_data_live_in_volumes() -> None:
    used = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
    assert set(COMPOSE["volumes"]) <= used
    assert set(COMPOSE["volumes"]) == {"db", "broker", "relayqueue", "relaylog", "bounces", "attachments", "signatures"}


def test_the_relay_and_the_worker_share_the_log_and_the_mailbox() -> None:
    mounts = {
        name: {m.split(":")[0]: m.split(":")[1:] for m in SERVICES[name]["volumes"]} for name in ("relay", "worker")
    }
    assert mounts["worker"]["relaylog"] == [*mounts["relay"]["relaylog"], "ro"]
    assert mounts["worker"]["bounces"] == mounts["relay"]["bounces"]
    example, relay = (ROOT / ".env.example").read_text(), SERVICES["relay"]["environment"]
    for name in ("RELAY_LOG", "BOUNCE_MAILBOX"):
        assert f"#{name}={relay[name]}\n" in example
        assert any(relay[name].startswith(where[0]) for where in mounts["relay"].values())


def test_every_variable_is_explained_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text()
    wanted = {match[1] for match in VARIABLE.finditer((ROOT / "docker-compose.yml").read_text())}
    assert [name for name in sorted(wanted) if not re.search(rf"^#?{name}=", example, re.MULTILINE)] == []


def test_every_setting_from_the_environment_is_explained_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "registry" / "settings.py").read_text()))
    assert len(read) > 10
    assert [name for name in sorted(read) if not re.search(rf"^#?{name}=", example, re.MULTILINE)] == []


def test_the_image_ends_as_an_ordinary_user_and_holds_the_locked_packages() -> None:
    lines = (ROOT / ".docker" / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001:10001"]
    assert any("--no-deps --only-binary :all: --require-hashes" in line for line in lines)
    for line in lines:
        if line.startswith("COPY "):
            assert all((ROOT / source).exists() for source in line.split()[1:-1]), line


@dataclass
class Place:
    """The services' hosts, as real servers on this machine."""

    hosts: dict[str, str]
    variables: dict[str, str]
    database: str
    folder: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def environment(self, name: str) -> dict[str, str]:
        """Return a service's own environment: variables filled in, hosts mapped, nothing else of ours."""
        filled = {key: self.fill(str(value)) for key, value in SERVICES[name]["environment"].items()}
        return {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOSTNAME": "here", **filled}

    def fill(self, text: str) -> str:
        """Return ``text`` as compose would fill it, then with our hosts and folders in place of the containers'."""

        def value(match: re.Match[str]) -> str:
            given = self.variables.get(match[1]) or (match[3] if match[2] == ":-" else None)
            assert given is not None, f"{match[1]} has no value"
            return given

        filled = VARIABLE.sub(value, text)
        for host, ours in self.hosts.items():
            filled = filled.replace(host, ours)
        return filled

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """Start a service's own command with its own environment."""
        command = [self.fill(part) for part in SERVICES[name]["command"]]
        env = self.environment(name) | {"STATIC_ROOT": str(self.folder / "static")}  # the image's own setting
        program = shutil.which(command[0], path=env["PATH"])
        assert program is not None
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen([program, *command[1:]], cwd=ROOT, env=env, stdout=log, stderr=log)
        self.started.append(process)
        return process

    def kill(self) -> None:
        """End what is still running of what was started."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait()

    def log(self, name: str) -> str:
        """Return a service's output."""
        return (self.folder / f"{name}.log").read_text()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Start the four servers that the services name; a folder stands for the image's."""
    postgres, broker = Postgres(tmp_path / "pg", port=free_port()), Broker(tmp_path / "broker", port=free_port())
    postgres.start()
    broker.start()
    web, people = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    with MailCatcher(tmp_path / "mail") as mail:
        hosts = {
            "@db:5432": f"@127.0.0.1:{postgres.port}",
            "//broker:6379": f"//127.0.0.1:{broker.port}",
            "0.0.0.0:8000": web,
            "localhost:8000": web,
            "0.0.0.0:8001": people,
            "localhost:8001": people,
            "/tmp/": f"{tmp_path}/",
        }
        variables = {
            "SECRET_KEY": secrets.token_urlsafe(60),
            "BASE_URL": "https://pilotit.example",
            "ALLOWED_HOSTS": "pilotit.example,localhost,127.0.0.1",
            "DATABASE_PASSWORD": postgres.password,
            "DEFAULT_FROM_EMAIL": "Pilottirekisteri <rekisteri@pilotit.example>",
            "DEPLOYMENT_KEY": "test",
            "EMAIL_URL": f"smtp://127.0.0.1:{mail.port}",
        }
        place = Place(hosts, variables, postgres.url(), tmp_path)
        try:
            yield place
        finally:
            place.kill()
    broker.stop()
    postgres.stop()


def sweeps(place: Place) -> set[Any]:
    """Return when the last sweep ended; empty before the first."""
    connection = psycopg2.connect(place.database.replace("postgres://", "postgresql://"))
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT swept_at FROM pilots_installation")
            return {row[0] for row in cursor.fetchall()}
    finally:
        connection.close()


def health_of(place: Place, name: str) -> int:
    """Run a service's own health check; return its exit status."""
    kind, *test = [place.fill(part.replace("$$", "$")) for part in SERVICES[name]["healthcheck"]["test"]]
    command = ["/bin/sh", "-c", *test] if kind == "CMD-SHELL" else test
    env = place.environment(name)
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, timeout=60, check=False).returncode


@pytest.mark.slow
def test_the_services_own_commands_answer_a_request_and_finish_a_task(place: Place) -> None:
    (place.folder / "static").symlink_to(settings.STATIC_ROOT)  # collected already, as in the image
    assert place.start("migrate").wait(300) == 0, place.log("migrate")
    before = sweeps(place)
    started = {name: place.start(name) for name in ("web", "people", "worker", "beat", "watch")}
    port = int(place.hosts["0.0.0.0:8000"].rsplit(":", 1)[1])
    wait_until(lambda: answers(port), 60)
    wait_until(lambda: sweeps(place) - before, 90)
    assert health_of(place, "web") == 0, place.log("web")
    wait_until(lambda: health_of(place, "people") == 0, 60)
    wait_until(lambda: health_of(place, "watch") == 0, 60)  # it has looked once
    assert {name: process.poll() for name, process in started.items()} == dict.fromkeys(started)
    for process in started.values():
        process.terminate()
    assert {name: process.wait(60) for name, process in started.items()} == dict.fromkeys(started, 0)
