"""The filters of the list of messages."""

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, ModelChoiceFilter
from django_filters.filterset import FilterSet

from pilots.models import Letter, Message, Round


class MessageFilter(FilterSet):
    """Filters of what was told to whom; a choice that does not exist filters nothing."""

    q = CharFilter(method="search", label=_("Name or address of the person"))
    round = ModelChoiceFilter(
        method="of_round", queryset=Round.objects.all(), to_field_name="slug", label=_("Round"), empty_label=_("All")
    )
    letter = ChoiceFilter(choices=Letter.choices, label=_("Letter"), empty_label=_("All"))
    state = ChoiceFilter(choices=Message.State.choices, label=_("How it ended"), empty_label=_("All"))

    class Meta:
        model = Message
        fields: tuple[str, ...] = ()

    def __init__(self, query: QueryDict, messages: QuerySet[Message]) -> None:
        super().__init__(query, messages)  # type: ignore[no-untyped-call]

    def search(self, messages: QuerySet[Message], name: str, words: str) -> QuerySet[Message]:
        """Return those whose receiver's name or address holds the words."""
        return messages.filter(Q(user__name__icontains=words) | Q(address__icontains=words))

    def of_round(self, messages: QuerySet[Message], name: str, round_: Round) -> QuerySet[Message]:
        """Return what was told of the round."""
        return messages.filter(pk__in=Message.objects.of_round(round_).values("pk"))
