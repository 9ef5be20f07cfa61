"""The folder, the ports, the secrets and the environment of the embedded portal."""

import json
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from registry.embedded.broker import Broker
from registry.embedded.postgres import Postgres
from registry.embedded.processes import Refusal, socket_folder

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
SCANNER = "clamd.sock"  # the socket of the virus scanner to try


def state() -> Path:
    """Return the folder of all state: ``var`` below the checkout, or what STATE names."""
    return Path(os.environ.get("STATE") or ROOT / "var").absolute()


@dataclass(frozen=True)
class Ports:
    """The three loopback ports: the portal's, and the two after it of the mail catcher."""

    web: int

    @property
    def mail_page(self) -> int:
        """Where letters are read."""
        return self.web + 1

    @property
    def smtp(self) -> int:
        """Where letters are taken."""
        return self.web + 2

    @classmethod
    def chosen(cls) -> "Ports":
        """Return the ports that PORT chooses (8000 unless set); raise Refusal if it is no port."""
        text = os.environ.get("PORT") or "8000"
        if not text.isdecimal() or not 1 <= int(text) <= 65533:
            raise Refusal(f"PORT={text} is not a port: give a number from 1024 to 65533, such as PORT=8080.")
        return cls(int(text))

    def must_be_free(self) -> None:
        """Raise Refusal naming every port that another program listens on."""
        uses = {self.web: "the portal", self.mail_page: "the letters' page", self.smtp: "incoming letters"}
        busy = [f"{port} ({use})" for port, use in uses.items() if not _free(port)]
        if busy:
            raise Refusal(
                f"Port {' and port '.join(busy)} is in use by another program. Choose another, for example:"
                f" make run PORT={self.web + 80}"
            )


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise Refusal(f"Port {port} needs rights that you do not have: choose one from 1024 up.") from None
        except OSError:
            return False
    return True


def secret(folder: Path, name: str) -> str:
    """Return the secret kept in ``folder``; made at the first call, readable by its owner alone."""
    file = folder / name
    if not file.exists():
        new = file.with_suffix(".new")
        new.touch(0o600)
        new.write_text(secrets.token_urlsafe(60))
        new.rename(file)
    return file.read_text()


def demo() -> str:
    """Return whether demo accounts and a world to try are made, as ``DEMO`` is written: "1" unless it is 0."""
    return "0" if os.environ.get("DEMO") == "0" else "1"


def environment(folder: Path, postgres: Postgres, broker: Broker, ports: Ports) -> dict[str, str]:
    """Return the environment of every process of the portal: the settings read nothing else."""
    # A variable that a developer's shell exports for another place must not reach the database or mail of this one.
    ours = {
        "STATE": str(folder),
        "SECRET_KEY": secret(folder, "secret-key"),
        "DATABASE_URL": postgres.url(),
        "BROKER_URL": broker.url(),
        "EMAIL_URL": f"smtp://{HOST}:{ports.smtp}",
        "OPERATIONS_EMAIL": "yllapito@ministerio.example",
        "OPERATIONS_EMAIL_URL": "",
        "RELAY_LOG": str(folder / "mail.log"),
        "BOUNCE_ADDRESS": "palautus@pilotit.example",
        "BOUNCE_MAILBOX": str(folder / "returned"),
        "MAIL_CATCHER_URL": f"http://localhost:{ports.mail_page}/",
        "BASE_URL": f"http://localhost:{ports.web}",
        "DEPLOYMENT_KEY": "make run",  # another port is the same installation
        "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
        "STATIC_ROOT": str(folder / "static"),
        "ATTACHMENTS": str(folder / "attachments"),
        "CLAMD": str(socket_folder(folder / "scanner", SCANNER) / SCANNER),
        "DEBUG": "0",
        "DEMO": demo(),
        "DJANGO_SETTINGS_MODULE": "registry.settings",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(ROOT),
    }
    return {**os.environ, **ours}


def remember(folder: Path, env: dict[str, str]) -> None:
    """Keep the environment of a portal that runs, readable by its owner alone, for commands beside it."""
    file = folder / "environment.json"
    file.touch(0o600)
    file.write_text(json.dumps({name: value for name, value in env.items() if os.environ.get(name) != value}))


def remembered(folder: Path) -> dict[str, str]:
    """Return the environment of the portal that runs on ``folder``."""
    return {**os.environ, **json.loads((folder / "environment.json").read_text())}
