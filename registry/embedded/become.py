"""Change identity, then turn into a program: run as a script, with the standard library alone.

``python -I -S become.py MODE UID GID SIGNAL PARENT PROGRAM ARGUMENT…``

* MODE ``same`` changes nothing; ``userns`` enters a user namespace in which root looks like UID (files stay root's, no
  account is made); ``account`` becomes UID for good.
* SIGNAL is sent by the kernel when the PARENT process ends, however it ends: nothing outlives a killed launcher.

A program of its own rather than ``preexec_fn``: the latter is unsafe in a process that has threads.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG, CLONE_NEWUSER = 1, 0x10000000
libc = ctypes.CDLL(None, use_errno=True)


def enter_namespace(uid: int, gid: int) -> None:
    """Look like ``uid`` and ``gid`` from here on; raise OSError where user namespaces are forbidden."""
    own_uid, own_gid = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are forbidden here")
    maps = (("uid_map", f"{uid} {own_uid} 1"), ("setgroups", "deny"), ("gid_map", f"{gid} {own_gid} 1"))
    for name, text in maps:
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def main(arguments: list[str]) -> None:
    """Change identity, tie our life to the parent's, and become the program."""
    mode, uid, gid, signal, parent, *program = arguments
    if mode == "userns":
        enter_namespace(int(uid), int(gid))
    elif mode == "account":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    libc.prctl(PR_SET_PDEATHSIG, int(signal), 0, 0, 0)  # after the change of identity: that clears it
    if os.getppid() != int(parent):
        raise SystemExit("the launcher is gone")
    os.execv(program[0], program)  # noqa: S606 (no shell is wanted)


if __name__ == "__main__":
    main(sys.argv[1:])
