"""Sign-in letters as their readers get them: collected, and made into mails, without a mail server."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

from django.conf import settings

from pilots.mail import outbox
from pilots.models import Message
from registry.lib.database import clock


def letters() -> list[EmailMessage]:
    """Return every sign-in letter that was asked for and can still be made, the first first."""
    outbox.collect(clock())
    made = (outbox.mail_of(message) for message in Message.objects.exclude(mime_sha256="").order_by("pk"))
    return [message_from_bytes(mail, policy=policy.default) for mail in made if mail is not None]


def text_of(letter: EmailMessage) -> str:
    """Return the text of a letter."""
    return str(letter.get_content()).replace("\r\n", "\n")


def link() -> str:
    """Return the path of the link in the last letter."""
    found = re.search(rf"{re.escape(settings.BASE_URL)}(/\S+)", text_of(letters()[-1]))
    assert found
    return found[1]
