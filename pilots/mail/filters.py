"""The list of messages: filters, facets, orders and the columns of its file."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, Filter, ModelChoiceFilter

from pilots.models import Letter, Message, Proposal, Round, ToldDeadline
from pilots.models.messages import MessageQuerySet
from regions.models import Organisation, User
from registry.lib.choices import SearchFilter, Several, SeveralRows
from registry.lib.clocks import DayField
from registry.lib.database import FiSort
from registry.lib.dates import on_the_finnish_clock
from registry.lib.exports import Read, plain
from registry.lib.facets import Counted, by_choice
from registry.lib.lists import ListFilter

SORTS = {
    "newest": _("newest first"),
    "oldest": _("oldest first"),
    "receiver": _("by receiver"),
    "settled": _("latest end first"),
}
ORDERS: dict[str, list[Any]] = {
    "newest": ["-created_at", "-pk"],
    "oldest": ["created_at", "pk"],
    "receiver": [FiSort("user__name"), "address", "-created_at", "-pk"],
    "settled": [F("settled_at").desc(nulls_last=True), "-created_at", "-pk"],
}
# "failed" stands for two states at once: somebody has to look after such a message.
FAILED = ("failed", _("did not arrive"))
NOT_ARRIVED = [Message.State.DEAD, Message.State.BOUNCED]
TWICE = [("yes", _("perhaps twice"))]
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


class DayFilter(Filter):
    """A day, as people here write it."""

    field_class = DayField

    def __init__(self, **kwargs: Any) -> None:
        limits = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
        super().__init__(validators=limits, help_text=_("For example 27.11.2026"), **kwargs)  # type: ignore[no-untyped-call]


def _with_letters() -> QuerySet[Organisation]:
    """Return the organisations that somebody can have been told for: those with accounts or proposals."""
    users, proposals = (model.objects.filter(organisation=OuterRef("pk")) for model in (User, Proposal))
    return Organisation.objects.filter(Exists(users) | Exists(proposals)).by_name()


def by_state(messages: ListFilter, name: str, keys: QuerySet[Any, Any]) -> list[Counted]:
    """Count by state, and before the states what did not arrive."""
    states = Message.objects.filter(pk__in=keys).order_by().values_list("state").annotate(n=Count("pk"))
    counts: dict[str, int] = dict(states)
    return messages.counted(name, {**counts, FAILED[0]: sum(counts.get(state, 0) for state in NOT_ARRIVED)})


def by_round(messages: ListFilter, name: str, keys: QuerySet[Any, Any]) -> list[Counted]:
    """Count by round, the most told of first; a letter may tell of several."""
    counts: Counter[str] = Counter()
    rows = Message.objects.filter(pk__in=keys).order_by()
    counts.update(dict(rows.exclude(round=None).values_list("round__slug").annotate(n=Count("pk"))))
    several = ToldDeadline.objects.filter(message__in=rows.filter(round=None)).order_by()
    counts.update(dict(several.values_list("step__round__slug").annotate(n=Count("message", distinct=True))))
    names = {round_.slug: round_.name.plain for round_ in Round.objects.filter(slug__in=counts)}
    return [Counted(slug, names[slug], n) for slug, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]


class MessageFilter(ListFilter):
    """Messages: what was told to whom."""

    q = SearchFilter(label=_("Name or address of the receiver"))
    organisation = ModelChoiceFilter(
        label=_("Organisation"),
        queryset=lambda request: _with_letters(),
        to_field_name="slug",
        method="of_organisation",
        empty_label=_("All"),
    )
    since = DayFilter(label=_("Written on or after"), method="written_since")
    until = DayFilter(label=_("Written on or before"), method="written_until")
    round = SeveralRows(label=_("Round"), queryset=Round.objects.all(), method="of_rounds")
    letter = Several(label=_("Letter"), choices=Letter.choices)
    state = Several(label=_("How it ended"), choices=[FAILED, *Message.State.choices], method="ended")
    twice = Several(label=_("Certainty"), choices=TWICE, method="perhaps_twice")
    sort = ChoiceFilter(label=_("Order"), choices=list(SORTS.items()))

    guarded = True
    facets = {
        "state": by_state,
        "round": by_round,
        "letter": by_choice("letter"),
        "twice": by_choice("perhaps_twice", {True: "yes"}),
    }
    boxes = ("q", "organisation", "since", "until")
    first_order = "newest"

    def count_words(self, n: int) -> str:
        return ngettext("%(n)s message", "%(n)s messages", n) % {"n": n}

    def search(self, rows: MessageQuerySet, words: str) -> MessageQuerySet:
        """Return the messages whose receiver's name or address holds the words."""
        named = Q(user__name__icontains=words) | Q(user__email__icontains=words)
        named |= Q(user=None, address__icontains=words)
        return rows.filter(named | Q(address__icontains=words))

    def of_organisation(self, messages: MessageQuerySet, name: str, organisation: Organisation) -> MessageQuerySet:
        """Return what the organisation's people were told, and what others were told of its proposals."""
        return messages.of_organisation(organisation)

    def of_rounds(self, messages: MessageQuerySet, name: str, rounds: list[Round]) -> MessageQuerySet:
        return messages.of_rounds(rounds)

    def ended(self, messages: MessageQuerySet, name: str, states: list[str]) -> MessageQuerySet:
        return messages.filter(state__in=[*states, *(NOT_ARRIVED if FAILED[0] in states else [])])

    def perhaps_twice(self, messages: MessageQuerySet, name: str, values: list[str]) -> MessageQuerySet:
        return messages.filter(perhaps_twice=True)

    def written_since(self, messages: MessageQuerySet, name: str, day: date) -> MessageQuerySet:
        """Return the messages written on the Finnish day or later."""
        return messages.filter(created_at__gte=on_the_finnish_clock(day, time.min))

    def written_until(self, messages: MessageQuerySet, name: str, day: date) -> MessageQuerySet:
        """Return the messages written on the Finnish day or earlier."""
        return messages.filter(created_at__lt=on_the_finnish_clock(day + timedelta(days=1), time.min))

    def ordered(self, rows: MessageQuerySet) -> MessageQuerySet:
        return rows.order_by(*ORDERS[self.order])

    def columns(self) -> Mapping[str, Read]:
        """Return the columns of the file; what a message tells of several rounds stands in one cell."""

        def organisation(message: Message) -> str:
            home = message.user.organisation if message.user else None
            return home.name.plain if home else ""

        def dates(column: str) -> Read:
            return lambda message: " / ".join(str(plain(getattr(told, column)) or "") for told in message.dates)

        return {
            gettext("Written"): lambda message: message.created_at,
            gettext("Letter"): lambda message: message.get_letter_display(),
            gettext("Receiver"): lambda message: str(message.user or ""),
            gettext("Address"): lambda message: message.address,
            gettext("Organisation"): organisation,
            gettext("Language"): lambda message: message.language,
            gettext("Subject"): lambda message: message.subject,
            gettext("Round"): lambda message: " / ".join(round_.name.plain for round_ in _rounds(message)),
            gettext("Deadline told"): dates("closes_at"),
            gettext("Deadline now"): dates("now_closes_at"),
            gettext("How it ended"): lambda message: message.get_state_display(),
            gettext("When"): lambda message: message.settled_at,
            gettext("Perhaps twice"): lambda message: gettext("yes") if message.perhaps_twice else gettext("no"),
            "Message-ID": lambda message: message.message_id,
        }


def _rounds(message: Any) -> list[Round]:
    """Return the round of a message of ``for_list``, or the rounds whose deadlines it told."""
    return [message.round] if message.round else list(dict.fromkeys(told.step.round for told in message.dates))
