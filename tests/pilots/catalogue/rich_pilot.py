"""A pilot with one of everything, and the pages that show it."""

from django.test import Client
from django.urls import reverse

from pilots.models import DeliveryModel, Pilot, PilotModel, PilotTarget, TargetGroup, Theme
from regions.models import Municipality, Region
from tests.factories import make_organisation, make_pilot


def address(name: str, *args: object, **query: str) -> str:
    return reverse(name, args=args, query=query or None)


def body(client: Client, name: str, *args: object, **query: str) -> str:
    response = client.get(address(name, *args, **query))
    assert response.status_code == 200
    return response.getvalue().decode()


def rich_pilot(n: int = 1, **fields: object) -> Pilot:
    """Return a pilot with one of everything that a page or a list reads from another table."""
    council = make_organisation(name_fi=f"Vetäjä {n}")
    pilot = make_pilot(lead=council, area_of=council, regions=list(Region.objects.all()[:1]), **fields)
    pilot.municipalities.add(
        Municipality.objects.get_or_create(slug="m", defaults={"name_fi": "M", "region": Region.objects.first()})[0]
    )
    theme = Theme.objects.get_or_create(slug="t", defaults={"name_fi": "Teema"})[0]
    model = DeliveryModel.objects.get_or_create(slug="alliance", defaults={"name_fi": "Allianssi"})[0]
    group = TargetGroup.objects.get_or_create(slug="seekers", defaults={"name_fi": "Työnhakijat"})[0]
    pilot.themes.add(theme)
    PilotModel.objects.create(pilot=pilot, delivery_model=model, degree=PilotModel.Degree.ELEMENTS)
    PilotTarget.objects.create(pilot=pilot, target_group=group)
    return pilot
