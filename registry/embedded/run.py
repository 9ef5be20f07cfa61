"""``make run``: the whole portal on this machine, until Ctrl-C or until one of its processes ends.

``python -m registry.embedded.run``; PORT chooses the port, STATE the folder of the data (``var``).
``--dev`` (``make dev``): the same servers and data for a developer. Changed code, templates and style sheets are used
at once, errors are shown in the browser, and a sweep in a loop stands for worker, beat and watch.
"""

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import TextIO

from registry.embedded import portal, processes
from registry.embedded.broker import Broker
from registry.embedded.portal import HOST, ROOT, Ports
from registry.embedded.postgres import Postgres
from registry.embedded.processes import Child, Refusal

CELERY = ["-m", "celery", "-A", "registry.celery"]
SWEEP_SECONDS = "5"  # of ``make dev``
TRY_FIRST = """\
Try first, each as the account named; its first page says the same with links:
  valmistelija.satakunta@…  settle the conflict with a colleague, write the draft to its end and send it
  virkamies@…               move the deadline, and see before you confirm who will be told what
  paattaja@…                decide on the proposals that wait, send the messages together, publish the outcome
Reminders, receipts and corrections come to the letters within a minute.
"""


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


class Portal:
    """The servers and processes of one checkout."""

    def __init__(self, *, dev: bool = False) -> None:
        self.dev, self.began = dev, time.monotonic()
        self.told_to_stop = False
        self.folder, self.ports = portal.state(), Ports.chosen()
        self.children: list[Child] = []
        self.postgres = Postgres(self.folder / "postgres")
        self.broker = Broker(self.folder / "broker")

    def stop_at(self, number: int, frame: FrameType | None) -> None:
        """Remember that we were told to stop (a signal handler)."""
        self.told_to_stop = True

    def run(self) -> None:
        """Start everything, say where it is, wait until told to stop or a process ends, stop everything."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = self.alone()
        self.ports.must_be_free()
        processes.note(lock, f"http://localhost:{self.ports.web}")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.stop_at)
        try:
            self.start_servers()
            self.prepare()
            self.start_processes()
            self.wait_for_the_first_answer()
            if not self.told_to_stop:
                self.introduce()
            while not self.told_to_stop:
                time.sleep(0.2)
                self.must_all_live()
        finally:
            self.stop()
            lock.close()

    def alone(self) -> TextIO:
        """Return the lock that only one launcher holds; raise Refusal with the address of the portal that holds it."""
        path = self.folder / "run.lock"
        try:
            return processes.hold(path)
        except BlockingIOError:
            where = path.read_text() or "an address that is not known yet"
            raise Refusal(f"The portal already runs from this folder: {where}. Stop that one first (Ctrl-C).") from None

    def start_servers(self) -> None:
        """Start PostgreSQL and Valkey."""
        for name, server in (("PostgreSQL", self.postgres), ("Valkey", self.broker)):
            start = time.monotonic()
            server.prepare()
            self.children.append(Child(name, server.begin(), server.log, server.end))
            server.wait()
            say(f"  {name} … {time.monotonic() - start:.1f} s")
        self.env = portal.environment(self.folder, self.postgres, self.broker, self.ports)
        if self.dev:
            self.env["DEBUG"] = "1"
        portal.remember(self.folder, self.env)

    def prepare(self) -> None:
        """Bring the database and the static files up to the code."""
        command = [sys.executable, "-m", "registry.embedded.prepare", str(self.folder / "accounts.txt")]
        if subprocess.run(command, cwd=ROOT, env=self.env, check=False, start_new_session=True).returncode:
            raise Refusal("The portal could not be prepared: see above.")

    def start_processes(self) -> None:
        """Start the mail catcher and the portal's own processes; the web server is the last one."""
        mail = ["-m", "registry.embedded.mail", str(self.folder / "mail"), str(self.ports.smtp)]
        catcher = [*mail, str(self.ports.mail_page), self.env["RELAY_LOG"], self.env["BOUNCE_MAILBOX"]]
        scanner = ["-m", "registry.embedded.scanner", self.env["CLAMD"]]
        first = {"mail catcher": catcher, "scanner": scanner}
        for name, command in {**first, **(self.reloading() if self.dev else self.serving())}.items():
            log = None if self.dev and name == "web" else self.log(name)
            process = processes.start([sys.executable, *command], log=log, env=self.env, cwd=ROOT)
            self.children.append(Child(name, process, log))

    def serving(self) -> dict[str, list[str]]:
        """Return the commands of ``make run``: the processes that production has."""
        web = ["-m", "gunicorn", "registry.wsgi", "--config", "python:registry.web_server"]
        return {
            "worker": [*CELERY, "worker", "-c", "2", "-l", "INFO", "--without-gossip", "--without-mingle"],
            "beat": [*CELERY, "beat", "-l", "INFO", "--pidfile="],
            "watch": ["manage.py", "watch", "--loop"],
            "web": [*web, "--bind", f"{HOST}:{self.ports.web}"],
        }

    def reloading(self) -> dict[str, list[str]]:
        """Return the commands of ``make dev``: each starts anew when the code changes."""
        return {
            "sweep": ["-m", "registry.embedded.sweeper", SWEEP_SECONDS],
            "web": ["manage.py", "runserver", f"{HOST}:{self.ports.web}"],
        }

    def log(self, name: str) -> Path:
        """Return the log of a process."""
        return self.folder / f"{name.replace(' ', '-')}.log"

    def must_all_live(self) -> None:
        """Raise Refusal with the end of its log if a process has ended."""
        for child in self.children:
            child.must_live()

    def wait_for_the_first_answer(self, seconds: float = 60) -> None:
        """Wait until the web server answers anything; raise Refusal with the end of its log if it does not."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.told_to_stop:
            self.must_all_live()
            try:
                urllib.request.urlopen(f"http://{HOST}:{self.ports.web}/health", timeout=5).close()
            except urllib.error.HTTPError:
                return  # an answer: health may be red until the first sweep
            except OSError:
                time.sleep(0.05)
            else:
                return
        if not self.told_to_stop:
            raise Refusal(f"The web server did not answer:\n{processes.tail(self.log('web'))}")

    def introduce(self) -> None:
        """Say where the portal is and who may sign in."""
        say(f"\nReady in {time.monotonic() - self.began:.1f} s. Logs and data: {self.folder}. Stop with Ctrl-C.\n")
        say((self.folder / "accounts.txt").read_text())
        if self.env["DEMO"] == "1":
            say(TRY_FIRST)
        say(f"Letters:  {self.env['MAIL_CATCHER_URL']}")
        say(f"Portal:   {self.env['BASE_URL']}/")

    def stop(self) -> None:
        """Stop everything in the reverse order: a worker may finish its task while the servers still stand."""
        say("\nStopping …")
        start = time.monotonic()
        for child in self.children[2:]:
            if child.process.poll() is None:
                child.process.terminate()
        for child in reversed(self.children):
            child.stop()
        say(f"Stopped in {time.monotonic() - start:.1f} s.")


def main() -> None:
    """Run; a refusal is one plain message and exit status 1."""
    try:
        Portal(dev=sys.argv[1:] == ["--dev"]).run()
    except Refusal as refusal:
        print(refusal.text, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
