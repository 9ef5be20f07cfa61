"""Pilots: what is tried where, by whom, at what stage; and the questions about many of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models
from django.db.models import F, Prefetch, Q
from django.db.models.expressions import Combinable, OrderBy
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from regions.models import Group, Heir, Municipality, Organisation, Region, SearchDocument, Sourced, User
from regions.models.found import found_rows
from regions.models.searching import Found, look_up
from registry.lib.database import name_order
from registry.lib.dates import Fuzzy, fuzzy
from registry.lib.languages import LANGUAGES, Translated, name_column, text_column

from .programmes import Programme
from .stages import ClientType, Stage
from .standing import Standing, StandingQuerySet, standing_of
from .themes import DeliveryModel, TargetGroup, Theme
from .whom_to_ask import whom_to_ask

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


NAMES = [f"name_{language}" for language in LANGUAGES]
SUMMARIES = [f"summary_{language}" for language in LANGUAGES]
# What a line about a pilot shows, beside how far it is.
LINE = (
    *("code", *NAMES, "is_set", "parent", "area_of", "published_at", "programme", "stage"),
    *("start_words", "start_days", "start_planned", "counted_from"),
)


class PilotQuerySet(StandingQuerySet["Pilot"]):
    """Questions about many pilots."""

    def public(self) -> Self:
        """Return those published on the site."""
        return self.filter(published_at__isnull=False)

    def visible_to(self, viewer: User | AnonymousUser, at: datetime) -> Self:
        """Return those ``viewer`` may read at ``at``: staff all, preparers also those they lead and were told of."""
        if isinstance(viewer, User) and viewer.of_ministry(at):
            return self.all()
        if isinstance(viewer, User) and viewer.prepares(at):
            return self.filter(Q(published_at__isnull=False) | Q(lead=viewer.organisation_id, untold=False))
        return self.public()

    def by_name(self) -> Self:
        """Return them in Finnish alphabetical order of the Finnish name."""
        return self.order_by(name_order(), "pk")

    def for_list(self, visible: PilotQuerySet, also: Iterable[str] = (), beside: Iterable[Prefetch[Any]] = ()) -> Self:
        """Return them with what a line of a list shows, and no more; a set only if it is among the ``visible``.

        ``also`` are further columns, ``beside`` further rows.
        """
        return (
            self.with_log()
            .select_related("result_card")
            .only(*LINE, *SUMMARIES, *also, "programme__confirm_months", "result_card__outcome")
            .together(
                Prefetch("parent", visible.only("pk")),
                Prefetch("regions", Region.objects.only("slug", *NAMES)),
                Prefetch("municipalities", Municipality.objects.only("slug", *NAMES)),
                *beside,
            )
        )

    def for_page(self, viewer: User | AnonymousUser, at: datetime) -> Self:
        """Return them with all that the page of one shows; pilots around it only if ``viewer`` may read them."""
        visible = self.model.objects.visible_to(viewer, at)
        linked = visible.only("code", *NAMES)
        with_stage = visible.only(*LINE, "programme__confirm_months").with_log()
        return self.select_related("programme", "lead", "area_of", "plan").together(
            Prefetch("parent", linked),
            Prefetch("continues", linked),
            Prefetch("children", with_stage),
            Prefetch("continued_by", visible.only("code", *NAMES, *(f"continues_basis_{code}" for code in LANGUAGES))),
            Prefetch("related", with_stage),
            Prefetch("regions", Region.objects.only("code", "slug", *NAMES)),
            *("municipalities", "groups", "themes"),
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

    def look_up(self, text: str) -> Found:
        """Return what the words of ``text`` find among them, and what was mended or left out."""
        documents = SearchDocument.objects.filter(kind="pilot", row__in=self.order_by().values("pk"))
        return look_up(text, documents, SearchDocument.objects.public())

    def search(self, text: str) -> Self:
        """Return those that ``text`` finds, with ``relevance`` (more is better)."""
        return found_rows(self, self.look_up(text), "pilot")

    def in_order(self, sort: str) -> Self:
        """Return them in one of the orders of the list: best, name, code, start, changed."""
        by_name = name_order()
        orders: dict[str, list[Combinable | OrderBy]] = {
            "best": [F("relevance").desc(), by_name],
            "name": [by_name],
            "code": [F("code")],
            "start": [F("start_days__startswith").desc(nulls_last=True), by_name],
            "changed": [F("changed_at").desc(nulls_last=True)],
        }
        return self.order_by(*orders[sort], "pk")


class Pilot(Sourced):
    """A regional trial of a way to organise or produce services; a set has sub-pilots, which may lack a name."""

    class Production(models.TextChoices):
        """Who produces: each region decides its split."""

        OWN = "own", _("the region itself")
        MUNICIPALITY = "municipality", _("municipalities")
        AUTHORITY = "authority", _("state authorities")
        EDUCATION = "education", _("educational institutions")
        COMPANY = "company", _("companies")
        ASSOCIATION = "association", _("associations")

    code = models.CharField(max_length=16, unique=True)  # KP-2018-014; never reused: see ``Programme.last_number``
    slug = models.SlugField(max_length=80, unique=True)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="pilots")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    is_set = models.BooleanField(default=False)
    continues = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="continued_by")
    related = models.ManyToManyField("self", blank=True)

    name_fi = name_column(required=True)
    name_sv = name_column()
    name_en = name_column()
    other_names_fi = name_column()
    # Languages whose name is the registry's own working name, not a name read in a source.
    working_names = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    summary_fi = text_column()
    summary_sv = text_column()
    summary_en = text_column()
    description_fi = text_column()
    description_sv = text_column()
    description_en = text_column()
    target_text_fi = text_column()
    target_text_sv = text_column()
    target_text_en = text_column()
    legal_conditions_fi = text_column()
    legal_conditions_sv = text_column()
    legal_conditions_en = text_column()
    continues_basis_fi = text_column()
    continues_basis_sv = text_column()
    continues_basis_en = text_column()

    regions: models.ManyToManyField[Region, models.Model] = models.ManyToManyField(Region, related_name="pilots")
    municipalities: models.ManyToManyField[Municipality, models.Model] = models.ManyToManyField(
        Municipality, blank=True, related_name="pilots"
    )
    area_of = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="pilots_in_area"
    )  # the ELY area a source names instead of a region
    municipalities_exhaustive = models.BooleanField(default=False)
    groups: models.ManyToManyField[Group, models.Model] = models.ManyToManyField(
        Group, blank=True, related_name="pilots"
    )
    lead = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="pilots_led")
    partners_exhaustive = models.BooleanField(default=False)
    client_type = models.CharField(max_length=10, choices=ClientType, blank=True, default="")
    themes: models.ManyToManyField[Theme, models.Model] = models.ManyToManyField(
        Theme, blank=True, related_name="pilots"
    )
    target_groups: models.ManyToManyField[TargetGroup, models.Model] = models.ManyToManyField(
        TargetGroup, through="PilotTarget", related_name="pilots"
    )
    delivery_models: models.ManyToManyField[DeliveryModel, models.Model] = models.ManyToManyField(
        DeliveryModel, through="PilotModel", related_name="pilots"
    )
    whole_process = models.BooleanField(null=True, blank=True)  # procures whole processes; None: not known
    production = ArrayField(models.CharField(max_length=12, choices=Production), default=list, blank=True)
    needs_change_of_law = models.BooleanField(null=True, blank=True)

    start_words = models.CharField(max_length=200, blank=True, default="")
    start_days = DateRangeField(null=True, blank=True)
    start_planned = models.BooleanField(default=False)  # the sources tell a plan, not that it began
    end_words = models.CharField(max_length=200, blank=True, default="")
    end_days = DateRangeField(null=True, blank=True)
    end_planned = models.BooleanField(default=False)
    counted_from = models.DateField(null=True, blank=True)
    budget_eur = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    project_code = models.CharField(max_length=20, blank=True, default="")
    stage = models.CharField(max_length=10, choices=Stage)
    published_at = models.DateTimeField(null=True, blank=True)
    untold = models.BooleanField(default=False)  # it comes from a decision that nobody outside the ministry knows of
    changed_at = models.DateTimeField(null=True, blank=True)  # the last change of content; an import is none
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    edition = models.PositiveIntegerField(default=1)  # rises by one at every edit; a trigger lets it never fall

    name = Translated("name")
    summary = Translated("summary")
    description = Translated("description")
    target_text = Translated("target_text")
    legal_conditions = Translated("legal_conditions")
    continues_basis = Translated("continues_basis")
    note = Translated("note")

    objects = PilotQuerySet.as_manager()
    WRITTEN_BY_VERBS = ("stage", "published_at", "untold", "changed_at", "changed_by", "edition")  # the stage has a log

    class Meta:
        verbose_name = _("pilot")
        verbose_name_plural = _("pilots")
        ordering = ["code"]
        indexes = [
            models.Index(fields=["stage", "code"], name="pilot_stage"),
            models.Index(fields=["client_type", "code"], name="pilot_client_type"),
            models.Index(fields=["programme", "code"], name="pilot_programme"),
            models.Index(fields=["-changed_at", "code"], name="pilot_changed"),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_pilot_code_is_prefix_year_number",
                condition=Q(code__regex=r"^[A-Z]{2,4}-[0-9]{4}-[0-9]{3,}$"),
                violation_error_message=_("A pilot's code is like KP-2018-014."),
            ),
            models.CheckConstraint(
                name="a_pilot_is_published_in_finnish_and_swedish_at_once",
                condition=Q(published_at__isnull=True)
                | ~(Q(name_fi="") | Q(name_sv="") | Q(summary_fi="") | Q(summary_sv="")),
                violation_error_message=_("Publishing needs the name and the summary in Finnish and in Swedish."),
            ),
            models.CheckConstraint(
                name="a_pilot_is_not_its_own_parent",
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                violation_error_message=_("A pilot cannot be its own parent."),
            ),
            models.CheckConstraint(
                name="a_pilot_does_not_continue_itself",
                condition=Q(continues__isnull=True) | ~Q(continues=F("id")),
                violation_error_message=_("A pilot cannot continue itself."),
            ),
            models.CheckConstraint(
                name="a_pilot_is_at_a_known_stage",
                condition=Q(stage__in=Stage.values),
                violation_error_message=_("This stage is not known."),
            ),
            models.CheckConstraint(
                name="a_set_of_pilots_has_no_parent",
                condition=Q(is_set=False) | Q(parent__isnull=True),
                violation_error_message=_("A set of pilots is not part of another."),
            ),
            models.CheckConstraint(
                name="a_budget_is_not_negative",
                condition=Q(budget_eur__isnull=True) | Q(budget_eur__gte=0),
                violation_error_message=_("A budget is not negative."),
            ),
            models.CheckConstraint(
                name="a_pilot_starts_before_it_ends",
                condition=Q(start_days__isnull=True)
                | Q(end_days__isnull=True)
                | Q(start_days__startswith__isnull=True)
                | Q(end_days__endswith__isnull=True)
                | Q(start_days__startswith__lt=F("end_days__endswith")),
                violation_error_message=_("A pilot starts before it ends."),
            ),
        ]

    def __str__(self) -> str:
        return self.name.plain

    def get_absolute_url(self) -> str:
        """Return the address of the pilot's page in the reader's language."""
        return reverse("pilot", args=[self.code])

    def on(self, day: date) -> Standing:
        """Return how far the pilot is on ``day``."""
        log = [entry.line for entry in self.stage_log.all()]
        return standing_of(log, self.stage, self.start, self.programme.confirm_months, day)

    def asked_on(self, day: date) -> list[Heir]:
        """Return whom to ask about the pilot on ``day``."""
        return whom_to_ask(self, day)

    @property
    def working_name(self) -> bool:
        """Whether the name the reader sees is the registry's own working name, not one read in a source."""
        return self.name.lang in self.working_names

    @property
    def area_is_known(self) -> bool:
        """Whether any region, municipality or ELY area is told."""
        return bool(self.area_of_id or self.regions.all() or self.municipalities.all())

    def production_words(self) -> list[str]:
        """Return who produces the services, in words."""
        words = dict(self.Production.choices)
        return [str(words[producer]) for producer in self.production]

    def not_known(self) -> list[str]:
        """Return what the sources leave open, in words, in the order of the page."""
        open_questions = [
            (self.summary or self.description, _("what the pilot is about")),
            (self.trials.all() or self.themes.all(), _("what is tried")),
            (self.area_is_known, _("the area")),
            (self.lead_id, _("who leads the pilot")),
            (self.client_type, _("whose services it concerns")),
            (self.target_text or self.targets.all(), _("the target group")),
            (self.partners.all(), _("the partners")),
            (self.model_uses.all(), _("the delivery model")),
            (self.production, _("who produces the services")),
            (self.whole_process is not None, _("whether whole service processes are procured")),
            (self.legal_conditions or self.needs_change_of_law is not None, _("the legal conditions")),
            (self.start, _("the start")),
            (self.end, _("the end")),
            (self.budget_eur is not None, _("the budget")),
        ]
        return [str(words) for known, words in open_questions if not known]

    @property
    def start(self) -> Fuzzy:
        """When it starts or was to start."""
        return fuzzy(self.start_words, self.start_days, self.counted_from)

    @property
    def end(self) -> Fuzzy:
        """When it ends or was to end."""
        return fuzzy(self.end_words, self.end_days, self.counted_from)
