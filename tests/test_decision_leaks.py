"""Nobody outside the ministry learns of a decision before its letter, nor the public before the outcome."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.models import Message, Pilot, StaffLetter
from pilots.proposals import decisions
from regions.models import Organisation, User
from tests.factories import make_region, make_user
from tests.pilots.proposals.decided import a_closed_round, a_programme, everything, no, submitted, yes
from tests.protected import LISTS, text_of

SignIn = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db
NOW = timezone.now()
SECRETS = ("kp-20", "xqperuste", "xqmotiv", "xqehto", "vn/42")
OUTSIDE = ("anyone", "nobody", "stranger", "ended", "preparer", "colleague")
DECISION_PAGES = ("round_decisions", "decision_letters", "publish_outcome")


@pytest.fixture
def people(
    preparer: User, colleague: User, stranger: User, ended: User, officer: User, decider: User
) -> dict[str, User | None]:
    return {
        "anyone": None, "nobody": make_user(""), "stranger": stranger, "ended": ended, "preparer": preparer,
        "colleague": colleague, "officer": officer, "decider": decider,
    }  # fmt: skip


@pytest.fixture
def world(people: Any, council: Organisation) -> Any:
    """A closed round with two proposals; ``decide`` decides them."""
    round_ = a_closed_round(slug="decided", invited=[council])
    chosen, other = (submitted(round_, people["preparer"], **everything()) for _ in range(2))
    yes()
    return round_, chosen, other


def decide(world: Any, decider: User) -> None:
    _round, chosen, other = world
    decisions.decide(chosen, 1, yes(conditions=no().reasons, case_number="VN/42"), decider, NOW)
    decisions.decide(other, 1, no(case_number="VN/42"), decider, NOW)


def addresses(world: Any, council: Organisation, code: str) -> list[str]:
    round_, chosen, other = world
    found = [reverse(name) for name in LISTS if name not in {"new_round", "invite"}]
    found += [reverse(name, args=[round_.slug]) for name in ("round", "round_desk", "round_ics", *DECISION_PAGES)]
    found += [reverse("organisation", args=[council.slug]), reverse("region", args=[make_region("04").slug])]
    found += [reverse("programme", args=[a_programme().slug]), reverse("pilot", args=[code])]
    found += [f"{reverse('pilots')}?q=xqnimi", f"{reverse('pilots_csv')}?q=xqnimi", f"{reverse('pilots')}?q={code}"]
    for letter in StaffLetter.objects.all():
        found += [reverse(name, args=[letter.pk]) for name in ("letter", "edit_letter")]
    for proposal in (chosen, other):
        found += [reverse(name, args=[proposal.pk]) for name in ("proposal", "check_proposal", "withdraw_proposal")]
        found += [reverse("receipt", args=[proposal.pk, 1]), reverse("decide_proposal", args=[proposal.pk])]
        found += [reverse("decision", args=[proposal.pk, 1]), reverse("edit_section", args=[proposal.pk, "basics"])]
    return found


def read(client: Client, where: str) -> str:
    """Return what the page tells, without the address that was asked for and what each form has of its own."""
    answer = client.get(where)
    text = f"{answer.status_code} {text_of(answer)}".lower()
    for own in (where.lower(), where.split("?q=")[-1].lower()):
        text = text.replace(own, "")
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)


@pytest.mark.parametrize("who", OUTSIDE)
def test_no_page_tells_a_decision_before_its_letter(
    people: Any, world: Any, council: Organisation, decider: User, as_user: SignIn, who: str
) -> None:
    decide(world, decider)
    code = Pilot.objects.get().code
    client = as_user(people[who])
    leaks = []
    for where in addresses(world, council, code):
        text = read(client, where)
        asked = code in where  # the page says what was asked for
        leaks += [(where, secret) for secret in SECRETS if secret in text and not (asked and secret == "kp-20")]
    assert leaks == []
    assert client.get(reverse("pilot", args=[code])).status_code == 404


@pytest.mark.parametrize("who", ["anyone", "nobody", "stranger", "ended"])
def test_a_decision_changes_no_page_by_a_byte_before_its_letter(
    people: Any, world: Any, council: Organisation, decider: User, as_user: SignIn, who: str
) -> None:
    """Counts, facets, lists, files and calendars are as if nothing were decided."""
    client = as_user(people[who])
    pages = [where for where in addresses(world, council, "KP-2018-999") if not where.endswith("KP-2018-999/")]

    def told() -> dict[str, str]:
        return {where: read(client, where) for where in pages}

    before = told()
    decide(world, decider)
    after = told()
    assert [where for where in pages if before[where] != after[where]] == []


def test_the_two_outcomes_look_alike_to_the_writers_before_the_letters(
    people: Any, world: Any, decider: User, as_user: SignIn
) -> None:
    decide(world, decider)
    client = as_user(people["preparer"])
    pages = []
    for proposal in world[1:]:
        text = read(client, reverse("proposal", args=[proposal.pk]))
        pages.append(text.replace(f"/{proposal.pk}/", "/n/"))
    assert pages[0] == pages[1]


def test_after_the_letter_the_writers_know_and_the_public_does_not(
    people: Any, world: Any, council: Organisation, decider: User, as_user: SignIn
) -> None:
    decide(world, decider)
    decisions.send_letters(world[0], decider, NOW)
    pilot = Pilot.objects.get()
    where = reverse("pilot", args=[pilot.code])
    assert as_user(people["preparer"]).get(where).status_code == 200
    assert as_user(people["stranger"]).get(where).status_code == 404
    assert {message.user for message in Message.objects.filter(letter="decision")} == {people["preparer"]}
    for who in ("anyone", "stranger"):
        client = as_user(people[who])
        told = "".join(read(client, one) for one in addresses(world, council, "KP-2018-999"))
        assert pilot.code.lower() not in told


def test_the_tokens_are_there_for_the_ministry(
    people: Any, world: Any, council: Organisation, decider: User, as_user: SignIn
) -> None:
    """Else the tests above would prove nothing."""
    decide(world, decider)
    client, code = as_user(people["officer"]), Pilot.objects.get().code
    told = "".join(read(client, where) for where in addresses(world, council, code))
    assert [secret for secret in (code.lower(), "xqperuste", "xqmotiv", "vn/42") if secret not in told] == []
