"""What belongs to one pilot: its target groups, models, trials, partners, stage log, events, contacts."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from regions.models import Organisation, Post, Sourced, User
from registry.lib.dates import Fuzzily
from registry.lib.evidence import Known
from registry.lib.languages import Translated, name_column, text_column

from .pilots import Pilot
from .stages import Stage
from .standing import Line, line_of
from .themes import DeliveryModel, TargetGroup


class PilotTarget(models.Model):
    """A target group of a pilot: its main one, or one that it considers."""

    class Degree(models.TextChoices):
        """How much a pilot is for the group."""

        MAIN = "main", _("main")
        CONSIDERED = "considered", _("considered")

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="targets")
    target_group = models.ForeignKey(TargetGroup, models.PROTECT, related_name="uses")
    degree = models.CharField(max_length=10, choices=Degree, default=Degree.MAIN)

    class Meta:
        verbose_name = _("target group of a pilot")
        verbose_name_plural = _("target groups of pilots")
        ordering = ["pilot", "-degree", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="a_pilot_has_a_target_group_once",
                fields=["pilot", "target_group"],
                violation_error_message=_("The pilot has this target group already."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.target_group)


class PilotModel(models.Model):
    """A delivery model of a pilot, and how far it is used."""

    class Degree(models.TextChoices):
        """How far a pilot uses the model."""

        WHOLE = "whole", _("as a whole")
        ELEMENTS = "elements", _("in parts")
        UNDER_STUDY = "under_study", _("under study")

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="model_uses")
    delivery_model = models.ForeignKey(DeliveryModel, models.PROTECT, related_name="uses")
    degree = models.CharField(max_length=12, choices=Degree)

    class Meta:
        verbose_name = _("delivery model of a pilot")
        verbose_name_plural = _("delivery models of pilots")
        ordering = ["pilot", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="a_pilot_has_a_delivery_model_once",
                fields=["pilot", "delivery_model"],
                violation_error_message=_("The pilot has this delivery model already."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.delivery_model)


class Trial(models.Model):
    """One thing a pilot tries, in a sentence."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="trials")
    position = models.PositiveSmallIntegerField()
    text_fi = text_column(required=True)
    text_sv = text_column()
    text_en = text_column()

    text = Translated("text")

    class Meta:
        verbose_name = _("what is tried")
        verbose_name_plural = _("what pilots try")
        ordering = ["pilot", "position"]
        constraints = [
            models.UniqueConstraint(
                name="a_trial_has_its_own_place",
                fields=["pilot", "position"],
                violation_error_message=_("Another line has this place."),
            ),
        ]

    def __str__(self) -> str:
        return self.text.plain


class Partner(models.Model):
    """An organisation, or a kind of one, that takes part in a pilot or may."""

    class State(models.TextChoices):
        """How far the partnership is."""

        POSSIBLE = "possible", _("possible")
        MENTIONED = "mentioned", _("mentioned as a party")
        IN_TALKS = "in_talks", _("in talks")
        AGREED = "agreed", _("agreed")

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="partners")
    position = models.PositiveSmallIntegerField()
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="partnerships")
    words_fi = name_column()  # the partner as the source names it, or its kind where no organisation is named
    words_sv = name_column()
    words_en = name_column()
    state = models.CharField(max_length=10, choices=State)
    basis_fi = text_column()
    basis_sv = text_column()
    basis_en = text_column()

    words = Translated("words")
    basis = Translated("basis")

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["pilot", "position"]
        constraints = [
            models.UniqueConstraint(
                name="a_partner_has_its_own_place",
                fields=["pilot", "position"],
                violation_error_message=_("Another partner has this place."),
            ),
            models.CheckConstraint(
                name="a_partner_is_an_organisation_or_is_told_in_words",
                condition=Q(organisation__isnull=False) | ~Q(words_fi="", words_sv="", words_en=""),
                violation_error_message=_("Choose an organisation or tell the partner in words."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.organisation or self.words)


class StageEntry(Sourced, Fuzzily, Known):
    """A line of a pilot's stage log: the stage, in whose words, and as of when."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="stage_log")
    position = models.PositiveSmallIntegerField()
    stage = models.CharField(max_length=10, choices=Stage)
    words = models.CharField(max_length=200, blank=True, default="")
    entered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    entered_at = models.DateTimeField(null=True, blank=True)

    note = Translated("note")

    WRITTEN_BY_VERBS = (
        "pilot",
        "position",
        "stage",
        "when_days",
        "known_on_words",
        "known_on_days",
        "entered_by",
        "entered_at",
    )

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages of pilots")
        ordering = ["pilot", "position"]
        constraints = [
            models.UniqueConstraint(
                name="a_stage_entry_has_its_own_place",
                fields=["pilot", "position"],
                violation_error_message=_("Another entry has this place."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_stage_display()

    @property
    def line(self) -> Line:
        """The line as far as it tells how far the pilot is."""
        return line_of(self.position, self.stage, self.when, self.known_on if self.known_on_days else None)


class PilotEvent(Sourced, Fuzzily):
    """Something that happened in a pilot: a market dialogue, a workshop, preparation."""

    class Kind(models.TextChoices):
        """What happened."""

        MARKET_DIALOGUE = "market_dialogue", _("market dialogue")
        WORKSHOP = "workshop", _("workshop")
        PREPARATION = "preparation", _("preparation")

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="events")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16, choices=Kind)
    what_fi = text_column()
    what_sv = text_column()
    what_en = text_column()
    place = models.CharField(max_length=120, blank=True, default="")

    what = Translated("what")

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["pilot", "position"]
        constraints = [
            models.UniqueConstraint(
                name="an_event_has_its_own_place",
                fields=["pilot", "position"],
                violation_error_message=_("Another event has this place."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class PilotContact(models.Model):
    """Whom to call about a pilot, in order."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="contacts")
    post = models.ForeignKey(Post, models.CASCADE, related_name="contact_for_pilots")
    position = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts of pilots")
        ordering = ["pilot", "position"]
        constraints = [
            models.UniqueConstraint(
                name="a_pilot_contact_has_its_own_place",
                fields=["pilot", "position"],
                violation_error_message=_("Another contact has this place."),
            ),
            models.UniqueConstraint(
                name="a_post_is_a_contact_of_a_pilot_once",
                fields=["pilot", "post"],
                violation_error_message=_("This contact is there already."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.post)
