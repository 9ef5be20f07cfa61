"""The kinds of records of the areas: sources, regions, municipalities."""

from regions.models import Municipality, Region, Source

from .engine import Spec

KINDS = (
    Spec(
        "sources",
        Source,
        file="sources.json",
        key=("key",),
        fields=("title", "language", "url", "file_name", "seen_on", "hashtag", "handle"),
    ),
    Spec(
        "regions",
        Region,
        file="regions.json",
        key=("code",),
        fields=(
            "slug",
            "name",
            "genitive_fi",
            "local_fi",
            "iso",
            "nuts3_2021",
            "nuts3_2024",
            "centre_fi",
            "centre_sv",
            "in_reform",
            "outline",
        ),
    ),
    Spec("municipalities", Municipality, file="regions.json", fields=("name", "region")),
)
