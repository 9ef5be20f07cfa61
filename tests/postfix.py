"""A real Postfix, run as the relay of docker-compose.yml is: Debian's, with the settings that its container writes."""

import os
import shutil
import smtplib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from registry.embedded.mail import free_port
from registry.embedded.portal import ROOT
from tests.waiting import wait_until

START = ROOT / ".docker" / "relay" / "start.sh"
RIGHTS = "-all,+chown,+dac_override,+fowner,+kill,+net_bind_service,+setgid,+setuid"  # as docker-compose.yml gives them


def installed() -> bool:
    """Whether it can be run here: it needs root, as its container has."""
    return shutil.which("postfix") is not None and os.getuid() == 0


@dataclass
class Relay:
    """A running relay: its two doors, its log, its mailbox."""

    door: int
    world: int
    log: Path
    box: Path

    def send(self, port: int, sender: str, to: str) -> str:
        """Hand a mail in at a door; return the answer to the recipient or to the body."""
        with smtplib.SMTP("127.0.0.1", port, local_hostname="web.pilotit.example", timeout=20) as smtp:
            smtp.ehlo()
            smtp.mail(sender)
            code, answer = smtp.rcpt(to)
            if code == 250:
                code, answer = smtp.data(f"Message-ID: <{to}>\r\nTo: <{to}>\r\nSubject: x\r\n\r\nHei\r\n".encode())
            return f"{code} {answer.decode()}"

    def lines(self, *words: str) -> list[str]:
        """Return the lines of the log that have all the words."""
        return [line for line in self.log.read_text().splitlines() if all(word in line for word in words)]


@contextmanager
def running(folder: Path, *, behind: int, bounces: str) -> Iterator[Relay]:
    """Run it in ``folder``, before the mail server at port ``behind``; reports go to the address ``bounces``."""
    for one in (folder, *folder.parents):  # Postfix's own user passes through
        if one.stat().st_uid == os.getuid() and one != Path("/"):
            one.chmod(one.stat().st_mode | 0o055)
    relay = Relay(free_port(), free_port(), folder / "log" / "mail.log", folder / "back" / "Maildir")
    env = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "BOUNCE_ADDRESS": bounces,
        "BOUNCE_MAILBOX": str(relay.box),
        "RELAY_LOG": str(relay.log),
        "RELAY_NAME": "relay.pilotit.example",
        "RELAYHOST": f"[127.0.0.1]:{behind}",
        "RELAY_HOME": str(folder / "home"),
        "RELAY_QUEUE": str(folder / "queue"),
        "RELAY_INTERFACES": "127.0.0.1",
        "RELAY_DOOR": str(relay.door),
        "RELAY_WORLD_DOOR": str(relay.world),
    }
    command = ["setpriv", "--bounding-set", RIGHTS, "--inh-caps=-all", "--no-new-privs", str(START)]
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command, env=env, stdout=said, stderr=said)
    try:
        wait_until(lambda: relay.log.exists() and bool(relay.lines("daemon started")), 30)
        yield relay
    finally:
        subprocess.run(["postfix", "-c", str(folder / "home" / "conf"), "stop"], capture_output=True, check=False)
        process.wait(60)
