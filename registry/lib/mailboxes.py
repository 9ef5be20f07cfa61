"""Mailboxes: different addresses that one person reads."""


def mailbox(address: str) -> str:
    """Return the address without what stands after a plus sign, in lower case: mail to both comes to one mailbox."""
    local, _, domain = address.strip().lower().rpartition("@")
    return f"{local.split('+')[0]}@{domain}"
