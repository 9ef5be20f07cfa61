"""Where facts are from."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Source(models.Model):
    """A page, document or file that a record was read from; every imported record points at one or more."""

    key = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=500)
    language = models.CharField(max_length=2, default="en")
    url = models.URLField(max_length=500, blank=True, default="")
    file_name = models.CharField(max_length=200, blank=True, default="")
    seen_on = models.DateField(null=True, blank=True)
    hashtag = models.CharField(max_length=80, blank=True, default="")
    handle = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["title", "pk"]

    def __str__(self) -> str:
        return self.title


class Sourced(models.Model):
    """A record that says where it was read, how sure it is, and what is not known."""

    class Verification(models.TextChoices):
        """How sure a record is."""

        VERIFIED = "verified", _("read in a source")
        GENERAL_KNOWLEDGE = "general_knowledge", _("general knowledge, not read in a source")

    sources = models.ManyToManyField(Source, blank=True, related_name="+")
    verification = models.CharField(max_length=20, choices=Verification, default=Verification.VERIFIED)
    note_fi = models.TextField(blank=True, default="")
    note_sv = models.TextField(blank=True, default="")
    note_en = models.TextField(blank=True, default="")

    class Meta:
        abstract = True
