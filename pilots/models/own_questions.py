"""The questions of a round's own, beside those that every proposal answers: a form, and a new one at each change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from regions.models import User
from registry.lib.languages import Text, Translated, name_column, reader_language, text_column
from registry.lib.together import Together

from .rounds import Round

LONGEST_ANSWER = 20_000  # characters that a question may allow
CHOICE = 200  # characters of a choice


def key_prefix(round_id: int) -> str:
    """Return how the keys of the round's own questions begin: no two rounds share one."""
    return f"r{round_id}-"


class OwnFormQuerySet(Together["OwnForm"]):
    """Questions about many forms."""

    def of(self, round_id: int) -> Iterable[OwnForm]:
        """Return the forms of the round with their questions, the first one first (one statement)."""
        return self.filter(round=round_id).together("questions")


class OwnForm(models.Model):
    """A version of the questions of a round's own. The one with the highest number is asked now.

    Before the round is published there is one at most, and it is edited. After that each change makes another one.
    """

    round = models.ForeignKey(Round, models.CASCADE, related_name="own_forms")
    number = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason_fi = text_column()  # why the questions are changed: public
    reason_sv = text_column()
    reason_en = text_column()

    reason = Translated("reason")

    objects = OwnFormQuerySet.as_manager()

    class Meta:
        verbose_name = _("form of a round's own questions")
        verbose_name_plural = _("forms of rounds' own questions")
        ordering = ["round", "number"]
        constraints = [
            models.UniqueConstraint(
                name="a_form_of_a_round_has_its_own_number",
                fields=["round", "number"],
                violation_error_message=_("The questions were changed by somebody else."),
            ),
            models.CheckConstraint(
                name="a_changed_form_of_a_round_says_why",
                condition=Q(number__lte=1) | ~Q(reason_fi=""),
                violation_error_message=_("Give the reason."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.number}"


class OwnQuestion(models.Model):
    """A question of a round's own. ``key`` is that of the answer in a proposal's content; it stays from form to form.

    A choice is known by its place in the list, from 1: later forms add choices at the end. ``only_if`` is the key of a
    question with choices, and ``only_if_choice`` the place of the choice that makes this question one to answer.
    A trigger refuses every change once a proposal answers the form.
    """

    class Kind(models.TextChoices):
        """What is answered."""

        TEXT = "text", _("text")
        CHOICE = "choice", _("one of several choices")
        NUMBER = "number", _("number")
        DAY = "day", _("date")

    form = models.ForeignKey(OwnForm, models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=40)
    kind = models.CharField(max_length=8, choices=Kind)
    label_fi = name_column(required=True)
    label_sv = name_column()
    label_en = name_column()
    help_fi = text_column()
    help_sv = text_column()
    help_en = text_column()
    limit = models.IntegerField(null=True, blank=True)  # characters of a text
    choices_fi = ArrayField(models.CharField(max_length=CHOICE), default=list, blank=True)
    choices_sv = ArrayField(models.CharField(max_length=CHOICE), default=list, blank=True)
    choices_en = ArrayField(models.CharField(max_length=CHOICE), default=list, blank=True)
    required_from = models.SmallIntegerField(null=True, blank=True)  # the place of a step; None: never
    only_if = models.CharField(max_length=40, blank=True, default="")
    only_if_choice = models.CharField(max_length=4, blank=True, default="")

    label = Translated("label")
    help = Translated("help")

    class Meta:
        verbose_name = _("question of a round's own")
        verbose_name_plural = _("questions of rounds' own")
        ordering = ["form", "position"]
        constraints = [
            models.UniqueConstraint(
                name="a_question_has_its_own_place_in_a_form",
                fields=["form", "position"],
                violation_error_message=_("Another question has this place."),
            ),
            models.UniqueConstraint(
                name="a_question_has_its_own_key_in_a_form",
                fields=["form", "key"],
                violation_error_message=_("This question is asked already."),
            ),
            models.UniqueConstraint(
                name="a_form_asks_the_same_words_once",
                fields=["form", "label_fi"],
                violation_error_message=_("This question is asked already."),
            ),
            models.CheckConstraint(
                name="a_question_is_of_a_known_kind",
                condition=Q(kind__in=["text", "choice", "number", "day"]),
                violation_error_message=_("Choose what is answered."),
            ),
            models.CheckConstraint(
                name="a_question_is_asked_in_finnish_and_in_swedish",
                condition=~(Q(label_fi="") | Q(label_sv="")),
                violation_error_message=_("Write the question in Finnish and in Swedish."),
            ),
            models.CheckConstraint(
                name="a_question_of_choices_has_two_or_more_in_both_languages",
                condition=Q(kind="choice", choices_fi__len__gte=2, choices_sv__len=F("choices_fi__len"))
                | ~Q(kind="choice") & Q(choices_fi=[], choices_sv=[], choices_en=[]),
                violation_error_message=_("Give at least two choices, as many in Swedish as in Finnish."),
            ),
            models.CheckConstraint(
                name="a_text_has_a_limit_and_nothing_else_has",
                condition=Q(kind="text", limit__isnull=False, limit__gte=1, limit__lte=20_000)
                | ~Q(kind="text") & Q(limit__isnull=True),
                violation_error_message=_("A text has a limit of 1 to 20,000 characters."),
            ),
            models.CheckConstraint(
                name="a_condition_names_a_question_and_its_choice",
                condition=Q(only_if="", only_if_choice="")
                | ~Q(only_if="") & ~Q(only_if_choice="") & ~Q(only_if=F("key")),
                violation_error_message=_("A question depends on a choice of another question."),
            ),
            models.CheckConstraint(
                name="a_question_is_required_from_a_step_on",
                condition=Q(required_from__isnull=True) | Q(required_from__gte=1),
                violation_error_message=_("Choose the step from which on an answer is needed."),
            ),
        ]

    def __str__(self) -> str:
        return self.label.plain

    def choices(self) -> dict[str, Text]:
        """Return the choices by their code, in the reader's language where that is there, else in Finnish."""
        language = reader_language()
        own: list[Any] = getattr(self, f"choices_{language}")
        words = [
            Text(own[place], language) if place < len(own) and own[place] else Text(finnish, "fi")
            for place, finnish in enumerate(self.choices_fi)
        ]
        return {str(number): text for number, text in enumerate(words, start=1)}

    def is_required_in(self, step: int | None) -> bool:
        """Whether an answer is needed before sending in the step at this place."""
        return step is not None and self.required_from is not None and step >= self.required_from
