"""The sections and questions of a proposal, declared once; what is required is required only at sending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, TypeAlias

from django.utils.translation import gettext_lazy as _

from pilots.models import ClientType, DeliveryModel, Pilot, PilotModel, Round, TargetGroup, Theme
from regions.models import Region
from registry.lib.languages import Text

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Words: TypeAlias = "str | _StrPromise"
Choices: TypeAlias = "Mapping[str, Words]"

BOTH = frozenset({Round.Asks.PRELIMINARY, Round.Asks.INTEREST})
PRELIMINARY = frozenset({Round.Asks.PRELIMINARY})
NEVER: frozenset[Round.Asks] = frozenset()


class Answer(Enum):
    """The kinds of answers; how each is stored stands in ``answers``."""

    LINE = auto()
    TEXT = auto()
    ADDRESS = auto()
    MONEY = auto()
    NUMBER = auto()
    DAY = auto()
    ONE = auto()
    MANY = auto()
    DEGREES = auto()


@dataclass(frozen=True)
class Vocabulary:
    """The choices that live in the database, by the stable code that answers keep."""

    regions: Choices
    themes: Choices
    target_groups: Choices
    delivery_models: Choices


@dataclass(frozen=True)
class Question:
    """One question: its key in the content, its words, its kind of answer, and which kinds of proposals require it."""

    key: str
    label: Words
    answer: Answer
    help: Words = ""
    required: frozenset[Round.Asks] = NEVER
    limit: int = 0  # characters, of lines and texts
    fixed: Choices | None = None
    listed: str = ""  # the name of the vocabulary's list

    def choices(self, vocabulary: Vocabulary) -> Choices:
        """Return the codes and words one chooses from; none for a question answered in words."""
        if self.fixed is not None:
            return self.fixed
        choices: Choices = getattr(vocabulary, self.listed) if self.listed else {}
        return choices


@dataclass(frozen=True)
class Section:
    """A part of a proposal that is written and saved on a page of its own."""

    slug: str
    title: Words
    questions: tuple[Question, ...]


def vocabulary() -> Vocabulary:
    """Return the choices of the database in the reader's language (four queries)."""
    regions: list[tuple[str, Text]] = [(row.code, row.name) for row in Region.objects.order_by("code")]
    themes = [(row.slug, row.name) for row in Theme.objects.all()]
    groups = [(row.slug, row.name) for row in TargetGroup.objects.all()]
    models = [(row.slug, row.name) for row in DeliveryModel.objects.all()]
    return Vocabulary(dict(regions), dict(themes), dict(groups), dict(models))


YES_NO: Choices = {"yes": _("yes"), "no": _("no"), "not_known": _("not known yet")}
DEGREES: Choices = dict(PilotModel.Degree.choices)

SECTIONS = (
    Section(
        "basics",
        _("Basics"),
        (
            Question(
                "title",
                _("Name of the proposal"),
                Answer.LINE,
                _("A short name by which others know it. At most 150 characters."),
                BOTH,
                150,
            ),
            Question(
                "summary",
                _("Summary"),
                Answer.TEXT,
                _("Tell in a few sentences what you propose. At most 2,000 characters."),
                BOTH,
                2_000,
            ),
            Question(
                "regions",
                _("Regions concerned"),
                Answer.MANY,
                _("Choose every region where the pilot would run."),
                BOTH,
                listed="regions",
            ),
        ),
    ),
    Section(
        "trial",
        _("What is tried"),
        (
            Question(
                "problem",
                _("The problem"),
                Answer.TEXT,
                _("What does not work today, and for whom?"),
                PRELIMINARY,
                5_000,
            ),
            Question(
                "tried",
                _("What you would try"),
                Answer.TEXT,
                _("Describe the new way of working and what is new in it."),
                PRELIMINARY,
                8_000,
            ),
            Question(
                "themes",
                _("Themes"),
                Answer.MANY,
                _("Choose all that fit."),
                listed="themes",
            ),
            Question(
                "benefit",
                _("Why it helps other regions"),
                Answer.TEXT,
                _("What could another region take into use from your results?"),
                PRELIMINARY,
                5_000,
            ),
        ),
    ),
    Section(
        "clients",
        _("Clients"),
        (
            Question(
                "client_type",
                _("Whose services it concerns"),
                Answer.ONE,
                _("Choose the one that most of the services are for."),
                BOTH,
                fixed=dict(ClientType.choices),
            ),
            Question(
                "target_groups",
                _("Target groups"),
                Answer.MANY,
                _("Choose all that fit."),
                listed="target_groups",
            ),
            Question(
                "target_text",
                _("The clients in your own words"),
                Answer.TEXT,
                _("Who are they, and how many?"),
                PRELIMINARY,
                3_000,
            ),
        ),
    ),
    Section(
        "organising",
        _("Way of organising"),
        (
            Question(
                "delivery_models",
                _("Delivery models"),
                Answer.DEGREES,
                _("For each model, say how far you would use it. Leave empty those you would not use."),
                listed="delivery_models",
            ),
            Question(
                "production",
                _("Who produces the services"),
                Answer.MANY,
                _("Choose all that take part."),
                PRELIMINARY,
                fixed=dict(Pilot.Production.choices),
            ),
            Question(
                "production_text",
                _("How the production is split"),
                Answer.TEXT,
                _("Who would produce which part, and why?"),
                NEVER,
                3_000,
            ),
            Question(
                "whole_process",
                _("Would you procure whole service processes?"),
                Answer.ONE,
                _("A whole process in place of single services."),
                fixed=YES_NO,
            ),
            Question(
                "needs_change_of_law",
                _("Does the trial need a change of law?"),
                Answer.ONE,
                "",
                PRELIMINARY,
                fixed=YES_NO,
            ),
            Question(
                "legal_conditions",
                _("Legal conditions"),
                Answer.TEXT,
                _("Which provisions does the trial depend on? Which would have to change?"),
                NEVER,
                5_000,
            ),
        ),
    ),
    Section(
        "partners",
        _("Partners and timetable"),
        (
            Question(
                "partners",
                _("Partners"),
                Answer.TEXT,
                _("One on each line. Say whether the partner is possible, in talks or agreed."),
                NEVER,
                3_000,
            ),
            Question(
                "start",
                _("Start"),
                Answer.DAY,
                _("Day, month and year, for example 1.3.2027."),
                PRELIMINARY,
            ),
            Question(
                "end",
                _("End"),
                Answer.DAY,
                _("Day, month and year, for example 31.12.2027."),
            ),
            Question(
                "staff",
                _("Staff, in person-years"),
                Answer.NUMBER,
                _("A number, for example 2.5."),
            ),
        ),
    ),
    Section(
        "cost",
        _("Cost and contact"),
        (
            Question(
                "budget",
                _("Budget in euros"),
                Answer.MONEY,
                _("The whole cost of the pilot, for example 250 000."),
                PRELIMINARY,
            ),
            Question(
                "funding",
                _("How it would be paid for"),
                Answer.TEXT,
                _("Your own share, and what you would ask for."),
                NEVER,
                3_000,
            ),
            Question(
                "contact",
                _("Contact address"),
                Answer.ADDRESS,
                _("A role address that your organisation reads. Do not give private addresses."),
                BOTH,
            ),
        ),
    ),
)
BY_SLUG = {section.slug: section for section in SECTIONS}
