"""Accounts of people who work in the registry, and the invitations they come by."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Func, Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from registry.lib.dates import today

from . import names
from .organisations import Organisation

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class UserQuerySet(models.QuerySet["User"]):
    """Questions about many accounts."""

    def working(self, day: date) -> Self:
        """Return those whose rights hold on the Finnish ``day``: active, with a role, not run out."""
        return self.filter(Q(rights_until__isnull=True) | Q(rights_until__gte=day), is_active=True).exclude(role="")

    def colleagues_of(self, person: User, day: date) -> Self:
        """Return who may stand in for ``person`` on the Finnish ``day``; see ``access.may_deputise``."""
        return self.working(day).filter(role=person.role, organisation=person.organisation_id).exclude(pk=person.pk)


class UserManager(BaseUserManager["User"]):
    """Makes accounts; their addresses are kept in lower case."""

    def get_queryset(self) -> UserQuerySet:
        """Return the base query."""
        return UserQuerySet(self.model, using=self._db)

    def working(self, day: date) -> UserQuerySet:
        """See ``UserQuerySet.working``."""
        return self.get_queryset().working(day)

    def colleagues_of(self, person: User, day: date) -> UserQuerySet:
        """See ``UserQuerySet.colleagues_of``."""
        return self.get_queryset().colleagues_of(person, day)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make an account; without a password nobody can sign in to it until one is set."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.full_clean()
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make the account of a technical administrator."""
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the account of an address, whatever its case."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """Someone who may sign in: a role, the organisation they act for, their language, and until when."""

    class Role(models.TextChoices):
        """What someone is in the registry."""

        READER = "reader", _("ministry reader")
        OFFICER = "officer", _("ministry officer")
        DECIDER = "decider", _("ministry decider")
        PREPARER = "preparer", _("regional preparer")

    class Language(models.TextChoices):
        """The language someone wants mail in; empty: not known, so Finnish and Swedish."""

        FI = "fi", "Suomi"
        SV = "sv", "Svenska"
        EN = "en", "English"

    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True, default="", validators=[names.validate])
    role = models.CharField(_("role"), max_length=10, choices=Role, blank=True, default="")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("organisation")
    )
    language = models.CharField(_("language"), max_length=2, choices=Language, blank=True, default="")
    rights_until = models.DateField(_("rights until"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    wants_reminders = models.BooleanField(_("reminders of deadlines"), default=True)
    wants_open_rounds = models.BooleanField(_("a reminder of each round that is open to all"), default=True)
    wants_digest = models.BooleanField(_("a digest every Monday"), default=False)
    calendar_edition = models.PositiveIntegerField(default=1)  # raised: the old secret address of the calendar is void
    deputy = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="deputises_for", verbose_name=_("deputy")
    )
    address_failed_at = models.DateTimeField(null=True, blank=True)  # mail came back for good; nothing is sent there
    address_fault = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()
    WRITTEN_BY_VERBS = (
        *(
            "deputy",
            "wants_reminders",
            "wants_open_rounds",
            "wants_digest",
            "calendar_edition",
        ),  # the user's own choices
        *("address_failed_at", "address_fault", "last_login"),
    )

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.CheckConstraint(
                name="an_address_is_kept_in_lower_case",
                condition=Q(email=Lower("email")),
                violation_error_message=_("Write the address in lower case."),
            ),
            models.CheckConstraint(
                name="a_role_is_one_of_the_four",
                condition=Q(role="") | Q(role__in=["reader", "officer", "decider", "preparer"]),
                violation_error_message=_("This role is not known."),
            ),
            models.CheckConstraint(
                name="a_preparer_acts_for_an_organisation",
                condition=~Q(role="preparer") | Q(organisation__isnull=False),
                violation_error_message=_("A preparer acts for an organisation."),
            ),
            models.CheckConstraint(
                name="a_name_of_an_account_holds_no_address",
                condition=~Q(name__regex=names.NO_NAME.pattern),
                violation_error_message=names.MESSAGE,
            ),
            models.CheckConstraint(
                name="nobody_is_their_own_deputy",
                condition=Q(deputy__isnull=True) | ~Q(deputy=models.F("pk")),
                violation_error_message=_("Nobody is their own deputy."),
            ),
            models.CheckConstraint(
                name="an_address_that_failed_says_why",
                condition=Q(address_failed_at__isnull=True, address_fault="")
                | Q(address_failed_at__isnull=False) & ~Q(address_fault=""),
                violation_error_message=_("An address that failed says why."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what a session is bound to: it ends with the password, and with the address."""
        facts = f"{self.email}\n{self.password}"
        return salted_hmac("regions.sessions", facts, secret=secret, algorithm="sha256").hexdigest()

    @property
    def is_staff(self) -> bool:
        """Whether the admin opens (Django's name for it): technical administrators only."""
        return self.is_superuser

    def works(self, at: datetime) -> bool:
        """Whether the account has a role and its rights hold at ``at``; what the role may is asked below."""
        return self.is_active and bool(self.role) and (self.rights_until is None or today(at) <= self.rights_until)

    def of_ministry(self, at: datetime) -> bool:
        """Whether the user reads what the ministry reads at ``at``: the unpublished, submitted proposals, messages."""
        return self.role in MINISTRY and self.works(at)

    def is_officer(self, at: datetime) -> bool:
        """Whether the user runs rounds, pilots and accounts for the ministry at ``at``: an officer or a decider."""
        return self.role in OFFICERS and self.works(at)

    def decides(self, at: datetime) -> bool:
        """Whether the user decides on proposals for the ministry at ``at``."""
        return self.role == self.Role.DECIDER and self.works(at)

    def prepares(self, at: datetime) -> bool:
        """Whether the user writes proposals for an organisation at ``at``."""
        return self.role == self.Role.PREPARER and self.works(at)

    def calendar_key(self) -> str:
        """Return the secret part of the address of one's own calendar; it is another one when the edition rises."""
        made = salted_hmac("regions.calendar", f"{self.pk}.{self.calendar_edition}", algorithm="sha256")
        return made.hexdigest()[:40]


MINISTRY = frozenset({User.Role.READER, User.Role.OFFICER, User.Role.DECIDER})
OFFICERS = frozenset({User.Role.OFFICER, User.Role.DECIDER})


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Questions about many invitations."""

    def open_at(self, at: datetime) -> Self:
        """Return those that can still be accepted."""
        return self.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=at)

    def visible_to(self, viewer: User | AnonymousUser, at: datetime) -> Self:
        """Return those that ``viewer`` may see: officers all, others those that they sent."""
        if isinstance(viewer, User) and viewer.is_officer(at):
            return self.all()
        return self.filter(invited_by=viewer.pk)


class Invitation(models.Model):
    """An account offered to an address: by a ministry officer or a preparer, for a role and an organisation."""

    email = models.EmailField(_("e-mail address"))
    role = models.CharField(max_length=10, choices=User.Role)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=2, choices=User.Language, blank=True, default="")
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="invitations_sent")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = InvitationQuerySet.as_manager()

    WRITTEN_BY_VERBS = (
        *("email", "role", "organisation", "language", "token_sha256"),
        *("invited_by", "invited_at", "expires_at", "accepted_at", "accepted_by", "withdrawn_at", "withdrawn_by"),
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-invited_at"]
        constraints = [
            models.CheckConstraint(
                name="an_accepted_invitation_says_by_whom_and_when",
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                violation_error_message=_("An accepted invitation says by whom and when."),
            ),
            models.CheckConstraint(
                name="a_withdrawn_invitation_says_by_whom_and_when",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                violation_error_message=_("A withdrawn invitation says by whom and when."),
            ),
            models.CheckConstraint(
                name="an_accepted_invitation_is_not_withdrawn",
                condition=Q(accepted_at__isnull=True) | Q(withdrawn_at__isnull=True),
                violation_error_message=_("An accepted invitation is not withdrawn."),
            ),
            ExclusionConstraint(
                name="an_address_has_one_open_invitation",
                expressions=[
                    ("email", RangeOperators.EQUAL),
                    (
                        Func("invited_at", "expires_at", function="tstzrange", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                violation_error_message=_("This address has an open invitation already."),
            ),
            models.CheckConstraint(
                name="an_invitation_is_for_one_of_the_four_roles",
                condition=Q(role__in=["reader", "officer", "decider", "preparer"]),
                violation_error_message=_("This role is not known."),
            ),
            models.CheckConstraint(
                name="an_invited_preparer_acts_for_an_organisation",
                condition=~Q(role="preparer") | Q(organisation__isnull=False),
                violation_error_message=_("A preparer acts for an organisation."),
            ),
            models.CheckConstraint(
                name="an_invitation_expires_after_it_is_sent",
                condition=Q(expires_at__gt=models.F("invited_at")),
                violation_error_message=_("An invitation expires after it is sent."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} ({self.get_role_display()})"

    def open(self, at: datetime) -> bool:
        """Whether it can still be accepted."""
        return self.accepted_at is None and self.withdrawn_at is None and at < self.expires_at
