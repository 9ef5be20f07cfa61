"""The list of result cards: filters, facets, orders and the columns of its file."""

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
from registry.lib.exports import Column, Columns, Read, columns
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
    page_name = "results"
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

    def for_file(self, rows: ResultCardQuerySet) -> ResultCardQuerySet:
        return rows.prefetch_related("open_questions")

    def columns(self) -> Columns:
        return of_cards()


def _told(kind: str) -> Read:
    return lambda card: [claim.text.plain for claim in card.told.get(kind, [])]


def _regions(attribute: str) -> Read:
    """Return what reads an attribute of the regions of the card's pilot."""
    return lambda card: [
        getattr(value := getattr(region, attribute), "plain", value)
        for region in (card.pilot.regions.all() if card.pilot else ())
    ]


def of_cards() -> dict[str, Column]:
    """Return the columns of result cards."""
    return columns(
        ("code", _("Code"), lambda card: card.pilot.code if card.pilot else "", _("Empty for a whole programme.")),
        ("name", _("Name"), lambda card: card.name.plain),
        ("programme", _("Programme"), lambda card: card.of_programme.name.plain),
        ("programme_code", _("Programme, code"), lambda card: card.of_programme.slug),
        ("regions", _("Regions"), _regions("name")),
        ("region_codes", _("Regions, codes"), _regions("code")),
        ("outcome", _("Outcome (the registry's reading)"), lambda card: card.get_outcome_display()),
        ("outcome_code", _("Outcome, code"), lambda card: card.outcome),
        ("basis", _("Basis of the reading"), lambda card: card.basis.plain),
        ("evidence", _("Evidence"), lambda card: card.evidence),
        (
            "programme_only",
            _("Known of the programme only"),
            lambda card: gettext("Yes") if card.only_of_programme else "",
        ),
        ("worked", _("What worked"), _told("worked")),
        ("failed", _("What did not work"), _told("failed")),
        ("conditions", _("Conditions"), _told("condition")),
        ("figures", _("Figures"), lambda card: [figure.in_words for figure in card.figures.all()]),
        (
            "not_known",
            _("What is not known"),
            lambda card: [question.text.plain for question in card.open_questions.all()],
        ),
        ("evidence_from", _("Newest evidence, earliest"), lambda card: card.when.earliest),
        ("evidence_to", _("Newest evidence, latest"), lambda card: card.when.latest),
        ("address", _("Address"), lambda card: settings.BASE_URL + card.get_absolute_url()),
    )
