"""``make manage ARGS="…"``: a command of manage.py on the data of ``make run``, whether the portal runs or not."""

import subprocess
import sys

from registry.embedded import built, portal, processes
from registry.embedded.broker import Broker
from registry.embedded.portal import ROOT, Ports
from registry.embedded.postgres import Postgres
from registry.embedded.processes import Refusal


def main(arguments: list[str]) -> int:
    """Run the command in the portal's environment; start the servers for it where the portal does not run."""
    folder = portal.state()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with processes.hold(folder / "run.lock"):
            return with_servers(arguments)
    except BlockingIOError:
        return run(arguments, portal.remembered(folder))
    except Refusal as refusal:
        print(refusal.text, file=sys.stderr)
        return 1


def with_servers(arguments: list[str]) -> int:
    """Run the command while PostgreSQL and Valkey run for it."""
    folder = portal.state()
    postgres, broker = Postgres(folder / "postgres"), Broker(folder / "broker")
    try:
        postgres.start()
        broker.start()
        return run(arguments, portal.environment(folder, postgres, broker, Ports.chosen()))
    finally:
        for server in (broker, postgres):
            if server.process is not None:
                server.stop()


def run(arguments: list[str], env: dict[str, str]) -> int:
    """Run the command, and before it build what is built from sources (a page is rendered); return its exit status."""
    if not built.is_up_to_date(env["STATIC_ROOT"]):
        subprocess.run([sys.executable, "-m", "registry.embedded.built"], cwd=ROOT, env=env, check=True)
    return subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
