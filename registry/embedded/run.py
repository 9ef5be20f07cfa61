"""``make run``: the whole portal on this machine, until Ctrl-C. Whatever ends meanwhile is started again.

``python -m registry.embedded.run``; PORT chooses the port, STATE the folder of the data (``var``).
"""

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TextIO

from registry.embedded import portal, processes
from registry.embedded.broker import Broker
from registry.embedded.portal import HOST, ROOT, Ports
from registry.embedded.postgres import Postgres
from registry.embedded.processes import Kept, Refusal

CELERY = ["-m", "celery", "-A", "registry.celery"]


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


class Portal:
    """The servers and processes of one checkout."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.told_to_stop = False
        self.folder, self.ports = portal.state(), Ports.chosen()
        self.kept: list[Kept] = []
        self.postgres = Postgres(self.folder / "postgres")
        self.broker = Broker(self.folder / "broker")

    def stop_at(self, number: int, frame: FrameType | None) -> None:
        """Remember that we were told to stop (a signal handler)."""
        self.told_to_stop = True

    def run(self) -> None:
        """Start everything, say where it is, keep it up until told to stop, stop everything."""
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
                for kept in self.kept:
                    kept.watch(say)
        finally:
            self.stop()
            lock.close()

    def alone(self) -> TextIO:
        """Return the lock that only one launcher holds; raise Refusal naming where the other one's portal is."""
        path = self.folder / "run.lock"
        try:
            return processes.hold(path)
        except BlockingIOError:
            where = path.read_text() or "an address it has not told yet"
            raise Refusal(f"The portal already runs from this folder: {where}. Stop that one first (Ctrl-C).") from None

    def start_servers(self) -> None:
        """Start PostgreSQL and Valkey."""
        for name, server in (("PostgreSQL", self.postgres), ("Valkey", self.broker)):
            start = time.monotonic()
            server.prepare()
            kept = Kept(name, server.begin, server.end)
            self.kept.append(kept)
            kept.start()
            server.wait()
            say(f"  {name} … {time.monotonic() - start:.1f} s")
        self.env = portal.environment(self.folder, self.postgres, self.broker, self.ports)

    def prepare(self) -> None:
        """Bring the database and the static files up to the code."""
        command = [sys.executable, "-m", "registry.embedded.prepare", str(self.folder / "accounts.txt")]
        if subprocess.run(command, cwd=ROOT, env=self.env, check=False, start_new_session=True).returncode:
            raise Refusal("The portal could not be prepared: see above.")

    def start_processes(self) -> None:
        """Start the mail catcher, the web server, the worker, beat and the watch."""
        web = ["-m", "gunicorn", "registry.wsgi", "--bind", f"{HOST}:{self.ports.web}", "--worker-class", "gthread"]
        mail = ["-m", "registry.embedded.mail", str(self.folder / "mail"), str(self.ports.smtp)]
        commands = {
            "mail catcher": [*mail, str(self.ports.mail_page), self.env["RELAY_LOG"], self.env["BOUNCE_MAILBOX"]],
            "worker": [*CELERY, "worker", "-c", "2", "-l", "INFO", "--without-gossip", "--without-mingle"],
            "beat": [*CELERY, "beat", "-l", "INFO", "--pidfile="],
            "watch": ["manage.py", "watch", "--loop"],
            "web": [*web, "-w", "2", "--threads", "4", "--access-logfile", "-", "--no-control-socket"],
        }
        for name, command in commands.items():
            kept = Kept(name, self.starter(name, command))
            self.kept.append(kept)
            kept.start()

    def starter(self, name: str, command: list[str]) -> Callable[[], subprocess.Popen[bytes]]:
        """Return what starts a Python process of the portal."""
        log = self.log(name)
        return lambda: processes.start([sys.executable, *command], log=log, env=self.env, cwd=ROOT)

    def log(self, name: str) -> Path:
        """Return the log of a process."""
        return self.folder / f"{name.replace(' ', '-')}.log"

    def wait_for_the_first_answer(self, seconds: float = 60) -> None:
        """Wait until the web server answers anything; raise Refusal with the end of its log if it does not."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.told_to_stop:
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
        say(f"Letters:  {self.env['MAIL_CATCHER_URL']}")
        say(f"Portal:   {self.env['BASE_URL']}/")

    def stop(self) -> None:
        """Stop everything in the reverse order: a worker may finish its task while the servers still stand."""
        say("\nStopping …")
        start = time.monotonic()
        running = [kept for kept in self.kept if kept.process is not None and kept.process.poll() is None]
        for kept in running[2:]:
            kept.process.terminate()  # type: ignore[union-attr]
        for kept in reversed(running):
            kept.stop()
        say(f"Stopped in {time.monotonic() - start:.1f} s.")


def main() -> None:
    """Run; a refusal is one plain message and exit status 1."""
    try:
        Portal().run()
    except Refusal as refusal:
        print(refusal.text, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
