"""What a result card is made of: claims, figures, documents, and what the sources leave open."""

from django.db import models
from django.db.models import Q
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from registry.lib.dates import Fuzzily
from registry.lib.languages import Translated, name_column, text_column

from .results import ClaimKind, Concerns, Evidence, Noted, ResultCard, told_in_finnish_and_swedish


class Claim(Noted):
    """One thing that a source says of a pilot or a programme."""

    class Topic(models.TextChoices):
        """What a condition is about."""

        LAW = "law", _("law")
        SIZE = "size", _("size")
        MONEY = "money", _("money")
        TIME = "time", _("time")

    card = models.ForeignKey(ResultCard, models.CASCADE, related_name="claims")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=ClaimKind)
    topic = models.CharField(max_length=8, choices=Topic, blank=True, default="")
    text_fi = text_column(required=True)
    text_sv = text_column()
    text_en = text_column()
    said_by_fi = name_column()
    said_by_sv = name_column()
    said_by_en = name_column()
    evidence = models.CharField(max_length=16, choices=Evidence, blank=True, default="")
    concerns = models.CharField(max_length=10, choices=Concerns, default=Concerns.PILOT)
    concerns_words_fi = name_column()  # the pilots that a claim on a programme is about
    concerns_words_sv = name_column()
    concerns_words_en = name_column()
    planned = models.BooleanField(default=False)  # told of a plan, not of what came of it
    inferred = models.BooleanField(default=False)  # the registry's own conclusion from its sources

    text = Translated("text")
    said_by = Translated("said_by")
    concerns_words = Translated("concerns_words")

    class Meta:
        verbose_name = _("claim on a result")
        verbose_name_plural = _("claims on results")
        ordering = ["card", "position"]
        constraints = [
            models.UniqueConstraint(
                name="a_claim_has_its_own_place",
                fields=["card", "position"],
                violation_error_message=_("Another claim has this place."),
            ),
            models.CheckConstraint(
                name="a_claim_is_told_in_finnish_and_swedish",
                condition=told_in_finnish_and_swedish("text"),
                violation_error_message=_("A claim is told in Finnish and in Swedish."),
            ),
            models.CheckConstraint(
                name="a_claim_on_what_came_of_it_has_its_evidence",
                condition=~Q(kind__in=["worked", "failed"]) | ~Q(evidence=""),
                violation_error_message=_("Say how strong the evidence is."),
            ),
            models.CheckConstraint(
                name="only_a_condition_has_a_topic",
                condition=Q(kind="condition") | Q(topic=""),
                violation_error_message=_("Only a condition has a topic."),
            ),
        ]

    def __str__(self) -> str:
        return self.text.plain


class Figure(Noted, Fuzzily):
    """One number of the scale: how many clients, municipalities, euros, people; of which time."""

    class Kind(models.TextChoices):
        """What is counted."""

        MUNICIPALITIES = "municipalities", _("municipalities")
        CLIENTS = "clients", _("customers")
        MONEY = "money", _("money")
        PEOPLE = "people", _("staff")
        ACTIVITIES = "activities", _("measures")

    class Precision(models.TextChoices):
        """How exact the source is."""

        EXACT = "exact", pgettext_lazy("number", "exactly")
        ABOUT = "about", pgettext_lazy("number", "about")
        OVER = "over", pgettext_lazy("number", "over")
        UNDER = "under", pgettext_lazy("number", "under")

    card = models.ForeignKey(ResultCard, models.CASCADE, related_name="figures")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16, choices=Kind)
    number = models.DecimalField(max_digits=14, decimal_places=2)
    precision = models.CharField(max_length=8, choices=Precision, default=Precision.EXACT)
    unit_fi = name_column(required=True)
    unit_sv = name_column()
    unit_en = name_column()
    detail_fi = text_column()
    detail_sv = text_column()
    detail_en = text_column()
    planned = models.BooleanField(default=False)  # a figure of a plan or an estimate made before

    unit = Translated("unit")
    detail = Translated("detail")

    class Meta:
        verbose_name = _("figure of a result")
        verbose_name_plural = _("figures of results")
        ordering = ["card", "position"]
        constraints = [
            models.UniqueConstraint(
                name="a_figure_has_its_own_place",
                fields=["card", "position"],
                violation_error_message=_("Another figure has this place."),
            ),
            models.CheckConstraint(
                name="a_figure_is_not_negative",
                condition=Q(number__gte=0),
                violation_error_message=_("A figure is not negative."),
            ),
            models.CheckConstraint(
                name="a_figure_has_its_unit_in_finnish_and_swedish",
                condition=told_in_finnish_and_swedish("unit"),
                violation_error_message=_("Give the unit in Finnish and in Swedish."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.unit}"

    @property
    def in_words(self) -> str:
        """The number as it is told: ``over 1,500 periods of work``."""
        precise = "" if self.precision == self.Precision.EXACT else f"{self.get_precision_display()} "
        whole = int(self.number) if self.number == int(self.number) else self.number
        number = number_format(whole, use_l10n=True, force_grouping=True)
        return f"{precise}{number} {self.unit.plain}"


class ResultDocument(Noted):
    """A document that a card rests on: how strong its evidence is, and how much of it was read."""

    class Reading(models.TextChoices):
        """How much of the document was read."""

        WHOLE = "whole", _("read in full")
        EXCERPT = "excerpt", _("an excerpt was read")
        ABSTRACT = "abstract", _("the abstract and the press release were read")
        TITLE = "title", _("the title and the beginning were read")

    card = models.ForeignKey(ResultCard, models.CASCADE, related_name="documents")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16, choices=Evidence)
    read = models.CharField(max_length=10, choices=Reading)
    text_fi = text_column(required=True)
    text_sv = text_column()
    text_en = text_column()

    text = Translated("text")

    class Meta:
        verbose_name = _("document of a result")
        verbose_name_plural = _("documents of results")
        ordering = ["card", "position"]
        constraints = [
            models.UniqueConstraint(
                name="a_result_document_has_its_own_place",
                fields=["card", "position"],
                violation_error_message=_("Another document has this place."),
            ),
            models.CheckConstraint(
                name="a_result_document_is_told_in_finnish_and_swedish",
                condition=told_in_finnish_and_swedish("text"),
                violation_error_message=_("A document is told in Finnish and in Swedish."),
            ),
        ]

    def __str__(self) -> str:
        return self.text.plain


class OpenQuestion(Noted):
    """Something that the sources read leave open about a result."""

    card = models.ForeignKey(ResultCard, models.CASCADE, related_name="open_questions")
    position = models.PositiveSmallIntegerField()
    text_fi = text_column(required=True)
    text_sv = text_column()
    text_en = text_column()

    text = Translated("text")

    class Meta:
        verbose_name = _("open question of a result")
        verbose_name_plural = _("open questions of results")
        ordering = ["card", "position"]
        constraints = [
            models.UniqueConstraint(
                name="an_open_question_has_its_own_place",
                fields=["card", "position"],
                violation_error_message=_("Another question has this place."),
            ),
            models.CheckConstraint(
                name="an_open_question_is_told_in_finnish_and_swedish",
                condition=told_in_finnish_and_swedish("text"),
                violation_error_message=_("A question is told in Finnish and in Swedish."),
            ),
        ]

    def __str__(self) -> str:
        return self.text.plain
