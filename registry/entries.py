"""What the feeds tell of each kind of record: its title, a summary, its page, and when its content changed.

A record of which a verb keeps the change has that moment. Any other has the last day by now of what it tells: of a
result card the day of its newest source, of a law that of its last event. The day of an import is no change. A record
without a day has that on which the registry was published. People have no entries, and stand in none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import Case, DateField, DateTimeField, F, Max, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Cast, Coalesce, Greatest
from django.urls import reverse

from pilots.models import Law, NewsItem, Pilot, Programme, PublicAnswer, ResultCard, Round
from regions.models import Group, Organisation
from registry.lib.atom import Entry
from registry.lib.dates import on_the_finnish_clock, today
from registry.lib.formats import deadline_words
from registry.lib.languages import Text, reader_language

MOST = 50  # entries of a feed
FIRST_DAY = date(2026, 11, 20)  # on which the registry was published


@dataclass(frozen=True)
class Kind:
    """A kind of record as feeds tell it: its rows with all that an entry needs, ``updated`` too, and its entry."""

    rows: Callable[[datetime], QuerySet[Any]]
    entry: Callable[[Any], Entry]

    def latest(self, of: QuerySet[Any], at: datetime) -> list[Entry]:
        """Return the entries of those records whose keys ``of`` gives that changed last."""
        rows = self.rows(at).filter(pk__in=of.order_by().values("pk"))
        return [self.entry(row) for row in rows.order_by(F("updated").desc(nulls_last=True), "pk")[:MOST]]


def newest(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries that changed last, the latest first."""
    return sorted(entries, key=lambda entry: entry.updated, reverse=True)[:MOST]


# --- When a record changed ---


def _begun(column: str, at: datetime, **only: Any) -> Any:
    """Return the expression of the first day of a range that has begun by ``at``."""
    begun = Q(**{f"{column}__startswith__lte": today(at)}, **only)
    return Case(When(begun, then=F(f"{column}__startswith")), output_field=DateField())


def _ended(column: str, at: datetime) -> Any:
    """Return the expression of the first day after a range that has ended by ``at``."""
    ended = Q(**{f"{column}__endswith__lte": today(at)})
    return Case(When(ended, then=F(f"{column}__endswith")), output_field=DateField())


def _moment(value: date | datetime | None) -> datetime:
    """Return the moment of a day: its beginning in Finland."""
    return value if isinstance(value, datetime) else on_the_finnish_clock(value or FIRST_DAY, time.min)


# --- The kinds ---


def _pilots(at: datetime) -> QuerySet[Any]:
    rows = Pilot.objects.select_related("programme").prefetch_related("regions")
    return rows.annotate(updated=Coalesce("changed_at", "published_at"))


def _pilot(pilot: Any) -> Entry:
    terms = [pilot.programme.name.plain, *(region.name.plain for region in pilot.regions.all())]
    return Entry(
        f"pilot/{pilot.code}",
        pilot.name,
        pilot.summary,
        pilot.get_absolute_url(),
        _moment(pilot.updated),
        pilot.published_at,
        terms,
    )


def _cards(at: datetime) -> QuerySet[Any]:
    rows = ResultCard.objects.select_related("pilot__programme", "programme")
    return rows.annotate(updated=_begun("when_days", at))


def _card(card: Any) -> Entry:
    outcome = card.get_outcome_display()
    basis = Text(f"{outcome[:1].upper()}{outcome[1:]}. {card.basis.plain}", card.basis.lang)
    return Entry(f"result/{card.slug}", card.name, basis, card.get_absolute_url(), _moment(card.updated))


def _laws(at: datetime) -> QuerySet[Any]:
    event = Q(events__planned=False, events__when_days__startswith__lte=today(at))
    rows = Law.objects.prefetch_related("events")
    return rows.annotate(updated=Cast(Max("events__when_days__startswith", filter=event), DateField()))


def _law(law: Any) -> Entry:
    title = Text(f"{law.short_name.plain} ({law.numbered})", law.short_name.lang)
    summary = Text(law.in_short, reader_language()) if law.in_short else law.name
    return Entry(f"law/{law.slug}", title, summary, law.get_absolute_url(), _moment(law.updated))


def _rounds(at: datetime) -> QuerySet[Any]:
    moved, corrected = Max("steps__changes__changed_at"), Max("corrections__corrected_at")
    answered = PublicAnswer.objects.filter(round=OuterRef("pk")).order_by("-published_at").values("published_at")[:1]
    told = ("published_at", "cancelled_at", "outcome_published_at", moved, corrected)
    changed = Greatest(*told, Subquery(answered))
    return Round.objects.prefetch_related("steps").annotate(updated=changed)


def _round(round_: Any) -> Entry:
    closes = [deadline_words(step.closes_at, reader_language()) for step in round_.steps.all()]
    words = [round_.get_kind_display(), round_.addressed_to.plain, *closes]
    summary = Text(" · ".join(filter(None, words)), reader_language())
    url = reverse("round", args=[round_.slug])
    return Entry(f"round/{round_.slug}", round_.name, summary, url, _moment(round_.updated), round_.published_at)


def _news(at: datetime) -> QuerySet[Any]:
    return NewsItem.objects.prefetch_related("regions").annotate(updated=F("published_at"))


def _item(item: Any) -> Entry:
    url, terms = reverse("news_item", args=[item.slug]), [region.name.plain for region in item.regions.all()]
    return Entry(f"news/{item.slug}", item.title, item.body, url, _moment(item.updated), item.published_at, terms)


def _programmes(at: datetime) -> QuerySet[Any]:
    public = Q(pilots__published_at__isnull=False)
    changed = Max(Coalesce("pilots__changed_at", "pilots__published_at"), filter=public)
    return Programme.objects.annotate(updated=Cast(changed, DateTimeField()))


def _programme(programme: Any) -> Entry:
    url = reverse("programme", args=[programme.slug])
    return Entry(f"programme/{programme.slug}", programme.name, programme.purpose, url, _moment(programme.updated))


def _organisations(at: datetime) -> QuerySet[Any]:
    days = (_begun("validity", at), _ended("validity", at), _begun("known_on_days", at))
    return Organisation.objects.annotate(updated=Greatest(*days))


def _organisation(organisation: Any) -> Entry:
    kind = Text(organisation.get_kind_display(), reader_language())
    url = reverse("organisation", args=[organisation.slug])
    return Entry(f"organisation/{organisation.slug}", organisation.name, kind, url, _moment(organisation.updated))


def _groups(at: datetime) -> QuerySet[Any]:
    step = Q(log__when_days__startswith__lte=today(at))
    logged = Cast(Max("log__when_days__startswith", filter=step), DateField())
    return Group.objects.prefetch_related("regions").annotate(updated=Greatest(_begun("known_on_days", at), logged))


def _group(group: Any) -> Entry:
    kind, terms = Text(group.get_kind_display(), reader_language()), [one.name.plain for one in group.regions.all()]
    url = reverse("group", args=[group.slug])
    return Entry(f"group/{group.slug}", group.name, kind, url, _moment(group.updated), None, terms)


# By the kind's name among the documents of the search.
KINDS = {
    "pilot": Kind(_pilots, _pilot),
    "result": Kind(_cards, _card),
    "law": Kind(_laws, _law),
    "round": Kind(_rounds, _round),
    "news": Kind(_news, _item),
    "programme": Kind(_programmes, _programme),
    "organisation": Kind(_organisations, _organisation),
    "group": Kind(_groups, _group),
}
