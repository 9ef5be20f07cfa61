"""The import of the acts' reference data: its kinds, in the order of the work."""

from pathlib import Path

from regions.imports import Spec

from .models import (
    AskedPoint,
    Claim,
    Criterion,
    DeliveryModel,
    Figure,
    Law,
    LawEvent,
    Link,
    Milestone,
    MilestoneDate,
    NewsItem,
    OpenQuestion,
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
    ResultCard,
    ResultDocument,
    ResultSearch,
    Round,
    StageEntry,
    TargetGroup,
    Theme,
    Trial,
)

__all__ = ["FOLDER", "KINDS", "settle_numbers"]

FOLDER = Path(__file__).resolve().parent / "reference"

VOCABULARIES = (
    Spec("themes", Theme, file="vocabularies.json"),
    Spec("target_groups", TargetGroup, file="vocabularies.json"),
    Spec(
        "delivery_models",
        DeliveryModel,
        file="vocabularies.json",
        children=(Spec("principles", Principle, parent="model", key=("position",), numbered=True),),
    ),
)

PROGRAMMES = (
    Spec("reforms", Reform, file="programmes.json"),
    Spec(
        "programmes",
        Programme,
        file="programmes.json",
        children=(
            Spec("facts", ProgrammeFact, parent="programme", key=("key",), numbered=True),
            Spec("links", Link, parent="programme", key=("url",), numbered=True),
        ),
    ),
    Spec(
        "milestones",
        Milestone,
        file="programmes.json",
        children=(Spec("dates", MilestoneDate, parent="milestone", key=("position",), numbered=True),),
    ),
)

PILOTS = Spec(
    "pilots",
    Pilot,
    file="pilots.json",
    fields=("stage", "published_at", "changed_at"),
    omit=("changed_by",),
    children=(
        Spec("targets", PilotTarget, parent="pilot", key=("target_group",)),
        Spec("model_uses", PilotModel, parent="pilot", key=("delivery_model",)),
        Spec("trials", Trial, parent="pilot", key=("position",), numbered=True),
        Spec("partners", Partner, parent="pilot", key=("position",), numbered=True),
        Spec("stage_log", StageEntry, parent="pilot", key=("position",), numbered=True, fields=("stage",)),
        Spec("events", PilotEvent, parent="pilot", key=("position",), numbered=True),
        Spec("contacts", PilotContact, parent="pilot", key=("position",), numbered=True, anew=True),
    ),
)

RESULTS = (
    Spec(
        "result_cards",
        ResultCard,
        file="findings.json",
        required=("sources",),
        children=tuple(
            Spec(name, model, parent="card", key=("position",), numbered=True, required=required)
            for name, model, required in (
                ("claims", Claim, ("sources",)),
                ("figures", Figure, ("sources",)),
                ("documents", ResultDocument, ("sources",)),
                ("open_questions", OpenQuestion, ()),
            )
        ),
    ),
    Spec("result_searches", ResultSearch, file="findings.json", key=("pilot", "searched_on")),
)

LAWS = Spec(
    "laws",
    Law,
    file="laws.json",
    required=("sources",),
    children=(Spec("events", LawEvent, parent="law", key=("position",), numbered=True, required=("sources",)),),
)

ROUNDS = Spec(
    "rounds",
    Round,
    file="rounds.json",
    fields=("slug", "organiser", "published_at"),
    omit=("contact", "changed_by", "changed_at"),  # of a living round alone
    children=(
        Spec("criteria", Criterion, parent="round", key=("position",), numbered=True),
        Spec("asked_points", AskedPoint, parent="round", key=("position",), numbered=True),
    ),
)

NEWS = Spec("news", NewsItem, file="news.json")

KINDS: tuple[Spec, ...] = (*VOCABULARIES, *PROGRAMMES, PILOTS, *RESULTS, LAWS, ROUNDS, NEWS)


def settle_numbers() -> None:
    """Raise each programme's last number to the highest its pilots' codes have: a number once given stays given."""
    highest: dict[int, int] = {}
    for programme, code in Pilot.objects.values_list("programme", "code"):
        highest[programme] = max(highest.get(programme, 0), int(code.rsplit("-", 1)[1]))
    for programme, number in highest.items():
        Programme.objects.filter(pk=programme, last_number__lt=number).update(last_number=number)
