"""Posting: a letter to a user becomes a frozen row in the caller's transaction. No broker, no mail server."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation

from pilots.mail.content import Content
from pilots.mail.letters import LETTERS
from pilots.models import DeliveryEvent, Letter, Message, Proposal, Round, Step, ToldDeadline
from regions import preferences
from regions.models import Organisation, User
from registry.lib.failpoints import reach
from registry.lib.letters import Written, freeze, new_message_id

NO_ADDRESS = "no working address"


@dataclass(frozen=True)
class Deadline:
    """A deadline that a letter tells its reader."""

    step: Step
    closes_at: datetime
    letter: str = ""  # as what it is told, in a letter that has several parts; "": as the letter itself
    version: int | None = None  # the version of the step's deadline; None: the present version
    in_mind: tuple[tuple[int | None, datetime], ...] = ()  # organisation and the deadline that the reader had in mind


def has_address(user: User) -> bool:
    """Whether mail can be sent to ``user``: the account is active, the address well formed, and no mail came back."""
    try:
        validate_email(user.email)
    except ValidationError:
        return False
    return user.is_active and user.address_failed_at is None


def _unsubscribe(letter: Letter, user: User, language: str) -> str:
    """Return the address that stops letters of this kind; empty if they cannot be switched off.

    It stands in the header alone: staff and a deputy read the text of a letter, and may not stop another's letters.
    """
    preference = LETTERS[letter].preference
    if preference is None:
        return ""
    with translation.override(language):
        return settings.BASE_URL + reverse("unsubscribe", args=[preferences.token(user, preference)])


def _freeze(
    letter: Letter, user: User, address: str, written: Written, at: datetime, message_id: str, owner: User | None
) -> bytes:
    return freeze(
        written,
        to=(user.name, address),
        at=at,
        message_id=message_id,
        reply_to=(owner.name, owner.email) if owner is not None and has_address(owner) else None,
        unsubscribe=_unsubscribe(letter, user, written.language[:2]),
    )


def post(
    content: Content,
    user: User,
    *,
    at: datetime,
    round_: Round | None = None,
    proposal: Proposal | None = None,
    tells: Iterable[Deadline] = (),
    useless_after: datetime | None = None,
    key: str = "",
    address: str = "",
) -> Message:
    """Write the letter to ``user`` in their language, freeze it, and put it in the queue; return its row.

    Runs in the caller's transaction: the letter stands if and only if what it tells of stands.

    ``tells``: the deadlines that the letter tells, kept as ``ToldDeadline``, so that its receiver hears when they move.
    ``useless_after``: when the letter need no longer go; None: never. ``key``: what the letter is, so that it is
    written once: a second post with the same key returns the first one's row, and a post after the database was
    restored to a moment before it has the same Message-ID, which the relay knows. ``address``: where the letter goes,
    if not to the user's present address.

    A user without a working address gets a row that is *dead* from the start, so that staff see it; what the caller
    does is not hindered.
    """
    message_id = new_message_id(key)
    if key and (existing := Message.objects.filter(message_id=message_id).first()) is not None:
        return existing
    round_ = round_ or (proposal.round if proposal else None)
    written = content.text(user.language, user=user, round_=round_, proposal=proposal)
    try:
        with transaction.atomic():
            message = _queue(content.kind, user, written, message_id, at, round_, proposal, useless_after, address)
    except IntegrityError:  # the same letter, posted by another process at this moment
        return Message.objects.get(message_id=message_id)
    ToldDeadline.objects.bulk_create(_told(message, deadline) for deadline in dict.fromkeys(tells))
    reach("after_post")
    return message


def post_to_role_address(content: Content, organisation: Organisation, *, at: datetime, round_: Round) -> Message:
    """Write the letter of a round to the role address of an organisation, in Finnish and Swedish; return its row.

    For an organisation in which nobody has an account. Runs in the caller's transaction, as ``post`` does.
    """
    message_id, written = new_message_id(""), content.text("", round_=round_)
    owner = round_.owner
    message = Message.objects.create(
        letter=content.kind,
        address=organisation.role_address,
        language=written.language,
        subject=written.subject,
        body=written.body,
        mime=freeze(
            written,
            to=(str(organisation.name.plain), organisation.role_address),
            at=at,
            message_id=message_id,
            reply_to=(owner.name, owner.email) if owner is not None and has_address(owner) else None,
        ),
        message_id=message_id,
        round=round_,
        deployment=settings.DEPLOYMENT_KEY,
        created_at=at,
        next_try_at=at,
    )
    reach("after_post")
    return message


def post_again(message: Message, user: User, at: datetime) -> Message:
    """Post a letter that is not sent yet, word for word, to its receiver's present address; return its row."""
    key = new_message_id(f"again:{message.pk}:{user.email}")
    if (existing := Message.objects.filter(message_id=key).first()) is not None:
        return existing
    written = Written(message.language, message.subject, message.body)
    letter, about = Letter(message.letter), (message.round, message.proposal)
    again = _queue(letter, user, written, key, at, *about, message.useless_after)
    Message.objects.filter(pk=again.pk).update(clarification=message.clarification)
    for told in message.told.all():
        told.pk, told.message, told._state.adding = None, again, True
        told.save(force_insert=True)
    return again


def _told(message: Message, deadline: Deadline) -> ToldDeadline:
    step, version = deadline.step, deadline.version
    return ToldDeadline(
        user=message.user,
        step=step,
        message=message,
        letter=deadline.letter or message.letter,
        deadline_version=step.deadline_version if version is None else version,
        closes_at=deadline.closes_at,
        in_mind={str(organisation or ""): date.isoformat() for organisation, date in deadline.in_mind},
    )


def _queue(
    letter: Letter,
    user: User,
    written: Written,
    message_id: str,
    at: datetime,
    round_: Round | None,
    proposal: Proposal | None,
    useless_after: datetime | None,
    address: str = "",
) -> Message:
    """Create the message: in the queue, or dead from the start if the user has no working address."""
    reachable = bool(address) or has_address(user)
    address = address or user.email
    owner = round_.owner if round_ is not None and round_.owner_id != user.pk else None
    message = Message.objects.create(
        letter=letter,
        user=user,
        address=address,
        language=written.language,
        subject=written.subject,
        body=written.body,
        mime=_freeze(letter, user, address, written, at, message_id, owner) if reachable else b"",
        message_id=message_id,
        round=round_,
        proposal=proposal,
        deployment=settings.DEPLOYMENT_KEY,
        state=Message.State.QUEUED if reachable else Message.State.DEAD,
        settled_at=None if reachable else at,
        created_at=at,
        next_try_at=at,
        useless_after=useless_after,
    )
    if not reachable:
        message.events.create(kind=DeliveryEvent.Kind.REFUSED, at=at, words=NO_ADDRESS)
    return message
