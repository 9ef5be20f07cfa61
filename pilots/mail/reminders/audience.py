"""The audience of a letter that staff write: by the same permission as the reminders of the round."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pilots.mail import outbox
from pilots.models import Editor, Proposal, Round, StaffLetter
from regions.models import Organisation, User
from registry.lib.editions import fingerprint

from .decide import can_be_told
from .plan import preparers

ENDED = _("no longer a preparer: the rights have ended")
NO_ADDRESS = _("no working address")
NO_ACCOUNT = _("nobody there has an account that works")
NO_WORKING_ADDRESS = _("no address there works")
STATES: dict[str, list[str]] = {
    StaffLetter.Audience.EDITORS: [state for state in Proposal.State.values if state != Proposal.State.WITHDRAWN],
    StaffLetter.Audience.SUBMITTED: [
        *(Proposal.State.SUBMITTED, Proposal.State.ACCEPTED, Proposal.State.NOT_SELECTED),
    ],
    StaffLetter.Audience.DRAFTS: [Proposal.State.DRAFT],
}


@dataclass
class Audience:
    """Who gets a letter, and who does not and why: a person, or an organisation without anybody."""

    people: list[User] = field(default_factory=list)
    left_out: list[tuple[User | Organisation, str | Promise]] = field(default_factory=list)

    @property
    def without_address(self) -> list[User]:
        """Those who would get it if mail reached them: staff see them among its copies."""
        return [one for one, why in self.left_out if isinstance(one, User) and why == NO_ADDRESS]

    @property
    def wanting_reminders(self) -> "Audience":
        """Those of it who have not switched reminders off, whether mail reaches them or not."""
        left_out = [(one, why) for one, why in self.left_out if not isinstance(one, User) or one.wants_reminders]
        return Audience([one for one in self.people if one.wants_reminders], left_out)

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the people: the letter goes to the people that a page showed, or to nobody."""
        return fingerprint(sorted(person.pk for person in self.people))

    @property
    def languages(self) -> list[str]:
        """The languages that somebody reads the letter in; "": not known, so Finnish and Swedish."""
        return sorted({one.language for one in self.people}, key=["fi", "sv", "en", ""].index)


def audience(letter: StaffLetter, at: datetime) -> Audience:
    """Return who gets the letter if it is sent at ``at``: preparers whose rights last, with a working address.

    Each preparer is there once, whatever the number of proposals.
    """
    if letter.audience == StaffLetter.Audience.SILENT:
        return _silent(letter, at)
    proposals = Proposal.objects.filter(round=letter.round_id)
    if letter.audience == StaffLetter.Audience.PROPOSAL:
        proposals = proposals.filter(pk=letter.proposal_id or 0)
    else:
        proposals = proposals.filter(state__in=STATES[letter.audience])
    return _by_reach(User.objects.filter(editorships__proposal__in=proposals).distinct(), at)


def _by_reach(people: QuerySet[User], at: datetime) -> Audience:
    """Return which of ``people`` a letter reaches, and why it does not reach the others."""
    reached, working = Audience(), set(preparers(at).values_list("pk", flat=True))
    for user in people.select_related("organisation").order_by("organisation__name_fi", "name", "email"):
        _place(user, reached, working)
    return reached


def _place(user: User, reached: Audience, working: set[int]) -> None:
    if user.pk not in working:
        reached.left_out.append((user, ENDED))
    elif not outbox.has_address(user):
        reached.left_out.append((user, NO_ADDRESS))
    else:
        reached.people.append(user)


def audiences(proposals: Collection[int], at: datetime) -> dict[int, Audience]:
    """Return who gets a letter to the writers of each of the proposals at ``at``, in two queries for all of them."""
    reached, working = {pk: Audience() for pk in proposals}, set(preparers(at).values_list("pk", flat=True))
    editors = Editor.objects.filter(proposal__in=proposals).select_related("user__organisation")
    for editor in editors.order_by("user__organisation__name_fi", "user__name", "user__email"):
        _place(editor.user, reached[editor.proposal_id], working)
    return reached


def _silent(letter: StaffLetter, at: datetime) -> Audience:
    """Return the preparers of the invited organisations without a proposal."""
    proposals = Proposal.objects.filter(round=letter.round_id, organisation=OuterRef("pk"))
    silent = Organisation.objects.filter(~Exists(proposals), invited_to=letter.round_id)
    audience = _by_reach(User.objects.filter(organisation__in=silent, role=User.Role.PREPARER), at)
    with_accounts = {user.organisation_id for user in [*audience.people, *audience.without_address]}
    audience.left_out += [(one, NO_ACCOUNT) for one in silent.by_name() if one.pk not in with_accounts]
    return audience


def unreached(round_: Round, at: datetime) -> list[tuple[Organisation, str | Promise]]:
    """Return the invited organisations that no letter of the round reaches at ``at``, with the reason.

    A round that invites nobody by name has none.
    """
    people: dict[int, list[User]] = defaultdict(list)
    for user in preparers(at).filter(organisation__invited_to=round_):
        people[user.organisation_id or 0].append(user)
    return [
        (organisation, NO_WORKING_ADDRESS if people[organisation.pk] else NO_ACCOUNT)
        for organisation in round_.invited.by_name()
        if not any(can_be_told(user) for user in people[organisation.pk])
    ]
