"""The verbs of a proposal: start, save, submit, move on, withdraw, delete, bring back, add and remove an editor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from pilots import access
from pilots.mail import outbox
from pilots.mail.content import Content
from pilots.mail.letters import EditorAdded, Receipt, Withdrawal
from pilots.models import (
    Attachment,
    DeletedDraft,
    Editor,
    Proposal,
    Round,
    SectionSave,
    Step,
    Version,
    receipt_hash,
)
from pilots.proposals.questions.answers import faults, merge
from pilots.proposals.questions.asked import Section
from pilots.proposals.questions.known_forms import NEW_PROPOSALS, asked_now, form_of
from pilots.proposals.questions.vocabulary import Vocabulary, vocabulary
from regions.models import Organisation, User
from registry.lib.database import clock, locked, once_more, share
from registry.lib.editions import Shown, write_if
from registry.lib.refusals import Incomplete, Refused, Stale, TooLate

# What a deleted draft keeps of the proposal, and gives back.
CARRIED = ("kind", "form", "own_form_id", "content", "created_at", "round_id", "organisation_id", "created_by_id")
PROPOSALS = Proposal.objects.select_related("organisation", "saved_by", "latest", "moved_on_to").together(
    "round__own_forms__questions"
)
SAVED = ("section", "questions", "user_id", "since", "until")  # who changed what, kept with a deleted draft
# What is kept of the attachments of a deleted draft; their files stay as long as that.
FILES = ("id", "stored", "name", "kind", "size", "sha256", "added_at", "added_by_id", "scan", "scanned_at", "found")
WRITABLE = (Proposal.State.DRAFT, Proposal.State.SUBMITTED)


class QuestionsChanged(Refused):
    """The round asks something else than the page that the sender saw."""


class LastEditor(Refused):
    """A proposal keeps at least one editor of the organisation that owns it."""


@transaction.atomic
def start(
    round_: Round, organisation: Organisation, kind: str, user: User, at: datetime, earlier: Proposal | None = None
) -> Proposal:
    """Start a draft of ``organisation`` in the round, with ``user`` as its first editor, and return it.

    It begins with the answers of the ``earlier`` proposal to the questions that its own form asks too.
    """
    new = Proposal(round=round_, form=NEW_PROPOSALS)
    keys = {question.key for section in form_of(new).sections for question in section.questions}
    content = {key: value for key, value in earlier.content.items() if key in keys} if earlier else {}
    proposal = Proposal.objects.create(
        round=round_,
        organisation=organisation,
        kind=Round.Asks(kind),
        form=NEW_PROPOSALS,
        own_form=asked_now(round_),
        content=content,
        created_at=at,
        created_by=user,
        saved_at=at,
        saved_by=user,
    )
    Editor.objects.create(proposal=proposal, user=user, added_at=at, added_by=user, responsible=True)
    return proposal


@once_more
def save_section(
    proposal: Proposal,
    section: Section,
    answers: Mapping[str, Any],
    seen: Shown,
    user: User,
    at: datetime,
    choices: Vocabulary | None = None,
) -> Proposal:
    """Store a section's answers merged with what others stored meanwhile, and return the proposal as it is now.

    ``seen`` is what the writer's form had shown. An answer that only one of them changed takes the change; choices are
    merged one by one. An emptied answer is removed. A save that changes nothing writes nothing. ``choices`` are the
    vocabulary that the form has read. Raises ``Stale`` with the merged answers where both changed an answer,
    ``Refused`` where the words are fixed; then nothing is written.
    """
    rows = Proposal.objects.filter(pk=proposal.pk)
    current = rows.select_for_update(no_key=True).get()
    if current.state not in WRITABLE:
        raise Refused
    merged = merge(section, answers, current, seen, vocabulary() if choices is None else choices)
    if merged.conflicts:
        raise Stale(current, merged)
    content = {key: value for key, value in {**current.content, **merged.values}.items() if value}
    if content == current.content:
        return current
    write_if(rows, current.edition, content=content, saved_at=at, saved_by=user)
    changed = {key for key in merged.values if content.get(key) != current.content.get(key)}
    SectionSave.objects.note(current, section.slug, changed, user, at)
    current.content, current.edition, current.saved_at, current.saved_by = content, current.edition + 1, at, user
    return current


@once_more
def submit(proposal: Proposal, edition: int, user: User, own_form: int | None = None) -> Version:
    """Submit the edition that the sender saw, and return the version, if the database's clock says that it is in time.

    The steps are locked before the clock is read, so that a deadline does not move under a sender; senders lock them
    beside each other. The deadline itself is in time. The same content sent twice is one version with one receipt.
    ``own_form``: the number of the form of the round's own questions that the sender saw, 0 for none. Raises
    ``TooLate``, ``Stale``, ``QuestionsChanged``, ``Refused`` or ``Incomplete``; then nothing is written.
    """
    steps = Step.objects.filter(round=proposal.round_id)
    share(steps)
    moment = clock()
    current = locked(PROPOSALS.all(), proposal.pk)
    if current.state not in WRITABLE or current.round.published_at is None or current.round.cancelled_at is not None:
        raise Refused
    if current.latest is not None and not current.has_unsent_words and current.edition == edition:
        return current.latest
    step = steps.taking(current, moment).first()
    if step is None:
        closed_at = current.closes_at(moment)
        raise TooLate(closed_at if closed_at and closed_at < moment else None, moment)
    if current.edition != edition:
        raise Stale(current)
    asked = asked_now(current.round)
    if own_form is not None and own_form != (asked.number if asked else 0):
        raise QuestionsChanged
    if wrong := faults(form_of(current, step.position).sections, current.kind, current.content, vocabulary()):
        raise Incomplete(wrong)
    return write_version(current, step, user, moment)


def write_version(proposal: Proposal, step: Step, user: User, moment: datetime) -> Version:
    """Write what the locked proposal holds as its next version of ``moment``, and return it: the end of ``submit``.

    It asks nothing: whether the version is whole and in time has been judged. Raises ``Stale``.
    """
    asked = asked_now(proposal.round)
    version = Version.objects.create(
        proposal=proposal,
        step=step,
        kind=proposal.kind,
        number=proposal.latest.number + 1 if proposal.latest else 1,
        form=proposal.form,
        own_form=asked,
        content=proposal.content,
        attached=proposal.attached,
        sha256=receipt_hash(proposal.content, proposal.attached),
        submitted_at=moment,
        submitted_by=user,
    )
    moved = Proposal.objects.filter(pk=proposal.pk, state=proposal.state, edition=proposal.edition).update(
        state=Proposal.State.SUBMITTED, submitted_at=moment, latest=version, own_form=asked
    )
    if not moved:
        raise Stale(Proposal.objects.get(pk=proposal.pk))
    if proposal.attached:
        files = Attachment.objects.filter(pk__in=[one["id"] for one in proposal.attached])
        files.filter(first_sent=None).update(first_sent=version)
    receipt = Receipt(version.title, version.number, moment, version.sha256, str(user), attached=version.attached)
    tell_editors(receipt, proposal, moment)
    return version


@transaction.atomic
def move_on(proposal: Proposal, position: int, user: User, at: datetime) -> Proposal:
    """Move the proposal on to the step at ``position`` with its text, and return it as it is now.

    It becomes of the first kind that the step takes, unless the step takes it as it is. What was sent before stays as
    it was sent. Raises ``Refused`` where that is not the step to which it can move on at ``at``.
    """
    current = locked(PROPOSALS.all(), proposal.pk)
    step = access.next_step(current, at)
    if step is None or step.position != position:
        raise Refused
    kind = current.kind if step.takes_kind(current.kind) else current.round.kinds_in(step)[0]
    columns = {"kind": kind, "moved_on_to": step, "saved_at": at, "saved_by": user}
    write_if(Proposal.objects.filter(pk=current.pk), current.edition, **columns)
    return PROPOSALS.get(pk=current.pk)


def confirm_questions(proposal: Proposal, number: int) -> bool:
    """Note that the writers know the questions of the round's own form of this number; False: another one is asked."""
    asked = asked_now(proposal.round)
    if asked is None or asked.number != number:
        return False
    Proposal.objects.filter(pk=proposal.pk).update(own_form=asked)
    return True


@transaction.atomic
def withdraw(proposal: Proposal, user: User, at: datetime) -> None:
    """Withdraw a submitted proposal. Its versions stay on record. Raises ``Refused`` in any other state."""
    moved = Proposal.objects.filter(pk=proposal.pk, state=Proposal.State.SUBMITTED).update(
        state=Proposal.State.WITHDRAWN, withdrawn_at=at, saved_by=user
    )
    if not moved:
        raise Refused
    withdrawn = Proposal.objects.select_related("round", "organisation", "latest").get(pk=proposal.pk)
    if (version := withdrawn.latest) is not None:
        letter = Withdrawal(version.title, version.number, version.submitted_at, at, str(user))
        tell_editors(letter, withdrawn, at)


def tell_editors(letter: Content, proposal: Proposal, at: datetime) -> None:
    """Post the letter to every editor whose account still works."""
    for editorship in proposal.editorships.select_related("user"):
        if editorship.user.works(at):
            outbox.post(letter, editorship.user, at=at, round_=proposal.round, proposal=proposal)


@transaction.atomic
def delete_draft(proposal: Proposal, user: User, at: datetime) -> DeletedDraft:
    """Delete a draft, and return what it can be brought back from for a day: its reminders end with it.

    Raises ``Refused`` where something of it was sent, or where a letter of the ministry tells of it.
    """
    current = locked(Proposal.objects.all(), proposal.pk)
    if current.state != Proposal.State.DRAFT or current.staff_letters.exists():
        raise Refused
    deleted = DeletedDraft.objects.create(
        proposal=current.pk,
        edition=current.edition,
        editors=list(current.editorships.values_list("user", flat=True)),
        saves=list(current.section_saves.values(*SAVED)),
        attachments=list(current.attachments.values(*FILES)),
        deleted_at=at,
        deleted_by=user,
        **{name: getattr(current, name) for name in CARRIED},
    )
    current.delete()
    return deleted


@transaction.atomic
def restore_draft(deleted: DeletedDraft, user: User, at: datetime) -> Proposal:
    """Bring a deleted draft back at its old address, with those of its editors who are still there; return it.

    Raises ``Refused`` where it is back already.
    """
    current = DeletedDraft.objects.select_for_update().filter(pk=deleted.pk).first()
    if current is None:
        raise Refused
    proposal = Proposal.objects.create(
        pk=current.pk,
        edition=current.edition + 1,  # what was opened before the draft was deleted is stale
        saved_at=at,
        saved_by=user,
        **{name: getattr(current, name) for name in CARRIED},
    )
    people = User.objects.filter(pk__in=current.editors)
    about = {"proposal": proposal, "added_at": at, "added_by": user}
    Editor.objects.bulk_create(Editor(user=person, responsible=person == user, **about) for person in people)
    _restore_what_was_kept(current, proposal, user)
    current.delete()
    return proposal


def _restore_what_was_kept(deleted: DeletedDraft, proposal: Proposal, user: User) -> None:
    """Bring back who changed what, and the attachments; of an account that is gone, ``user`` has added them."""
    named = {save["user_id"] for save in deleted.saves} | {file["added_by_id"] for file in deleted.attachments}
    known = set(User.objects.filter(pk__in=named).values_list("pk", flat=True))
    SectionSave.objects.bulk_create(
        SectionSave(proposal=proposal, **save) for save in deleted.saves if save["user_id"] in known
    )
    adders = {key: key if key in known else user.pk for key in named}
    files = [{**file, "added_by_id": adders[file["added_by_id"]]} for file in deleted.attachments]
    restored = Attachment.objects.bulk_create(Attachment(proposal=proposal, **file) for file in files)
    if restored:
        proposal.attached = [attachment.listed for attachment in restored]
        Proposal.objects.filter(pk=proposal.pk).update(attached=proposal.attached, edition=F("edition") + 1)
        proposal.edition += 1


@transaction.atomic
def add_editor(proposal: Proposal, person: User, user: User, at: datetime) -> bool:
    """Make ``person`` an editor of the proposal and tell the person; return whether that is new."""
    _editor, new = Editor.objects.get_or_create(
        proposal=proposal, user=person, defaults={"added_at": at, "added_by": user}
    )
    if new and person.works(at):
        letter = EditorAdded(str(user), at)
        outbox.post(letter, person, at=at, round_=proposal.round, proposal=proposal)
    return new


@transaction.atomic
def remove_editor(proposal: Proposal, person: User) -> None:
    """Take the right to change away from ``person``; who was responsible hands that over to the editor after.

    Raises ``LastEditor``: somebody always answers for the proposal, and of its own organisation as long as it can.
    """
    Proposal.objects.select_for_update().get(pk=proposal.pk)
    others = Editor.objects.filter(proposal=proposal).exclude(user=person)
    own = others.filter(user__organisation=proposal.organisation_id)
    if not (own if person.organisation_id == proposal.organisation_id else others).exists():
        raise LastEditor
    Editor.objects.filter(proposal=proposal, user=person).delete()
    if not others.filter(responsible=True).exists():
        following = own.order_by("added_at", "pk")[:1].values("pk")
        Editor.objects.filter(pk__in=following).update(responsible=True)
