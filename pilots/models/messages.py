"""Messages: letters as they were frozen to be sent, what happened to them, and the deadlines that they told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from regions.models import Organisation, SignInLetter, User

from .clarifications import Clarification
from .deadlines import Step, deadline_of
from .proposals import Editor, Proposal
from .rounds import Round
from .staff_letters import StaffLetter

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Letter(models.TextChoices):
    """The letters that the registry writes; ``pilots.mail.letters`` has a row for each, with all that is true of it."""

    DRAFT_NOT_SENT = "draft_not_sent", _("reminder: the draft is not sent")
    NO_DRAFT = "no_draft", _("reminder: no draft yet")
    CHANGES_NOT_SENT = "changes_not_sent", _("reminder: changes are not sent")
    OPEN_ROUND = "open_round", _("reminder: a round that is open to all")
    OWNER_AHEAD = "owner_ahead", _("to the owner: the deadline comes")
    OWNER_SUMMARY = "owner_summary", _("to the owner: summary after the deadline")
    CORRECTION = "correction", _("the deadline moved")
    ROUND_CANCELLED = "round_cancelled", _("the round was cancelled")
    RECEIPT = "receipt", _("receipt")
    WITHDRAWAL = "withdrawal", _("receipt of withdrawal")
    ROUND_INVITATION = "round_invitation", _("invitation to a round")
    EDITOR_ADDED = "editor_added", _("to a new editor of a proposal")
    INVITED_TO_WRITE = "invited_to_write", _("invitation to write a proposal")
    TEAM_NEWS = "team_news", _("to the writers of a proposal: who writes it")
    DIGEST = "digest", _("the week's digest")
    FORWARDED = "forwarded", _("to the deputy: a letter that came back")
    DECISION = "decision", _("decision letter")
    STAFF = "staff", _("letter written by the ministry")
    CLARIFICATION = "clarification", _("clarification request")
    CLARIFICATION_REMINDER = "clarification_reminder", _("reminder: a clarification request waits for its answer")
    CLARIFICATION_WITHDRAWN = "clarification_withdrawn", _("a clarification request was withdrawn")
    INQUIRY_ENDED = "inquiry_ended", _("to the asker of a question about a round")
    ANSWER_PUBLISHED = "answer_published", _("a question about the round was answered")
    QUESTIONS_CHANGED = "questions_changed", _("the round's own questions were changed")
    EXTENSION_DECLINED = "extension_declined", _("a request for an extension was declined")
    FILE_HELD_BACK = "file_held_back", _("an attached file is held back")
    ASSESSOR_NAMED = "assessor_named", _("to an assessor of a round")
    NEW_PASSWORD = "new_password", _("link to a new password")
    INVITATION = "invitation", _("invitation")
    ADDRESS_CHANGED = "address_changed", _("the address of the account was changed")


def letter_choices() -> Sequence[tuple[str, str | Promise]]:
    """Return the choices of a column that holds a letter. Migrations name this function: a new letter needs none."""
    return Letter.choices


class MessageQuerySet(models.QuerySet["Message"]):
    """Questions about many messages."""

    def visible_to(self, viewer: User | AnonymousUser, at: datetime) -> Self:
        """Return the messages whose subject, receiver, time and end ``viewer`` may know; their text is another matter.

        The ministry: all. A preparer: the preparer's own, and those that told the editors of a proposal which the
        preparer edits of that proposal or of its round's deadlines.
        """
        if isinstance(viewer, User) and viewer.of_ministry(at):
            return self.all()
        if not isinstance(viewer, User) or not viewer.prepares(at):
            return self.none()
        editing = Editor.objects.filter(user=viewer)
        together = editing.filter(proposal__editorships__user=OuterRef("user"))
        return self.filter(
            Q(user=viewer)
            | Exists(together.filter(proposal=OuterRef("proposal")))
            | Exists(together.filter(proposal__round__steps__told__message=OuterRef("pk")))
        )

    def readable_by(self, viewer: User | AnonymousUser, at: datetime) -> Self:
        """Return the messages whose text ``viewer`` may read: the ministry all, a preparer the preparer's own."""
        visible = self.visible_to(viewer, at)
        if isinstance(viewer, User) and viewer.of_ministry(at):
            return visible
        return visible.filter(user=viewer.pk)

    def of_rounds(self, rounds: Iterable[Round]) -> Self:
        """Return the messages that tell of one of the rounds, also those that tell of several."""
        told = ToldDeadline.objects.filter(message=OuterRef("pk"), step__round__in=rounds)
        return self.filter(Q(round__in=rounds) | Exists(told))

    def of_proposal(self, proposal: Proposal) -> Self:
        """Return the messages that told the proposal's editors of it or of its round's deadlines."""
        told = ToldDeadline.objects.filter(message=OuterRef("pk"), step__round=proposal.round_id)
        editors = Editor.objects.filter(proposal=proposal).values("user")
        return self.filter(Q(proposal=proposal) | Q(user__in=editors) & Q(proposal=None) & Exists(told))

    def of_organisation(self, organisation: Organisation) -> Self:
        """Return the messages to the organisation's people, and those to others about its proposals."""
        return self.filter(Q(user__organisation=organisation) | Q(proposal__organisation=organisation))

    def for_list(self, round_: Round | None = None) -> Self:
        """Return the messages as lists show them: with receiver, round and the deadlines told, without the text.

        With a round, only the deadlines of its steps: a letter may tell of other rounds, and a reader of one proposal
        need not learn where else its editors write.
        """
        told = (
            ToldDeadline.objects.with_today()
            if round_ is None
            else ToldDeadline.objects.with_today().filter(step__round=round_)
        )
        return (
            self.select_related("user__organisation", "round")
            .prefetch_related(Prefetch("told", told, to_attr="dates"))
            .defer("mime", "body")
        )


class Message(models.Model):
    """A letter to a user. A trigger freezes it when it is written, so that every try sends the same bytes.

    The bytes of a letter with a link that lets its reader in are not kept: ``mime_sha256`` says which they are, and
    the sender makes them anew.
    """

    class State(models.TextChoices):
        """How far the message is, in the words that people see."""

        QUEUED = "queued", _("in the queue")
        SENT = "sent", _("sent")
        DELIVERED = "delivered", _("delivered")
        BOUNCED = "bounced", _("bounced")
        DEAD = "dead", _("could not be sent")
        EXPIRED = "expired", pgettext_lazy("message", "expired")
        CANCELLED = "cancelled", pgettext_lazy("message", "cancelled")

    letter = models.CharField(max_length=24, choices=letter_choices)
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="messages")
    address = models.EmailField()  # the envelope recipient, as it was
    language = models.CharField(max_length=5)  # "fi", "sv", "en", or "fi+sv"
    subject = models.CharField(max_length=250)
    body = models.TextField()
    mime = models.BinaryField()
    message_id = models.CharField(max_length=200, unique=True)
    round = models.ForeignKey(Round, models.SET_NULL, null=True, blank=True, related_name="messages")
    proposal = models.ForeignKey(Proposal, models.SET_NULL, null=True, blank=True, related_name="messages")
    deployment = models.CharField(max_length=200)  # a copy restored elsewhere has another key and sends nothing
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    useless_after = models.DateTimeField(null=True, blank=True)  # None: never expires (receipts, decisions)
    tries = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    body_at = models.DateTimeField(null=True, blank=True)  # when the sender that holds the lease began to send the body
    in_doubt = models.BooleanField(
        default=False
    )  # a try ended without an answer after its body began: the server may have it
    settled_at = models.DateTimeField(null=True, blank=True)
    forward_of = models.OneToOneField("self", models.SET_NULL, null=True, blank=True, related_name="forward")
    sign_in_letter = models.OneToOneField(SignInLetter, models.SET_NULL, null=True, blank=True, related_name="message")
    mime_sha256 = models.CharField(max_length=64, blank=True, default="")  # of the bytes that are not kept
    staff_letter = models.ForeignKey(StaffLetter, models.PROTECT, null=True, blank=True, related_name="messages")
    clarification = models.ForeignKey(
        Clarification, models.SET_NULL, null=True, blank=True, related_name="messages"
    )  # that the letter asks for
    perhaps_twice = models.BooleanField(default=False)  # sent again after a death between SMTP and commit

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state="queued"), name="message_due"),
            models.Index(
                fields=["next_try_at"],
                condition=Q(state="queued", sign_in_letter__isnull=False),
                name="message_sign_in_due",
            ),
            models.Index(fields=["lease"], condition=Q(lease__isnull=False), name="message_leased"),
            models.Index(fields=["round", "-created_at"], name="message_round"),
            models.Index(fields=["proposal", "-created_at"], name="message_proposal"),
            models.Index(fields=["user", "-created_at"], name="message_user"),
            models.Index(
                fields=["settled_at"], condition=Q(state__in=["bounced", "dead", "expired"]), name="message_lost"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_message_is_in_a_known_state",
                condition=Q(state__in=["queued", "sent", "delivered", "bounced", "dead", "expired", "cancelled"]),
                violation_error_message=_("This state is not known."),
            ),
            models.CheckConstraint(
                name="a_settled_message_has_its_time",
                condition=Q(state="queued", settled_at__isnull=True) | ~Q(state="queued") & Q(settled_at__isnull=False),
                violation_error_message=_("A settled message has its time."),
            ),
            models.CheckConstraint(
                name="a_lease_has_an_end",
                condition=Q(lease__isnull=True, leased_until__isnull=True)
                | Q(lease__isnull=False, leased_until__isnull=False),
                violation_error_message=_("A lease has an end."),
            ),
            models.CheckConstraint(
                name="a_settled_message_is_not_leased",
                condition=Q(state="queued") | Q(lease__isnull=True),
                violation_error_message=_("A settled message is not leased."),
            ),
            models.CheckConstraint(
                name="a_body_is_sent_under_a_lease",
                condition=Q(body_at__isnull=True) | Q(lease__isnull=False),
                violation_error_message=_("A body is sent under a lease."),
            ),
            models.UniqueConstraint(
                name="a_staff_letter_goes_to_a_person_once",
                fields=["staff_letter", "user"],
                violation_error_message=_("This person has the letter already."),
            ),
            models.CheckConstraint(
                name="a_letter_that_lets_somebody_in_is_not_kept",
                condition=Q(letter__in=["new_password", "invitation"], mime=b"") & ~Q(mime_sha256="")
                | ~Q(letter__in=["new_password", "invitation"]) & Q(mime_sha256="", sign_in_letter__isnull=True),
                violation_error_message=_("The bytes of a letter that lets somebody in are not kept."),
            ),
            models.CheckConstraint(
                name="a_subject_is_one_line",
                condition=~Q(subject__regex=r"[\r\n]"),
                violation_error_message=_("A subject is one line."),
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def lets_in(self) -> bool:
        """Whether the letter holds a link that lets its reader in: its text is shown to nobody."""
        return self.letter in (Letter.NEW_PASSWORD, Letter.INVITATION)

    @property
    def told_nobody(self) -> bool:
        """Whether the message ended and certainly reached nobody."""
        return self.state in UNSENT and not self.in_doubt and not self.perhaps_twice

    def headers(self) -> list[tuple[str, str]]:
        """Return the headers of the frozen mail that matter to people, in their order; none if no mail was made.

        A header that would let its reader act for the receiver is named without its value.
        """
        if not self.mime:
            return []
        mail = message_from_bytes(bytes(self.mime), policy=policy.default)
        return [(name, "" if name in SECRET else str(mail[name])) for name in HEADERS if mail[name]]


UNSENT = [Message.State.DEAD, Message.State.EXPIRED, Message.State.CANCELLED]
HEADERS = (
    *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Content-Language", "Auto-Submitted"),
    "List-Unsubscribe",
)
SECRET = {"List-Unsubscribe"}  # its address stops the receiver's letters, whoever opens it


class DeliveryEvent(models.Model):
    """An event of a message: a try, an answer of the mail server, a bounce."""

    class Kind(models.TextChoices):
        """The kinds of event."""

        HANDED_OVER = "handed_over", _("handed over to the mail server")
        PUT_OFF = "put_off", _("put off")
        REFUSED = "refused", _("refused")
        EXPIRED = "expired", _("expired")
        CANCELLED = "cancelled", _("cancelled")
        LEASE_LOST = "lease_lost", _("taken over from a sender that stopped")
        FOUND = "found", _("found in the mail server's log: it had been taken")
        DELIVERED = "delivered", _("delivered")
        DELAYED = "delayed", _("the receiver's server makes it wait")
        BOUNCED = "bounced", _("came back")
        FORWARDED = "forwarded", _("the deputy was told")
        OURS = "ours", _("refused because of the registry's own mail server or sender")

    message = models.ForeignKey(Message, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind)
    at = models.DateTimeField()
    words = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("delivery event")
        ordering = ["message", "at", "pk"]
        indexes = [models.Index(fields=["at"], condition=Q(kind="ours"), name="event_of_our_fault")]

    def __str__(self) -> str:
        return self.get_kind_display()


class ToldDeadlineQuerySet(models.QuerySet["ToldDeadline"]):
    """Questions about many told deadlines."""

    def with_today(self) -> Self:
        """Annotate each with the deadline that holds now and with the last later message that told it, if any.

        ``now_closes_at``: a deadline of the organisations whose proposals in the round the user edits, else of the
        user's own organisation; extensions count. The told deadline is taken if it is among them. ``told_anew``,
        ``told_anew_at``, ``told_anew_state``: the message, when it was written, how far it is; a message that reached
        nobody does not count.
        """
        edits = (
            Editor.objects.filter(user=OuterRef("user"), proposal__round__steps=OuterRef("step"))
            .annotate(closes_at=deadline_of(OuterRef("proposal__organisation"), step="proposal__round__steps"))
            .order_by("closes_at")
            .values("closes_at")
        )
        now = Coalesce(
            Subquery(edits.filter(closes_at=OuterRef("closes_at"))[:1]),
            Subquery(edits[:1]),
            deadline_of(OuterRef("user__organisation"), step="step"),
        )
        later = ToldDeadline.objects.filter(
            user=OuterRef("user"), step=OuterRef("step"), closes_at=OuterRef("now_closes_at"), pk__gt=OuterRef("pk")
        )
        unread = {"message__in_doubt": False, "message__perhaps_twice": False}
        later = later.exclude(message__state__in=UNSENT, **unread).order_by("-pk")
        return (
            self.annotate(now_closes_at=now)
            .annotate(
                told_anew=Subquery(later.values("message")[:1]),
                told_anew_at=Subquery(later.values("message__created_at")[:1]),
                told_anew_state=Subquery(later.values("message__state")[:1]),
            )
            .select_related("step__round")
        )


class ToldDeadline(models.Model):
    """A deadline that a message told its receiver, who has to hear when the deadline moves."""

    user = models.ForeignKey(User, models.CASCADE, related_name="told")
    step = models.ForeignKey(Step, models.CASCADE, related_name="told")
    message = models.ForeignKey(Message, models.CASCADE, related_name="told")
    letter = models.CharField(max_length=24, choices=letter_choices, blank=True, default="")  # as what it was told
    deadline_version = models.PositiveSmallIntegerField()
    closes_at = models.DateTimeField()
    # Of a correction: the deadlines that the receiver had in mind when it was written, by organisation.
    in_mind = models.JSONField(default=dict, blank=True)

    objects = ToldDeadlineQuerySet.as_manager()

    class Meta:
        verbose_name = _("told deadline")
        verbose_name_plural = _("told deadlines")
        ordering = ["pk"]
        indexes = [models.Index(fields=["step", "user"], name="told_step_user")]
        constraints = [
            models.UniqueConstraint(
                name="a_message_tells_of_a_date_once",
                fields=["message", "step", "closes_at", "letter"],
                violation_error_message=_("The message tells of this date already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.step}"

    @property
    def has_moved(self) -> bool:
        """Whether another deadline holds now (rows of ``with_today``)."""
        now: datetime | None = getattr(self, "now_closes_at", None)
        return now is not None and now != self.closes_at

    @property
    def told_anew_words(self) -> str:
        """How far the message is that told the deadline that holds now (rows of ``with_today``); empty: none did."""
        state = getattr(self, "told_anew_state", None)
        return str(Message.State(state).label) if state else ""
