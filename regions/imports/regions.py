"""The kinds of records of the areas: sources, regions, municipalities; and synonyms."""

from regions.models import Municipality, Region, Source, Synonym

from .engine import Spec

KINDS = (
    Spec("sources", Source, file="sources.json", key=("key",)),
    Spec("regions", Region, file="regions.json", key=("code",)),
    Spec("municipalities", Municipality, file="regions.json"),
    Spec("synonyms", Synonym, file="synonyms.json"),
)
