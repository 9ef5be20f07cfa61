"""People and the posts they hold: apart, for one person holds several posts, at once and one after another."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.lib.dates import Valid
from registry.lib.languages import Translated, name_column

from .organisations import Organisation
from .sources import Sourced


class Person(Sourced):
    """Someone a public source names in a public task. Work facts only; a hidden person is shown nowhere."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    checked_on = models.DateField(null=True, blank=True)  # when the facts were last confirmed
    hidden = models.BooleanField(default=False)

    note = Translated("note")

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                name="a_person_has_a_name",
                condition=~Q(name=""),
                violation_error_message=_("Give the person's name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Post(Sourced, Valid):
    """A task that a person has in an organisation, for a time: director, preparer …"""

    person = models.ForeignKey(Person, models.CASCADE, related_name="posts")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts", null=True, blank=True)
    title_fi = name_column(required=True)
    title_sv = name_column()
    title_en = name_column()
    email = models.EmailField(blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")

    title = Translated("title")
    note = Translated("note")

    class Meta:
        verbose_name = _("post")
        ordering = ["person", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="a_person_holds_a_post_once_from_a_day",
                fields=["person", "organisation", "title_fi", "validity"],
                nulls_distinct=False,
                violation_error_message=_("The person has this post already."),
            ),
            models.CheckConstraint(
                name="a_post_lasts_for_some_time",
                condition=Q(validity__isempty=False),
                violation_error_message=_("The end is before the start."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.title.plain}"
