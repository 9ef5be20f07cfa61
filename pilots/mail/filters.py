"""The filters of the list of messages: one definition for the page and for what is downloaded from it."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, time, timedelta
from functools import cached_property
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, Filter, ModelChoiceFilter
from django_filters.filterset import FilterSet

from pilots.models import Letter, Message, Proposal, Round, Told
from pilots.models.messages import MessageQuerySet
from regions.models import Organisation, User
from registry.lib.clocks import DayField
from registry.lib.database import FiSort
from registry.lib.dates import on_the_finnish_clock
from registry.lib.formats import day_words
from registry.lib.languages import reader_language
from registry.lib.lists import SearchFilter
from registry.lib.pages import Facet, FacetChoice, Pill

SORTS = {
    "newest": _("newest first"),
    "oldest": _("oldest first"),
    "receiver": _("by receiver"),
    "settled": _("latest end first"),
}
FACETS = {"state": _("How it ended"), "round": _("Round"), "letter": _("Letter"), "twice": _("Certainty")}
TYPED = {"organisation": _("Organisation"), "since": _("Written on or after"), "until": _("Written on or before")}
# "failed" stands for two states at once: it is what somebody has to look after.
FAILED = ("failed", _("did not arrive"))
NOT_ARRIVED = [Message.State.DEAD, Message.State.BOUNCED]
TWICE = [("yes", _("perhaps twice"))]
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


class DayFilter(Filter):
    """A day, as people here write it."""

    field_class = DayField

    def __init__(self, **kwargs: Any) -> None:
        limits = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
        box = forms.DateInput(format="%d.%m.%Y", attrs={"class": "form-control", "autocomplete": "off"})
        super().__init__(validators=limits, widget=box, **kwargs)  # type: ignore[no-untyped-call]


def _with_letters() -> QuerySet[Organisation]:
    """Return the organisations that somebody can have been told for: those with accounts or proposals."""
    users, proposals = (model.objects.filter(organisation=OuterRef("pk")) for model in (User, Proposal))
    return Organisation.objects.filter(Exists(users) | Exists(proposals)).by_name()


class MessageFilter(FilterSet):
    """Filters of what was told to whom. A choice that does not exist is left out and named in ``refused``."""

    q = SearchFilter()
    organisation = ModelChoiceFilter(
        queryset=lambda request: _with_letters(),
        to_field_name="slug",
        method="of_organisation",
        label=TYPED["organisation"],
        empty_label=_("All"),
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    since = DayFilter(method="written_since", label=TYPED["since"])
    until = DayFilter(method="written_until", label=TYPED["until"])
    round = ModelChoiceFilter(queryset=Round.objects.all(), to_field_name="slug", method="of_round")
    letter = ChoiceFilter(choices=Letter.choices)
    state = ChoiceFilter(choices=[FAILED, *Message.State.choices], method="ended")
    twice = ChoiceFilter(choices=TWICE, method="perhaps_twice")
    sort = ChoiceFilter(choices=list(SORTS.items()))

    class Meta:
        model = Message
        fields: tuple[str, ...] = ()

    def __init__(self, asked: QueryDict, messages: MessageQuerySet) -> None:
        super().__init__(asked, queryset=messages)  # type: ignore[no-untyped-call]

    def search(self, messages: MessageQuerySet, words: str) -> MessageQuerySet:
        """Return those whose receiver's name or address holds the words."""
        named = Q(user__name__icontains=words) | Q(user__email__icontains=words)
        return messages.filter(named | Q(address__icontains=words))

    def of_organisation(self, messages: MessageQuerySet, name: str, one: Organisation) -> MessageQuerySet:
        """Return what the organisation's people were told, and what others were told of its proposals."""
        return messages.of_organisation(one)

    def of_round(self, messages: MessageQuerySet, name: str, round_: Round) -> MessageQuerySet:
        """Return what was told of the round."""
        return messages.of_round(round_)

    def ended(self, messages: MessageQuerySet, name: str, state: str) -> MessageQuerySet:
        """Return those that are in the state, or did not arrive."""
        return messages.filter(state__in=NOT_ARRIVED if state == FAILED[0] else [state])

    def perhaps_twice(self, messages: MessageQuerySet, name: str, value: str) -> MessageQuerySet:
        """Return those that may have arrived twice."""
        return messages.filter(perhaps_twice=True)

    def written_since(self, messages: MessageQuerySet, name: str, day: date) -> MessageQuerySet:
        """Return those written on the Finnish day or later."""
        return messages.filter(created_at__gte=on_the_finnish_clock(day, time.min))

    def written_until(self, messages: MessageQuerySet, name: str, day: date) -> MessageQuerySet:
        """Return those written on the Finnish day or earlier."""
        return messages.filter(created_at__lt=on_the_finnish_clock(day + timedelta(days=1), time.min))

    @cached_property
    def picked(self) -> dict[str, Any]:
        """What the address asks for and the registry knows, by the name of the filter."""
        self.form.is_valid()  # fills cleaned_data; what is not valid stays out of it
        return {name: value for name, value in self.form.cleaned_data.items() if value}

    @property
    def refused(self) -> list[str]:
        """The titles of the filters whose value in the address does not exist."""
        titles = {**FACETS, **TYPED}
        return [str(titles.get(name, _("Order"))) for name in self.errors]

    @property
    def days(self) -> list[forms.BoundField]:
        """The fields of the period, as the form shows them."""
        return [self.form["since"], self.form["until"]]

    @property
    def order(self) -> str:
        """The order in use."""
        return str(self.picked.get("sort", "newest"))

    def narrowed(self, leaving_out: str = "") -> MessageQuerySet:
        """Return those that pass all filters but one."""
        messages: MessageQuerySet = self.queryset
        if words := self.picked.get("q"):
            messages = self.search(messages, words)
        for name, value in self.picked.items():
            if name not in {"q", "sort", leaving_out}:
                messages = self.filters[name].filter(messages, value)
        return messages

    def filter_queryset(self, queryset: QuerySet[Message]) -> MessageQuerySet:
        """Return the list in its order (called by django-filter)."""
        orders: dict[str, list[Any]] = {
            "newest": ["-created_at", "-pk"],
            "oldest": ["created_at", "pk"],
            "receiver": [FiSort("user__name"), "address", "-created_at", "-pk"],
            "settled": [F("settled_at").desc(nulls_last=True), "-created_at", "-pk"],
        }
        return self.narrowed().order_by(*orders[self.order])

    def address(self, **changes: str) -> str:
        """Return the query string of this list with changes; an empty value takes a filter away, and the page goes."""
        params = QueryDict(mutable=True)
        for name, value in {**self._asked(), **changes}.items():
            if value:
                params[name] = value
        return f"?{params.urlencode()}"

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The parameters that a new search keeps: the links' filters and the order."""
        return [(name, value) for name, value in self._asked().items() if name in {*FACETS, "sort"}]

    def _asked(self) -> dict[str, str]:
        return {name: str(getattr(value, "slug", value)) for name, value in self.picked.items()}

    def facets(self) -> list[Facet]:
        """Return the filters as links with counts; each count heeds the other filters."""
        counted: dict[str, Callable[[MessageQuerySet], Iterable[tuple[str, str, int]]]] = {
            "state": _of_states,
            "round": _of_rounds,
            "letter": lambda messages: _of_choices(messages, "letter", Letter.choices),
            "twice": lambda messages: _of_choices(messages, "perhaps_twice", [(True, TWICE[0][1])], "yes"),
        }
        asked = self._asked()
        return [
            self._facet(name, str(title), counted[name](self.narrowed(name).order_by()), asked.get(name, ""))
            for name, title in FACETS.items()
        ]

    def _facet(self, name: str, title: str, counted: Iterable[tuple[str, str, int]], asked: str) -> Facet:
        """Return one facet; its choice in use leads back to the list without it."""
        choices = [
            FacetChoice(label, value, n, self.address(**{name: "" if value == asked else value}), value == asked)
            for value, label, n in counted
        ]
        return Facet(title, name, choices)

    def pills(self) -> list[Pill]:
        """Return the search and the filters in use, each with the address of the list without it."""
        found = []
        if words := self.picked.get("q"):
            found.append(Pill(gettext("Search: %(words)s") % {"words": words}, self.address(q="")))
        for name, title in {**FACETS, **TYPED}.items():
            if value := self.picked.get(name):
                choices = dict(getattr(self.filters[name].field, "choices", ())) if isinstance(value, str) else {}
                label = day_words(value, reader_language()) if isinstance(value, date) else choices.get(value, value)
                found.append(Pill(f"{title}: {label}", self.address(**{name: ""})))
        return found

    def orders(self) -> list[tuple[str, str, bool]]:
        """Return the orders: title, address, whether it is in use."""
        return [
            (str(title), self.address(sort="" if name == "newest" else name), name == self.order)
            for name, title in SORTS.items()
        ]


def _of_choices(
    messages: MessageQuerySet, column: str, choices: Iterable[tuple[Any, Any]], as_value: str = ""
) -> list[tuple[str, str, int]]:
    """Return the choices that some message has: value, label, how many."""
    counts: dict[Any, int] = dict(messages.values_list(column).annotate(n=Count("pk")))
    return [(as_value or str(value), str(label), counts[value]) for value, label in choices if counts.get(value)]


def _of_states(messages: MessageQuerySet) -> list[tuple[str, str, int]]:
    """Return the states that some message is in, and before them what did not arrive."""
    found = _of_choices(messages, "state", Message.State.choices)
    failed = sum(n for state, _label, n in found if state in NOT_ARRIVED)
    return [(FAILED[0], str(FAILED[1]), failed), *found] if failed else found


def _of_rounds(messages: MessageQuerySet) -> list[tuple[str, str, int]]:
    """Return the rounds that some message tells of, the most told of first; a letter may tell of several."""
    counts: Counter[str] = Counter()
    counts.update(dict(messages.exclude(round=None).values_list("round__slug").annotate(n=Count("pk"))))
    several = Told.objects.filter(message__in=messages.filter(round=None)).order_by()
    counts.update(dict(several.values_list("step__round__slug").annotate(n=Count("message", distinct=True))))
    names = {one.slug: one.name.plain for one in Round.objects.filter(slug__in=counts)}
    return [(slug, names[slug], n) for slug, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
