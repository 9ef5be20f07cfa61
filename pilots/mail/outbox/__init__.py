"""The outbox: letters are rows, written in the caller's transaction and sent by the sweep."""

from .bounces import address_mended, read_mailbox
from .delivery import Outcome, deliver
from .forwarding import deputy_of, forward_returned
from .posting import Deadline, has_address, post
from .protocols import LastLook, MayContinue, MayTellDeputy, Verdict

__all__ = [
    "Deadline",
    "LastLook",
    "MayContinue",
    "MayTellDeputy",
    "Outcome",
    "Verdict",
    "address_mended",
    "deliver",
    "deputy_of",
    "forward_returned",
    "has_address",
    "post",
    "read_mailbox",
]
