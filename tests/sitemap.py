"""The scene for tests that walk the whole site: its people, a row of every kind, and every address."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from pilots.mail import reminders
from pilots.models import (
    Assessment,
    ClaimKind,
    Clarification,
    Decision,
    DeletedDraft,
    Installation,
    Letter,
    NewsItem,
    Note,
    Proposal,
    Reconciliation,
    Reminder,
    ReminderRule,
    Round,
    StaffLetter,
    WriterInvitation,
)
from pilots.proposals import decisions, noting, team, workflow
from pilots.proposals.assessing import reopen
from pilots.rounds.workflow import deleting
from regions import preferences
from regions.models import Invitation, Kind, Organisation, SavedSearch, Synonym, User
from registry.lib.languages import InThree
from tests.factories import (
    make_attachment,
    make_card,
    make_claim,
    make_event,
    make_extension_request,
    make_group,
    make_inquiry,
    make_law,
    make_municipality,
    make_organisation,
    make_own_form,
    make_person,
    make_pilot,
    make_post,
    make_programme,
    make_proposal,
    make_public_answer,
    make_region,
    make_round,
    make_submitted,
    make_user,
    send_with_files,
)
from tests.pilots.proposals.assessed import begin, make_criteria, make_ready
from tests.pilots.proposals.clarified import answer, ask
from tests.posted import posted

TOKEN = "an-invitation-token-of-the-tests"
# Those who are signed out, whatever they try: no account, no role, rights that ended, an account that was closed.
OUT = ("anyone", "nobody", "ended", "inactive")
INSIDE = ("reader", "officer", "decider", "preparer", "colleague", "stranger", "administrator", "assessor")


# What leaves as a file.
FILES = (
    *("pilots", "results", "laws", "programmes", "rounds"),
    *("organisations", "successions", "groups", "news"),
)


@dataclass
class Scene:
    """People by what they are, and the arguments of every address that takes some."""

    people: dict[str, User | None] = field(default_factory=dict)
    arguments: dict[str, list[Any]] = field(default_factory=dict)
    hidden: dict[str, list[Any]] = field(default_factory=dict)  # the same addresses, of rows that are not public


def _people(own: Organisation, other: Organisation) -> dict[str, User | None]:
    role = User.Role
    return {
        "anyone": None,
        "nobody": make_user("", email="nobody@walk.example"),
        "ended": make_user(role.PREPARER, own, email="ended@walk.example", rights_until=date(2020, 1, 1)),
        "inactive": make_user(role.OFFICER, email="inactive@walk.example", is_active=False),
        "reader": make_user(role.READER, email="reader@walk.example"),
        "officer": make_user(role.OFFICER, email="officer@walk.example"),
        "decider": make_user(role.DECIDER, email="decider@walk.example"),
        "preparer": make_user(role.PREPARER, own, email="preparer@walk.example"),
        "colleague": make_user(role.PREPARER, own, email="colleague@walk.example"),
        "stranger": make_user(role.PREPARER, other, email="stranger@walk.example"),
        "administrator": make_user("", email="administrator@walk.example", is_superuser=True),
        "assessor": make_user(role.READER, email="assesses@walk.example"),
    }


def _council(slug: str, name: str, code: str) -> Organisation:
    found = Organisation.objects.filter(slug=slug).first()
    return found or make_organisation(Kind.REGIONAL_COUNCIL, make_region(code), slug=slug, name_fi=name)


@transaction.atomic  # what needs a source comes with it at once, also where a test runs outside a transaction
def set_the_scene(at: datetime) -> Scene:
    """Make a row of every kind (beside the reference data, if it is there) and return the scene."""
    own = _council("liitto-satakunta", "Satakuntaliitto", "04")
    other = _council("liitto-etela-savo", "Etelä-Savon maakuntaliitto", "10")
    people = _people(own, other)
    officer, preparer = people["officer"], people["preparer"]
    assert officer is not None
    assert preparer is not None
    round_ = make_round(slug="walk-open", invited=[own, other], owner=officer)
    make_own_form(round_, {"kind": "choice", "choices_fi": ["a", "b"], "choices_sv": ["a", "b"]}, {}, {"kind": "day"})
    asked_round = make_round(slug="walk-asked", owner=officer, invited=[own])
    asked_round.steps.update(senders="asked")
    draft_round = make_round(slug="walk-unpublished", published=False)
    sent, draft = make_submitted(round_, preparer, at, title="Kävelijän ehdotus"), make_proposal(round_, preparer)
    file = make_attachment(sent, b"%PDF-", name="Kävelijän liite.pdf")
    send_with_files(sent, at)
    reminders.default_rules(round_, at)
    reminders.plan(round_, at)
    message = posted(preparer, Letter.RECEIPT, at=at, proposal=sent, title="Kävelijän ehdotus")
    invitation = Invitation.objects.create(
        email="invited@walk.example",
        role=User.Role.READER,
        token_sha256=hashlib.sha256(TOKEN.encode()).hexdigest(),
        invited_by=officer,
        invited_at=at,
        expires_at=at + timedelta(days=7),
    )
    receipt = _receipt(round_, preparer, at)
    group, person = make_group(slug="walk-group"), make_person(checked_on=at.date())
    group.regions.add(make_region("04"))
    make_post(person, own)
    returned = make_user(
        User.Role.PREPARER, other, email="returned@walk.example", address_failed_at=at, address_fault="550 5.1.1 no"
    )
    pilot = make_pilot(regions=[make_region("04")])
    for kind in ClaimKind.values:
        make_claim(make_card(pilot) if kind == ClaimKind.WORKED else pilot.result_card, kind)
    law = make_law(slug="walk-law")
    law.pilots.add(pilot)
    make_event(law, "in_force", date(2017, 8, 1))
    scene = Scene(people)
    closed = make_round(slug="walk-closed", closes_at=at - timedelta(hours=1), two_deciders=True)
    undecided = make_submitted(closed, preparer, at - timedelta(hours=2), title="Kävelijän toinen ehdotus")
    proposed = _proposed_decision(make_submitted(closed, preparer, at - timedelta(hours=2)), at)
    scene.arguments = {
        **{f"{name}_file": ["json"] for name in FILES},
        "region": [make_region("04").slug],
        "municipality": [make_municipality("pori", make_region("04")).slug],
        "organisation": [own.slug],
        "told_organisation": [own.slug],
        "new_letter": [round_.slug],
        **dict.fromkeys(("letter", "edit_letter", "send_letter"), [_letter(round_, officer, at).pk]),
        "told_person": [preparer.pk],
        "group": [group.slug],
        "person": [person.slug],
        "accept_invitation": [TOKEN],
        "withdraw_invitation": [invitation.pk],
        "programme": [make_programme(slug="walk-programme").slug],
        "law": [law.slug],
        "news_item": [_news("walk-news", at).slug],
        "message": [message.pk],
        "round_ics": [round_.slug],
        "step_ics": [round_.slug, 1],
        "region_ics": [make_region("04").slug],
        "my_ics": [preparer.pk, preparer.calendar_key()],
        "reconciliation": [receipt.pk],
        "unsubscribe": [preferences.token(preparer, preferences.Preference.REMINDERS)],
        **dict.fromkeys(("round", "round_desk", "rehearsal", "cancel_round", "start_proposal"), [round_.slug]),
        **dict.fromkeys(("move_deadline", "extend_deadline"), [round_.slug, 1]),
        **dict.fromkeys(("edit_round", "publish_round", "delete_round"), [draft_round.slug]),
        "restore_round": [deleting.delete(make_round(published=False), officer, at).pk],
        **dict.fromkeys(("pilot", "edit_pilot", "publish_pilot"), [pilot.code]),
        **dict.fromkeys(("proposal", "check_proposal", "withdraw_proposal", "submit_proposal", "editors"), [sent.pk]),
        **dict.fromkeys(("delete_draft", "move_on", "confirm_questions"), [sent.pk]),
        "proposal_invitation": [_invited(draft, "stranger@walk.example", other, at).pk],
        "account_request": [_invited(draft, "newcomer@walk.example", other, at).pk],
        "ask_for_step": [asked_round.slug, 1],
        "ask_for_extension": [round_.slug, 1],
        **dict.fromkeys(
            (
                "correct_round",
                "invite_more",
                "hand_over_round",
                "copy_round",
                "round_questions",
                "round_criteria",
                "round_assessors",
            ),
            [round_.slug],
        ),
        **dict.fromkeys(("inquire", "round_inquiries"), [round_.slug]),
        "decline_extension": [round_.slug, make_extension_request(round_.steps.first(), preparer).pk],
        "answer_inquiry": [round_.slug, make_inquiry(round_, preparer).pk],
        "correct_answer": [round_.slug, make_public_answer(round_, officer).number],
        **dict.fromkeys(("round_decisions", "set_deciders", "decision_letters", "publish_outcome"), [closed.slug]),
        "attachments": [sent.pk],
        **dict.fromkeys(("attachment", "remove_attachment"), [sent.pk, file.pk]),
        "decide_proposal": [undecided.pk],
        **dict.fromkeys(("declare_interest", "assess_proposal", "assessments", "proposal_notes"), [undecided.pk]),
        "withdraw_note": [undecided.pk, _assessed(undecided, people, at).number],
        "ask_clarification": [undecided.pk],
        **dict.fromkeys(("clarification", "withdraw_clarification"), [undecided.pk, 1]),
        "read_clarification": [undecided.pk, _answered(undecided, preparer, officer, at).number],
        "decision": [proposed.proposal_id, 1],
        "restore_draft": [_deleted(round_, preparer, at).pk],
        "edit_section": [sent.pk, "basics"],
        "receipt": [sent.pk, 1],
        **dict.fromkeys(("compare_versions", "section_saves", "join_proposal"), [sent.pk]),
        "mend_address": [returned.pk],
        **dict.fromkeys(("saved_search", "delete_search"), [_saved(preparer, at).pk]),
        "edit_synonyms": [Synonym.objects.create(slug="walk", words_fi="kävely, kulku").pk],
        "rehearsed_letters": [round_.slug, preparer.pk],
    }
    scene.hidden = {
        "pilot": [make_pilot(published=False).code],
        "round": [draft_round.slug],
        "round_ics": [draft_round.slug],
        "news_item": [_news("walk-hidden", None).slug],
        "proposal": [draft.pk],
    }
    return scene


def _assessed(proposal: Proposal, people: dict[str, User | None], at: datetime) -> Note:
    """Let the assessor and the officer assess the proposal, the officer not ready; return the officer's note."""
    make_criteria(proposal.round, True, False)
    officer, assessor = people["officer"], people["assessor"]
    assert officer is not None
    assert assessor is not None
    make_ready(proposal, assessor, "Kävelijän arvio", 4)
    reopen(Assessment.objects.get(), at)
    begin(proposal, officer)
    return noting.write(proposal, "Kävelijän muistiinpano", officer, at)


def _proposed_decision(proposal: Proposal, at: datetime) -> Decision:
    """Return a decision that waits for the second decider."""
    other = make_user(User.Role.DECIDER, email="other.decider@walk.example")
    reasons = InThree("Kävelijän perustelu", "Vandrarens motivering")
    verdict = decisions.Verdict(Decision.Outcome.NOT_SELECTED, reasons=reasons)
    return decisions.decide(proposal, 1, verdict, other, at)


def _invited(proposal: Proposal, email: str, organisation: Organisation, at: datetime) -> WriterInvitation:
    """Return an invitation to write the proposal."""
    return team.invite(proposal, email=email, organisation=organisation, user=proposal.created_by, at=at)


def _saved(user: User, at: datetime) -> SavedSearch:
    """Return a search that the user has saved."""
    return SavedSearch.objects.create(user=user, name="Kävelijän haku", page="pilots", query="q=polku", saved_at=at)


def _answered(proposal: Proposal, preparer: User, officer: User, at: datetime) -> Clarification:
    """Ask twice at the proposal, of which the second is answered; return that."""
    asked = [ask(proposal, officer, question, at=at) for question in ("title", "summary")]
    answer(asked[1], preparer, "Kävelijän vastaus", at=at)
    return asked[1]


def _deleted(round_: Round, editor: User, at: datetime) -> DeletedDraft:
    """Return a draft that its editor deleted."""
    return workflow.delete_draft(make_proposal(round_, editor), editor, at)


def _receipt(round_: Round, user: User, at: datetime) -> Reconciliation:
    """Make a receipt that is red, of a reminder that was skipped, and a mail server that stopped two minutes ago."""
    rule = ReminderRule.objects.create(round=round_, audience="preparers", days_before=9, active_from=at)
    Reminder.objects.create(
        rule=rule,
        step=round_.steps.get(position=1),
        deadline_version=1,
        user=user,
        due_at=at - timedelta(hours=20),
        state=Reminder.State.SKIPPED,
        reason=Reminder.Reason.SUBMITTED,
        settled_at=at,
    )
    Installation.objects.create(
        swept_at=at,
        mail_waits_until=at,
        mail_trouble_since=at - timedelta(minutes=2),
        mail_trouble="535 authentication failed",
    )
    return Reconciliation.objects.create(
        kind=Reconciliation.Kind.MORNING,
        since=at - timedelta(hours=25),
        until=at - timedelta(hours=1),
        made_at=at - timedelta(hours=25),  # so long ago that it is no alarm any more
        planned=2,
        sent=0,
        skipped=1,
        missing=1,
    )


def _letter(round_: Round, officer: User, at: datetime) -> StaffLetter:
    """Return a letter of staff that waits to be sent to the writers of submitted proposals."""
    words = {f"subject_{language}": f"Viesti {language}" for language in ("fi", "sv", "en")}
    words |= {f"body_{language}": f"Teksti {language}" for language in ("fi", "sv", "en")}
    return StaffLetter.objects.create(
        round=round_, audience="submitted", written_at=at, written_by=officer, edition=3, **words
    )


def _news(slug: str, published_at: datetime | None) -> NewsItem:
    words = {
        f"{name}_{language}": f"{slug} {language}" for name in ("title", "body") for language in ("fi", "sv", "en")
    }
    return NewsItem.objects.create(slug=slug, published_at=published_at, **words)


def names(include: Callable[[str], bool] = lambda name: True) -> list[str]:
    """Return the name of every address of the URLconf, the admin's left out (it has one door of its own)."""
    found: list[str] = []

    def collect(patterns: list[Any]) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver) and pattern.app_name != "admin":
                collect(pattern.url_patterns)
            elif isinstance(pattern, URLPattern):
                found.append(str(pattern.name))

    collect(get_resolver().url_patterns)
    return [name for name in dict.fromkeys(found) if include(name)]


def address(scene: Scene, name: str) -> str:
    """Return the address of a name in the active language."""
    return reverse(name, args=scene.arguments.get(name, ALLAUTH.get(name, [])))


# Addresses of the sign-in library that carry a key: a wrong one, for the pages that say so.
ALLAUTH = {
    "account_confirm_email": ["wrong-key"],
    "account_reset_password_from_key": ["1", "wrong-key"],
}
