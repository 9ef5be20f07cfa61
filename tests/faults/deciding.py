"""A process that decides on every proposal of the only round and sends the letters: every second one is selected."""

import os

import django


def main() -> None:
    """Go on from wherever another such process died."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    django.setup()
    from pilots.models import Decision, Programme, Proposal, Round  # noqa: PLC0415 - models come after the setup
    from pilots.proposals import decisions  # noqa: PLC0415
    from regions.models import User  # noqa: PLC0415
    from registry.lib.database import clock  # noqa: PLC0415
    from registry.lib.languages import InThree  # noqa: PLC0415

    decider, round_ = User.objects.get(role=User.Role.DECIDER), Round.objects.get()
    reasons = InThree("Perustelu", "Motivering")
    for proposal in Proposal.objects.filter(state=Proposal.State.SUBMITTED).order_by("pk"):
        outcome = list(Decision.Outcome)[proposal.pk % 2]
        verdict = decisions.Verdict(outcome, reasons=reasons, programme=Programme.objects.get())
        decisions.decide(proposal, 1, verdict, decider, clock())
    decisions.send_letters(round_, decider, clock())


if __name__ == "__main__":
    main()
