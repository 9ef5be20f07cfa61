"""The outbox: letters are rows, written in the caller's transaction and sent by the sweep."""

from .delivery import Outcome, deliver
from .letters import Written, write
from .posting import has_address, post

__all__ = ["Outcome", "Written", "deliver", "has_address", "post", "write"]
