"""The outbox: letters are rows, written in the caller's transaction and sent by the sweep."""

from .bounces import address_mended, read_mailbox
from .connection import NotNowError
from .delivery import Outcome, deliver
from .forwarding import deputy_of, forward_returned
from .posting import has_address, post

__all__ = [
    "NotNowError",
    "Outcome",
    "address_mended",
    "deliver",
    "deputy_of",
    "forward_returned",
    "has_address",
    "post",
    "read_mailbox",
]
