"""What the templates of a letter are given: a dataclass for each kind of letter."""

from abc import ABC, abstractmethod

from pilots.models import Letter, Proposal, Round
from regions.models import User
from registry.lib.letters import Written, write

FRAME = ("user", "round", "proposal")  # every template is given these, None where there is none


class Content(ABC):
    """What the templates of a letter are given, besides the ``FRAME``: the fields of a dataclass."""

    @property
    @abstractmethod
    def kind(self) -> Letter:
        """The letter that this is the content of."""

    def text(
        self, language: str, *, user: User | None = None, round_: Round | None = None, proposal: Proposal | None = None
    ) -> Written:
        """Return the letter as its reader gets it; ``language`` empty: in Finnish and Swedish."""
        return write(self.kind, language, {"user": user, "round": round_, "proposal": proposal, **vars(self)})
