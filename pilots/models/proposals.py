"""Proposals: drafts that organisations write, and the versions that they submitted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from regions.models import Organisation, User
from registry.lib.dates import today
from registry.lib.editions import fingerprint
from registry.lib.together import Together

from .deadlines import Step, first_to_come
from .own_questions import OwnForm
from .pilots import Pilot
from .rounds import KEPT, Round

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


DECIDED = ("accepted", "not_selected")  # states
DECIDED_AS = {"selected": "accepted", "not_selected": "not_selected"}  # the state that follows from an outcome


def receipt_hash(content: Any, attached: Sequence[dict[str, Any]]) -> str:
    """Return the SHA-256 that a receipt names: of the answers, or of the answers and what is attached to them.

    With attachments it is that of ``{"answers": …, "attachments": [{"name", "sha256", "size"}, …]}``: the SHA-256 of
    each original file is in it. Without any it is that of the answers alone, as it was before there were attachments.
    """
    if not attached:
        return fingerprint(content)
    files = [{key: one[key] for key in ("name", "sha256", "size")} for one in attached]
    return fingerprint({"answers": content, "attachments": files})


class ProposalQuerySet(Together["Proposal"]):
    """Questions about many proposals."""

    def with_unsent_words(self) -> Self:
        """Return the proposals for which ``Proposal.has_unsent_words`` holds."""
        moved_on = Q(moved_on_to__isnull=False) & ~Q(moved_on_to=F("latest__step"))
        words, files = ~Q(content=F("latest__content")), ~Q(attached=F("latest__attached"))
        changed = Q(state=Proposal.State.SUBMITTED) & (words | files | moved_on)
        return self.filter(Q(state=Proposal.State.DRAFT) | changed)

    def visible_to(self, viewer: User | AnonymousUser, at: datetime) -> Self:
        """Return the proposals that ``viewer`` may read at ``at``.

        A preparer reads the proposals of the own organisation and those that the preparer edits. Ministry staff read
        the proposals that were submitted at least once: an unfinished draft is not yet a document of the authority
        (act 621/1999, § 6) and stays with its writers. Staff see that it exists, not what it says.
        """
        if isinstance(viewer, User) and viewer.of_ministry(at):
            return self.filter(latest__isnull=False)
        if isinstance(viewer, User) and viewer.prepares(at):
            return self.filter(
                Q(organisation=viewer.organisation_id)
                | models.Exists(Editor.objects.filter(proposal=models.OuterRef("pk"), user=viewer))
            )
        return self.none()

    def editable_by(self, user: User, at: datetime) -> Self:
        """Return the proposals that ``user`` may change: a preparer those that the preparer edits."""
        if not user.prepares(at):
            return self.none()
        return self.filter(models.Exists(Editor.objects.filter(proposal=models.OuterRef("pk"), user=user)))


class Proposal(models.Model):
    """An organisation's proposal or expression of interest in a round.

    ``content`` is the draft, an answer by the key of each question. What was submitted stands in ``Version``.
    ``form`` is the version of the form (``questions.asked``) that the draft answers; beside it the draft answers the
    round's own questions as they are now. ``own_form``: as its writers knew them last. Who saved what: ``SectionSave``.
    """

    class State(models.TextChoices):
        """How far the proposal is; the moves are the verbs of ``pilots.proposals.workflow``."""

        DRAFT = "draft", _("draft, not sent")
        SUBMITTED = "submitted", _("submitted")
        WITHDRAWN = "withdrawn", _("withdrawn")
        ACCEPTED = "accepted", _("accepted")
        NOT_SELECTED = "not_selected", _("not selected")

    round = models.ForeignKey(Round, models.PROTECT, related_name="proposals")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="proposals")
    kind = models.CharField(max_length=12, choices=Round.Asks)
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    form = models.PositiveSmallIntegerField(default=1)
    own_form = models.ForeignKey(OwnForm, models.PROTECT, null=True, blank=True, related_name="+")
    content = models.JSONField(default=dict)
    attached = models.JSONField(default=list)  # the draft's attachments as ``Attachment.listed``, in their order
    edition = models.PositiveIntegerField(default=1)  # rises by one at every change: a trigger demands it
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    latest = models.ForeignKey("Version", models.PROTECT, null=True, blank=True, related_name="+")  # submitted last
    moved_on_to = models.ForeignKey(
        Step, models.PROTECT, null=True, blank=True, related_name="+"
    )  # from an earlier step
    submitted_at = models.DateTimeField(null=True, blank=True)  # of the latest version
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    told = models.ForeignKey("Decision", models.PROTECT, null=True, blank=True, related_name="+")  # the last one told
    pilot = models.OneToOneField(Pilot, models.PROTECT, null=True, blank=True, related_name="proposal")
    editors: models.ManyToManyField[User, Editor] = models.ManyToManyField(
        User, through="Editor", through_fields=("proposal", "user"), related_name="proposals"
    )

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposal")
        ordering = ["-saved_at", "pk"]
        indexes = [
            models.Index(fields=["round", "state"], name="proposal_round_state"),
            models.Index(fields=["organisation", "-saved_at"], name="proposal_organisation"),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_proposal_is_in_a_known_state",
                condition=Q(state__in=["draft", "submitted", "withdrawn", "accepted", "not_selected"]),
                violation_error_message=_("This state is not known."),
            ),
            models.CheckConstraint(
                name="a_submitted_proposal_has_its_time",
                condition=~Q(state__in=["submitted", "accepted", "not_selected"]) | Q(submitted_at__isnull=False),
                violation_error_message=_("A submitted proposal has its time."),
            ),
            models.CheckConstraint(
                name="a_draft_was_never_submitted",
                condition=~Q(state="draft") | Q(submitted_at__isnull=True),
                violation_error_message=_("A draft was never submitted."),
            ),
            models.CheckConstraint(
                name="a_submitted_proposal_has_its_latest_version",
                condition=Q(submitted_at__isnull=True, latest__isnull=True)
                | Q(submitted_at__isnull=False, latest__isnull=False),
                violation_error_message=_("A submitted proposal has its latest version."),
            ),
            models.CheckConstraint(
                name="a_withdrawn_proposal_has_its_time",
                condition=Q(state="withdrawn", withdrawn_at__isnull=False)
                | (~Q(state="withdrawn") & Q(withdrawn_at__isnull=True)),
                violation_error_message=_("A withdrawn proposal has its time."),
            ),
            models.CheckConstraint(
                name="a_decided_proposal_has_its_time",
                condition=Q(state__in=["accepted", "not_selected"], decided_at__isnull=False)
                | (~Q(state__in=["accepted", "not_selected"]) & Q(decided_at__isnull=True)),
                violation_error_message=_("A decided proposal has its time."),
            ),
            models.CheckConstraint(
                name="only_a_decided_proposal_became_a_pilot",
                condition=Q(pilot__isnull=True) | Q(state__in=["accepted", "not_selected"]),
                violation_error_message=_("Only a decided proposal became a pilot."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"  # no words: staff must not read those of a draft

    @property
    def title(self) -> str:
        """The title as it stands in the draft; empty while none is written."""
        return str(self.content.get("title", ""))

    @property
    def sent_title(self) -> str:
        """The title in the latest version, for viewers without the right to read the draft; empty for a draft."""
        return self.latest.title if self.latest else ""

    @property
    def told_state(self) -> str:
        """The state that people outside the ministry know: a decision counts once it is told."""
        if self.state not in DECIDED:
            return self.state
        return DECIDED_AS[self.told.outcome] if self.told else self.State.SUBMITTED

    @property
    def told_state_words(self) -> str:
        """The state that people outside the ministry know, in words."""
        return str(self.State(self.told_state).label)

    @property
    def is_kept(self) -> bool:
        """Whether it is decided, and nobody outside the ministry knows how."""
        return self.state in DECIDED and self.told is None

    @property
    def has_unsent_words(self) -> bool:
        """Whether the draft was never submitted, or differs from the latest version of a submitted proposal.

        A proposal that moved on to a step has to be sent in it, also with the same words. A proposal that was withdrawn
        or decided has none: its words can no longer be sent. ``ProposalQuerySet.with_unsent_words`` is the same in SQL.
        """
        if self.state == self.State.SUBMITTED:
            latest = self.latest
            return latest is None or self.is_on_its_way or latest.sha256 != receipt_hash(self.content, self.attached)
        return self.state == self.State.DRAFT

    @property
    def is_on_its_way(self) -> bool:
        """Whether a submitted proposal has moved on to a step in which it is not sent yet."""
        latest, submitted = self.latest, self.state == self.State.SUBMITTED
        return submitted and latest is not None and self.moved_on_to_id not in {None, latest.step_id}

    def own_editors(self, at: datetime) -> list[User]:
        """Return the editors of the organisation that owns the proposal who can work at ``at``."""
        editors = (editorship.user for editorship in self.editorships.all())
        return [one for one in editors if one.organisation_id == self.organisation_id and one.prepares(at)]

    @property
    def partners(self) -> list[Organisation]:
        """The other organisations whose people write the proposal."""
        found = {one.user.organisation for one in self.editorships.all() if one.user.organisation is not None}
        return sorted(found - {self.organisation}, key=str)

    def possible_editors(self, at: datetime) -> models.QuerySet[User]:
        """Return the preparers of the proposal's organisation who work at ``at`` and are not editors yet."""
        preparers = User.objects.working(today(at)).filter(role=User.Role.PREPARER, organisation=self.organisation_id)
        return preparers.exclude(editorships__proposal=self).order_by("name", "email")

    def step_at(self, at: datetime) -> int | None:
        """Return the place of the step in which the proposal is to be sent at ``at`` or next; None: in no step."""
        steps = [step for step in self.round.steps.all() if step.takes_some_time(self)]
        still = [step for step in steps if step.takes_until(self) >= at] or steps[-1:]
        return still[0].position if still else None

    def closes_at(self, at: datetime) -> datetime | None:
        """Return the deadline that matters at ``at``, of the steps that take the proposal; None: no step does."""
        steps = [step for step in self.round.steps.all() if step.takes_some_time(self)]
        return first_to_come([(step.opens_at, step.takes_until(self)) for step in steps], at)


class Editor(models.Model):
    """The right of a user to change a proposal. The user who started it has it, and gives it to others.

    ``responsible``: whom the others and the ministry ask first. It is nobody, where that person has left.
    """

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="editorships")
    user = models.ForeignKey(User, models.CASCADE, related_name="editorships")
    responsible = models.BooleanField(default=False)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("editor")
        ordering = ["proposal", "added_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="someone_edits_a_proposal_once",
                fields=["proposal", "user"],
                violation_error_message=_("This person is an editor already."),
            ),
            models.UniqueConstraint(
                name="one_person_is_responsible_for_a_proposal",
                fields=["proposal"],
                condition=Q(responsible=True),
                violation_error_message=_("Another person is responsible already."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)


class DeletedDraftQuerySet(models.QuerySet["DeletedDraft"]):
    """Questions about many deleted drafts."""

    def of_editor(self, user: User, at: datetime) -> Self:
        """Return those that ``user`` edited and can still bring back at ``at``, with what a line of them shows."""
        mine = self.filter(editors__contains=[user.pk], deleted_at__gt=at - KEPT)
        return mine.select_related("round", "organisation", "deleted_by")

    def past(self, at: datetime) -> Self:
        """Return those that can no longer be brought back at ``at``."""
        return self.filter(deleted_at__lte=at - KEPT)


class DeletedDraft(models.Model):
    """A draft that an editor deleted. It can be brought back for a day, and is then gone."""

    proposal = models.PositiveBigIntegerField(primary_key=True)  # the key that the draft had, and gets again
    round = models.ForeignKey(Round, models.CASCADE, related_name="deleted_drafts")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="deleted_drafts")
    kind = models.CharField(max_length=12, choices=Round.Asks)
    form = models.PositiveSmallIntegerField()
    own_form = models.ForeignKey(OwnForm, models.SET_NULL, null=True, blank=True, related_name="+")
    content = models.JSONField(default=dict)
    edition = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    editors = ArrayField(models.BigIntegerField())  # the keys of the accounts
    saves = models.JSONField(default=list, encoder=DjangoJSONEncoder)  # who changed what: the columns of SectionSave
    attachments = models.JSONField(default=list, encoder=DjangoJSONEncoder)  # columns of Attachment, whose files stay
    deleted_at = models.DateTimeField()
    deleted_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = DeletedDraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("deleted draft")
        verbose_name_plural = _("deleted drafts")
        ordering = ["-deleted_at"]
        indexes = [models.Index(fields=["deleted_at"], name="deleted_draft_time")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def title(self) -> str:
        """The title that the draft had."""
        return str(self.content.get("title", ""))

    @property
    def kept_until(self) -> datetime:
        """Until when the draft can be brought back."""
        return self.deleted_at + KEPT


class Version(models.Model):
    """What was submitted: content, attachments, form, SHA-256, moment, sender. A trigger refuses every change."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="versions")
    step = models.ForeignKey(Step, models.PROTECT, related_name="versions")
    kind = models.CharField(max_length=12, choices=Round.Asks)  # a proposal may be of another kind in a later step
    number = models.PositiveSmallIntegerField()
    form = models.PositiveSmallIntegerField(default=1)  # the version of the form that the content answers
    own_form = models.ForeignKey(OwnForm, models.PROTECT, null=True, blank=True, related_name="+")  # and of the round's
    content = models.JSONField()
    attached = models.JSONField(default=list)  # what was sent with it, as ``Attachment.listed``
    sha256 = models.CharField(max_length=64)  # the ``receipt_hash`` of both
    submitted_at = models.DateTimeField()
    submitted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    # Of an answer to a clarification: when the version came that it clarifies; its own moment makes it not late.
    clarifies_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("submitted version")
        ordering = ["proposal", "number"]
        constraints = [
            models.UniqueConstraint(
                name="a_version_has_its_own_number",
                fields=["proposal", "number"],
                violation_error_message=_("This version is there already."),
            ),
            models.CheckConstraint(
                name="a_sha256_is_64_hexadecimal_digits",
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"),
                violation_error_message=_("A SHA-256 has 64 hexadecimal digits."),
            ),
            models.CheckConstraint(
                name="a_version_clarifies_what_came_before_it",
                condition=Q(clarifies_since__isnull=True) | Q(clarifies_since__lt=F("submitted_at")),
                violation_error_message=_("A version clarifies what came before it."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal} v{self.number}"

    @property
    def title(self) -> str:
        """The title that was submitted."""
        return str(self.content.get("title", ""))

    @property
    def came_at(self) -> datetime:
        """The moment that says whether it came in time; of an answer to a clarification, that of what it clarifies."""
        return self.clarifies_since or self.submitted_at
