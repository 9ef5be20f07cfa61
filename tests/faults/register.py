"""The list of faults: each is a function that makes a world, breaks something, and says what is expected."""

from collections.abc import Callable
from dataclasses import dataclass

from .place import Place


@dataclass(frozen=True)
class Fault:
    """One line of the list."""

    group: str
    name: str
    act: Callable[[Place], None]
    short: bool  # also in `make test`
    within: float  # seconds


FAULTS: dict[str, Fault] = {}


def fault(group: str, *, short: bool = False, within: float = 120) -> Callable[[Callable[[Place], None]], Fault]:
    """Put a function on the list under its name, with its group: the name is the sentence."""

    def enter(act: Callable[[Place], None]) -> Fault:
        name = act.__name__.replace("_", " ")
        assert name not in FAULTS, name
        FAULTS[name] = Fault(group, name, act, short, within)
        return FAULTS[name]

    return enter
