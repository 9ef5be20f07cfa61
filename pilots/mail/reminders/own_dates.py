"""Own deadlines: which one of a step each person has, which dates they were told, who has words that are not sent."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from pilots.models import (
    UNSENT,
    Editor,
    Letter,
    Message,
    Proposal,
    Round,
    Step,
    ToldDeadline,
    extended,
    organisations_of,
)
from regions.models import User

from .plan import preparers


def perhaps_read() -> Q:
    """Return the condition that the letter of a ``ToldDeadline`` was sent, waits, or may have arrived unheard of.

    A letter that was sent again after a doubt may have arrived the first time, however it ended.
    """
    return ~Q(message__state__in=UNSENT) | Q(message__in_doubt=True) | Q(message__perhaps_twice=True)


class OwnDates:
    """The deadline of a step, as it is now, for each person: the extensions of their organisations counted."""

    def __init__(self, step: Step) -> None:
        self.closes_at = step.closes_at
        self._extensions = {extension.organisation_id: extension for extension in step.extensions.all()}
        self._edits: dict[int, set[int]] = defaultdict(set)
        edits = Editor.objects.filter(proposal__round=step.round_id).order_by()
        for user, organisation in edits.values_list("user", "proposal__organisation"):
            self._edits[user].add(organisation)

    def of_organisation(self, organisation: int | None, closes_at: datetime | None = None) -> datetime:
        """Return the organisation's deadline: for all (now, or were it ``closes_at``), or later by its extension."""
        return extended(closes_at or self.closes_at, self._extensions.get(organisation or 0))

    def differing(self, before: "OwnDates") -> set[int]:
        """Return the organisations with an extension whose deadline was another one ``before``."""
        extended_now = {pk for pk in self._extensions if pk is not None}
        return {pk for pk in extended_now if self.of_organisation(pk) != before.of_organisation(pk)}

    def organisations(self, user: User) -> set[int | None]:
        """Return the organisations whose deadlines are the user's (``organisations_of``)."""
        return organisations_of(user, self._edits.get(user.pk, ()))

    def of(self, user: User, closes_at: datetime | None = None) -> dict[int | None, datetime]:
        """Return the user's deadline by organisation: as it is now, or were the step to close at ``closes_at``."""
        return {
            organisation: self.of_organisation(organisation, closes_at) for organisation in self.organisations(user)
        }

    def versions(self, user: User) -> set[int]:
        """Return the versions of the extensions by which the user's reminders are planned; 0: none."""
        extensions = (self._extensions.get(organisation or 0) for organisation in self.organisations(user))
        return {extension.version if extension else 0 for extension in extensions}

    def unmoved_versions(self, before: datetime) -> set[int]:
        """Return the versions of the extensions whose date is what it was when the step closed at ``before``."""
        later = max(before, self.closes_at)
        return {extension.version for extension in self._extensions.values() if extension.closes_at >= later}


def dates_told_last(step: Step) -> dict[int, set[datetime]]:
    """Return by person the dates in the last letter about the step's deadline that the person may have read, if any.

    A letter that a deputy got for somebody else does not count: that person will hear again.
    """
    rows = ToldDeadline.objects.filter(perhaps_read(), step=step, message__forward_of=None).order_by("message_id")
    last: dict[int, tuple[int, set[datetime]]] = {}
    for user, message, closes_at in rows.values_list("user_id", "message_id", "closes_at"):
        if user not in last or last[user][0] != message:
            last[user] = (message, set())
        last[user][1].add(closes_at)
    return {user: dates for user, (_message, dates) in last.items()}


def last_known(step: Step, recalled: Sequence[Message]) -> dict[int, dict[int | None, datetime]]:
    """Return by user, and by organisation, the deadlines in mind before the corrections that were ``recalled`` unsent.

    Those are the dates that hold for a user of whom ``dates_told_last`` knows nothing: each correction kept them. A
    correction that an earlier change had recalled, with no new one in its place, left its reader with the right date.
    """
    unread = ToldDeadline.objects.filter(~perhaps_read(), step=step, message__in=recalled)
    unread = unread.filter(message__letter=Letter.CORRECTION).order_by("message_id")
    known: dict[int, dict[int | None, datetime]] = defaultdict(dict)
    for user, in_mind in unread.values_list("user_id", "in_mind"):
        for organisation, date in in_mind.items():
            known[user].setdefault(int(organisation) if organisation else None, datetime.fromisoformat(date))
    return known


def writing(step: Step, at: datetime) -> set[int]:
    """Return the preparers who edit a draft or a sent proposal that the step takes some time."""
    states = [Proposal.State.DRAFT, Proposal.State.SUBMITTED]
    proposals = Proposal.objects.filter(round=step.round_id, state__in=states)
    taken = [one.pk for one in proposals.select_related("latest", "moved_on_to") if step.takes_some_time(one)]
    editors = Editor.objects.filter(proposal__in=taken, user__in=preparers(at)).order_by()
    return set(editors.values_list("user", flat=True))


def invited_to(round_: Round, at: datetime) -> set[int]:
    """Return the preparers of the invited organisations.

    A round that invites nobody by name is open to all: the preparers who want to hear of such rounds.
    """
    invited = preparers(at).filter(organisation__invited_to=round_)
    if not round_.invited.exists():
        invited = preparers(at).filter(wants_reminders=True, wants_open_rounds=True)
    return set(invited.values_list("pk", flat=True))
