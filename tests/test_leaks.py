"""Tokens in every field that is protected: nobody who must not see one finds it in any answer of the site."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from pilots.mail import reminders
from pilots.models import (
    Extension,
    ExtensionRequest,
    Inquiry,
    Message,
    NewsItem,
    Pilot,
    PilotContact,
    Proposal,
    Round,
    StaffLetter,
    StageEntry,
    Version,
)
from pilots.proposals import noting, team
from pilots.rounds.workflow import deadlines, inquiries
from regions.models import GroupContact, Invitation, Membership, Organisation, Region, User
from tests.factories import (
    make_attachment,
    make_card,
    make_claim,
    make_extension_request,
    make_group,
    make_inquiry,
    make_law,
    make_municipality,
    make_organisation,
    make_person,
    make_pilot,
    make_post,
    make_proposal,
    make_round,
    make_user,
    make_version,
    send_with_files,
)
from tests.pilots.proposals.assessed import begin, make_criteria, make_ready, write
from tests.pilots.proposals.clarified import ask
from tests.protected import LISTS, text_of
from tests.sitemap import FILES

pytestmark = pytest.mark.django_db

UNPUBLISHED = {"xqpilot", "xqround", "xqnews"}
DRAFT = {"xqdraft"}
HIDDEN = {"xqhidden"}
SENT = {"xqsent", "xqasked"}
STAFF_ONLY = {"xqreason", "xqinvited", "xqletter"}
ASKED = {"xqwaits", "xqtyped", "xqasker"}  # what is asked about a round, and by whom: for officers
ASSESSED = {"xqassessed", "xqnote"}  # of a proposal that is sent: for the staff who deal with it
NOT_READY = {"xqunready"}  # for its author alone
TEAM = {"xqguest"}  # who is invited to write: for the editors, and for those who give accounts
WISHES = {"xqwish", "xqdeclined"}  # for an extension, and why it is not given: for the asker and the staff
EVERY = WISHES | UNPUBLISHED | DRAFT | HIDDEN | SENT | STAFF_ONLY | TEAM | ASSESSED | NOT_READY | ASKED
# What each must never be told.
FORBIDDEN = {
    "anyone": EVERY,
    "ended": EVERY,
    "nobody": EVERY,
    "stranger": EVERY,
    "preparer": UNPUBLISHED | HIDDEN | ASKED | WISHES | {"xqinvited", "xqletter"} | ASSESSED | NOT_READY,
    "reader": DRAFT | HIDDEN | TEAM | NOT_READY | {"xqwaits", "xqassessed"},  # it reads letters, that to the asker too
    "officer": DRAFT | HIDDEN | NOT_READY,
    "decider": DRAFT | HIDDEN | NOT_READY,
}


def words_of(token: str, *names: str) -> dict[str, str]:
    """Return the columns of translated fields, the token in each."""
    return {f"{name}_{language}": f"{token} {language}" for name in names for language in ("fi", "sv", "en")}


@pytest.fixture
def planted(preparer: User, officer: User, council: Organisation, satakunta: Region) -> dict[str, Any]:
    """The tokens, in rows that are tied to public ones wherever they can be."""
    at = timezone.now()
    public = make_pilot(regions=[satakunta], lead=council)
    secret = make_pilot(
        published=False,
        parent=public,
        regions=[satakunta],
        other_names_fi="xqpilot",
        **words_of("xqpilot", "name", "summary", "description", "target_text", "note"),
    )
    secret.related.add(public)
    make_claim(make_card(secret, **words_of("xqpilot", "basis")), text="xqpilot")
    make_claim(make_card(public, outcome="transferred", went_on_as=secret))
    law = make_law(slug="public-law")
    law.pilots.add(public, secret)
    round_ = make_round(slug="told", invited=[council], owner=officer, pilot=public)
    hidden_round = make_round(
        slug="xqround",
        published=False,
        pilot=public,
        previous=round_,
        organiser=council,
        invited=[council],
        **words_of("xqround", "name", "guidance", "contact", "note"),
    )
    news = NewsItem.objects.create(slug="xqnews", author="xqnews", **words_of("xqnews", "title", "body"))
    news.pilots.add(public)
    news.regions.add(satakunta)
    person = make_person("Xqhidden Xqhidden", hidden=True, **words_of("xqhidden", "note"))
    post = make_post(
        person,
        council,
        email="xqhidden@satakunta.example",
        phone="050 xqhidden",
        title_fi="xqhidden",
        title_sv="xqhidden",
        title_en="xqhidden",
    )
    group = make_group(slug="seen")
    group.regions.add(satakunta)
    news.groups.add(group)
    for role in Membership.Role:
        Membership.objects.create(group=group, person=person, role=role, organisation=council)
    GroupContact.objects.create(group=group, post=post, position=1)
    PilotContact.objects.create(pilot=public, post=post, position=1)
    draft = make_proposal(round_, preparer, content={"title": "xqdraft", "summary": "xqdraft", "contact": "xqdraft"})
    sent = make_proposal(
        round_,
        preparer,
        state="submitted",
        submitted_at=at,
        content={"title": "xqdraft", "summary": "xqdraft"},
        sent={"title": "xqsent", "summary": "xqsent"},
    )
    files = [make_attachment(sent, b"%PDF- xqsent", name="xqsent.pdf")]
    send_with_files(sent, at, {"title": "xqsent", "summary": "xqsent"})
    files += [make_attachment(one, b"%PDF- xqdraft", name="xqdraft.pdf") for one in (sent, draft)]
    later = round_.steps.get().closes_at + timedelta(days=1)
    Extension.objects.create(
        step=round_.steps.get(),
        organisation=council,
        closes_at=later,
        reason="xqreason",
        granted_at=at,
        granted_by=officer,
    )
    Invitation.objects.create(
        email="xqinvited@ministry.example",
        role="reader",
        token_sha256="0" * 64,
        invited_by=officer,
        invited_at=at,
        expires_at=at + timedelta(days=9),
    )
    letter = StaffLetter.objects.create(
        round=round_,
        audience="proposal",
        proposal=draft,
        written_at=at,
        written_by=officer,
        **words_of("xqletter", "subject", "body"),
    )
    ask(sent, officer, words="xqasked")
    make_criteria(round_, True)
    make_ready(sent, make_user("reader", email="assesses@ministry.example"), "xqassessed", 3)
    write(begin(sent, make_user("officer", email="assesses.too@ministry.example")), "xqunready")
    noting.write(sent, "xqnote", officer, at)
    guest = team.invite(draft, email="xqguest@satakunta.example", organisation=council, user=preparer, at=at)
    make_version(sent, at, {"title": "xqsent", "summary": "xqsent again"})
    waits = _asked(round_, officer)
    wishes = _wishes(round_, council, officer)
    reminders.plan_all(at)
    for days in range(12):
        reminders.queue_due(at + timedelta(days=days))
    return {
        "pilot": [public.code, secret.code, "KP-1999-999"],
        "edit_pilot": [public.code, secret.code],
        "publish_pilot": [secret.code],
        "round": [round_.slug, hidden_round.slug],
        "round_desk": [round_.slug, hidden_round.slug],
        "edit_round": [hidden_round.slug],
        "publish_round": [hidden_round.slug],
        "start_proposal": [round_.slug, hidden_round.slug],
        **dict.fromkeys(("inquire", "round_inquiries"), [round_.slug]),
        "waits": waits,
        "wishes": wishes,
        "law": [law.slug],
        "news_item": [news.slug],
        "region": [satakunta.slug],
        "municipality": [make_municipality("pori", satakunta).slug],
        "region_ics": [satakunta.slug],
        "round_ics": [round_.slug, hidden_round.slug],
        "organisation": [council.slug],
        "told_organisation": [council.slug],
        "new_letter": [round_.slug],
        **dict.fromkeys(("letter", "edit_letter"), [letter.pk]),
        "told_person": [preparer.pk, officer.pk],
        "group": [group.slug],
        "person": [person.slug],
        "programme": [public.programme.slug],
        **dict.fromkeys(
            ("proposal", "check_proposal", "submit_proposal", "withdraw_proposal", "editors"), [draft.pk, sent.pk]
        ),
        "message": [message.pk for message in Message.objects.all()],
        "receipt": [],
        **dict.fromkeys(("proposal_invitation", "account_request"), [guest.pk]),
        "files": files,
        "secret": secret,
        "sent": sent,
        "draft": draft,
    }


def _asked(round_: Round, officer: User) -> Inquiry:
    """Return a question that waits; another one of the same asker is answered to all."""
    asker = make_user(User.Role.PREPARER, make_organisation(), email="xqasker@kysyja.example", name="Xqasker")
    words = {"question_fi": "Xqpublic?", "question_sv": "Xqpublic?", "answer_fi": "Xqpublic", "answer_sv": "Xqpublic"}
    inquiries.answer(make_inquiry(round_, asker, "xqtyped"), words, officer, timezone.now())
    return make_inquiry(round_, asker, "xqwaits")


def _wishes(round_: Round, council: Organisation, officer: User) -> list[ExtensionRequest]:
    """Return two requests for an extension by a colleague of the preparer: one is declined, the other waits."""
    asker, step = make_user(User.Role.PREPARER, council, email="wishes@satakunta.example"), round_.steps.get()
    declined, waits = (make_extension_request(step, asker, reason=f"xqwish {number}") for number in range(2))
    deadlines.decline_extension(declined, "xqdeclined", officer, timezone.now())
    return [declined, waits]


# What is planted and is no address, or is read otherwise.
APART = {"files", "wishes", "secret", "sent", "draft", "waits", "publish_pilot", "publish_round", "receipt"}
OF_STAFF = ("assess_proposal", "assessments", "declare_interest", "proposal_notes", "decide_proposal")


def addresses(planted: dict[str, Any]) -> list[str]:
    """Return every address at which a token could come out, searches and filters for it included."""
    found = [reverse(name) for name in LISTS]
    for name, keys in planted.items():
        if name not in APART:
            found += [reverse(name, args=[key]) for key in keys]
    for proposal in (planted["sent"], planted["draft"]):
        found += [reverse(name, args=[proposal.pk, 1]) for name in ("clarification", "withdraw_clarification")]
        found += [reverse("ask_clarification", args=[proposal.pk]), reverse("receipt", args=[proposal.pk, 1])]
        found += [reverse(name, args=[proposal.pk]) for name in OF_STAFF]
        found += [reverse("edit_section", args=[proposal.pk, "basics"]), reverse("section_saves", args=[proposal.pk])]
        found += [f"{reverse('compare_versions', args=[proposal.pk])}?from=1&to={to}" for to in ("2", "draft")]
    for file in planted["files"]:
        found += [reverse(name, args=[file.proposal_id, file.pk]) for name in ("attachment", "remove_attachment")]
        found += [reverse("attachments", args=[file.proposal_id])]
    found += [reverse("answer_inquiry", args=["told", planted["waits"].pk])]
    found += [reverse("correct_answer", args=["told", 1])]
    found += [reverse("decline_extension", args=["told", one.pk]) for one in planted["wishes"]]
    found += [f"{reverse('search')}?q=xqpublic"]
    found += [reverse(f"{name}_file", args=["json"]) for name in FILES]
    found += [
        f"{reverse('pilots')}?publication=unpublished",
        f"{reverse('pilots_csv')}?publication=unpublished&sort=changed",
        f"{reverse('organisations')}?time=all",
        f"{reverse('people')}?pvm=2020-01-01",
        f"{reverse('group', args=['seen'])}?pvm=2020-01-01",
        f"{reverse('messages')}?round=told",
    ]
    return found


@pytest.fixture
def actors(stranger: User, preparer: User, ended: User, reader: User, officer: User, decider: User) -> dict[str, Any]:
    """Everybody, by what they are."""
    nobody = User.objects.create_user("nobody@rekisteri.example", "a long enough password")
    people = {"stranger": stranger, "preparer": preparer, "ended": ended, "reader": reader, "officer": officer}
    return {"anyone": None, "nobody": nobody, "decider": decider, **people}


@pytest.mark.parametrize("who", FORBIDDEN)
def test_no_token_reaches_who_must_not_see_it(planted: Any, actors: Any, as_user: Any, who: str) -> None:
    logging.disable(logging.CRITICAL)
    leaks, client = [], as_user(actors[who])
    for place in range(len(addresses(planted))):
        # One language at each address, for each actor another: those of one duty read it in all three.
        with translation.override(("fi", "sv", "en")[(place + list(FORBIDDEN).index(who)) % 3]):
            where = addresses(planted)[place]
            answer = client.get(where)
            told = f"{dict(answer.headers)} {text_of(answer)}".lower()
        # The asked address stands in the links to the other languages and in the one that reports an error.
        for own in (where.lower(), "/xqround/", "/xqround.ics", "/xqnews/", "%2fxqround", "%2fxqnews"):
            told = told.replace(own, "")
        leaks += [(where, token) for token in FORBIDDEN[who] if token in told]
    logging.disable(logging.NOTSET)
    assert leaks == []


@pytest.mark.parametrize("who", ["anyone", "nobody", "ended", "stranger"])
def test_what_is_hidden_changes_no_page_by_a_byte(planted: Any, actors: Any, as_user: Any, who: str) -> None:
    """Counts, facets and orders are the same as if it were not there at all."""
    pages = [
        *(reverse(name) for name in ("home", "regions", "organisations", "groups", "people", "programmes", "pilots")),
        *(reverse(name) for name in ("results", "results_csv", "laws", "laws_csv")),
        reverse("law", args=["public-law"]),
        *(reverse(name) for name in ("pilots_csv", "rounds", "rounds_ics", "news")),
        *(f"{reverse('pilots')}?q={token}" for token in ("xqpilot", "xqhidden", "xqdraft", "xqsent")),
        *(f"{reverse(name)}?q=xqhidden" for name in ("people", "organisations")),
        *(reverse(name, args=planted[name][:1]) for name in ("region", "organisation", "group", "programme", "pilot")),
        reverse("round", args=["told"]),
    ]
    client = as_user(actors[who])

    def read() -> dict[str, str]:
        return {page: text_of(client.get(page)).split('name="csrfmiddlewaretoken"')[0] for page in pages}

    before = read()
    planted["secret"].related.clear()
    planted["secret"].came_from_results.update(went_on_as=None)
    planted["secret"].delete()
    Round.objects.filter(published_at=None).delete()
    NewsItem.objects.filter(published_at=None).delete()
    for model in (PilotContact, GroupContact):
        model.objects.all().delete()
    Membership.objects.all().delete()
    after = read()
    assert [page for page in pages if before[page] != after[page]] == []


def test_the_tokens_are_there_for_those_who_may_see_them(planted: Any, actors: Any, as_user: Any) -> None:
    """Else the tests above would prove nothing."""
    officer, preparer = as_user(actors["officer"]), as_user(actors["preparer"])
    assert "xqpilot" in officer.get(reverse("pilot", args=[planted["secret"].code])).text
    assert "xqround" in officer.get(reverse("rounds")).text
    assert "xqnews" in officer.get(reverse("news")).text
    assert "xqsent" in text_of(officer.get(reverse("all_proposals_csv")))
    assert "xqdraft" in preparer.get(reverse("proposal", args=[planted["draft"].pk])).text
    file = planted["files"][0]
    assert "xqsent" in text_of(officer.get(reverse("attachment", args=[file.proposal_id, file.pk])))
    waits = reverse("answer_inquiry", args=["told", planted["waits"].pk])
    assert all(token in officer.get(waits).text.lower() for token in ("xqwaits", "xqasker"))
    assert "Xqpublic" in Client().get(reverse("round", args=["told"])).text
    assert "Xqpublic" in text_of(Client().get(reverse("rounds_file", args=["json"])))
    wish = reverse("decline_extension", args=["told", planted["wishes"][1].pk])
    assert "xqwish 1" in officer.get(wish).text
    assert "xqassessed" in officer.get(reverse("assessments", args=[planted["sent"].pk])).text
    assert "xqnote" in officer.get(reverse("proposal_notes", args=[planted["sent"].pk])).text
    assert "xqguest" in preparer.get(reverse("editors", args=[planted["draft"].pk])).text


@pytest.mark.parametrize("who", ["anyone", "nobody", "ended", "stranger", "reader"])
def test_who_may_not_write_changes_nothing(planted: Any, actors: Any, as_user: Any, who: str) -> None:
    def state() -> list[Any]:
        tables = (Pilot, Proposal, Round, NewsItem, Version, Invitation, StageEntry, User, Message)
        return [list(model.objects.order_by("pk").exclude(pk=None).values_list()) for model in tables]

    client, before = as_user(actors[who]), state()
    names = ("edit_pilot", "publish_pilot", "edit_round", "publish_round", "submit_proposal", "withdraw_proposal")
    form = {"edition": "1", "act": "hide", "title": "x", "name_fi": "x", "remove": str(actors["preparer"].pk)}
    for name in (*names, "editors"):
        for key in planted[name]:
            client.post(reverse(name, args=[key]), form)
    for proposal in (planted["draft"], planted["sent"]):
        client.post(reverse("edit_section", args=[proposal.pk, "basics"]), form)
    for name in ("new_round",):
        client.post(reverse(name), form)
    after = state()
    changed = [number for number, rows in enumerate(before) if rows != after[number]]
    assert changed == []


def test_no_page_for_a_reader_without_an_account_sets_a_cookie(planted: Any) -> None:
    public = [reverse(name) for name in LISTS[:18] if name != "health"]
    public += [reverse(name, args=planted[name][:1]) for name in ("region", "organisation", "group", "pilot", "round")]
    answers = {where: Client().get(where) for where in public}
    assert [where for where, answer in answers.items() if answer.cookies] == []
    for where, answer in answers.items():
        text = text_of(answer)
        assert not any(mark in text for mark in (" style=", "<style", " onclick=", "javascript:")), where
        assert "<script>" not in text, where


def test_no_page_repeats_the_host_that_was_asked_for(planted: Any, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    for where in addresses(planted):
        answer = Client(HTTP_HOST="evil.example", HTTP_X_FORWARDED_HOST="evil.example").get(where)
        assert "evil.example" not in f"{dict(answer.headers)} {text_of(answer)}", where
    assert site.BASE_URL in text_of(Client().get(reverse("pilots_csv")))
