"""The lists of pilots, results and laws: filters, facets, orders and the columns of their files."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, F, Func, IntegerField, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.db.models.lookups import IsNull
from django.http import QueryDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, ModelChoiceFilter

from pilots.models import (
    STANDINGS,
    UNCONFIRMED,
    ClientType,
    DeliveryModel,
    Evidence,
    Law,
    Outcome,
    Pilot,
    Programme,
    ResultCard,
    TargetGroup,
    Theme,
)
from pilots.models.pilots import PilotQuerySet
from pilots.models.results import ResultCardQuerySet
from regions.models import Municipality, Region
from registry.lib.database import name_order
from registry.lib.exports import Dataset, Read
from registry.lib.languages import LANGUAGES
from registry.lib.lists import Counted, ListFilter, SearchFilter, by_choice, by_row
from registry.templatetags.ui import and_sub_pilots

SORTS = {
    "best": _("best match first"),
    "name": _("by name"),
    "start": _("latest start first"),
    "changed": _("latest change first"),
    "code": _("by code"),
}
SEVERAL = " | "  # between the values of one cell
PROCUREMENT = [("whole", _("whole service processes"))]
RESULTS = [("card", _("a result card")), ("none", _("no results are known"))]
PUBLICATION = [("published", _("published")), ("unpublished", _("not published"))]
HAS_CARD = Exists(ResultCard.objects.filter(pilot=OuterRef("pk")))
# The target groups at the top of the tree: all people, all companies. The facet of the client type says the same.
SAID_BY_CLIENT_TYPE = ("henkiloasiakkaat", "yritykset")
# A target group's own row, its parent's and its grandparent's: the tree is no deeper.
ANCESTORS = ("target_groups", "target_groups__parent", "target_groups__parent__parent")


def _within(group: Any) -> Q:
    """Return the condition that a pilot is for the target group or for a part of it."""
    condition = Q()
    for ancestor in ANCESTORS:
        condition |= Q(**{ancestor: group})
    return condition


def by_target(pilots: "PilotFilter", name: str, keys: QuerySet[Any, Any]) -> list[Counted]:
    """Count by target group; a pilot for a part of a group counts for the group."""
    mine = Pilot.objects.filter(_within(OuterRef("pk")), pk__in=keys).order_by().values("pk").distinct()
    offered = TargetGroup.objects.exclude(slug__in=SAID_BY_CLIENT_TYPE)
    groups = offered.annotate(here=_how_many(mine), parts=_how_many(mine.filter(parent__isnull=False)))
    return [
        Counted(group.slug, group.name.plain, group.here, group.parts)
        for group in groups.order_by("-here", name_order())
        if group.here
    ]


def _how_many(pilots: QuerySet[Any, Any]) -> Func:
    return Func(pilots, function="ARRAY", template="cardinality(ARRAY%(expressions)s)", output_field=IntegerField())


def by_standing(pilots: "PilotFilter", name: str, keys: QuerySet[Any, Any]) -> list[Counted]:
    """Count by how far the pilots are on the day of the list."""
    rows = Pilot.objects.filter(pk__in=keys)
    return pilots.counted(name, rows.standings(pilots.day), rows.filter(parent__isnull=False).standings(pilots.day))


class PilotFilter(ListFilter):
    """Pilots on a day; whoever uses the desk is offered a facet more."""

    q = SearchFilter(
        label=_("Search pilots"),
        help_text=_("For example a word, a region, an organisation or a code. Any form of a word will do."),
    )
    programme = ModelChoiceFilter(label=_("Programme"), queryset=Programme.objects.all(), to_field_name="slug")
    stage = ChoiceFilter(label=_("Stage"), choices=STANDINGS, method="standing_at")
    client = ChoiceFilter(label=_("Client type"), field_name="client_type", choices=ClientType.choices)
    region = ModelChoiceFilter(
        label=_("Region"), field_name="regions", queryset=Region.objects.all(), to_field_name="slug"
    )
    municipality = ModelChoiceFilter(
        label=_("Municipality"),
        field_name="municipalities",
        queryset=Municipality.objects.all(),
        to_field_name="slug",
    )
    theme = ModelChoiceFilter(
        label=_("Thing tried"), field_name="themes", queryset=Theme.objects.all(), to_field_name="slug"
    )
    model = ModelChoiceFilter(
        label=_("Delivery model"),
        field_name="delivery_models",
        queryset=DeliveryModel.objects.all(),
        to_field_name="slug",
    )
    procurement = ChoiceFilter(label=_("Procurement"), choices=PROCUREMENT, method="procuring")
    target = ModelChoiceFilter(
        label=_("Target group"), queryset=TargetGroup.objects.all(), to_field_name="slug", method="meant_for"
    )
    results = ChoiceFilter(label=_("Results"), choices=RESULTS, method="with_results")
    publication = ChoiceFilter(label=_("Publication"), choices=PUBLICATION, method="of_publication")
    sort = ChoiceFilter(label=_("Order"), choices=list(SORTS.items()))

    part_of = "parent"
    facets = {
        "programme": by_row("pilots"),
        "stage": by_standing,
        "results": by_choice(HAS_CARD, {True: "card", False: "none"}),
        "client": by_choice("client_type"),
        "region": by_row("pilots"),
        "municipality": by_row("pilots", alphabetical=True),
        "theme": by_row("pilots"),
        "model": by_row("pilots"),
        "procurement": by_choice("whole_process", {True: "whole"}),
        "target": by_target,
        "publication": by_choice(IsNull(F("published_at"), True), {False: "published", True: "unpublished"}),
    }

    def __init__(self, asked: QueryDict, pilots: PilotQuerySet, *, desk: bool, day: date, **more: Any) -> None:
        super().__init__(asked, pilots, **more)
        self.desk, self.day = desk, day

    def context(self) -> dict[str, Any]:
        context = super().context()
        choices = next(facet.choices for facet in context["facets"] if facet.name == "stage")
        return {**context, "unconfirmed": next((one for one in choices if one.value == UNCONFIRMED), None)}

    def count_words(self, n: int) -> str:
        pilots = n - self.parts
        words = ngettext("%(n)s pilot", "%(n)s pilots", pilots) % {"n": pilots}
        return words + and_sub_pilots(self.parts)

    def search(self, rows: PilotQuerySet, words: str) -> PilotQuerySet:
        return rows.search(words)

    def standing_at(self, pilots: PilotQuerySet, name: str, value: str) -> PilotQuerySet:
        return pilots.standing_at(value, self.day)

    def procuring(self, pilots: PilotQuerySet, name: str, value: str) -> PilotQuerySet:
        return pilots.filter(whole_process=True)

    def with_results(self, pilots: PilotQuerySet, name: str, value: str) -> PilotQuerySet:
        return pilots.filter(result_card__isnull=value == "none")

    def meant_for(self, pilots: PilotQuerySet, name: str, group: TargetGroup) -> PilotQuerySet:
        return pilots.filter(pk__in=Pilot.objects.filter(_within(group.pk)).values("pk"))

    def of_publication(self, pilots: PilotQuerySet, name: str, value: str) -> PilotQuerySet:
        return pilots.filter(published_at__isnull=value == "unpublished")

    def ordered(self, rows: PilotQuerySet) -> PilotQuerySet:
        return rows.in_order(self.order)

    def offered_facets(self) -> Iterable[str]:
        return [name for name in self.facets if self.desk or name != "publication"]

    def offered_orders(self) -> Mapping[str, Any]:
        return {order: title for order, title in SORTS.items() if order != "best" or self.text}

    @property
    def order(self) -> str:
        """The order in use: asked for, else the best first in a search, else by name."""
        asked = str(self.picked.get("sort", ""))
        return asked if asked in self.offered_orders() else next(iter(self.offered_orders()))

    def dataset(self) -> Dataset:
        return Dataset(self.qs.prefetch_related("themes"), self.columns())

    def columns(self) -> Mapping[str, Read]:
        """Return the columns of the file; it holds no personal data."""

        def names(rows: Any) -> str:
            return ", ".join(row.name.plain for row in rows)

        def result(pilot: Pilot) -> str:
            card = getattr(pilot, "result_card", None)
            return card.get_outcome_display() if card else gettext("no results are known")

        def name_in(language: str) -> Read:
            return lambda pilot: getattr(pilot, f"name_{language}")

        columns: dict[str, Read] = {
            gettext("Code"): lambda pilot: pilot.code,
            **{f"{gettext('Name')} ({language})": name_in(language) for language in LANGUAGES},
            gettext("Programme"): lambda pilot: pilot.programme.name.plain,
            gettext("Part of"): lambda pilot: pilot.parent.code if pilot.parent else "",
            gettext("Stage"): lambda pilot: str(pilot.on(self.day)),
            gettext("Last known stage"): lambda pilot: pilot.on(self.day).last_stage,
            gettext("Stage known, earliest"): lambda pilot: pilot.on(self.day).known_on.earliest,
            gettext("Stage known, latest"): lambda pilot: pilot.on(self.day).known_on.latest,
            gettext("Regions"): lambda pilot: names(pilot.regions.all()),
            gettext("Municipalities"): lambda pilot: names(pilot.municipalities.all()),
            gettext("Lead"): lambda pilot: pilot.lead.name.plain if pilot.lead else "",
            gettext("Client type"): lambda pilot: pilot.get_client_type_display(),
            gettext("Things tried"): lambda pilot: names(pilot.themes.all()),
            gettext("Delivery models"): lambda pilot: names(pilot.delivery_models.all()),
            **self._period_columns(),
            gettext("Result"): result,
            gettext("Changed"): lambda pilot: pilot.changed_at,
            gettext("Address"): lambda pilot: settings.BASE_URL + pilot.get_absolute_url(),
        }
        if self.desk:
            columns[gettext("Published")] = lambda pilot: pilot.published_at
        return columns

    def _period_columns(self) -> dict[str, Read]:
        return {
            gettext("Start, in the words of the source"): lambda pilot: pilot.start.words,
            gettext("Start, earliest"): lambda pilot: pilot.start.earliest,
            gettext("Start, latest"): lambda pilot: pilot.start.latest,
            gettext("Start is planned"): lambda pilot: gettext("planned") if pilot.start_planned else "",
            gettext("End, in the words of the source"): lambda pilot: pilot.end.words,
            gettext("End, earliest"): lambda pilot: pilot.end.earliest,
            gettext("End, latest"): lambda pilot: pilot.end.latest,
            gettext("End is planned"): lambda pilot: gettext("planned") if pilot.end_planned else "",
        }


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

    outcome = ChoiceFilter(label=_("Outcome"), choices=Outcome.choices)
    evidence = ChoiceFilter(label=_("Evidence"), choices=Evidence.choices, method="resting_on")
    programme = ModelChoiceFilter(
        label=_("Programme"), queryset=Programme.objects.all(), to_field_name="slug", method="of_programme"
    )
    region = ModelChoiceFilter(
        label=_("Region"), field_name="pilot__regions", queryset=Region.objects.all(), to_field_name="slug"
    )
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

    def resting_on(self, cards: ResultCardQuerySet, name: str, value: str) -> ResultCardQuerySet:
        return cards.filter(pk__in=ResultCard.objects.filter(documents__kind=value).values("pk"))

    def of_programme(self, cards: ResultCardQuerySet, name: str, value: Programme) -> ResultCardQuerySet:
        return cards.filter(Q(programme=value) | Q(pilot__programme=value))

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


class LawFilter(ListFilter):
    """Acts and bills that pilots and programmes depend on."""

    kind = ChoiceFilter(label=_("Kind"), choices=Law.Kind.choices)
    state = ChoiceFilter(label=_("State"), choices=Law.State.choices)
    programme = ModelChoiceFilter(
        label=_("Programme"), field_name="programmes", queryset=Programme.objects.all(), to_field_name="slug"
    )
    boxes = ()
    facets = {"kind": by_choice("kind"), "state": by_choice("state"), "programme": by_row("laws")}

    def count_words(self, n: int) -> str:
        return ngettext("%(n)s law or bill", "%(n)s laws and bills", n) % {"n": n}

    def columns(self) -> Mapping[str, Read]:
        return {
            gettext("Number"): lambda law: law.numbered,
            gettext("Kind"): lambda law: law.get_kind_display(),
            gettext("Short name (the registry's own)"): lambda law: law.short_name.plain,
            **{f"{gettext('Name')} ({code})": _column(f"name_{code}") for code in LANGUAGES},
            gettext("State"): lambda law: law.get_state_display(),
            gettext("States and their dates"): lambda law: law.in_short,
            gettext("Programmes"): lambda law: SEVERAL.join(row.name.plain for row in law.programmes.all()),
            gettext("Pilots"): lambda law: SEVERAL.join(pilot.code for pilot in law.pilots.all()),
            gettext("Text of the law"): lambda law: law.address,
            gettext("Address"): lambda law: settings.BASE_URL + law.get_absolute_url(),
        }


def _column(name: str) -> Read:
    return lambda row: getattr(row, name)
