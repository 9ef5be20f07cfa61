"""What waits on whom, with its age: each role is told what it can do, and no one else's work."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pilots.desk.waiting import waits_on_staff
from pilots.models import ExtensionRequest, Pilot, Proposal, StaffLetter
from pilots.proposals import decisions
from pilots.proposals.waiting import waits_on_preparer
from regions.models import User
from tests.factories import make_proposal, make_round, make_step, make_submitted, make_user
from tests.pilots.proposals.decided import a_closed_round, a_decider, everything, no, submitted, yes

SignIn = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY = timedelta(days=1)


def told(things: Any) -> list[str]:
    return [one.text for one in things]


def test_a_decider_is_told_what_to_decide_since_the_round_closed(preparer: User, decider: User, officer: User) -> None:
    round_ = a_closed_round(name_fi="Kierros A")
    submitted(round_, preparer, **everything())
    submitted(round_, preparer, **everything())
    [one] = waits_on_staff(decider, NOW)
    assert (one.text, one.days) == ("Päätä 2 ehdotuksesta: Kierros A", 1)
    assert waits_on_staff(officer, NOW) == []


def test_an_open_round_waits_on_no_decider(preparer: User, decider: User) -> None:
    make_submitted(make_round(), preparer)
    assert waits_on_staff(decider, NOW) == []


def test_a_decision_waits_on_every_decider_but_its_proposer(preparer: User, decider: User) -> None:
    proposal = submitted(a_closed_round(two_deciders=True), preparer, title="Yksi ovi")
    decisions.decide(proposal, 1, no(), decider, NOW)
    assert waits_on_staff(decider, NOW) == []
    assert told(waits_on_staff(a_decider(), NOW)) == ["Vahvista tai palauta päätös: Yksi ovi"]


def test_letters_then_the_outcome_then_translations_wait_on_officers(
    preparer: User, decider: User, officer: User, reader: User
) -> None:
    round_ = a_closed_round(name_fi="Kierros A")
    decisions.decide(submitted(round_, preparer, **everything()), 1, yes(), decider, NOW)
    assert told(waits_on_staff(officer, NOW)) == ["Lähetä 1 päätösviesti: Kierros A"]
    decisions.send_letters(round_, officer, NOW)
    assert told(waits_on_staff(officer, NOW)) == ["Julkaise tulos: Kierros A"]
    decisions.publish_outcome(round_, officer, NOW)
    code = Pilot.objects.get().code
    assert told(waits_on_staff(officer, NOW)) == [f"Käännä ja julkaise pilotti {code}"]
    Pilot.objects.update(name_sv="Namn", summary_sv="Sammandrag", published_at=NOW)
    assert waits_on_staff(officer, NOW) == []
    assert waits_on_staff(reader, NOW) == []


def test_letters_of_staff_and_addresses_that_fail_wait_with_their_age(officer: User) -> None:
    words = {"subject_fi": "Muistutus", "body_fi": "Teksti", "written_by": officer}
    StaffLetter.objects.create(round=make_round(), audience="editors", written_at=NOW - 3 * DAY, **words)
    make_user("reader", address_failed_at=NOW - 5 * DAY, address_fault="550 5.1.1 no")
    things = waits_on_staff(officer, NOW)
    assert [(one.text, one.days) for one in things] == [
        ("Korjaa 1 osoite, joka ei toimi", 5),
        ("Lue läpi ja lähetä viesti: Muistutus", 3),
    ]


def test_a_preparer_is_told_what_can_be_sent_now_the_first_deadline_first(preparer: User, colleague: User) -> None:
    later, sooner = make_round(closes_at=NOW + 9 * DAY), make_round(closes_at=NOW + 2 * DAY)
    make_proposal(later, preparer, content={"title": "Luonnos"}, created_at=NOW - 4 * DAY)
    changed = make_submitted(sooner, preparer, NOW - DAY, title="Ehdotus")
    Proposal.objects.filter(pk=changed.pk).update(content={"title": "Muutettu"}, edition=2, saved_at=NOW)
    make_submitted(sooner, preparer, NOW - DAY, title="Lähetetty sellaisenaan")
    make_proposal(a_closed_round(), preparer, content={"title": "Liian myöhään"})
    things = waits_on_preparer(preparer, NOW)
    assert [(one.text, one.days) for one in things] == [
        ("Lähetä muutokset: Muutettu", 0),
        ("Lähetä luonnos: Luonnos", 4),
    ]
    assert waits_on_preparer(colleague, NOW) == []


def test_a_step_that_opened_waits_on_those_who_can_move_on(preparer: User) -> None:
    round_ = make_round(opens_at=NOW - 9 * DAY, closes_at=NOW - 2 * DAY)
    make_step(round_, opens_at=NOW - DAY, closes_at=NOW + DAY)
    make_submitted(round_, preparer, NOW - 3 * DAY, title="Ehdotus")
    assert [one.days for one in waits_on_preparer(preparer, NOW) if "Ehdotus" in one.text] == [1]


def test_a_request_for_an_extension_waits_on_officers(preparer: User, officer: User) -> None:
    step = make_round().steps.get()
    asked = {"asked_at": NOW - 2 * DAY, "asked_by": preparer, "until": NOW + 20 * DAY, "reason": "Hallitus kokoontuu"}
    ExtensionRequest.objects.create(step=step, organisation=preparer.organisation, **asked)
    [one] = waits_on_staff(officer, NOW)
    assert (one.text, one.days) == ("Vastaa pidennyspyyntöön: Satakuntaliitto", 2)


@pytest.mark.parametrize("n", [1, 3])
def test_the_lists_take_the_same_queries(preparer: User, decider: User, n: int, django_assert_num_queries: Any) -> None:
    for number in range(n):
        round_ = a_closed_round(name_fi=f"Kierros {number}")
        submitted(round_, preparer, title="Ehdotus")
        make_proposal(make_round(), preparer, content={"title": "Luonnos"})
        decisions.decide(submitted(round_, preparer, **everything()), 1, yes(), decider, NOW)
    with django_assert_num_queries(12):
        assert len(waits_on_staff(decider, NOW)) == 2 * n
    with django_assert_num_queries(8):
        assert len(waits_on_preparer(preparer, NOW)) == n


def test_the_pages_show_what_waits(as_user: SignIn, preparer: User, decider: User) -> None:
    submitted(a_closed_round(name_fi="Kierros A"), preparer, **everything())
    make_proposal(make_round(), preparer, content={"title": "Luonnos"})
    assert "Päätä 1 ehdotuksesta: Kierros A" in as_user(decider).get(reverse("desk")).text
    page = as_user(preparer).get(reverse("my_proposals")).text
    assert "Lähetä luonnos: Luonnos" in page
    assert "tänään" in page
