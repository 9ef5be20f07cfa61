"""The account that PostgreSQL runs as. It refuses to be root; the other processes run as the user that started them."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from registry.embedded.processes import Identity, Refusal, becoming


@dataclass(frozen=True)
class Place:
    """As whom, with which binaries and in which folder the server runs."""

    identity: Identity
    binaries: Path
    state: Path


def choose(binaries: Path, state: Path, mode: str = "") -> Place:
    """Return where and as whom PostgreSQL can run; ``mode`` forces ``userns`` or ``account`` when we are root.

    As root, in this order: a user namespace (nothing changes owner, no account is made), or the account ``nobody``; if
    that cannot reach the checkout (a root's home is 0700) the server works in a folder of /var/lib with a copy of its
    binaries. No folder of anyone is opened up for it. The portal's role is no superuser, so SQL cannot reach files.
    """
    if os.geteuid() != 0:
        return Place(Identity(), binaries, state)
    nobody = pwd.getpwnam("nobody")
    uid, gid = nobody.pw_uid, nobody.pw_gid
    data = state / "data"
    roots = not data.exists() or data.stat().st_uid == 0
    if mode != "account" and roots and _namespaces_work(uid, gid):
        return Place(Identity("userns", uid, gid), binaries, state)
    if mode == "userns":
        raise Refusal("User namespaces are forbidden here.")
    return _as_account(binaries, state, uid, gid)


def _as_account(binaries: Path, state: Path, uid: int, gid: int) -> Place:
    identity = Identity("account", uid, gid)
    if not _reachable(binaries, state, identity):
        binaries, state = _copy(binaries, state)
    os.chown(state, uid, gid)
    if (state / "data").exists() and (state / "data").stat().st_uid == 0:  # made in a user namespace earlier
        _chown_tree(state / "data", uid, gid)
    if not _reachable(binaries, state, identity):
        raise Refusal(f"Running as root, but the account 'nobody' reaches neither {binaries} nor {state}.")
    return Place(identity, binaries, state)


def _copy(binaries: Path, state: Path) -> tuple[Path, Path]:
    """Copy the server (40 MB) once to a folder that ``nobody`` reaches; library paths inside it are relative."""
    home = Path("/var/lib") / f"pilotit-{sha256(str(state).encode()).hexdigest()[:12]}"
    home.mkdir(mode=0o711, exist_ok=True)
    package = binaries.parent.parent
    site = home / "site"
    if not site.exists():
        new = home / f"site.{os.getpid()}"
        shutil.copytree(package, new / package.name, symlinks=True)
        if (libraries := package.with_name(f"{package.name}.libs")).exists():
            shutil.copytree(libraries, new / libraries.name, symlinks=True)
        new.rename(site)
    return site / binaries.relative_to(package.parent), home


def _chown_tree(folder: Path, uid: int, gid: int) -> None:
    os.chown(folder, uid, gid)
    for path in folder.rglob("*"):
        os.chown(path, uid, gid, follow_symlinks=False)


def _reachable(binaries: Path, state: Path, identity: Identity) -> bool:
    test: list[str | Path] = ["/bin/sh", "-c", 'test -x "$1" && test -x "$2"', "sh", binaries / "postgres", state]
    return subprocess.run(becoming(test, identity), cwd="/", capture_output=True, check=False).returncode == 0


def _namespaces_work(uid: int, gid: int) -> bool:
    test = ["/bin/sh", "-c", f'test "$(id -u)" = {uid}']
    command = becoming(test, Identity("userns", uid, gid))
    return subprocess.run(command, cwd="/", capture_output=True, check=False).returncode == 0
