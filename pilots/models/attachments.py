"""Attachments: the files beside a proposal, and what the virus scanner says of each."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from regions.models import User
from registry.lib.sniffing import KINDS, MOST_BYTES, Kind

from .proposals import Proposal, Version

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Questions about many attachments."""

    def visible_to(self, viewer: User | AnonymousUser, at: datetime) -> Self:
        """Return those that ``viewer`` may know of: of a readable proposal; for the ministry only what was sent."""
        readable = self.filter(proposal__in=Proposal.objects.visible_to(viewer, at).order_by().values("pk"))
        if isinstance(viewer, User) and viewer.of_ministry(at):
            return readable.filter(first_sent__isnull=False)
        return readable

    def waiting(self) -> Self:
        """Return those that the scanner has not judged, those that were not tried for longest first."""
        return self.filter(scan=Attachment.Scan.WAITING).order_by(F("tried_at").asc(nulls_first=True), "pk")

    def size_together(self) -> int:
        """Return how many bytes their files have together."""
        return self.aggregate(together=models.Sum("size"))["together"] or 0


class Attachment(models.Model):
    """A file beside a proposal. Its content stays byte for byte as it was sent, under a random name in a folder.

    ``Proposal.attached`` lists those of the draft, ``Version.attached`` those that a version was sent with. A file that
    was sent stays when it is removed from the draft; one that was never sent is deleted. It is in quarantine until the
    scanner has judged it: nobody gets its content, and nobody has to wait with sending for that.
    """

    class Scan(models.TextChoices):
        """What the virus scanner says."""

        WAITING = "waiting", _("not scanned yet")
        CLEAN = "clean", _("scanned, nothing found")
        INFECTED = "infected", _("held back: a virus was found")
        NOT_JUDGED = "not_judged", _("held back: the scanner could not read it")

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="attachments")
    stored = models.CharField(max_length=32, unique=True)  # the random name of the file
    name = models.CharField(max_length=120)  # as its sender called it, cleaned
    kind = models.CharField(max_length=8)  # of ``registry.lib.sniffing``
    size = models.IntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    first_sent = models.ForeignKey(Version, models.PROTECT, null=True, blank=True, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)  # from the draft, after it was sent
    removed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    scan = models.CharField(max_length=12, choices=Scan, default=Scan.WAITING)
    scanned_at = models.DateTimeField(null=True, blank=True)
    found = models.CharField(max_length=200, blank=True, default="")  # in the scanner's words
    tried_at = models.DateTimeField(null=True, blank=True)  # when the scanner was asked last, and did not answer

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["proposal", "pk"]
        indexes = [models.Index(fields=["tried_at"], condition=Q(scan="waiting"), name="attachment_not_scanned")]
        constraints = [
            models.CheckConstraint(
                name="an_attachment_is_stored_under_a_random_name",
                condition=Q(stored__regex=r"^[0-9a-f]{32}$"),
                violation_error_message=_("A file is stored under a random name."),
            ),
            models.CheckConstraint(
                name="an_attachment_has_a_sha256_of_64_digits",
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"),
                violation_error_message=_("The fingerprint of a file has 64 hexadecimal digits."),
            ),
            models.CheckConstraint(
                name="an_attachment_has_a_name_and_a_known_kind",
                condition=~Q(name="") & Q(kind__in=["pdf", "docx", "xlsx", "odt", "ods", "png", "jpg"]),
                violation_error_message=_("A file has a name and a known kind."),
            ),
            models.CheckConstraint(
                name="an_attachment_has_at_most_20_megabytes",
                condition=Q(size__gte=1, size__lte=MOST_BYTES),
                violation_error_message=_("A file has at most 20 MB, and is not empty."),
            ),
            models.CheckConstraint(
                name="an_attachment_is_scanned_when_its_result_is_known",
                condition=Q(scan="waiting", scanned_at__isnull=True)
                | Q(scan__in=["clean", "infected", "not_judged"], scanned_at__isnull=False),
                violation_error_message=_("A scanned file has the time of its scan."),
            ),
            models.CheckConstraint(
                name="only_a_sent_attachment_stays_when_it_is_removed",
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False, first_sent__isnull=False),
                violation_error_message=_("Only a file that was sent stays when it is removed."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id}/{self.pk}"

    @property
    def listed(self) -> dict[str, Any]:
        """What a proposal or a version lists of it: what its receipt says."""
        return {"id": self.pk, "name": self.name, "size": self.size, "sha256": self.sha256}

    @property
    def kind_of_file(self) -> Kind:
        """The kind of the file."""
        return KINDS[self.kind]

    @property
    def is_clean(self) -> bool:
        """Whether the scanner found nothing: only then anybody gets the content."""
        return self.scan == self.Scan.CLEAN

    @property
    def is_held_back(self) -> bool:
        """Whether the scanner has judged it, and not as clean."""
        return self.scan in {self.Scan.INFECTED, self.Scan.NOT_JUDGED}
