"""Sign-in letters: collected from what requests asked for, and made into bytes anew for each try.

The text is kept with ``PLACE`` where the secret of the link goes: who reads the table reads no link. The digest of the
bytes is kept, so that every try sends the same bytes, whichever key of the site made them.
"""

from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from allauth.account.utils import user_pk_to_url_str
from django.conf import settings

from pilots.mail.content import Content
from pilots.mail.letters import Invited, NewPassword
from pilots.models import Message
from regions import sign_in_letters
from regions.models import SignInLetter
from registry.lib.database import in_transaction
from registry.lib.failpoints import reach
from registry.lib.letters import Written, freeze, new_message_id

AT_ONCE = 100  # letters that are collected in one transaction
PLACE = "__secret__"


def anything_asked() -> bool:
    """Whether a sign-in letter waits to be collected."""
    return SignInLetter.objects.waiting().exists()


def collect(at: datetime) -> int:
    """Make messages of the sign-in letters that were asked for, the first first; return of how many."""
    collected = 0
    while few := in_transaction(lambda: _collect(at)):
        collected += few
    return collected


def _collect(at: datetime) -> int:
    waiting = SignInLetter.objects.waiting().select_related(
        "user", "invitation__organisation", "invitation__invited_by"
    )
    letters = list(waiting.select_for_update(of=("self",), skip_locked=True).order_by("pk")[:AT_ONCE])
    for letter in letters:
        _queue(letter, at)
    reach("after_collect")
    return SignInLetter.objects.filter(pk__in=[letter.pk for letter in letters]).update(collected_at=at)


def _queue(letter: SignInLetter, at: datetime) -> Message:
    content = _content(letter)
    written = content.text(letter.language, user=letter.user)
    message = Message(
        letter=content.kind,
        user=letter.user,
        address=letter.address,
        language=written.language,
        subject=written.subject,
        body=written.body,
        message_id=new_message_id(f"sign-in:{letter.pk}:{letter.derived_from}"),
        sign_in_letter=letter,
        deployment=settings.DEPLOYMENT_KEY,
        created_at=at,
        next_try_at=at,
        useless_after=letter.useless_after(),
    )
    message.mime_sha256 = sha256(_bytes(message, letter, sign_in_letters.key_of(letter))).hexdigest()
    message.save(force_insert=True)
    return message


def _content(letter: SignInLetter) -> Content:
    if letter.user is not None:
        return NewPassword(user_pk_to_url_str(letter.user), PLACE)
    assert letter.invitation is not None  # noqa: S101 - a constraint holds that it is for either
    return Invited(letter.invitation, PLACE)


def _bytes(message: Message, letter: SignInLetter, key: str) -> bytes:
    """Return the whole mail with the link that ``key`` makes."""
    written = Written(message.language, message.subject, message.body)
    return freeze(
        replace(written, body=written.body.replace(PLACE, sign_in_letters.secret_of(letter, key))),
        to=("", message.address),
        at=message.created_at,
        message_id=message.message_id,
    )


def mail_of(message: Message) -> bytes | None:
    """Return the bytes of a message; None where they are not kept, and no key of the site makes them again."""
    if not message.lets_in:
        return bytes(message.mime)
    if message.sign_in_letter is None:
        return None
    made = (_bytes(message, message.sign_in_letter, key) for key in sign_in_letters.site_keys())
    return next((mail for mail in made if sha256(mail).hexdigest() == message.mime_sha256), None)


def link_holds(message: Message, at: datetime) -> bool:
    """Whether the link of a sign-in letter still opens what it is for; an invitation that is gone opens nothing."""
    letter = SignInLetter.objects.select_related("user", "invitation__invited_by", "invitation__organisation").filter(
        pk=message.sign_in_letter_id or 0
    )
    found = letter.first()
    return found is not None and sign_in_letters.holds(found, at)
