"""What is walked over: a section of a draft, a pilot and an unpublished round, each with its long texts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from pilots.models import Pilot, Proposal, Round
from regions.models import User
from tests.factories import make_organisation, make_pilot, make_proposal, make_region, make_round, make_user


@dataclass(frozen=True)
class Scene:
    """A form that is walked over: who writes, where, in which fields, and what is stored now."""

    kind: str
    writer: User
    address: str
    fields: tuple[str, ...]
    elsewhere: tuple[str, ...]  # addresses that the writer also reads
    stored: Callable[[], str]  # all words of the fields, as they are stored
    fault: tuple[str, str] | None = None  # a field and a value that cannot be saved; with what is saved all the same
    saves_with_fault: bool = False


def editor() -> Scene:
    """A section of a draft in an open round."""
    now = timezone.now()
    round_ = make_round(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=9))
    draft = make_proposal(round_, make_user("preparer", make_organisation()), kind="preliminary")
    fields = ("problem", "tried", "benefit")

    def stored() -> str:
        content = Proposal.objects.get(pk=draft.pk).content
        return " ".join(str(content.get(name, "")) for name in fields)

    elsewhere = (reverse("my_proposals"), reverse("proposal", args=[draft.pk]))
    where = reverse("edit_section", args=[draft.pk, "trial"])
    return Scene("editor", draft.created_by, where, fields, elsewhere, stored)


def pilot() -> Scene:
    """A pilot's page of facts."""
    free = 1000 + Pilot.objects.count()  # of the programme's numbers, beside those of the reference data
    row = make_pilot(regions=[make_region("04")], code=f"KP-2018-{free}")
    fields = ("description_fi", "description_sv", "legal_conditions_en")

    def stored() -> str:
        found = Pilot.objects.get(pk=row.pk)
        return " ".join(getattr(found, name) for name in fields)

    where, elsewhere = reverse("edit_pilot", args=[row.code]), (reverse("desk"), reverse("pilot", args=[row.code]))
    return Scene("pilot", make_user("officer"), where, fields, elsewhere, stored, ("budget_eur", "paljon"))


def unpublished_round() -> Scene:
    """A round that is being made."""
    row = make_round(published=False)
    fields = ("guidance_fi", "guidance_sv", "contact_fi")

    def stored() -> str:
        found = Round.objects.get(pk=row.pk)
        return " ".join(getattr(found, name) for name in fields)

    where, elsewhere = reverse("edit_round", args=[row.slug]), (reverse("desk"), reverse("round_desk", args=[row.slug]))
    fault = ("steps-0-closes_clock", "99.99")
    return Scene("round", make_user("officer"), where, fields, elsewhere, stored, fault)


SCENES = {"editor": editor, "pilot": pilot, "round": unpublished_round}
