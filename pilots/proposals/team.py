"""Who writes a proposal: the verbs of inviting, answering, asking to join, handing over and taking over."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from pilots import access
from pilots.mail import outbox
from pilots.mail.letters import InvitedToWrite, TeamNews
from pilots.models import Answer, Editor, JoinRequest, Proposal, WriterInvitation
from regions import invitations
from regions.invitations import A_DAY, AT_MOST, LASTS
from regions.models import Invitation, Organisation, User
from registry.lib import security_log
from registry.lib.failpoints import reach
from registry.lib.refusals import Refused

from .workflow import add_editor


@transaction.atomic
def invite(proposal: Proposal, *, email: str, organisation: Organisation, user: User, at: datetime) -> WriterInvitation:
    """Invite ``email`` to write the proposal for ``organisation``, and return the invitation.

    An address with a preparer's account gets a letter. For an address without one, an account is offered where
    ``user`` may do that, else the ministry is asked for one. Raises ``OpenAlready``, or ``Enough``; neither depends on
    whether the address has an account.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    email = email.strip().lower()
    lately = WriterInvitation.objects.filter(invited_by=user, invited_at__gt=at - A_DAY)
    if (first_of_enough := lately[AT_MOST - 1 : AT_MOST].first()) is not None:
        raise invitations.Enough(first_of_enough.invited_at + A_DAY)
    WriterInvitation.objects.filter(proposal=proposal, email=email, answer="", expires_at__lte=at).delete()
    invitation = WriterInvitation(
        proposal=proposal,
        email=email,
        organisation=organisation,
        invited_by=user,
        invited_at=at,
        expires_at=at + LASTS,
    )
    try:
        with transaction.atomic():
            invitation.save()
    except IntegrityError as fault:
        raise invitations.OpenAlready(at + LASTS) from fault
    reach("after_invitation")
    person = User.objects.filter(email=email).first()
    if person is not None and person.prepares(at):
        letter = InvitedToWrite(str(user), organisation_of(user), invitation)
        outbox.post(letter, person, at=at, round_=proposal.round, proposal=proposal)
    elif person is None and organisation.pk == user.organisation_id:
        _offer_account(invitation, user, at)
    security_log.note("invited_to_write", by=user.pk, proposal=proposal.pk, invitation=invitation.pk)
    return invitation


def organisation_of(user: User) -> Organisation:
    """Return the organisation of a preparer, who always has one."""
    assert user.organisation is not None  # noqa: S101 - a constraint of the database
    return user.organisation


def _offer_account(invitation: WriterInvitation, user: User, at: datetime) -> None:
    """Offer a preparer's account to the address; where ``user`` offered too many today, the ministry is asked."""
    try:
        offered = invitations.invite(
            user,
            email=invitation.email,
            role=User.Role.PREPARER,
            organisation=invitation.organisation,
            language="",
            at=at,
        )
    except invitations.OpenAlready:
        found = Invitation.objects.open_at(at).filter(email=invitation.email).first()
    except invitations.Enough:
        return
    else:
        found = offered
    WriterInvitation.objects.filter(pk=invitation.pk).update(account_invitation=found, expires_at=at + 2 * LASTS)


@transaction.atomic
def give_account(invitation: WriterInvitation, user: User, at: datetime) -> None:
    """Offer the account that the invitation waits for; it can be answered as long after that as it takes.

    Raises ``OpenAlready``, ``Enough``, ``AccountExists``, or ``Refused`` where nothing waits for an account any more.
    """
    current = WriterInvitation.objects.select_for_update().without_account(at).filter(pk=invitation.pk).first()
    if current is None:
        raise Refused
    if User.objects.filter(email=current.email).exists():
        raise invitations.AccountExists
    offered = invitations.invite(
        user, email=current.email, role=User.Role.PREPARER, organisation=current.organisation, language="", at=at
    )
    WriterInvitation.objects.filter(pk=current.pk).update(account_invitation=offered, expires_at=at + 2 * LASTS)


@transaction.atomic
def refuse_account(invitation: WriterInvitation, user: User, at: datetime) -> None:
    """End the invitation, for no account is given to the address, and tell who invited it. Raises ``Refused``."""
    _end(WriterInvitation.objects.without_account(at), invitation, Answer.NO_ACCOUNT, user, at)
    _tell([invitation.invited_by], invitation.proposal, TeamNews(TeamNews.NO_ACCOUNT, invitation.email, at), at)


@transaction.atomic
def withdraw(invitation: WriterInvitation, user: User, at: datetime) -> None:
    """Take an invitation back. Raises ``Refused`` where it is answered."""
    _end(WriterInvitation.objects.filter(answer=""), invitation, Answer.WITHDRAWN, user, at)


@transaction.atomic
def answer(invitation: WriterInvitation, user: User, at: datetime, *, accepted: bool) -> None:
    """Accept or decline the invitation, and tell the editors. Raises ``Refused`` where it is no longer open."""
    given = Answer.ACCEPTED if accepted else Answer.DECLINED
    proposal = invitation.proposal
    _end(WriterInvitation.objects.to_user(user, at), invitation, given, user, at)
    if accepted:
        about = {"added_at": at, "added_by": invitation.invited_by}
        Editor.objects.get_or_create(proposal=proposal, user=user, defaults=about)
        JoinRequest.objects.open().filter(proposal=proposal, user=user).update(
            answer=given, answered_at=at, answered_by=user
        )
    reach("after_acceptance")
    news = TeamNews(TeamNews.ACCEPTED if accepted else TeamNews.DECLINED, str(user), at)
    _tell_editors(proposal, news, at, but=user)


def _end(rows: QuerySet[WriterInvitation], invitation: WriterInvitation, how: Answer, user: User, at: datetime) -> None:
    """Write how the invitation ended, if it is among ``rows``; raise ``Refused`` if not."""
    found = WriterInvitation.objects.filter(pk=invitation.pk, pk__in=rows.values("pk"), answer="")
    if not found.update(answer=how, answered_at=at, answered_by=user):
        raise Refused


@transaction.atomic
def ask_to_join(proposal: Proposal, user: User, at: datetime) -> JoinRequest:
    """Ask the editors of the proposal's organisation for the right to change it; asked twice, it is one request."""
    request, new = JoinRequest.objects.get_or_create(proposal=proposal, user=user, answer="", defaults={"asked_at": at})
    if new:
        _tell(proposal.own_editors(at), proposal, TeamNews(TeamNews.ASKED, str(user), at), at)
    return request


@transaction.atomic
def answer_request(request: JoinRequest, user: User, at: datetime, *, accepted: bool) -> None:
    """Let the person who asked write the proposal, or not, and tell. Raises ``Refused`` where it is answered."""
    given = Answer.ACCEPTED if accepted else Answer.DECLINED
    found = JoinRequest.objects.open().filter(pk=request.pk)
    if not found.update(answer=given, answered_at=at, answered_by=user):
        raise Refused
    if accepted:
        add_editor(request.proposal, request.user, user, at)
    else:
        _tell([request.user], request.proposal, TeamNews(TeamNews.REFUSED, str(user), at), at)


@transaction.atomic
def hand_over(proposal: Proposal, person: User, user: User, at: datetime) -> None:
    """Make ``person``, an editor of the proposal's organisation, responsible for it. Raises ``Refused`` for others."""
    Proposal.objects.select_for_update().get(pk=proposal.pk)
    own = Editor.objects.filter(proposal=proposal, user=person, user__organisation=proposal.organisation_id)
    if not own.exists() or not person.prepares(at):
        raise Refused
    Editor.objects.filter(proposal=proposal, responsible=True).update(responsible=False)
    own.update(responsible=True)
    if person != user:
        _tell([person], proposal, TeamNews(TeamNews.HANDED_OVER, str(user), at), at)


@transaction.atomic
def take_over(proposal: Proposal, user: User, at: datetime) -> None:
    """Make ``user`` the responsible editor of a proposal whose own editors are all gone, and tell the partners.

    Raises ``Refused`` where somebody of the organisation edits it, or where ``user`` may not.
    """
    Proposal.objects.select_for_update().get(pk=proposal.pk)
    current = Proposal.objects.prefetch_related("editorships__user").get(pk=proposal.pk)
    if not access.may_take_over(user, current, at):
        raise Refused
    Editor.objects.filter(proposal=current).update(responsible=False)
    Editor.objects.create(proposal=current, user=user, added_at=at, added_by=user, responsible=True)
    JoinRequest.objects.open().filter(proposal=current, user=user).update(
        answer=Answer.ACCEPTED, answered_at=at, answered_by=user
    )
    _tell_editors(current, TeamNews(TeamNews.TAKEN_OVER, str(user), at), at, but=user)


def _tell_editors(proposal: Proposal, news: TeamNews, at: datetime, *, but: User) -> None:
    editorships = Editor.objects.filter(proposal=proposal).exclude(user=but).select_related("user")
    _tell([editorship.user for editorship in editorships], proposal, news, at)


def _tell(people: list[User], proposal: Proposal, news: TeamNews, at: datetime) -> None:
    for person in people:
        if person.works(at):
            outbox.post(news, person, at=at, round_=proposal.round, proposal=proposal)
