"""The import of the acts' reference data: its kinds, in the order of the work."""

from pathlib import Path

from regions.imports import Spec

from .models import (
    AskedPoint,
    Criterion,
    DeliveryModel,
    Link,
    Milestone,
    MilestoneDate,
    NewsItem,
    Partner,
    Pilot,
    PilotContact,
    PilotEvent,
    PilotModel,
    PilotTarget,
    Principle,
    Programme,
    ProgrammeFact,
    Reform,
    Round,
    StageEntry,
    TargetGroup,
    Theme,
    Trial,
)

__all__ = ["FOLDER", "KINDS", "settle_numbers"]

FOLDER = Path(__file__).resolve().parent / "reference"

VOCABULARIES = (
    Spec("themes", Theme, file="vocabularies.json", fields=("name", "description")),
    Spec("target_groups", TargetGroup, file="vocabularies.json", fields=("parent", "name")),
    Spec(
        "delivery_models",
        DeliveryModel,
        file="vocabularies.json",
        fields=("name", "meaning", "legal_basis", "url"),
        children=(Spec("principles", Principle, parent="model", key=("position",), numbered=True, fields=("text",)),),
    ),
)

PROGRAMMES = (
    Spec("reforms", Reform, file="programmes.json", fields=("parent", "name", "summary", "outcome")),
    Spec(
        "programmes",
        Programme,
        file="programmes.json",
        fields=(
            "reform",
            "counterpart_of",
            "owner",
            "name",
            "purpose",
            "period_words",
            "law",
            "stated_count",
            "stated_exactly",
            "stated_words",
            "stated_when",
            "code_prefix",
        ),
        children=(
            Spec("facts", ProgrammeFact, parent="programme", key=("key",), numbered=True, fields=("text",)),
            Spec(
                "links", Link, parent="programme", key=("url",), numbered=True, fields=("title", "seen_on", "answers")
            ),
        ),
    ),
    Spec(
        "milestones",
        Milestone,
        file="programmes.json",
        fields=("reform", "programme", "kind", "what", "outcome", "outcome_words", "url"),
        children=(Spec("dates", MilestoneDate, parent="milestone", key=("position",), numbered=True),),
    ),
)

PILOTS = Spec(
    "pilots",
    Pilot,
    file="pilots.json",
    fields=(
        "code",
        "programme",
        "parent",
        "is_set",
        "continues",
        "related",
        "name",
        "other_names_fi",
        "working_names",
        "summary",
        "description",
        "target_text",
        "legal_conditions",
        "continues_basis",
        "regions",
        "municipalities",
        "municipalities_exhaustive",
        "area_of",
        "lead",
        "partners_exhaustive",
        "client_type",
        "themes",
        "whole_process",
        "production",
        "needs_change_of_law",
        "start",
        "end",
        "counted_from",
        "budget_eur",
        "project_code",
        "stage",
        "published_at",
    ),
    children=(
        Spec("targets", PilotTarget, parent="pilot", key=("target_group",), fields=("degree",)),
        Spec("model_uses", PilotModel, parent="pilot", key=("delivery_model",), fields=("degree",)),
        Spec("trials", Trial, parent="pilot", key=("position",), numbered=True, fields=("text",)),
        Spec(
            "partners",
            Partner,
            parent="pilot",
            key=("position",),
            numbered=True,
            fields=("organisation", "words", "state", "basis"),
        ),
        Spec("stage_log", StageEntry, parent="pilot", key=("position",), numbered=True, fields=("stage", "words")),
        Spec("events", PilotEvent, parent="pilot", key=("position",), numbered=True, fields=("kind", "what", "place")),
        Spec("contacts", PilotContact, parent="pilot", key=("position",), numbered=True, fields=("post",), anew=True),
    ),
)

ROUNDS = Spec(
    "rounds",
    Round,
    file="rounds.json",
    fields=(
        "kind",
        "programme",
        "pilot",
        "previous",
        "organiser",
        "organising_group",
        "name",
        "addressed_to",
        "guidance",
        "asks",
        "applicants",
        "selected",
        "carried_through",
        "planned_only",
        "published_at",
    ),
    children=(
        Spec("criteria", Criterion, parent="round", key=("position",), numbered=True, fields=("text",)),
        Spec("asked_points", AskedPoint, parent="round", key=("position",), numbered=True, fields=("text",)),
    ),
)

NEWS = Spec(
    "news",
    NewsItem,
    file="news.json",
    fields=("title", "body", "author", "image_credit", "programme", "regions", "groups", "pilots", "published_at"),
)

KINDS: tuple[Spec, ...] = (*VOCABULARIES, *PROGRAMMES, PILOTS, ROUNDS, NEWS)


def settle_numbers() -> None:
    """Raise each programme's last number to the highest its pilots' codes have: a number once given stays given."""
    highest: dict[int, int] = {}
    for programme, code in Pilot.objects.values_list("programme", "code"):
        highest[programme] = max(highest.get(programme, 0), int(code.rsplit("-", 1)[1]))
    for programme, number in highest.items():
        Programme.objects.filter(pk=programme, last_number__lt=number).update(last_number=number)
