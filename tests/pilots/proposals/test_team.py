"""A team of several organisations writes one proposal: invited, asked for, handed over, left and taken over."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.desk.waiting import waits_on_staff
from pilots.models import Editor, JoinRequest, Letter, Message, Proposal, WriterInvitation
from pilots.proposals import team, workflow
from pilots.proposals.waiting import waits_on_preparer
from regions import invitations
from regions.models import Invitation, Organisation, User
from registry.lib.refusals import Refused
from tests.cast import SignIn
from tests.factories import make_user
from tests.pilots.interest import address, basics

NOW = timezone.now()
NEWCOMER = "uusi@etela-savo.example"


def invited(proposal: Proposal, by: User, email: str, organisation: Organisation) -> WriterInvitation:
    return team.invite(proposal, email=email, organisation=organisation, user=by, at=timezone.now())


def editors(proposal: Proposal) -> set[User]:
    return set(User.objects.filter(editorships__proposal=proposal))


def letters_to(user: User) -> list[str]:
    return list(Message.objects.filter(user=user).order_by("pk").values_list("letter", flat=True))


def responsible(proposal: Proposal) -> User | None:
    one = Editor.objects.filter(proposal=proposal, responsible=True).first()
    return one.user if one else None


def test_a_person_of_another_organisation_reads_the_draft_once_the_invitation_is_accepted_and_leaves_again(
    interest: Proposal, page: Client, preparer: User, stranger: User, other_council: Organisation, as_user: SignIn
) -> None:
    guest, team_page = as_user(stranger), address("editors", interest)
    page.post(team_page, {"email": "Stranger@Etela-Savo.example", "organisation": other_council.pk})
    invitation = interest.invitations.get()
    assert letters_to(stranger) == [Letter.INVITED_TO_WRITE]
    assert guest.get(address("proposal", interest)).status_code == 404
    where = reverse("proposal_invitation", args=[invitation.pk])
    assert [one.address for one in waits_on_preparer(stranger, timezone.now())] == [where]
    asked = guest.get(where).text
    assert "Kasvupalvelut yhdessä" not in asked + Message.objects.get(user=stranger).body
    assert "Satakuntaliitto" in asked
    assert guest.post(where, {"accept": "yes"})["Location"] == address("proposal", interest)
    assert "Kasvupalvelut yhdessä" in guest.get(address("proposal", interest)).text
    assert letters_to(preparer) == [Letter.TEAM_NEWS]
    assert "Etelä-Savon maakuntaliitto" in page.get(address("proposal", interest)).text
    guest.post(address("edit_section", interest, "basics"), basics(title="Yhdessä", summary="Me", regions=["04"]))
    interest.refresh_from_db()
    assert (interest.title, interest.organisation, interest.partners) == (
        "Yhdessä",
        preparer.organisation,
        [other_council],
    )
    assert guest.get(where).status_code == 404  # it is answered
    guest.post(team_page, {"remove": stranger.pk, "sure": "yes"})
    assert guest.get(address("proposal", interest)).status_code == 404


def test_a_partner_writes_and_sends_and_the_owner_alone_says_who_writes(
    interest: Proposal, preparer: User, stranger: User, colleague: User, other_council: Organisation, as_user: SignIn
) -> None:
    team.answer(invited(interest, preparer, stranger.email, other_council), stranger, timezone.now(), accepted=True)
    guest = as_user(stranger)
    for name, status in {
        **dict.fromkeys(("proposal", "editors", "check_proposal", "section_saves", "compare_versions"), 200),
        **dict.fromkeys(("withdraw_proposal", "delete_draft"), 403),
    }.items():
        assert guest.get(address(name, interest)).status_code == status, name
    acts: list[dict[str, Any]] = [
        {"person": colleague.pk},
        {"email": "x@example.com", "organisation": other_council.pk},
        {"remove": preparer.pk},
        {"responsible": preparer.pk},
        {"withdraw": 1},
        {"let_join": 1},
    ]
    assert {guest.post(address("editors", interest), act).status_code for act in acts} == {403}
    assert guest.post(address("submit_proposal", interest), {"edition": 1}).status_code == 302
    assert Letter.RECEIPT in letters_to(preparer)
    assert Letter.RECEIPT in letters_to(stranger)
    assert editors(interest) == {preparer, stranger}


def test_a_declined_and_a_taken_back_invitation_open_nothing(
    interest: Proposal, page: Client, preparer: User, stranger: User, other_council: Organisation, as_user: SignIn
) -> None:
    guest = as_user(stranger)
    for ends in ("decline", "withdraw"):
        invitation = invited(interest, preparer, stranger.email, other_council)
        where = reverse("proposal_invitation", args=[invitation.pk])
        if ends == "decline":
            assert guest.post(where, {"decline": "yes"}).status_code == 302
        else:
            page.post(address("editors", interest), {"withdraw": invitation.pk})
        assert guest.get(where).status_code == 404
        with pytest.raises(Refused):
            team.answer(invitation, stranger, timezone.now(), accepted=True)
        with pytest.raises(Refused):
            team.withdraw(invitation, preparer, timezone.now())
    assert guest.get(address("proposal", interest)).status_code == 404
    assert [one.answer for one in interest.invitations.order_by("pk")] == ["declined", "withdrawn"]


def test_an_invitation_runs_out_and_can_be_made_again_and_is_for_its_address_alone(
    interest: Proposal, preparer: User, stranger: User, colleague: User, other_council: Organisation
) -> None:
    late = timezone.now() + timedelta(days=14, minutes=1)
    old = invited(interest, preparer, stranger.email, other_council)
    with pytest.raises(invitations.OpenAlready):
        invited(interest, preparer, stranger.email, other_council)
    for person, at in ((stranger, late), (colleague, timezone.now())):
        with pytest.raises(Refused):
            team.answer(old, person, at, accepted=True)
    new = team.invite(interest, email=stranger.email, organisation=other_council, user=preparer, at=late)
    team.answer(new, stranger, late, accepted=True)
    assert stranger in editors(interest)


def test_nothing_that_an_editor_sees_tells_whether_an_address_has_an_account(
    interest: Proposal, page: Client, stranger: User, officer: User, other_council: Organisation
) -> None:
    seen = []
    for email in (stranger.email, officer.email, NEWCOMER):
        answer = page.post(
            address("editors", interest), {"email": email, "organisation": other_council.pk}, follow=True
        )
        shown = answer.text + page.get(address("proposal", interest)).text
        key = str(WriterInvitation.objects.get().pk)
        words = shown.replace(email, "OSOITE").replace(f'value="{key}"', "AVAIN")
        seen.append([line for line in words.splitlines() if "csrf" not in line])
        WriterInvitation.objects.all().delete()
    assert seen[0] == seen[1] == seen[2]


def test_the_ministry_gives_the_account_that_an_invitation_waits_for(
    interest: Proposal, preparer: User, officer: User, other_council: Organisation, as_user: SignIn
) -> None:
    invitation = invited(interest, preparer, NEWCOMER, other_council)
    assert not Invitation.objects.exists()
    where = reverse("account_request", args=[invitation.pk])
    assert where in [one.address for one in waits_on_staff(officer, timezone.now())]
    desk = as_user(officer)
    shown = desk.get(where).text
    assert NEWCOMER in shown
    assert "Kasvupalvelut yhdessä" not in shown
    assert desk.post(where, {}).status_code == 422
    desk.post(where, {"give": "yes"})
    offered = Invitation.objects.get()
    assert (offered.email, offered.organisation, offered.role) == (NEWCOMER, other_council, User.Role.PREPARER)
    assert desk.get(where).status_code == 404
    newcomer = make_user(User.Role.PREPARER, other_council, email=NEWCOMER)
    assert [one.pk for one in WriterInvitation.objects.to_user(newcomer, timezone.now() + timedelta(days=20))] == [
        invitation.pk
    ]
    team.answer(invitation, newcomer, timezone.now(), accepted=True)
    assert newcomer in editors(interest)


def test_the_ministry_refuses_an_account_and_the_editor_is_told(
    interest: Proposal, preparer: User, officer: User, other_council: Organisation, as_user: SignIn
) -> None:
    invitation = invited(interest, preparer, NEWCOMER, other_council)
    as_user(officer).post(reverse("account_request", args=[invitation.pk]), {"refuse": "yes"})
    assert letters_to(preparer) == [Letter.TEAM_NEWS]
    assert NEWCOMER in Message.objects.get(user=preparer).body
    assert interest.invitations.get().answer == "no_account"
    known = invited(interest, preparer, officer.email, other_council)
    assert as_user(officer).post(reverse("account_request", args=[known.pk]), {"give": "yes"}).status_code == 422
    assert not Invitation.objects.exists()


def test_a_colleague_without_an_account_is_offered_one_at_once(
    interest: Proposal, preparer: User, council: Organisation, officer: User
) -> None:
    invitation = invited(interest, preparer, "uusi@satakunta.example", council)
    invitation.refresh_from_db()
    assert invitation.account_invitation == Invitation.objects.get(email="uusi@satakunta.example", organisation=council)
    assert waits_on_staff(officer, timezone.now()) == []


def test_no_more_are_invited_in_a_day_than_accounts_and_none_at_a_foreign_domain_or_twice(
    interest: Proposal, page: Client, preparer: User, other_council: Organisation
) -> None:
    Organisation.objects.filter(pk=other_council.pk).update(mail_domains=["etela-savo.example"])
    where, about = address("editors", interest), {"organisation": other_council.pk}
    for email in ("x@example.com", preparer.email, "no address"):
        assert page.post(where, {"email": email, **about}).status_code == 422, email
    for n in range(invitations.AT_MOST):
        assert page.post(where, {"email": f"n{n}@etela-savo.example", **about}).status_code == 302
    refused = page.post(where, {"email": "n99@etela-savo.example", **about})
    assert refused.status_code == 422
    assert "n99@etela-savo.example" in refused.text  # what was typed is kept
    assert interest.invitations.count() == invitations.AT_MOST


def test_a_colleague_asks_to_join_and_an_editor_answers(
    interest: Proposal, page: Client, preparer: User, colleague: User, stranger: User, as_user: SignIn
) -> None:
    theirs, where = as_user(colleague), address("join_proposal", interest)
    assert as_user(stranger).post(where).status_code == 404
    assert page.post(where).status_code == 403
    for _twice in range(2):
        assert theirs.post(where).status_code == 302
    assert letters_to(preparer) == [Letter.TEAM_NEWS]
    assert address("editors", interest) in [one.address for one in waits_on_preparer(preparer, timezone.now())]
    first = JoinRequest.objects.get()
    page.post(address("editors", interest), {"do_not_let_join": first.pk})
    assert letters_to(colleague) == [Letter.TEAM_NEWS]
    theirs.post(where)
    for key in (JoinRequest.objects.open().get().pk, first.pk, 10**30, "x"):
        assert page.post(address("editors", interest), {"let_join": key}).status_code == 302
    assert editors(interest) == {preparer, colleague}
    assert letters_to(colleague) == [Letter.TEAM_NEWS, Letter.EDITOR_ADDED]
    assert theirs.post(where).status_code == 403


def test_the_responsibility_is_handed_over_and_passes_on_when_somebody_leaves(
    interest: Proposal, page: Client, preparer: User, colleague: User, stranger: User
) -> None:
    Editor.objects.filter(user=preparer).update(responsible=True)
    for person in (stranger, colleague):
        workflow.add_editor(interest, person, preparer, NOW)
    where = address("editors", interest)
    for nobody in (stranger.pk, "x", 10**30):
        page.post(where, {"responsible": nobody})
    assert responsible(interest) == preparer
    page.post(where, {"responsible": colleague.pk})
    assert responsible(interest) == colleague
    assert letters_to(colleague)[-1] == Letter.TEAM_NEWS
    workflow.remove_editor(interest, colleague)
    assert responsible(interest) == preparer
    with pytest.raises(workflow.LastEditor):
        workflow.remove_editor(interest, preparer)  # a partner alone does not keep it
    assert editors(interest) == {preparer, stranger}


def test_when_the_rights_of_the_last_own_editor_end_a_colleague_takes_over(
    interest: Proposal, preparer: User, colleague: User, stranger: User, as_user: SignIn
) -> None:
    workflow.add_editor(interest, stranger, preparer, NOW)
    theirs = as_user(colleague)
    assert "Ota ehdotus vastuullesi" not in theirs.get(address("proposal", interest)).text
    with pytest.raises(Refused):
        team.take_over(interest, colleague, timezone.now())
    User.objects.filter(pk=preparer.pk).update(rights_until=date(2020, 1, 1))
    assert "Ota ehdotus vastuullesi" in theirs.get(address("proposal", interest)).text
    theirs.post(address("join_proposal", interest))
    assert responsible(interest) == colleague
    assert letters_to(stranger)[-1] == Letter.TEAM_NEWS
    assert theirs.post(address("editors", interest), {"remove": preparer.pk}).status_code == 302
    assert editors(interest) == {colleague, stranger}


@pytest.mark.parametrize("rows", [1, 3, 100])
def test_the_page_of_the_editors_asks_the_database_the_same_few_times(
    interest: Proposal, page: Client, preparer: User, council: Organisation, rows: int, django_assert_num_queries: Any
) -> None:
    about: dict[str, Any] = {"proposal": interest, "organisation": council, "invited_by": preparer, "invited_at": NOW}
    WriterInvitation.objects.bulk_create(
        WriterInvitation(email=f"n{n}@satakunta.example", expires_at=NOW + timedelta(days=14), **about)
        for n in range(rows)
    )
    people = User.objects.bulk_create(
        User(email=f"p{n}@satakunta.example", role=User.Role.PREPARER, organisation=council, password="!")
        for n in range(rows)
    )
    JoinRequest.objects.bulk_create(JoinRequest(proposal=interest, user=user, asked_at=NOW) for user in people)
    Editor.objects.bulk_create(Editor(proposal=interest, user=user, added_at=NOW, added_by=preparer) for user in people)
    with django_assert_num_queries(9):
        page.get(address("editors", interest))
    with django_assert_num_queries(8):
        waits_on_preparer(preparer, NOW)


def test_at_every_address_of_a_proposal_a_guest_who_has_not_answered_is_a_stranger_and_one_who_has_an_editor(
    interest: Proposal, preparer: User, stranger: User, other_council: Organisation, as_user: SignIn
) -> None:
    """The owner's own acts are refused; in every state of the proposal."""
    names = ["proposal", "check_proposal", "editors", "section_saves", "compare_versions", "withdraw_proposal"]
    paths = [
        *(address(name, interest) for name in [*names, "delete_draft"]),
        address("edit_section", interest, "basics"),
    ]
    guest, owner = as_user(stranger), as_user(preparer)
    invitation = invited(interest, preparer, stranger.email, other_council)
    assert {guest.get(path).status_code for path in paths} == {404}
    team.answer(invitation, stranger, timezone.now(), accepted=True)
    its_own = {address("withdraw_proposal", interest), address("delete_draft", interest)}
    for act in (lambda: None, lambda: workflow.submit(interest, 1, preparer), lambda: withdrawn(interest, preparer)):
        act()
        expected = {path: 403 if path in its_own else owner.get(path).status_code for path in paths}
        assert {path: guest.get(path).status_code for path in paths} == expected


def withdrawn(proposal: Proposal, user: User) -> None:
    workflow.withdraw(proposal, user, timezone.now())
