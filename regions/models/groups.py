"""Groups that prepare: their mandate, goals, log, documents, members and contacts."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from registry.lib.database import name_order
from registry.lib.dates import Fuzzily, Valid
from registry.lib.evidence import Known, known_by, not_confirmed
from registry.lib.languages import Translated, name_column, text_column

from .areas import Region
from .organisations import Organisation
from .people import Person, Post
from .sources import Sourced


class GroupQuerySet(models.QuerySet["Group"]):
    """Questions about many groups."""

    def by_name(self) -> Self:
        """Return them in Finnish alphabetical order of the Finnish name."""
        return self.order_by(name_order(), "pk")

    def with_regions(self) -> Self:
        """Return each with its regions."""
        return self.prefetch_related(models.Prefetch("regions", Region.objects.order_by("code")))

    def with_chairs(self, day: date | None) -> Self:
        """Return each with its chairs of ``day`` (None: of any time) as ``chairs``; hidden people are left out."""
        chairs = Membership.objects.shown().filter(role=Membership.Role.CHAIR)
        chairs = chairs if day is None else chairs.on(day)
        people = chairs.select_related("person", "organisation").order_by("pk")
        return self.prefetch_related(models.Prefetch("memberships", people, to_attr="chairs"))


class Group(Sourced, Known):
    """A preparation group, sub-working group, steering group, preparation or meeting in one or more regions."""

    class Kind(models.TextChoices):
        """What a group is."""

        PREPARATION_GROUP = "preparation_group", _("preparation group")
        SUB_GROUP = "sub_group", _("sub-working group")
        STEERING_GROUP = "steering_group", _("steering group")
        PREPARATION = "preparation", _("preparation")
        MEETING = "meeting", _("meeting")

    slug = models.SlugField(max_length=80, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    name_fi = name_column(required=True)
    name_sv = name_column()
    name_en = name_column()
    other_names_fi = name_column()
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")
    regions: models.ManyToManyField[Region, models.Model] = models.ManyToManyField(Region, related_name="groups")
    set_within_fi = name_column()
    set_within_sv = name_column()
    set_within_en = name_column()
    starting_point_fi = text_column()
    starting_point_sv = text_column()
    starting_point_en = text_column()
    size_fi = name_column()
    size_sv = name_column()
    size_en = name_column()
    over_by = models.DateField(null=True, blank=True)  # our conclusion where no source tells the end: over by this day
    members_known = models.BooleanField(default=False)

    name = Translated("name")
    note = Translated("note")
    set_within = Translated("set_within")
    starting_point = Translated("starting_point")
    size = Translated("size")

    objects = GroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ["name_fi"]
        constraints = [
            models.CheckConstraint(
                name="a_sub_group_has_a_parent",
                condition=~Q(kind="sub_group") | Q(parent__isnull=False),
                violation_error_message=_("A sub-working group belongs to a group."),
            ),
            models.CheckConstraint(
                name="a_group_is_not_its_own_parent",
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                violation_error_message=_("A group cannot be its own parent."),
            ),
            models.CheckConstraint(
                name="a_group_does_not_follow_itself",
                condition=Q(successor__isnull=True) | ~Q(successor=F("id")),
                violation_error_message=_("A group cannot be its own successor."),
            ),
        ]

    def __str__(self) -> str:
        return self.name.plain

    def activity_on(self, day: date) -> str:
        """Return ``over``, ``known`` or ``not_told``: what is known of the group's work on ``day``."""
        if self.over_by and self.over_by < day:
            return "over"
        known = self.known_on
        begun = bool(known) and (known.earliest is None or known.earliest <= day)
        return "known" if begun and not not_confirmed(known, day) else "not_told"

    def own_day(self, day: date) -> date:
        """Return ``day``, or of a group that was over by then the last day on which it was known."""
        if self.activity_on(day) != "over":
            return day
        return self.known_on.latest or self.over_by or day


class MandateItem(models.Model):
    """One thing a group is to do (its task) or to reach (its goal)."""

    class Kind(models.TextChoices):
        """Task or goal."""

        TASK = "task", _("task")
        GOAL = "goal", _("goal")

    group = models.ForeignKey(Group, models.CASCADE, related_name="mandate")
    kind = models.CharField(max_length=4, choices=Kind)
    position = models.PositiveSmallIntegerField()
    text_fi = text_column(required=True)
    text_sv = text_column()
    text_en = text_column()

    text = Translated("text")

    class Meta:
        verbose_name = _("mandate item")
        verbose_name_plural = _("mandate items")
        ordering = ["group", "-kind", "position"]
        constraints = [
            models.UniqueConstraint(
                name="a_mandate_item_has_its_own_place",
                fields=["group", "kind", "position"],
                violation_error_message=_("Another item has this place."),
            ),
        ]

    def __str__(self) -> str:
        return self.text.plain


class LogEntry(Fuzzily):
    """A step of a group's work: done, or still ahead when the source was written."""

    class Kind(models.TextChoices):
        """How sure the step was when its source was written."""

        DONE = "done", _("done")
        AHEAD = "ahead", _("ahead then, what came of it is not known")
        GOAL = "goal", _("a goal then, what came of it is not known")
        PLANNED = "planned", _("planned then, what came of it is not known")

    group = models.ForeignKey(Group, models.CASCADE, related_name="log")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    what_fi = text_column(required=True)
    what_sv = text_column()
    what_en = text_column()

    what = Translated("what")

    class Meta:
        verbose_name = _("log entry")
        verbose_name_plural = _("log entries")
        ordering = ["group", "position"]
        constraints = [
            models.UniqueConstraint(
                name="a_log_entry_has_its_own_place",
                fields=["group", "position"],
                violation_error_message=_("Another entry has this place."),
            ),
        ]

    def __str__(self) -> str:
        return self.what.plain


class Document(Fuzzily):
    """A paper of a group: a communication plan, a report. It may exist without an address being known."""

    class Kind(models.TextChoices):
        """What the paper is."""

        COMMUNICATION_PLAN = "communication_plan", _("communication plan")
        REPORT = "report", _("report")

    group = models.ForeignKey(Group, models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=20, choices=Kind)
    url = models.URLField(max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["group", "kind"]
        constraints = [
            models.UniqueConstraint(
                name="a_group_has_a_document_of_a_kind_once",
                fields=["group", "kind"],
                violation_error_message=_("The group has this document already."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Questions about many memberships."""

    def shown(self) -> Self:
        """Return those of people who may be shown."""
        return self.filter(person__hidden=False)

    def on(self, day: date) -> Self:
        """Return those that may have held on ``day``, as far as the sources tell."""
        return self.filter(known_by(day), validity__contains=day)

    def with_homes(self, day: date) -> Self:
        """Return each with the person, the organisation it is held for, and the person's posts of ``day``."""
        posts = Post.objects.on(day).select_related("organisation").order_by("pk")
        return self.select_related("person", "organisation").prefetch_related(models.Prefetch("person__posts", posts))


class Membership(Sourced, Valid, Known):
    """Someone's place in a group, for a time. Two chairs at once are normal."""

    class Role(models.TextChoices):
        """The place in the group."""

        CHAIR = "chair", _("chair")
        MEMBER = "member", _("member")
        SECRETARY = "secretary", _("secretary")
        PARTICIPANT = "participant", _("participant")

    group = models.ForeignKey(Group, models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    role = models.CharField(max_length=12, choices=Role)

    note = Translated("note")

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["group", "role", "pk"]
        constraints = [
            ExclusionConstraint(
                name="a_person_has_a_role_in_a_group_once_at_a_time",
                expressions=[
                    ("group", RangeOperators.EQUAL),
                    ("person", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The person has this role in the group already at that time."),
            ),
            models.CheckConstraint(
                name="a_membership_lasts_for_some_time",
                condition=Q(validity__isempty=False),
                violation_error_message=_("The end is before the start."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.group}"


class GroupContactQuerySet(models.QuerySet["GroupContact"]):
    """Questions about many contacts of groups."""

    def shown(self) -> Self:
        """Return those of people who may be shown."""
        return self.filter(post__person__hidden=False)


class GroupContact(models.Model):
    """Whom to ask about a group's work, in order."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="contacts")
    post = models.ForeignKey(Post, models.CASCADE, related_name="contact_for_groups")
    position = models.PositiveSmallIntegerField()

    objects = GroupContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts of groups")
        ordering = ["group", "position"]
        constraints = [
            models.UniqueConstraint(
                name="a_contact_has_its_own_place",
                fields=["group", "position"],
                violation_error_message=_("Another contact has this place."),
            ),
            models.UniqueConstraint(
                name="a_post_is_a_contact_of_a_group_once",
                fields=["group", "post"],
                violation_error_message=_("This contact is there already."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.post)
