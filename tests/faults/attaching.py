"""A process that attaches files to the only proposal, one after the other, and removes some of them again."""

import os

import django

NAMES = [f"{number}.pdf" for number in range(9)]
REMOVED = NAMES[::3]


def main() -> None:
    """Go on from wherever another such process died."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    django.setup()
    from django.core.files.base import ContentFile  # noqa: PLC0415 - models come after the setup

    from pilots.models import Attachment, Proposal  # noqa: PLC0415
    from pilots.proposals import attaching  # noqa: PLC0415
    from registry.lib.database import clock  # noqa: PLC0415
    from tests.files import pdf  # noqa: PLC0415

    proposal = Proposal.objects.get()
    there = {listed["name"] for listed in proposal.attached}
    for name in NAMES:
        if name not in there:
            content = pdf(b"/Name /" + name.encode())
            attaching.attach(proposal, ContentFile(content), name, len(content), proposal.created_by, clock())
    for attachment in Attachment.objects.filter(name__in=REMOVED):
        attaching.remove(attachment, proposal.created_by, clock())


if __name__ == "__main__":
    main()
