"""Making, changing and publishing a round: once it is published, its deadlines are promises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Self

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pilots.mail import reminders
from pilots.models import Phase, Round, Step
from regions.models import User
from registry.lib.database import locked
from registry.lib.editions import Merged, Shown, fingerprint, merge, same, write_if
from registry.lib.refusals import Incomplete, NotAsShown, Stale

from . import questions

COLUMNS = (
    *("name_fi", "name_sv", "name_en", "programme"),
    *("guidance_fi", "guidance_sv", "guidance_en", "contact_fi", "contact_sv", "contact_en"),
)


class StepValues(NamedTuple):
    """A step as a form of its round shows and changes it."""

    kind: str
    opens_at: datetime
    closes_at: datetime
    takes: tuple[str, ...] = ()  # kinds of proposals; none: all that the round asks for
    senders: str = Step.Senders.ALL
    edits_until: datetime | None = None

    @classmethod
    def of(cls, step: Step) -> Self:
        """Return the values of a step, to the minute."""
        edits_until = _minute(step.edits_until) if step.edits_until else None
        return cls(
            step.kind, _minute(step.opens_at), _minute(step.closes_at), tuple(step.takes), step.senders, edits_until
        )

    @property
    def takes_proposals(self) -> bool:
        """Whether something is sent in the step: not in talks."""
        return self.kind != Step.Kind.TALKS


def faults(round_: Round, at: datetime) -> list[str | Promise]:
    """Return what stands in the way of publishing ``round_`` at ``at``: empty when nothing does."""
    texts: list[tuple[object, str | Promise]] = [
        (round_.name_fi and round_.name_sv, _("The name is missing in Finnish or Swedish.")),
        (round_.guidance_fi and round_.guidance_sv, _("The guidance is missing in Finnish or Swedish.")),
        (round_.contact_fi and round_.contact_sv, _("The contact is missing in Finnish or Swedish.")),
        (round_.asks, _("Choose what may be sent: a proposal, an expression of interest, or both.")),
    ]
    missing = [sentence for given, sentence in texts if not given]
    steps = list(round_.steps.all())
    if not steps:
        missing.append(_("Add at least one step with a deadline."))
    elif any(step.closes_at <= at for step in steps):
        missing.append(_("A deadline is already past."))
    elif round_.asks and all(step.kind == Step.Kind.TALKS for step in steps):
        missing.append(_("Talks take no proposals: add a step in which they are sent."))
    elif not any(round_.kinds_in(step) for step in steps if step.senders == Step.Senders.ALL):
        missing.append(_("No step is open to all who are invited: nobody can begin a proposal."))
    else:
        missing += _kinds_nowhere(round_, steps)
    return missing + questions.faults(round_, steps)


def _kinds_nowhere(round_: Round, steps: Sequence[Step]) -> list[str]:
    """Return a sentence for each kind of proposal that the round asks for and no step takes."""
    taken = {kind for step in steps for kind in round_.kinds_in(step)}
    words = _("The round asks for this, and no step takes it: %(kind)s.")
    return [words % {"kind": Round.Asks(kind).label} for kind in round_.asks if kind not in taken]


def stored(round_: Round) -> dict[str, Any]:
    """Return what a form of the round shows and changes, in the shape in which ``change`` takes it."""
    steps = [StepValues.of(step) for step in round_.steps.all()]
    return {
        **{name: getattr(round_, name) for name in COLUMNS},
        "asks": set(round_.asks),
        "invited": set(round_.invited.all()),
        "steps": steps,
    }


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)  # as the form shows it


@transaction.atomic
def make(slug: str, typed: Mapping[str, Any], user: User | None = None, at: datetime | None = None) -> Round:
    """Make an unpublished round at the address ``slug`` and return it."""
    round_ = Round.objects.create(slug=slug, changed_by=user, changed_at=at, **_columns_of_a_new_round(typed))
    _write_parts(round_, typed, {})
    return round_


@transaction.atomic
def change(round_: Round, shown: Shown, typed: Mapping[str, Any], user: User, at: datetime) -> Merged:
    """Write what was ``typed`` into a form that showed ``shown``, merged with what others wrote since.

    Raises Stale where both changed the same field, and without a merge where the round has been published.
    """
    before = locked(Round.objects.select_related("programme", "changed_by"), round_.pk)
    if before.published_at is not None:
        raise Stale(before)
    was = stored(before)
    merged = merge(shown, typed, was, before.edition, who=before.changed_by)
    if merged.conflicts:
        raise Stale(before, merged)
    written = {"changed_at": at, "changed_by": user, **_columns(merged.values)}
    write_if(Round.objects.filter(pk=before.pk), before.edition, **written)
    _write_parts(before, merged.values, was)
    return merged


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    asks = [kind for kind in Round.Asks.values if kind in values["asks"]]
    return {"asks": asks, **{name: values[name] for name in COLUMNS}}


def _columns_of_a_new_round(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": Round.Kind.PROPOSALS, **_columns(values)}


def _write_parts(round_: Round, values: Mapping[str, Any], was: Mapping[str, Any]) -> None:
    """Write the invitations, and the steps where they are not as they were."""
    round_.invited.set(values["invited"])
    if not same(values["steps"], was.get("steps")):
        write_steps(round_, [StepValues(*step) for step in values["steps"]])


def write_steps(round_: Round, steps: Sequence[StepValues]) -> None:
    """Write the steps in their order. A step for those who sent before names the one before it."""
    round_.steps.filter(position__gt=len(steps)).delete()
    before = None
    for number, step in enumerate(steps, start=1):
        after = before if step.senders == Step.Senders.BEFORE else None
        columns = {**step._asdict(), "takes": list(step.takes), "after": after}
        row, _new = Step.objects.update_or_create(round=round_, position=number, defaults=columns)
        before = row if step.takes_proposals else before


@dataclass
class Publication:
    """What publishing does: the round as it is then, its invitations, what reminders will tell of it."""

    round: Round
    invitations: reminders.Invitations
    rehearsal: reminders.Rehearsal
    phase: Phase

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the whole: a round is published as its page showed it, or it is not published."""
        letters = [[one.message.address, one.message.subject, one.message.body] for one in self.invitations.letters]
        planned = [[letter.at.date().isoformat(), letter.user.pk, letter.letter] for letter in self.rehearsal.letters]
        return fingerprint([self.round.edition, sorted(letters), sorted(planned)])


@transaction.atomic
def publish(round_: Round, user: User, at: datetime, *, seen: str = "", undo: bool = False) -> Publication | None:
    """Publish the round in the name of the officer's organisation, with the officer as its owner.

    Its reminders are planned, and the invited organisations get their invitations. Return what that does; None where
    the round is published already: nothing is done. ``seen``: the fingerprint of what the page showed; ``undo``: only
    show it. Raises Incomplete with every fault, and NotAsShown; then nothing is written.
    """
    before = locked(Round.objects.select_related("organiser"), round_.pk)
    if before.published_at is not None:
        return None
    if missing := faults(before, at):
        raise Incomplete(missing)
    organiser = before.organiser or user.organisation
    write_if(Round.objects.filter(pk=before.pk), before.edition, published_at=at, owner=user, organiser=organiser)
    published = Round.objects.select_related("owner", "organiser").get(pk=before.pk)
    reminders.default_rules(published, at)
    reminders.plan(published, at)
    invitations = reminders.invite_to_round(published, published.invited.all(), at)
    shown = reminders.rehearse_round(published, at) if seen or undo else reminders.Rehearsal()
    publication = Publication(published, invitations, shown, published.phase(at))
    if seen and seen != publication.fingerprint:
        raise NotAsShown(publication)
    if undo:
        transaction.set_rollback(True)
    return publication
