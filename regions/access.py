"""Who may do what among the actors: the write permissions of accounts and invitations, on one screen."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser

from .models import Organisation, User

Viewer = User | AnonymousUser
OFFICERS = {User.Role.OFFICER, User.Role.DECIDER}


def may_invite(viewer: Viewer, at: datetime) -> bool:
    """Whether ``viewer`` invites people: officers anyone, preparers colleagues of their own organisation."""
    return isinstance(viewer, User) and viewer.works(at) and viewer.role in OFFICERS | {User.Role.PREPARER}


def may_invite_anyone(viewer: Viewer, at: datetime) -> bool:
    """Whether ``viewer`` chooses the role and the organisation of those invited: officers."""
    return may_invite(viewer, at) and isinstance(viewer, User) and viewer.role in OFFICERS


def may_invite_as(viewer: Viewer, role: str, organisation: Organisation | None, at: datetime) -> bool:
    """Whether ``viewer`` invites someone to ``role`` in ``organisation``; None: in none."""
    if may_invite_anyone(viewer, at):
        return True
    own = isinstance(viewer, User) and organisation is not None and viewer.organisation_id == organisation.pk
    return may_invite(viewer, at) and own and role == User.Role.PREPARER


def may_name_deputy(viewer: Viewer, at: datetime) -> bool:
    """Whether ``viewer`` names a deputy: whoever works here."""
    return isinstance(viewer, User) and viewer.works(at)


def may_deputise(deputy: User, person: User, at: datetime) -> bool:
    """Whether ``deputy`` may be told what did not reach ``person``: a colleague with the same rights, at work."""
    same = deputy.role == person.role and deputy.organisation_id == person.organisation_id
    return deputy.pk != person.pk and deputy.works(at) and same


def may_see_addresses(viewer: Viewer, at: datetime) -> bool:
    """Whether ``viewer`` sees whose address does not work: the ministry's staff."""
    return isinstance(viewer, User) and viewer.works(at) and viewer.role != User.Role.PREPARER


def may_mend_address(viewer: Viewer, at: datetime) -> bool:
    """Whether ``viewer`` says that an address works again: officers."""
    return isinstance(viewer, User) and viewer.works(at) and viewer.role in OFFICERS
