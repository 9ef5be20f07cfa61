"""Failpoints: named places where tests let a process die, stop, wait or fail. Without FAILPOINTS nothing happens.

``FAILPOINTS=after_dot=kill,after_claim@3=stop,after_answer=wait:5,after_post=raise,after_queue=kill/once:/path/file``:
``@3`` is the third time the process comes by (without it every time), ``once`` only the first process that can make
the file. ``kill`` and ``stop`` are SIGKILL and SIGSTOP to the process itself, ``exit`` ends it
as Python ends: no ``except Exception`` holds it up, every ``finally`` is run.
"""

import os
import re
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

PLAN = re.compile(
    r"(?P<name>\w+)(?:@(?P<turn>[1-9]\d*))?=(?P<act>kill|stop|exit|raise|wait:(?P<seconds>\d+(?:\.\d+)?))(?:/once:(?P<file>.+))?"
)


class FailpointError(Exception):
    """What ``raise`` raises."""


@dataclass(frozen=True)
class _Plan:
    turn: int  # 0: every time
    act: str
    seconds: float
    once: str  # the file whose maker acts; empty: everyone


_turns: Counter[str] = Counter()
_counting = threading.Lock()


@lru_cache(maxsize=8)
def _plans(text: str) -> dict[str, _Plan]:
    plans = {}
    for part in text.split(","):
        match = PLAN.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"FAILPOINTS: “{part}” is not understood")
        plans[match["name"]] = _Plan(
            int(match["turn"] or 0), match["act"].partition(":")[0], float(match["seconds"] or 0), match["file"] or ""
        )
    return plans


def _first(file: str) -> bool:
    try:
        Path(file).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def reach(name: str) -> None:
    """Do what FAILPOINTS says of the place ``name``; raises ``FailpointError`` if that is ``raise``."""
    text = os.environ.get("FAILPOINTS")
    if not text or (plan := _plans(text).get(name)) is None:
        return
    with _counting:
        _turns[name] += 1
        turn = _turns[name]
    if plan.turn not in {0, turn} or (plan.once and not _first(plan.once)):
        return
    if plan.act == "wait":
        time.sleep(plan.seconds)
    elif plan.act == "raise":
        raise FailpointError(name)
    elif plan.act == "exit":
        raise SystemExit(name)
    else:
        os.kill(os.getpid(), signal.SIGKILL if plan.act == "kill" else signal.SIGSTOP)
