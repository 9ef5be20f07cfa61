"""The outbox: letters are rows, written in the caller's transaction and sent by the sweep."""

from .bounces import address_mended, read_mailbox
from .delivery import Outcome, deliver
from .forwarding import deputy_of, forward_returned
from .posting import Deadline, has_address, post, post_again, post_to_role_address
from .protocols import LastLook, MayContinue, MayTellDeputy, Verdict
from .sign_in import anything_asked, collect, link_holds, mail_of

__all__ = [
    "Deadline",
    "LastLook",
    "MayContinue",
    "MayTellDeputy",
    "Outcome",
    "Verdict",
    "address_mended",
    "anything_asked",
    "collect",
    "deliver",
    "deputy_of",
    "forward_returned",
    "has_address",
    "link_holds",
    "mail_of",
    "post",
    "post_again",
    "post_to_role_address",
    "read_mailbox",
]
