"""The list of result cards: filters, facets, orders and the columns of its file."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter

from pilots.models import Evidence, Outcome, Programme, ResultCard
from pilots.models.results import ResultCardQuerySet
from regions.models import Region
from registry.lib.choices import Several, SeveralRows
from registry.lib.database import name_order
from registry.lib.exports import SEVERAL, Dataset, Read
from registry.lib.facets import Counted, by_choice, by_row
from registry.lib.lists import ListFilter


def by_evidence(cards: "ResultFilter", name: str, keys: QuerySet[Any, Any]) -> list[Counted]:
    """Count by the evidence a card rests on; a card with two documents of a kind counts once."""
    rows = ResultCard.objects.filter(pk__in=keys, documents__isnull=False).order_by()
    return cards.counted(name, dict(rows.values_list("documents__kind").annotate(n=Count("pk", distinct=True))))


def by_programme(cards: "ResultFilter", name: str, keys: QuerySet[Any, Any]) -> list[Counted]:
    """Count by programme: its own card, and those of its pilots."""
    of = Coalesce("programme", "pilot__programme")
    counts = dict(ResultCard.objects.filter(pk__in=keys).order_by().values_list(of).annotate(n=Count("pk")))
    programmes = Programme.objects.filter(pk__in=counts).order_by(name_order())
    return [Counted(programme.slug, programme.name.plain, counts[programme.pk]) for programme in programmes]


class ResultFilter(ListFilter):
    """Result cards of pilots and of whole programmes."""

    outcome = Several(label=_("Outcome"), choices=Outcome.choices)
    evidence = Several(label=_("Evidence"), choices=Evidence.choices, field_name="documents__kind")
    programme = SeveralRows(label=_("Programme"), queryset=Programme.objects.all(), method="of_programmes")
    region = SeveralRows(label=_("Region"), field_name="pilot__regions", queryset=Region.objects.all())
    sort = ChoiceFilter(
        label=_("Order"), choices=[("outcome", _("by outcome")), ("newest", _("newest evidence first"))]
    )
    first_order = "outcome"
    boxes = ()
    facets = {
        "outcome": by_choice("outcome"),
        "evidence": by_evidence,
        "programme": by_programme,
        "region": by_row("pilots__result_card", alphabetical=True),
    }

    def count_words(self, n: int) -> str:
        return ngettext("%(n)s result card", "%(n)s result cards", n) % {"n": n}

    def of_programmes(self, cards: ResultCardQuerySet, name: str, programmes: list[Programme]) -> ResultCardQuerySet:
        return cards.filter(Q(programme__in=programmes) | Q(pilot__programme__in=programmes))

    def ordered(self, rows: ResultCardQuerySet) -> ResultCardQuerySet:
        return rows.newest_first() if self.order == "newest" else rows.by_outcome()

    def dataset(self) -> Dataset:
        return Dataset(self.qs.prefetch_related("open_questions"), self.columns())

    def columns(self) -> Mapping[str, Read]:
        def told(kind: str) -> Read:
            return lambda card: SEVERAL.join(claim.text.plain for claim in card.told.get(kind, []))

        return {
            gettext("Code"): lambda card: card.pilot.code if card.pilot else "",
            gettext("Name"): lambda card: card.name.plain,
            gettext("Programme"): lambda card: card.of_programme.name.plain,
            gettext("Regions"): lambda card: SEVERAL.join(
                region.name.plain for region in (card.pilot.regions.all() if card.pilot else ())
            ),
            gettext("Outcome (the registry's reading)"): lambda card: card.get_outcome_display(),
            gettext("Basis of the reading"): lambda card: card.basis.plain,
            gettext("Evidence"): lambda card: SEVERAL.join(card.evidence),
            gettext("Known of the programme only"): lambda card: gettext("Yes") if card.only_of_programme else "",
            gettext("What worked"): told("worked"),
            gettext("What did not work"): told("failed"),
            gettext("Conditions"): told("condition"),
            gettext("Figures"): lambda card: SEVERAL.join(figure.in_words for figure in card.figures.all()),
            gettext("What is not known"): lambda card: SEVERAL.join(
                question.text.plain for question in card.open_questions.all()
            ),
            gettext("Newest evidence, earliest"): lambda card: card.when.earliest,
            gettext("Newest evidence, latest"): lambda card: card.when.latest,
            gettext("Address"): lambda card: settings.BASE_URL + card.get_absolute_url(),
        }
