"""Who may do what among the actors: the write permissions of accounts and invitations, on one screen.

Every rule names the roles that it lets through, here and in ``User``: a role that no rule names reads what anyone reads
and writes nothing.
"""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from .models import Invitation, Organisation, User

Viewer = User | AnonymousUser
Role = User.Role
# Whom each role invites: nobody gives a role above the own.
INVITES = {
    Role.DECIDER: (Role.READER, Role.OFFICER, Role.DECIDER, Role.PREPARER),
    Role.OFFICER: (Role.READER, Role.OFFICER, Role.PREPARER),
    Role.PREPARER: (Role.PREPARER,),
}


def of_ministry(viewer: Viewer, at: datetime) -> bool:
    """Whether ``viewer`` belongs to the ministry's staff; see ``User.of_ministry``."""
    return isinstance(viewer, User) and viewer.of_ministry(at)


def is_officer(viewer: Viewer, at: datetime) -> bool:
    """Whether ``viewer`` is an officer or a decider of the ministry; see ``User.is_officer``."""
    return isinstance(viewer, User) and viewer.is_officer(at)


def decides(viewer: Viewer, at: datetime) -> bool:
    """Whether ``viewer`` decides on proposals; see ``User.decides``."""
    return isinstance(viewer, User) and viewer.decides(at)


def prepares(viewer: Viewer, at: datetime) -> bool:
    """Whether ``viewer`` prepares proposals for an organisation; see ``User.prepares``."""
    return isinstance(viewer, User) and viewer.prepares(at)


def may_invite(viewer: Viewer, at: datetime) -> bool:
    """Whether ``viewer`` invites people: officers anyone, preparers colleagues of their own organisation."""
    return is_officer(viewer, at) or prepares(viewer, at)


def may_invite_anyone(viewer: Viewer, at: datetime) -> bool:
    """Whether ``viewer`` chooses the organisation of an invitation: officers."""
    return is_officer(viewer, at)


def may_invite_as(viewer: Viewer, role: str, organisation: Organisation | None, at: datetime) -> bool:
    """Whether ``viewer`` invites someone to ``role`` in ``organisation``; None: in none."""
    if not isinstance(viewer, User) or role not in roles_to_invite(viewer, at):
        return False
    return may_invite_anyone(viewer, at) or (organisation is not None and viewer.organisation_id == organisation.pk)


def roles_to_invite(viewer: Viewer, at: datetime) -> tuple[User.Role, ...]:
    """Return the roles that ``viewer`` may invite to."""
    return INVITES.get(Role(viewer.role), ()) if isinstance(viewer, User) and may_invite(viewer, at) else ()


def may_have_mail_at(email: str, organisation: Organisation) -> bool:
    """Whether people of ``organisation`` may be invited at this address: in one of its domains, or below one."""
    domain = email.rpartition("@")[2].lower()
    domains = organisation.mail_domains
    return not domains or any(domain == one or domain.endswith(f".{one}") for one in domains)


def may_withdraw(viewer: Viewer, invitation: Invitation, at: datetime) -> bool:
    """Whether ``viewer`` takes an invitation back: its inviter and officers."""
    return is_officer(viewer, at) or (may_invite(viewer, at) and invitation.invited_by_id == viewer.pk)


def may_name_deputy(viewer: Viewer, at: datetime) -> bool:
    """Whether ``viewer`` names a deputy: the ministry's staff and preparers."""
    return of_ministry(viewer, at) or prepares(viewer, at)


def may_deputise(deputy: User, person: User, at: datetime) -> bool:
    """Whether ``deputy`` is told what did not reach ``person``: a colleague with the same role, whose rights hold."""
    colleague = deputy.role == person.role and deputy.organisation_id == person.organisation_id
    return may_name_deputy(deputy, at) and colleague and deputy.pk != person.pk


def may_see_addresses(viewer: Viewer, at: datetime) -> bool:
    """Whether ``viewer`` sees which addresses do not work: the ministry's staff."""
    return of_ministry(viewer, at)


def may_mend_address(viewer: Viewer, at: datetime) -> bool:
    """Whether ``viewer`` says that an address works again: officers."""
    return is_officer(viewer, at)


def account(request: HttpRequest) -> User:
    """Return the account behind the request of a view that only accounts reach."""
    assert isinstance(request.user, User)  # noqa: S101 - the middleware lets nobody else in
    return request.user
