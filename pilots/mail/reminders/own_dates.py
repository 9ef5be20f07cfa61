"""Which deadline of a step each person has, which one they were told, and who holds words that are not sent."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.db.models import Q

from pilots.models import UNSENT, Editor, Letter, Message, Proposal, Step, Told
from regions.models import User

from .plan import preparers


def perhaps_read() -> Q:
    """Return the condition on ``Told`` that its letter was sent, waits to be, or may have arrived unheard of."""
    return ~Q(message__state__in=UNSENT) | Q(message__in_doubt=True)


class OwnDates:
    """The deadline of one step, as it is now, for each person: their organisations' extensions counted."""

    def __init__(self, step: Step) -> None:
        self.closes_at = step.closes_at
        self._extensions = {one.organisation_id: one for one in step.extensions.all()}
        self._edits: dict[int, set[int]] = defaultdict(set)
        edits = Editor.objects.filter(proposal__round=step.round_id).order_by()
        for user, organisation in edits.values_list("user", "proposal__organisation"):
            self._edits[user].add(organisation)

    def of_organisation(self, organisation: int | None, closes_at: datetime | None = None) -> datetime:
        """Return the organisation's deadline: for all (now, or were it ``closes_at``), or later by its extension."""
        extension, for_all = self._extensions.get(organisation or 0), closes_at or self.closes_at
        return max(for_all, extension.closes_at) if extension else for_all

    def _organisations(self, user: User) -> set[int | None]:
        """Return the organisations whose proposals the person edits, else the person's own."""
        return {*self._edits[user.pk]} if user.pk in self._edits else {user.organisation_id}

    def of(self, user: User, closes_at: datetime | None = None) -> dict[int | None, datetime]:
        """Return the person's deadline by organisation: as it is now, or were the step to close at ``closes_at``."""
        return {one: self.of_organisation(one, closes_at) for one in self._organisations(user)}

    def all_at(self, user: User, closes_at: datetime) -> dict[int | None, datetime]:
        """Return the one deadline ``closes_at`` for all of the person's organisations."""
        return dict.fromkeys(self._organisations(user), closes_at)

    def versions(self, user: User) -> set[int]:
        """Return the versions of the extensions that the person's reminders are planned by; 0: none."""
        found = (self._extensions.get(one or 0) for one in self._organisations(user))
        return {extension.version if extension else 0 for extension in found}

    def unmoved_versions(self, before: datetime) -> set[int]:
        """Return the versions of the extensions whose date is what it was when the step closed at ``before``."""
        later = max(before, self.closes_at)
        return {one.version for one in self._extensions.values() if one.closes_at >= later}


def beliefs(step: Step) -> dict[int, set[datetime]]:
    """Return by person the dates of the last letter to them about the step's deadline that they may have read, if any.

    What a deputy got for somebody else is not theirs: they hear again when that person does.
    """
    rows = Told.objects.filter(perhaps_read(), step=step, message__forward_of=None).order_by("message_id")
    dates: dict[int, tuple[int, set[datetime]]] = {}
    for user, message, closes_at in rows.values_list("user_id", "message_id", "closes_at"):
        if user not in dates or dates[user][0] != message:
            dates[user] = (message, set())
        dates[user][1].add(closes_at)
    return {user: told for user, (_message, told) in dates.items()}


def last_known(step: Step, after: OwnDates) -> dict[int, Callable[[User], dict[int | None, datetime]]]:
    """Return, for those whose corrections were all cancelled before they were sent, the deadlines before the first.

    That is what they have in mind: the step's deadline then, with their extension of now where a move was to be told,
    without it where the extension was.
    """
    lines = {line.version: line for line in step.changes.all()}
    closed = {version: line.closes_at for version, line in lines.items()}
    closed[1] = lines[2].closed_at if 2 in lines else step.closes_at
    unread = Told.objects.filter(
        step=step, message__letter=Letter.CORRECTION, message__state=Message.State.CANCELLED, message__in_doubt=False
    )
    known: dict[int, Callable[[User], dict[int | None, datetime]]] = {}
    rows = unread.order_by("-message_id").values_list("user_id", "deadline_version", "message__created_at")
    for user, version, written_at in rows:
        line = lines.get(version)
        if line is not None and line.changed_at == written_at:
            known[user] = partial(after.of, closes_at=line.closed_at)
        else:
            known[user] = partial(after.all_at, closes_at=closed[version])
    return known


def drafting(round_id: int, at: datetime) -> set[int]:
    """Return the preparers who edit a proposal of the round with words that are not sent."""
    unsent = Proposal.objects.filter(round=round_id).with_unsent_words()
    editors = Editor.objects.filter(proposal__in=unsent.values("pk"), user__in=preparers(at)).order_by()
    return set(editors.values_list("user", flat=True))
