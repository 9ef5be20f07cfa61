"""Take back what imports had written and no source tells: a sub-region as a municipality, imports as changes.

The pilots of the sub-region point at its eight municipalities; the next import fills in their sources. A pilot that
nobody edited in the registry has not changed: the moment was that of an import.
"""

from typing import Any

from django.db import migrations

SUB_REGION = "tampereen-kaupunkiseutu"
MUNICIPALITIES = {
    "tampere": "Tampere",
    "nokia": "Nokia",
    "kangasala": "Kangasala",
    "pirkkala": "Pirkkala",
    "lempaala": "Lempäälä",
    "ylojarvi": "Ylöjärvi",
    "orivesi": "Orivesi",
    "vesilahti": "Vesilahti",
}


def take_back(apps: Any, editor: Any) -> None:
    municipalities = apps.get_model("regions", "Municipality").objects
    for sub_region in municipalities.filter(slug=SUB_REGION):
        found = [
            municipalities.get_or_create(slug=slug, defaults={"name_fi": name, "region_id": sub_region.region_id})[0]
            for slug, name in MUNICIPALITIES.items()
        ]
        for pilot in sub_region.pilots.all():
            pilot.municipalities.add(*found)
        sub_region.delete()
    apps.get_model("pilots", "Pilot").objects.filter(edition=1).update(changed_at=None)


class Migration(migrations.Migration):
    dependencies = [("pilots", "0024_stages_grow_old")]

    operations = [migrations.RunPython(take_back, migrations.RunPython.noop)]
