"""Many writers at once on one row, on connections of their own: every save that was taken stands."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from pilots.catalogue import workflow as catalogue
from pilots.mail import workflow as mail
from pilots.models import Assessment, Pilot, Proposal, Round, StaffLetter
from pilots.proposals import assessing
from pilots.proposals import workflow as proposals
from pilots.proposals.questions.answers import comparable
from pilots.proposals.questions.form_1 import FORM_1
from pilots.rounds.workflow import rounds
from regions.models import Organisation, User
from registry.lib.editions import Shown, token
from registry.lib.refusals import Stale
from tests.factories import (
    make_organisation,
    make_pilot,
    make_proposal,
    make_region,
    make_round,
    make_submitted,
    make_user,
)
from tests.pilots.interest import INTEREST
from tests.pilots.mail.staff_letters import draft
from tests.pilots.proposals.assessed import begin, make_criteria

WRITERS = int(os.environ.get("WRITERS") or 8)
SAVES = int(os.environ.get("SAVES") or 6)  # of each writer; `make walks` tries 32 times 32

Opened = tuple[dict[str, Any], Shown]
pytestmark = pytest.mark.django_db(transaction=True)


def opened(row: Any, values: dict[str, Any]) -> Opened:
    """Return what a form shows and carries that is opened now."""
    return values, Shown.read({"edition": str(row.edition), "shown": token(row, values)}, row)


def save(look: Callable[[], Opened], take: Callable[[Shown, dict[str, Any]], Any], lines: dict[str, str]) -> None:
    """Add a line to each field that ``lines`` names, after a conflict anew: as a human writes the two together."""
    while True:
        values, shown = look()
        with suppress(Stale):
            take(shown, {**values, **{name: f"{values[name] or ''}{line}\n" for name, line in lines.items()}})
            return


def write_at_once(
    look: Callable[[], Opened], take: Callable[[Shown, dict[str, Any], User], Any], fields: list[str], text: str
) -> None:
    """Let every writer add lines to a field of few and, now and then, to that of all; every line must stand."""
    users = [make_user(User.Role.OFFICER) for _ in range(WRITERS)]
    start, faults = threading.Barrier(WRITERS), list[BaseException]()

    def work(number: int) -> None:
        own = fields[number % len(fields)]
        try:
            start.wait()
            for turn in range(SAVES):
                lines = {own: f"{number}.{turn}"} | ({text: f"{number}.{turn}"} if turn % 5 == 0 else {})
                save(look, lambda shown, typed: take(shown, typed, users[number]), lines)
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    values, _shown = look()
    lines = [f"{number}.{turn}" for number in range(WRITERS) for turn in range(SAVES)]
    assert sorted(values[text].split()) == sorted(line for line in lines if int(line.split(".")[1]) % 5 == 0)
    found = [line for name in fields for line in values[name].split()]
    print(f"\n{WRITERS} writers, {WRITERS * SAVES} saves: lost={len(set(lines) - set(found))}")
    assert sorted(found) == sorted(lines)


def test_nothing_written_into_a_pilot_is_lost() -> None:
    pilot = make_pilot(regions=[make_region("04")])

    def look() -> Opened:
        row = Pilot.objects.get(pk=pilot.pk)
        return opened(row, catalogue.stored(row))

    fields = [f"{name}_{language}" for name in ("description", "target_text") for language in ("fi", "sv", "en")]
    write_at_once(
        look,
        lambda shown, typed, user: catalogue.change(pilot, shown, typed, user, timezone.now()),
        fields,
        "legal_conditions_en",
    )
    assert Pilot.objects.get().edition == 1 + WRITERS * SAVES


def test_nothing_written_into_a_round_is_lost() -> None:
    council: Organisation = make_organisation(region=make_region("04"))
    round_ = make_round(published=False, invited=[council], guidance_fi="", guidance_sv="", contact_fi="")

    def look() -> Opened:
        row = Round.objects.get(pk=round_.pk)
        return opened(row, rounds.stored(row))

    fields = ["guidance_fi", "guidance_sv", "guidance_en", "contact_fi"]
    write_at_once(
        look,
        lambda shown, typed, user: rounds.change(round_, shown, typed, user, timezone.now()),
        fields,
        "contact_en",
    )
    assert Round.objects.get().edition == 1 + WRITERS * SAVES


def test_nothing_written_into_a_letter_is_lost(officer: User) -> None:
    letter = draft(make_round(), officer, body_fi="", body_sv="", body_en="")

    def look() -> Opened:
        row = StaffLetter.objects.get(pk=letter.pk)
        return opened(row, mail.stored(row))

    write_at_once(
        look,
        lambda shown, typed, user: mail.change_letter(letter, shown, typed, user, timezone.now()),
        ["body_fi", "body_sv"],
        "body_en",
    )
    assert StaffLetter.objects.get().edition == 1 + WRITERS * SAVES


def test_nothing_written_into_a_section_of_a_proposal_is_lost(preparer: User) -> None:
    proposal = make_proposal(make_round(), preparer, content={})
    section = FORM_1.sections[1]

    def look() -> Opened:
        row = Proposal.objects.get(pk=proposal.pk)
        return opened(row, comparable(section, row.content))

    write_at_once(
        look,
        lambda shown, typed, user: proposals.save_section(proposal, section, typed, shown, user, timezone.now()),
        ["problem", "tried"],
        "benefit",
    )
    assert Proposal.objects.get().edition == 1 + WRITERS * SAVES


def test_nothing_written_into_an_assessment_is_lost(preparer: User, officer: User) -> None:
    proposal = make_submitted(make_round(), preparer)
    make_criteria(proposal.round, False, False)
    assessment = begin(proposal, officer)

    def look() -> Opened:
        row = Assessment.objects.get(pk=assessment.pk)
        return opened(row, assessing.stored(row, assessing.answers_of(row)))

    write_at_once(
        look,
        lambda shown, typed, user: assessing.save(assessment, shown, typed, timezone.now()),
        [name for name in look()[0] if name.startswith(assessing.TEXT)],
        assessing.OVERALL,
    )
    assert Assessment.objects.get().edition == 1 + WRITERS * SAVES


def test_a_submission_that_waits_for_the_save_of_another_writer_is_stale(preparer: User, colleague: User) -> None:
    proposal = make_proposal(make_round(), preparer, content=dict(INTEREST), kind=Round.Asks.INTEREST)
    ends: list[Any] = []

    def submit() -> None:
        try:
            ends.append(proposals.submit(proposal, proposal.edition, preparer))
        except Stale as stale:
            ends.append(stale.current.saved_by)
        finally:
            connection.close()

    thread = threading.Thread(target=submit)
    with transaction.atomic():
        content = {**INTEREST, "title": "Toinen"}
        Proposal.objects.filter(pk=proposal.pk).update(content=content, edition=F("edition") + 1, saved_by=colleague)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()  # it waits for the row
    thread.join(20)
    assert ends == [colleague]
