"""The first account of a role, made by a command; and where invited people have their mail."""

from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from regions import access
from regions.models import Invitation, Organisation, SignInLetter, User

pytestmark = pytest.mark.django_db


def invite(email: str, **options: Any) -> str:
    said = StringIO()
    call_command("invite", email, stdout=said, **options)
    return said.getvalue()


@pytest.mark.parametrize("role", ["reader", "officer", "decider"])
def test_the_first_account_of_a_role_gets_a_link_to_its_password(role: str) -> None:
    assert "first@ministry.example" in invite("First@Ministry.example", role=role, language="sv")
    user = User.objects.get()
    assert (user.email, user.role, user.language, user.has_usable_password()) == (
        *("first@ministry.example", role, "sv"),
        False,
    )
    assert SignInLetter.objects.get().user == user


def test_a_preparer_needs_an_organisation(council: Organisation) -> None:
    with pytest.raises(CommandError):
        invite("first@satakunta.example", role="preparer")
    with pytest.raises(CommandError):
        invite("first@satakunta.example", role="preparer", organisation="no-such-body")
    invite("first@satakunta.example", role="preparer", organisation=council.slug)
    assert User.objects.get().organisation == council


def test_the_second_account_of_a_role_is_invited_on_the_page(decider: User) -> None:
    with pytest.raises(CommandError, match="already"):
        invite("second@ministry.example", role="decider")


@pytest.mark.parametrize("email", ["not an address", "a@b", "officer@ministry.example"])
def test_a_wrong_address_makes_no_account(officer: User, email: str) -> None:
    with pytest.raises(CommandError):
        invite(email, role="decider")
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("email", "taken"),
    [
        ("a@liitto.example", True),
        ("a@post.liitto.example", True),
        ("a@LIITTO.example", True),
        ("a@evilliitto.example", False),
        ("a@liitto.example.evil.example", False),
        ("a@gmail.example", False),
        ("a@muu.example", True),
    ],
)
@pytest.mark.parametrize("inviter", ["preparer", "officer"])
def test_people_are_invited_in_the_domains_of_their_organisation(
    as_user: Any, request: pytest.FixtureRequest, council: Organisation, inviter: str, email: str, taken: bool
) -> None:
    person = request.getfixturevalue(inviter)
    Organisation.objects.filter(pk=council.pk).update(mail_domains=["liitto.example", "muu.example"])
    typed = {"email": email, "role": "preparer", "organisation": council.pk}
    answer = as_user(person).post("/en/invitations/new/", typed)
    assert answer.status_code == (302 if taken else 422)
    assert Invitation.objects.exists() is taken
    if not taken:
        assert "liitto.example, muu.example" in answer.text
        assert email in answer.text


def test_an_organisation_without_domains_takes_any(council: Organisation) -> None:
    assert access.may_have_mail_at("a@anywhere.example", council)


@pytest.mark.parametrize("domain", ["Liitto.example", "@liitto.example", "liitto", "*.example", "a b.example", ""])
def test_a_domain_is_written_in_one_way(council: Organisation, domain: str) -> None:
    council.mail_domains = [domain]
    with pytest.raises(ValidationError):
        council.full_clean()
