"""The outbox: letters are rows, written in the caller's transaction and sent by the sweep."""

from .delivery import Outcome, deliver
from .posting import has_address, post

__all__ = ["Outcome", "deliver", "has_address", "post"]
