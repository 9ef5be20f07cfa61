"""Questions about a round: what a preparer asks, for the ministry alone, and what is answered to all.

They are rows of two tables, and only the private one points at the other: nothing public leads to the asker.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from regions.models import User
from registry.lib.dates import on_the_finnish_clock, today
from registry.lib.languages import Translated, text_column

from .deadlines import Step
from .rounds import Round

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

WHOLE = 4  # letters of a name below which it counts as a whole word alone
INFLECTED, ENDING = 6, 2  # letters of a last word of which the last ones may change: Satakuntaliitto, Satakuntaliiton


def time_to_inquire(round_: Round, organisation_id: int | None, at: datetime) -> bool:
    """Whether there is time to ask about the round at ``at``: until the last day for questions, and the last deadline.

    The deadlines are those of the organisation; None: those for all.
    """
    if round_.questions_until is not None and today(at) > round_.questions_until:
        return False
    return any(at <= step.closes_for(organisation_id) for step in round_.steps.all())


def takes_inquiries(round_: Round, organisation_id: int | None, at: datetime) -> bool:
    """Whether people of the organisation may ask about the round at ``at``: it is invited, and there is time."""
    invited = {organisation.pk for organisation in round_.invited.all()}
    return (not invited or organisation_id in invited) and time_to_inquire(round_, organisation_id, at)


class PublicAnswer(models.Model):
    """A question about a round and its answer, as everybody reads them. It tells nothing of who asked, or when.

    Its number is that of its publication, so that no gap and no order tells of other questions.
    """

    round = models.ForeignKey(Round, models.CASCADE, related_name="public_answers")
    number = models.PositiveSmallIntegerField()
    question_fi = text_column(required=True)
    question_sv = text_column()
    question_en = text_column()
    answer_fi = text_column(required=True)
    answer_sv = text_column()
    answer_en = text_column()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    edition = models.PositiveIntegerField(default=1)

    question = Translated("question")
    answer = Translated("answer")

    class Meta:
        verbose_name = _("public answer")
        verbose_name_plural = _("public answers")
        ordering = ["round", "number"]
        constraints = [
            models.UniqueConstraint(
                name="a_public_answer_has_its_own_number",
                fields=["round", "number"],
                violation_error_message=_("Somebody else published an answer meanwhile."),
            ),
            models.CheckConstraint(
                name="an_answer_is_public_in_finnish_and_in_swedish",
                condition=~(Q(question_fi="") | Q(question_sv="") | Q(answer_fi="") | Q(answer_sv="")),
                violation_error_message=_("Write the question and the answer in Finnish and in Swedish."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.number}"


class InquiryQuerySet(models.QuerySet["Inquiry"]):
    """Questions about many inquiries."""

    def visible_to(self, viewer: User | AnonymousUser, at: datetime) -> Self:
        """Return those that ``viewer`` may read: officers all, a preparer the preparer's own, nobody else any."""
        if isinstance(viewer, User) and viewer.is_officer(at):
            return self.all()
        if not isinstance(viewer, User) or not viewer.prepares(at):
            return self.none()
        return self.filter(asked_by=viewer)

    def waiting(self) -> Self:
        """Return those of living rounds that are neither answered nor declined."""
        return self.filter(ended_at=None, round__published_at__isnull=False, round__cancelled_at=None)

    def asked_on(self, user: User, day: date) -> Self:
        """Return those that the user asked on the Finnish day."""
        began = on_the_finnish_clock(day, time.min)
        ended = on_the_finnish_clock(day + timedelta(days=1), time.min)
        return self.filter(asked_by=user, asked_at__gte=began, asked_at__lt=ended)

    def past(self, before: datetime) -> Self:
        """Return those that ended by ``before``, and those without an answer whose round closed by then."""
        still_open = Exists(Step.objects.filter(round=OuterRef("round"), closes_at__gt=before))
        return self.filter(Q(ended_at__lte=before) | Q(~still_open, ended_at=None))

    def for_page(self) -> Self:
        """Return them with what a page shows."""
        return self.select_related("round", "asked_by__organisation", "ended_by", "answer")


class Inquiry(models.Model):
    """What a preparer asks about a round. It ends with a public answer, or is declined with a reason for the asker.

    Several may have the same answer. The words and the asker are for the asker and for officers.
    """

    round = models.ForeignKey(Round, models.CASCADE, related_name="inquiries")
    words = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    answer = models.ForeignKey(PublicAnswer, models.PROTECT, null=True, blank=True, related_name="inquiries")
    declined_because = models.TextField(blank=True, default="")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = InquiryQuerySet.as_manager()

    class Meta:
        verbose_name = _("question about a round")
        verbose_name_plural = _("questions about rounds")
        ordering = ["asked_at", "pk"]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(ended_at=None), name="inquiry_waiting"),
            models.Index(fields=["asked_by", "asked_at"], name="inquiry_asker"),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_question_about_a_round_has_words",
                condition=~Q(words=""),
                violation_error_message=_("Say what you ask."),
            ),
            models.CheckConstraint(
                name="a_question_about_a_round_ends_once_and_by_somebody",
                condition=Q(ended_at=None, ended_by=None, answer=None, declined_because="")
                | Q(ended_at__isnull=False, ended_by__isnull=False)
                & (Q(answer__isnull=False, declined_because="") | Q(answer=None) & ~Q(declined_because="")),
                violation_error_message=_("It was answered or declined meanwhile."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.asked_at:%Y-%m-%d}"

    @property
    def waits(self) -> bool:
        """Whether it is neither answered nor declined."""
        return self.ended_at is None

    def names_the_asker(self, text: str) -> bool:
        """Whether a text names who asked: the person, the organisation in any language, or a mail address of either."""
        user, body = self.asked_by, self.asked_by.organisation
        names = [user.name, user.email]
        if body is not None:
            names += [body.name_fi, body.name_sv, body.name_en, body.short_name_fi, body.role_address]
        return any(says(text, name) for name in names if name)

    def places_of_the_asker(self) -> list[str]:
        """Return the names of the regions of the asker's organisation, in all languages: they may tell who asked."""
        body = self.asked_by.organisation
        coverages = body.coverages.select_related("region") if body is not None else []
        regions = [coverage.region for coverage in coverages]
        return [name for one in regions for name in (one.name_fi, one.name_sv, one.name_en) if name]


def says(text: str, name: str) -> bool:
    """Whether a text says a name, in some form of it."""
    changes = len(re.split(r"\W+", name)[-1]) >= INFLECTED
    stem = re.escape((name[:-ENDING] if changes else name).casefold())
    end = r"(?!\w)" if len(name) < WHOLE else ""
    return re.search(rf"(?<!\w){stem}{end}", text.casefold()) is not None
