"""A process that does one thing for all of the only round: answers inquiries, asks, invites, accepts."""

import os
import sys
from datetime import timedelta

import django

DUE = timedelta(days=20)


def main(what: str) -> None:
    """Go on from wherever another such process died."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    django.setup()
    ACTS[what]()


def answer_inquiries() -> None:
    """Answer every question about the round that waits, each in words of its own."""
    from pilots.models import Inquiry  # noqa: PLC0415 - models come after the setup
    from pilots.rounds.workflow import inquiries  # noqa: PLC0415
    from regions.models import User  # noqa: PLC0415
    from registry.lib.database import clock  # noqa: PLC0415

    officer = User.objects.get(role=User.Role.OFFICER)
    for inquiry in Inquiry.objects.filter(ended_at=None).order_by("pk"):
        number = inquiry.words
        words = {f"question_{language}": f"kysymys {number}" for language in ("fi", "sv")}
        words |= {f"answer_{language}": f"vastaus {number}" for language in ("fi", "sv")}
        inquiries.answer(inquiry, words, officer, clock())


def ask_for_clarifications() -> None:
    """Ask once at the summary of every proposal."""
    from pilots.models import Proposal  # noqa: PLC0415
    from pilots.proposals import clarifying  # noqa: PLC0415
    from regions.models import User  # noqa: PLC0415
    from registry.lib.database import clock  # noqa: PLC0415

    officer = User.objects.get(role=User.Role.OFFICER)
    for proposal in Proposal.objects.filter(clarifications=None).select_related("latest").order_by("pk"):
        assert proposal.latest is not None
        section = clarifying.section_of(proposal.latest, "summary")
        assert section is not None
        at = clock()
        clarifying.ask(proposal, 1, section.questions[0], "Mitä tarkoitatte?", at + DUE, officer, at)


def answer_clarifications() -> None:
    """Answer every clarification that waits."""
    from pilots.models import Clarification  # noqa: PLC0415
    from pilots.proposals import clarifying  # noqa: PLC0415
    from registry.lib.database import clock  # noqa: PLC0415
    from registry.lib.editions import Shown  # noqa: PLC0415

    for one in Clarification.objects.filter(answer=None).order_by("pk"):
        words, writer = {"summary": f"Täydennetty {one.proposal_id}"}, one.proposal.created_by
        clarifying.answer(one, words, Shown(one.proposal.edition), writer, clock())


def invite_writers() -> None:
    """Invite to every proposal whoever has written the one before, of another organisation."""
    from pilots.models import Proposal  # noqa: PLC0415
    from pilots.proposals import team  # noqa: PLC0415
    from registry.lib.database import clock  # noqa: PLC0415

    proposals = list(Proposal.objects.select_related("round", "created_by__organisation").order_by("pk"))
    for before, proposal in zip(proposals[-1:] + proposals, proposals, strict=False):
        person = before.created_by
        assert person.organisation is not None
        if not proposal.invitations.exists():
            about = {"email": person.email, "organisation": person.organisation, "user": proposal.created_by}
            team.invite(proposal, **about, at=clock())


def accept_invitations() -> None:
    """Accept every open invitation."""
    from pilots.models import WriterInvitation  # noqa: PLC0415
    from pilots.proposals import team  # noqa: PLC0415
    from regions.models import User  # noqa: PLC0415
    from registry.lib.database import clock  # noqa: PLC0415

    for one in WriterInvitation.objects.filter(answer="").select_related("proposal__round").order_by("pk"):
        team.answer(one, User.objects.get(email=one.email), clock(), accepted=True)


ACTS = {
    "answer inquiries": answer_inquiries,
    "ask": ask_for_clarifications,
    "answer": answer_clarifications,
    "invite": invite_writers,
    "accept": accept_invitations,
}

if __name__ == "__main__":
    main(sys.argv[1])
