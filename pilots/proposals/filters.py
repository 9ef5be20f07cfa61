"""The filters of the ministry's list of proposals."""

from functools import cached_property
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, ModelChoiceFilter
from django_filters.filterset import FilterSet

from pilots.models import Proposal, Round
from regions.models import Region
from registry.lib.pages import Facet, FacetChoice, Pill, query_with

SENT = [choice for choice in Proposal.State.choices if choice[0] != Proposal.State.DRAFT]


class ProposalFilter(FilterSet):
    """Search and filters of submitted proposals; a choice that does not exist filters nothing."""

    q = CharFilter(method="search", max_length=200)
    round = ModelChoiceFilter(queryset=Round.objects.all(), to_field_name="slug")
    state = ChoiceFilter(choices=SENT)
    kind = ChoiceFilter(choices=Round.Asks.choices)
    region = ModelChoiceFilter(
        field_name="organisation__regions",
        queryset=Region.objects.all(),
        to_field_name="slug",
        distinct=True,
    )

    class Meta:
        model = Proposal
        fields: tuple[str, ...] = ()

    TITLES = {"round": _("Round"), "state": _("State"), "kind": _("Kind"), "region": _("Region")}

    def __init__(self, query: QueryDict, proposals: QuerySet[Proposal]) -> None:
        super().__init__(query, proposals)  # type: ignore[no-untyped-call]

    def search(self, proposals: QuerySet[Proposal], name: str, words: str) -> QuerySet[Proposal]:
        """Return those whose organisation or submitted title holds the words."""
        organisations = Q()
        for language in ("fi", "sv", "en"):
            organisations |= Q(**{f"organisation__name_{language}__icontains": words})
        return proposals.filter(organisations | Q(versions__content__title__icontains=words)).distinct()

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """The values in use, as they stand in the address; those that make no sense are left out."""
        self.form.is_valid()
        return {name: self.data[name] for name, value in self.form.cleaned_data.items() if value}

    def _rows(self, name: str) -> list[tuple[str, str, int]]:
        """Return value, label and count of each choice of the facet ``name``, most of all first."""
        column = {"round": "round__slug", "region": "organisation__regions__slug"}.get(name, name)
        counted = self.queryset.order_by().values(column).annotate(n=Count("pk", distinct=True)).order_by("-n", column)
        labels: dict[str, Any] = dict(SENT) | dict(Round.Asks.choices)
        if name in {"round", "region"}:
            model = Round if name == "round" else Region
            labels = {row.slug: row.name.plain for row in model.objects.filter(slug__in=[c[column] for c in counted])}
        return [(str(c[column]), str(labels[c[column]]), c["n"]) for c in counted if c[column] in labels]

    def facets(self, request: HttpRequest) -> list[Facet]:
        """Return the filters as links; each count is of all the reader may see."""

        def choice(name: str, value: str, label: str, n: int) -> FacetChoice:
            return FacetChoice(
                label, value, n, query_with(request.GET, **{name: value}), self.chosen.get(name) == value
            )

        return [
            Facet(str(title), name, [choice(name, *row) for row in self._rows(name)])
            for name, title in self.TITLES.items()
        ]

    def pills(self, request: HttpRequest) -> list[Pill]:
        """Return the filters in use, each with the address without it."""
        self.form.is_valid()
        labels = dict(SENT) | dict(Round.Asks.choices)
        return [
            Pill(str(labels.get(value, self.form.cleaned_data[name])), query_with(request.GET, **{name: None}))
            for name, value in self.chosen.items()
        ]
