"""The envelope's sender: a signed address of our own for each message, so that a returned mail names its message."""

import re
from email.utils import parseaddr

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from registry.lib.letters import ascii_address

SIGNED = re.compile(r"(?P<local>[^@\s]+)\+(?P<message>[1-9][0-9]{0,18})-(?P<mac>[0-9a-f]{20})@(?P<domain>[^@\s]+)")
MAC_LENGTH = 20  # hexadecimal digits: 80 bits


def _mac(message: int) -> str:
    """Return the authentication code of a message's number; a copy of the database elsewhere makes another."""
    mac = salted_hmac("pilots.outbox.envelopes", f"{settings.DEPLOYMENT_KEY} {message}", algorithm="sha256")
    return mac.hexdigest()[:MAC_LENGTH]


def plain_sender() -> str:
    """Return the bare address that letters come from."""
    return ascii_address(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])


def sender_of(message: int) -> str:
    """Return the envelope's sender of the message with this number: signed where bounces are read, else the plain one.

    The local part has at most 64 characters (RFC 5321, 4.5.3.1.1): the settings refuse a longer BOUNCE_ADDRESS.
    """
    if not settings.BOUNCE_ADDRESS:
        return plain_sender()
    local, _, domain = settings.BOUNCE_ADDRESS.rpartition("@")
    return f"{local}+{message}-{_mac(message)}@{domain}"


def message_of(address: str) -> int | None:
    """Return the number of the message that the signed sender ``address`` names; None for any other or forged address.

    Servers on the way may change the case of an address: it does not count.
    """
    signed = SIGNED.fullmatch(address.strip().strip("<>").lower())
    if signed is None or not settings.BOUNCE_ADDRESS:
        return None
    if f"{signed['local']}@{signed['domain']}" != settings.BOUNCE_ADDRESS.lower():
        return None
    message = int(signed["message"])
    return message if constant_time_compare(signed["mac"], _mac(message)) else None
