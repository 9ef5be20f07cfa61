"""Where facts are from."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.lib.languages import Text, Translated, name_column


class Source(models.Model):
    """A page, document or file that a record was read from; every imported record points at one or more."""

    class Kind(models.TextChoices):
        """What a source is."""

        PRESS_RELEASE = "press_release", _("press release")
        NEWS = "news", _("news")
        BLOG = "blog", _("blog")
        ACT = "act", _("act")
        BILL = "bill", _("government bill")
        DECISION = "decision", _("decision of an authority")
        AGREEMENT = "agreement", _("agreement")
        REPORT = "report", _("report or study")
        MEMO = "memo", _("notice or memo")
        PROJECT_RECORD = "project_record", _("project record")
        WEBSITE = "website", _("website")
        DATA = "data", _("data set or program code")
        MIRROR = "mirror", _("copy on another site")

    key = models.SlugField(max_length=80, unique=True)
    kind = models.CharField(max_length=16, choices=Kind, blank=True, default="")
    title = models.CharField(max_length=500)
    # The registry's own words for a source without a title of its own; empty where ``title`` is the source's.
    description_fi = name_column(length=300)
    description_sv = name_column(length=300)
    description_en = name_column(length=300)
    language = models.CharField(max_length=2, default="en")
    url = models.URLField(max_length=500, blank=True, default="")
    file_name = models.CharField(max_length=200, blank=True, default="")
    dated = models.DateField(null=True, blank=True)  # the day the source itself bears
    seen_on = models.DateField(null=True, blank=True)
    hashtag = models.CharField(max_length=80, blank=True, default="")
    handle = models.CharField(max_length=80, blank=True, default="")

    description = Translated("description")

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["title", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def words(self) -> Text:
        """What it is called: our own words in the reader's language, or else its title in its own."""
        return self.description or Text(self.title, self.language)


class Sourced(models.Model):
    """A record that says where it was read, how sure it is, and what is not known."""

    class Verification(models.TextChoices):
        """How sure a record is."""

        VERIFIED = "verified", _("read in a source")
        INFERRED = "inferred", _("our own conclusion from what sources tell")
        GENERAL_KNOWLEDGE = "general_knowledge", _("general knowledge, not read in a source")

    sources = models.ManyToManyField(Source, blank=True, related_name="+")
    verification = models.CharField(max_length=20, choices=Verification, default=Verification.VERIFIED)
    note_fi = models.TextField(blank=True, default="")
    note_sv = models.TextField(blank=True, default="")
    note_en = models.TextField(blank=True, default="")

    class Meta:
        abstract = True
