"""One's own account, and invitations."""

from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client
from django.utils import timezone

from regions import access, invitations
from regions.models import Invitation, Kind, Organisation, User
from registry.lib.database import since
from tests.factories import make_organisation, make_user
from tests.letters_with_links import letters, link, text_of

MY_PAGE, INVITE = "/en/my-page/", "/en/invitations/new/"
GOOD = {"name": "New colleague", "password1": "seven grey herons walk", "password2": "seven grey herons walk"}
NEWCOMER = "newcomer@satakunta.example"


@pytest.fixture
def invited(as_user, preparer: User) -> str:
    """The link of a preparer's invitation to a newcomer, in English."""
    as_user(preparer).post(INVITE, {"email": NEWCOMER, "language": "en"})
    return link()


def test_my_page_says_who_i_am_and_what_i_can_do(as_user, preparer: User) -> None:
    text = as_user(preparer).get(MY_PAGE).text
    assert "preparer@satakunta.example" in text
    assert "Satakuntaliitto" in text
    assert "no end is set" in text
    assert "Invite a colleague" in text
    assert "Make a new round" not in text


def test_my_page_of_an_officer_leads_to_the_desk(as_user, officer: User) -> None:
    text = as_user(officer).get(MY_PAGE).text
    assert "Make a new round" in text
    assert "Invite someone" in text


def test_my_page_asks_for_signing_in(client: Client, db: None) -> None:
    for address in (MY_PAGE, INVITE):
        assert client.get(address).status_code == 302


def test_an_administrator_without_a_role_may_invite_nobody(as_user, db: None) -> None:
    admin = as_user(User.objects.create_superuser("admin@rekisteri.example", "a long enough password"))
    assert "Administer the registry" in admin.get(MY_PAGE).text
    assert admin.get(INVITE).status_code == 403


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_my_page_asks_as_much_for_one_invitation_as_for_a_thousand(
    as_user, officer: User, django_assert_num_queries, rows: int
) -> None:
    at, organisation = timezone.now(), make_organisation()
    Invitation.objects.bulk_create(
        Invitation(
            email=f"a{n}@council.example",
            role="preparer",
            organisation=organisation,
            token_sha256=f"{n:064d}",
            invited_by=officer,
            invited_at=at - timedelta(days=20),
            expires_at=at - timedelta(days=6),
        )
        for n in range(rows)
    )
    signed_in = as_user(officer)
    with django_assert_num_queries(6):
        assert "expired" in signed_in.get(MY_PAGE).text


def test_the_language_is_chosen_and_the_page_answers_in_it(as_user, preparer: User) -> None:
    answer = as_user(preparer).post(MY_PAGE, {"language": "sv"}, follow=True)
    preparer.refresh_from_db()
    assert preparer.language == "sv"
    assert answer.redirect_chain[0][0].startswith("/sv/")


@pytest.mark.parametrize("language", ["", "de", "\x00"])
def test_a_language_that_is_not_offered_changes_nothing(as_user, preparer: User, language: str) -> None:
    assert as_user(preparer).post(MY_PAGE, {"language": language}).status_code == 422
    preparer.refresh_from_db()
    assert preparer.language == "fi"


def test_an_invited_colleague_makes_an_account_and_is_signed_in(client: Client, preparer: User, invited: str) -> None:
    text = client.get(invited).text
    assert NEWCOMER in text
    assert "Satakuntaliitto" in text
    answer = client.post(invited, GOOD, follow=True)
    assert "Your account is ready" in answer.text
    user = User.objects.get(email=NEWCOMER)
    assert (user.role, user.organisation, user.name) == ("preparer", preparer.organisation, "New colleague")
    assert user.check_password(GOOD["password1"])
    assert EmailAddress.objects.get(user=user).verified
    assert Invitation.objects.get().accepted_by == user


def test_only_the_hash_of_the_token_is_kept(invited: str) -> None:
    token = invited.rstrip("/").rsplit("/", 1)[1]
    invitation = Invitation.objects.get()
    assert invitation.token_sha256 == invitations.fingerprint(token)
    assert token not in str(vars(invitation))


def test_a_wrong_an_expired_and_a_used_link_get_the_same_plain_answer(client: Client, invited: str) -> None:
    wrong = client.get("/en/invitations/wrong/")
    Invitation.objects.update(
        invited_at=timezone.now() - timedelta(days=9), expires_at=timezone.now() - timedelta(seconds=1)
    )
    expired = client.get(invited)
    assert client.post(invited, GOOD).status_code == 404
    assert not User.objects.filter(email=NEWCOMER).exists()
    Invitation.objects.update(expires_at=timezone.now() + timedelta(days=1))
    Client().post(invited, GOOD)
    used = client.get(invited)
    for answer in (wrong, expired, used):
        assert answer.status_code == 404
        assert "The link is wrong, has been used, or is too old." in answer.text


def test_an_address_with_an_account_is_told_to_sign_in(client: Client, invited: str) -> None:
    make_user("reader", email=NEWCOMER)
    for answer in (client.get(invited), client.post(invited, GOOD)):
        assert answer.status_code == 409
        assert "Sign in with it." in answer.text


def test_someone_signed_in_does_not_take_anothers_invitation(as_user, stranger: User, invited: str) -> None:
    assert "Sign out first" in as_user(stranger).get(invited).text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"password2": "another long password"}, "The two passwords are not the same."),
        ({"name": ""}, "required"),
        ({"password1": "x" * 300, "password2": "x" * 300}, "256"),
    ],
)
def test_what_is_wrong_is_said_and_no_account_is_made(client: Client, invited: str, change: dict, words: str) -> None:
    answer = client.post(invited, {**GOOD, **change})
    assert answer.status_code == 422
    assert words in answer.text
    assert not User.objects.filter(email=NEWCOMER).exists()


def test_a_preparer_cannot_invite_to_another_organisation_or_role(
    as_user, preparer: User, other_council: Organisation
) -> None:
    form = {"email": NEWCOMER, "role": "officer", "organisation": other_council.pk}
    as_user(preparer).post(INVITE, form)
    invitation = Invitation.objects.get()
    assert (invitation.role, invitation.organisation) == ("preparer", preparer.organisation)
    at = timezone.now()
    assert not access.may_invite_as(preparer, "preparer", other_council, at)
    assert not access.may_invite_as(preparer, "officer", preparer.organisation, at)
    assert access.may_invite_as(preparer, "preparer", preparer.organisation, at)


def test_an_officer_invites_to_the_own_role_and_living_organisations(
    as_user, officer: User, council: Organisation
) -> None:
    gone = make_organisation(Kind.TE_OFFICE, validity=since(None, date(2024, 12, 31)))
    signed_in = as_user(officer)
    form = {"email": NEWCOMER, "role": "preparer", "organisation": gone.pk}
    assert signed_in.post(INVITE, form).status_code == 422
    assert signed_in.post(INVITE, {**form, "organisation": ""}).status_code == 422
    assert signed_in.post(INVITE, {**form, "organisation": council.pk}).status_code == 302
    assert signed_in.post(INVITE, {"email": "b@ministry.example", "role": "officer"}).status_code == 302
    assert {"preparer", "officer"} == set(Invitation.objects.values_list("role", flat=True))


def test_a_letter_without_a_known_language_is_in_finnish_and_swedish(as_user, officer: User) -> None:
    as_user(officer).post(INVITE, {"email": NEWCOMER, "role": "reader"})
    letter = letters()[-1]
    finnish, swedish = text_of(letter).split("\n\n— — —\n\n")
    assert letter["Subject"] == "Kutsu Pilottirekisteriin / Inbjudan till Pilotregistret"
    assert finnish.startswith("Hei,\n\nsinut on kutsuttu Pilottirekisteriin.")
    assert "\n\nRoolisi: ministeriön lukija\n\nAvaa linkki" in finnish
    assert f"\n{settings.BASE_URL}/fi/" in finnish
    assert swedish.startswith("Hej,\n\ndu är inbjuden till Pilotregistret.")
    assert f"\n{settings.BASE_URL}/sv/" in swedish
    assert letter["To"] == NEWCOMER


@pytest.mark.parametrize("email", ["", "\x00", "no address", "a@b\nBcc: c@d.example", "a\x1b@b\n.example"])
def test_an_address_that_is_none_invites_nobody(as_user, preparer: User, email: str) -> None:
    assert as_user(preparer).post(INVITE, {"email": email}).status_code == 422
    assert not letters()


def test_an_address_with_an_account_is_not_invited(as_user, preparer: User, colleague: User) -> None:
    answer = as_user(preparer).post(INVITE, {"email": colleague.email.upper()})
    assert "has an account already" in answer.text


def test_readers_and_the_ended_invite_nobody(as_user, reader: User, ended: User) -> None:
    assert as_user(reader).get(INVITE).status_code == 403
    assert not access.may_invite(ended, timezone.now())
    assert as_user(ended).get(INVITE).status_code in {302, 403}


def test_an_invitation_of_an_officer_without_name_or_organisation_opens(as_user, client: Client, officer: User) -> None:
    as_user(officer).post(INVITE, {"email": NEWCOMER, "role": "reader", "language": "en"})
    answer = client.get(link())
    assert answer.status_code == 200
    assert "by officer@ministry.example" in answer.text


@pytest.mark.parametrize(
    ("inviter", "roles"),
    [
        ("decider", {"reader", "officer", "decider", "preparer"}),
        ("officer", {"reader", "officer", "preparer"}),
        ("preparer", {"preparer"}),
        ("reader", set()),
        ("", set()),
    ],
)
def test_nobody_gives_a_role_above_the_own(council: Organisation, inviter: str, roles: set[str]) -> None:
    user, at = make_user(inviter, council), timezone.now()
    assert {role for role in User.Role if access.may_invite_as(user, role, council, at)} == roles


def test_an_officer_makes_no_decider(as_user, officer: User) -> None:
    assert as_user(officer).post(INVITE, {"email": NEWCOMER, "role": "decider"}).status_code == 422
    assert not Invitation.objects.exists()


def test_an_address_with_an_open_invitation_gets_no_second_letter(as_user, preparer: User, officer: User) -> None:
    as_user(preparer).post(INVITE, {"email": NEWCOMER})
    answer = as_user(officer).post(INVITE, {"email": NEWCOMER.upper(), "role": "reader"})
    assert answer.status_code == 422
    assert "This address has an open invitation until" in answer.text
    assert len(letters()) == Invitation.objects.count() == 1


def test_an_address_is_invited_again_when_its_invitation_has_run_out(as_user, preparer: User) -> None:
    as_user(preparer).post(INVITE, {"email": NEWCOMER})
    ago = timezone.now() - timedelta(days=15)
    Invitation.objects.update(invited_at=ago, expires_at=ago + timedelta(days=14))
    assert as_user(preparer).post(INVITE, {"email": NEWCOMER}).status_code == 302


def test_a_person_sends_ten_invitations_in_a_day(as_user, preparer: User) -> None:
    client = as_user(preparer)
    answers = [client.post(INVITE, {"email": f"n{n}@satakunta.example"}) for n in range(11)]
    assert [answer.status_code for answer in answers] == [302] * 10 + [422]
    assert "You have sent 10 invitations in a day" in answers[-1].text
    Invitation.objects.update(invited_at=timezone.now() - timedelta(days=1))
    assert client.post(INVITE, {"email": "n10@satakunta.example"}).status_code == 302


def test_an_invitation_is_withdrawn_by_whoever_sent_it(as_user, client: Client, preparer: User, invited: str) -> None:
    page = f"/en/invitations/{Invitation.objects.get().pk}/withdraw/"
    signed_in = as_user(preparer)
    assert page in signed_in.get(MY_PAGE).text
    assert NEWCOMER in signed_in.get(page).text
    assert client.get(invited).status_code == 200
    assert "is withdrawn" in signed_in.post(page, follow=True).text
    assert client.get(invited).status_code == client.post(invited, GOOD).status_code == 404
    assert "was not open any more" in signed_in.post(page, follow=True).text
    assert signed_in.post(INVITE, {"email": NEWCOMER}).status_code == 302


def test_an_officer_sees_and_withdraws_the_open_invitations_of_others(
    as_user, officer: User, colleague: User, invited: str
) -> None:
    invitation = Invitation.objects.get()
    page = f"/en/invitations/{invitation.pk}/withdraw/"
    assert as_user(colleague).post(page).status_code == 404
    assert page in as_user(officer).get(MY_PAGE).text
    assert as_user(officer).post(page).status_code == 302
    invitation.refresh_from_db()
    assert invitation.withdrawn_by == officer


@pytest.mark.parametrize(
    "name",
    ["Voitit 900 EUR!\r\nAvaa", "Avaa https://evil.example", "WWW.evil", "evil.example/lunasta", "a@b", "x\u2028y"],
)
def test_a_name_is_one_line_without_addresses(client: Client, invited: str, name: str) -> None:
    answer = client.post(invited, {**GOOD, "name": name})
    assert answer.status_code == 422
    assert "Write a name alone" in answer.text


@pytest.mark.parametrize("name", ["J. Meikäläinen", "Anna-Liisa O’Brien", "A.B. Virtanen", "Matti (ELY)"])
def test_a_name_of_a_person_is_taken(client: Client, invited: str, name: str) -> None:
    assert client.post(invited, {**GOOD, "name": name}).status_code == 302
