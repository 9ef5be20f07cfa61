"""Round invitations: who gets one when a round is published, whom none reaches, whether one still holds."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Exists, OuterRef, Q, QuerySet

from pilots.mail import outbox
from pilots.mail.content import Content
from pilots.mail.letters import RoundCancelled, RoundInvitation
from pilots.models import Letter, Message, Round
from regions.models import Organisation, User

from .plan import preparers


@dataclass(frozen=True)
class Invitation:
    """A letter of a round to an organisation: to one of its people, or (``user`` None) to its role address."""

    organisation: Organisation
    user: User | None
    message: Message

    @property
    def reachable(self) -> bool:
        """Whether the letter has an address that works."""
        return self.message.state != Message.State.DEAD


@dataclass
class Invitations:
    """The letters to the invited organisations, and the organisations that none reaches."""

    letters: list[Invitation] = field(default_factory=list)
    unreached: list[Organisation] = field(default_factory=list)

    @property
    def to_people(self) -> list[Invitation]:
        """The letters to people with an account and an address that works."""
        return [one for one in self.letters if one.user is not None and one.reachable]

    @property
    def to_role_addresses(self) -> list[Invitation]:
        """The letters to organisations in which nobody has an account."""
        return [one for one in self.letters if one.user is None]

    @property
    def dead(self) -> list[Invitation]:
        """The letters to people whose address does not work."""
        return [one for one in self.letters if not one.reachable]

    def samples(self) -> list[Message]:
        """Return one letter of each language to people, and one to a role address, as they are sent."""
        samples = {one.message.language: one.message for one in reversed(self.to_people)}
        return [*(samples[key] for key in sorted(samples)), *(one.message for one in self.to_role_addresses[:1])]


def has_role_address(organisation: Organisation) -> bool:
    """Whether mail can be sent to the role address of the organisation."""
    try:
        validate_email(organisation.role_address)
    except ValidationError:
        return False
    return True


def invite_to_round(round_: Round, organisations: Iterable[Organisation], at: datetime) -> Invitations:
    """Post an invitation to each working preparer of the organisations, or else to the role address; return them."""
    invited = sorted(organisations, key=lambda one: one.pk)
    people: dict[int | None, list[User]] = {}
    for user in preparers(at).filter(organisation__in=invited).select_related("organisation").order_by("pk"):
        people.setdefault(user.organisation_id, []).append(user)
    made = Invitations()
    for organisation in invited:
        own = people.get(organisation.pk, [])
        for user in own:
            message = outbox.post(RoundInvitation(organisation, has_account=True), user, at=at, round_=round_)
            made.letters.append(Invitation(organisation, user, message))
        if not own and has_role_address(organisation):
            content = RoundInvitation(organisation, has_account=False)
            made.letters.append(Invitation(organisation, None, _to_body(content, organisation, round_, at)))
        if not any(one.reachable for one in made.letters if one.organisation == organisation):
            made.unreached.append(organisation)
    return made


def _to_body(content: Content, organisation: Organisation, round_: Round, at: datetime) -> Message:
    return outbox.post_to_role_address(content, organisation, at=at, round_=round_)


def invited_by_letter(round_: Round) -> QuerySet[Message]:
    """Return the invitations to the round that were sent, are being sent, or may have arrived unheard of.

    Those that still wait in the queue are cancelled by the last look.
    """
    invitations = Message.objects.filter(letter=Letter.ROUND_INVITATION, round=round_)
    sent = Q(state__in=[Message.State.SENT, Message.State.DELIVERED, Message.State.BOUNCED])
    return invitations.filter(sent | Q(in_doubt=True) | Q(state=Message.State.QUEUED, body_at__isnull=False))


def tell_bodies_of_the_end(round_: Round, at: datetime) -> None:
    """Tell the organisations that were invited at their role addresses that the round is cancelled."""
    sent = invited_by_letter(round_).filter(user=None, address=OuterRef("role_address"))
    for organisation in Organisation.objects.filter(Exists(sent), invited_to=round_).order_by("pk"):
        _to_body(RoundCancelled(), organisation, round_, at)


def invites_a_person(message: Message, at: datetime) -> bool:
    """Whether an invitation to a person still holds: the round lives, the rights last, the organisation is invited."""
    user, round_ = message.user, message.round
    if user is None or round_ is None or not user.works(at) or not _lives(round_):
        return False
    return round_.invited.filter(users=user).exists()


def invites_a_body(message: Message) -> bool:
    """Whether an invitation to a role address still holds: the round lives, and the address is an invited one's."""
    round_ = message.round
    return message.letter == Letter.ROUND_INVITATION and round_ is not None and _lives(round_) and _is_invited(message)


def tells_a_body_of_the_end(message: Message) -> bool:
    """Whether a letter to a role address tells that a round is cancelled to which it was invited."""
    return message.letter == Letter.ROUND_CANCELLED and _is_invited(message)


def _lives(round_: Round) -> bool:
    return round_.published_at is not None and round_.cancelled_at is None


def _is_invited(message: Message) -> bool:
    return Organisation.objects.filter(invited_to=message.round_id, role_address=message.address).exists()
