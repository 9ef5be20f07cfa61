"""Questions about many pilots: who may see them, which match a search, in which order."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Case, Count, F, IntegerField, Prefetch, Q, Value, When
from django.db.models.expressions import Combinable, OrderBy

from regions.models import Municipality, Organisation, Region, User
from registry.lib.database import name_order
from registry.lib.words import one_slip, stems, words

from .themes import DeliveryModel, TargetGroup, Theme

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from .pilots import Pilot  # noqa: F401

NAMES = ("name_fi", "name_sv", "name_en")


def _any(columns: tuple[str, ...], lookup: str, value: str) -> Q:
    condition = Q()
    for column in columns:
        condition |= Q(**{f"{column}__{lookup}": value})
    return condition


class PilotQuerySet(models.QuerySet["Pilot"]):
    """Questions about many pilots."""

    def public(self) -> Self:
        """Return those published on the site."""
        return self.filter(published_at__isnull=False)

    def visible_to(self, viewer: User | AnonymousUser, at: datetime) -> Self:
        """Return those ``viewer`` may read at ``at``: ministry staff all, an organisation's people also its own."""
        if not isinstance(viewer, User) or not viewer.works(at):
            return self.public()
        if viewer.role != User.Role.PREPARER:
            return self.all()
        return self.filter(Q(published_at__isnull=False) | Q(lead=viewer.organisation_id))

    def by_name(self) -> Self:
        """Return them in Finnish alphabetical order of the Finnish name."""
        return self.order_by(name_order(), "pk")

    def for_list(self, viewer: User | AnonymousUser, at: datetime) -> Self:
        """Return them with what a line of a list shows, read in few queries; a set only if ``viewer`` may read it."""
        whole = Prefetch("parent", self.model.objects.visible_to(viewer, at))
        return self.select_related("programme", "lead").prefetch_related(
            whole, "regions", "municipalities", "delivery_models"
        )

    def for_page(self, viewer: User | AnonymousUser, at: datetime) -> Self:
        """Return them with all that the page of one shows; pilots around it only if ``viewer`` may read them."""
        visible = self.model.objects.visible_to(viewer, at)
        return self.select_related("programme", "lead", "area_of").prefetch_related(
            Prefetch("parent", visible),
            Prefetch("continues", visible),
            Prefetch("children", visible),
            Prefetch("continued_by", visible),
            Prefetch("related", visible),
            "regions",
            "municipalities",
            "themes",
            "targets__target_group",
            "model_uses__delivery_model",
            "trials",
            "partners__organisation",
            "stage_log__sources",
            "events__sources",
            self._shown_contacts(),
            "sources",
        )

    def _shown_contacts(self) -> Prefetch[Any]:
        """Return the contacts who may be shown: that there is a hidden one is not told either."""
        contacts: Any = self.model._meta.get_field("contacts").related_model
        shown = contacts.objects.filter(post__person__hidden=False)
        return Prefetch("contacts", shown.select_related("post__person", "post__organisation"))

    def search(self, text: str) -> Self:
        """Return those in which every word of ``text`` is found, with ``relevance`` (more is better) (two queries).

        A word is found in any inflection and inside compounds, in the pilot's own words and code, in the names of its
        areas, lead, partners and vocabulary. A word that is found nowhere is looked for with one slip forgiven.
        """
        asked = stems(words(text))
        if not asked:
            return self.annotate(relevance=Value(0))
        exact = {word: self._found("contains", stem) for word, stem in asked.items()}
        hits = self.aggregate(
            **{f"hits_{number}": Count("pk", filter=found) for number, found in enumerate(exact.values())}
        )
        everything, relevance = Q(), Value(0) + Value(0)
        for number, (word, stem) in enumerate(asked.items()):
            found, lookup = exact[word], "contains"
            if not hits[f"hits_{number}"]:
                lookup, stem = "regex", one_slip(stem)
                found = self._found(lookup, stem)
            everything &= found
            relevance = relevance + self._weight(lookup, word, stem)
        return self.filter(everything).annotate(relevance=relevance)

    def _found(self, lookup: str, value: str) -> Q:
        """Return the condition that the lower-case ``value`` is found in or around a pilot."""
        loose = f"i{lookup}"
        around = {
            "regions": Region.objects.filter(_any((*NAMES, "genitive_fi", "local_fi"), loose, value)),
            "municipalities": Municipality.objects.filter(_any(NAMES, loose, value)),
            "themes": Theme.objects.filter(_any(NAMES, loose, value)),
            "delivery_models": DeliveryModel.objects.filter(_any(NAMES, loose, value)),
            "target_groups": TargetGroup.objects.filter(_any(NAMES, loose, value)),
        }
        condition = Q(**{f"search_text__{lookup}": value})
        for relation, rows in around.items():
            condition |= Q(pk__in=self.model.objects.filter(**{f"{relation}__in": rows}).values("pk"))
        named = Organisation.objects.filter(_any((*NAMES, "long_name_fi", "short_name_fi"), loose, value))
        condition |= Q(lead__in=named) | Q(area_of__in=named)
        words_of = _any(("partners__words_fi", "partners__words_sv", "partners__words_en"), loose, value)
        trials = _any(("trials__text_fi", "trials__text_sv", "trials__text_en"), loose, value)
        for related in (Q(partners__organisation__in=named) | words_of, trials):
            condition |= Q(pk__in=self.model.objects.filter(related).values("pk"))
        return condition

    def _weight(self, lookup: str, word: str, stem: str) -> Case:
        """Return how well a word hits: the code first, then the name, then the summary."""
        loose = f"i{lookup}"
        return Case(
            When(code__iexact=word, then=Value(100)),
            When(_any((*NAMES, "other_names_fi"), loose, stem), then=Value(10)),
            When(_any(("summary_fi", "summary_sv", "summary_en"), loose, stem), then=Value(3)),
            default=Value(1),
            output_field=IntegerField(),
        )

    def in_order(self, sort: str) -> Self:
        """Return them in one of the orders of the list: best, name, code, start, changed."""
        by_name = name_order()
        orders: dict[str, list[Combinable | OrderBy]] = {
            "best": [F("relevance").desc(), by_name],
            "name": [by_name],
            "code": [F("code")],
            "start": [F("start_days__startswith").desc(nulls_last=True), by_name],
            "changed": [F("changed_at").desc()],
        }
        return self.order_by(*orders[sort], "pk")
