"""What the Monday digest tells, to whom, and in which words."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from pilots.models import DeadlineChange, Extension, Letter, Message, NewsItem, Pilot, Proposal, Round, ToldDeadline
from pilots.rounds.workflow import inquiries
from regions.models import Organisation, User
from registry.lib.dates import HELSINKI
from tests.factories import make_inquiry, make_pilot, make_programme, make_proposal, make_submitted, make_user
from tests.pilots.mail.mondays import CLOSES, LAST, MIDWEEK, MONDAY, body, make, send

State = Message.State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everyone_wants_it")]


def test_what_is_open_and_until_when(preparer: User, council: Organisation, other_council: Organisation) -> None:
    make("Kaikille avoin")
    make("Meille avoin", invited=[council], opens_at=MIDWEEK)
    make("Muille avoin", invited=[other_council])
    make("Mennyt", closes_at=MONDAY - timedelta(minutes=1))
    Round.objects.filter(pk=make("Salainen kierros").pk).update(published_at=None)
    text = body(preparer)
    assert "AUKI NYT" in text
    lines = text.splitlines()
    first = lines.index("Kaikille avoin")
    assert lines[first + 1] == "Vaihe: alustava ehdotus"
    assert lines[first + 2] == "Määräaika: tiistai 8.12.2026 klo 16.15 (Suomen aikaa)"
    assert lines[first + 3].startswith("http://localhost:8000/fi/")
    assert "Meille avoin (uusi) – organisaatiosi on kutsuttu\n" in text
    assert "Muille avoin" not in text
    assert "Mennyt" not in text
    assert "Salainen kierros" not in text
    assert "\n\n\n" not in text
    assert Message.objects.get(user=preparer).subject == "Viikon 48 kooste: 2 määräaikaa edessä"


def test_one_s_own_deadline_is_told(preparer: User, officer: User) -> None:
    step, later = make("Pidennetty", closes_at=MONDAY - timedelta(days=1)).steps.get(), CLOSES + timedelta(days=2)
    fields = {"reason": "xqreason", "granted_by": officer, "granted_at": LAST}
    Extension.objects.create(step=step, organisation=preparer.organisation, closes_at=later, **fields)
    text = body(preparer)
    assert "Pidennetty\nVaihe: alustava ehdotus\nMääräaika: torstai 10.12.2026 klo 16.15 (Suomen aikaa) – org" in text
    assert text.count("organisaatiosi oma määräaika") == 1
    assert "xqreason" not in text
    told = ToldDeadline.objects.get(user=preparer)
    assert (told.step, told.closes_at, told.letter) == (step, later, Letter.DIGEST)
    assert officer.email not in send()


def test_answers_of_the_week_are_counted_for_those_whom_no_letter_has_told(
    preparer: User, council: Organisation, officer: User
) -> None:
    round_, (writer, asker) = make("Avoin"), [make_user("preparer", council, wants_digest=True) for _ in range(2)]
    make_proposal(round_, writer)
    words = {"question_fi": "Mikä?", "question_sv": "Vad?", "answer_fi": "Se.", "answer_sv": "Det."}
    inquiries.answer(make_inquiry(round_, asker, asked_at=LAST), words, officer, LAST - timedelta(days=1))
    for user in (asker, officer):
        inquiries.answer(make_inquiry(round_, user, asked_at=LAST), words, officer, MIDWEEK)
    told = {address: message.body for address, message in send().items()}
    assert "Uusia vastauksia kysymyksiin kierroksesta: 2." in told[preparer.email]
    assert "Uusia vastauksia kysymyksiin kierroksesta: 1." in told[asker.email]
    assert "Uusia vastauksia" not in told[writer.email] + told[officer.email]


def test_drafts_that_are_not_sent_come_first_and_without_their_words(preparer: User, colleague: User) -> None:
    """Staff read what was sent to whom, and never the words of a draft."""
    round_ = make("Avoin")
    draft = make_proposal(round_, preparer, content={"title": "xqdraft"})
    make_proposal(make("Kollegan"), colleague)
    message = send()[preparer.email]
    assert message.subject == "Lähetä ehdotuksesi viimeistään 8.12. klo 16.15: viikon 48 kooste"
    assert message.body.startswith("Ehdotustasi ei ole vielä lähetetty.")
    assert f"Jatka tästä: http://localhost:8000/fi/ehdotukset/{draft.pk}/" in message.body
    assert message.body.index("VIELÄ LÄHETTÄMÄTTÄ") < message.body.index("AUKI NYT") < message.body.index("Kollegan")
    assert message.body.count("Avoin\n") == 1
    assert "xqdraft" not in message.body


def test_what_one_s_organisation_sent_in_the_week(preparer: User, colleague: User, stranger: User) -> None:
    round_ = make("Avoin")
    make_submitted(round_, colleague, MIDWEEK, title="Meidän ehdotus")
    make_submitted(round_, colleague, LAST - timedelta(minutes=1), title="Vanha ehdotus")
    make_submitted(round_, stranger, MIDWEEK, title="Vieras ehdotus")
    text = body(preparer)
    assert "ORGANISAATIOSI LÄHETTI VIIKON AIKANA\n\nMeidän ehdotus, versio 1, 19.11.2026 klo 8.00" in text
    assert "Vanha ehdotus" not in text
    assert "Vieras ehdotus" not in text


def test_changes_after_sending_are_named_as_what_they_are(preparer: User) -> None:
    proposal = make_submitted(make("Avoin"), preparer, LAST - timedelta(days=3), title="Ehdotus")
    assert "VIELÄ LÄHETTÄMÄTTÄ" not in body(preparer)
    Proposal.objects.filter(pk=proposal.pk).update(content={"title": "Ehdotus 2"}, edition=2)
    text = body(preparer, MONDAY + timedelta(days=7))
    assert "lähetetty, mutta sen jälkeen tehtyjä muutoksia ei ole lähetetty" in text


def test_moved_and_cancelled_and_later_rounds(preparer: User, officer: User) -> None:
    step = make("Siirtynyt").steps.get()
    change = {"reason_fi": "syy", "changed_by": officer, "version": 2, "changed_at": MIDWEEK}
    before = datetime(2026, 12, 1, 16, 15, tzinfo=HELSINKI)
    DeadlineChange.objects.create(step=step, closed_at=before, closes_at=CLOSES, **change)
    make("Tuleva", opens_at=MONDAY + timedelta(days=3))
    make("Kauan tiedetty", opens_at=MONDAY + timedelta(days=3))
    Round.objects.filter(name_fi="Tuleva").update(published_at=MIDWEEK)
    Round.objects.filter(name_fi="Kauan tiedetty").update(published_at=LAST - timedelta(days=1))
    gone = {"cancelled_at": MIDWEEK, "cancelled_because_fi": "syy", "cancelled_because_sv": "orsak"}
    Round.objects.filter(pk=make("Peruttu kierros").pk).update(cancelled_by=officer, **gone)
    text = body(preparer)
    assert "klo 16.15 (Suomen aikaa) – siirtynyt, aiempi oli tiistai 1.12.2026 klo 16.15 (Suomen aikaa)" in text
    assert "AVAUTUU MYÖHEMMIN\n\nTuleva (uusi)\nVaihe: alustava ehdotus\nAvautuu: 26.11.2026 klo 8.00" in text
    assert "Kauan tiedetty" not in text
    assert "PERUTTU VIIKON AIKANA\n\nPeruttu kierros" in text
    assert text.count("Peruttu kierros") == 1
    again = body(preparer, MONDAY + timedelta(days=7))
    assert "siirtynyt" not in again
    assert "Peruttu" not in again


def test_pilots_and_news_of_the_week(preparer: User) -> None:
    new, changed = make_pilot(name_fi="Uusi pilotti"), make_pilot(name_fi="Muuttunut pilotti")
    old, secret = make_pilot(name_fi="Vanha pilotti"), make_pilot(published=False, name_fi="xqpilot")
    early = LAST - timedelta(days=1)
    for pilot, published, touched in ((new, MIDWEEK, MIDWEEK), (changed, early, MIDWEEK), (old, early, early)):
        Pilot.objects.filter(pk=pilot.pk).update(published_at=published, changed_at=touched)
    Pilot.objects.filter(pk=secret.pk).update(changed_at=MIDWEEK)
    words = {"title_sv": "Nyhet", "body_fi": "a", "body_sv": "b"}
    NewsItem.objects.create(slug="uutinen", title_fi="Uutinen", published_at=MIDWEEK, **words)
    NewsItem.objects.create(slug="xqnews", title_fi="xqnews", **words)
    text = body(preparer)
    assert f"UUDET PILOTIT\n\nUusi pilotti\nhttp://localhost:8000/fi/pilotit/{new.code}/" in text
    assert "MUUTTUNEET PILOTIT\n\nMuuttunut pilotti\n" in text
    assert "UUTISET\n\nUutinen\nhttp://localhost:8000/fi/ajankohtaista/uutinen/" in text
    for absent in ("Vanha pilotti", "xqpilot", "xqnews", "Lisäksi"):
        assert absent not in text


def test_what_happens_at_eight_on_monday_is_told_in_the_week_that_begins(preparer: User, officer: User) -> None:
    make("Avoin")
    words = {"title_sv": "Nyhet", "body_fi": "a", "body_sv": "b"}
    change = {"reason_fi": "syy", "changed_by": officer, "version": 2, "closed_at": MIDWEEK, "closes_at": CLOSES}
    gone = {"cancelled_by": officer, "cancelled_because_fi": "syy", "cancelled_because_sv": "orsak"}
    for name, at in (("Alussa", LAST), ("Lopussa", MONDAY)):
        Pilot.objects.filter(pk=make_pilot(name_fi=f"Pilotti {name}").pk).update(published_at=at, changed_at=at)
        NewsItem.objects.create(slug=name.lower(), title_fi=f"Uutinen {name}", published_at=at, **words)
        make(f"Kierros {name}", opens_at=at)
        DeadlineChange.objects.create(step=make(f"Siirto {name}").steps.get(), changed_at=at, **change)
        Round.objects.filter(pk=make(f"Peruttu {name}").pk).update(cancelled_at=at, **gone)
        make_submitted(make(f"Lähetetty {name}"), preparer, at, title=f"Ehdotus {name}")
    first, second = (body(preparer, at).splitlines() for at in (MONDAY, MONDAY + timedelta(days=7)))
    for told, name, other in ((first, "Alussa", "Lopussa"), (second, "Lopussa", "Alussa")):
        new = [line for line in told if "(uusi)" in line]
        assert new == [f"Kierros {name} (uusi)"]
        for of in ("Pilotti", "Uutinen", "Peruttu"):
            assert [line for line in told if line.startswith(f"{of} ")] == [f"{of} {name}"]
        assert [line.partition(",")[0] for line in told if line.startswith("Ehdotus")] == [f"Ehdotus {name}"]
        assert "siirtynyt" in told[told.index(f"Siirto {name}") + 2]
        assert "siirtynyt" not in told[told.index(f"Siirto {other}") + 2]


def test_news_and_cancelled_rounds_stand_in_the_order_of_their_days(preparer: User, officer: User) -> None:
    make("Avoin")
    for title, days in (("Myöhempi", 2), ("Aiempi", 1), ("Viimeinen", 3)):
        words = {"title_fi": title, "title_sv": "Nyhet", "body_fi": "a", "body_sv": "b"}
        NewsItem.objects.create(slug=f"uutinen-{days}", published_at=LAST + timedelta(days=days), **words)
        gone = {"cancelled_at": LAST + timedelta(days=days), "cancelled_because_fi": "a", "cancelled_because_sv": "b"}
        Round.objects.filter(pk=make(f"Peruttu {title}").pk).update(cancelled_by=officer, **gone)
    lines = body(preparer).splitlines()
    for of in ("", "Peruttu "):
        found = [line for line in lines if line in {f"{of}Aiempi", f"{of}Myöhempi", f"{of}Viimeinen"}]
        assert found == [f"{of}Aiempi", f"{of}Myöhempi", f"{of}Viimeinen"]


def test_of_many_the_first_are_named_and_the_rest_counted(preparer: User) -> None:
    programme = make_programme()
    for _ in range(23):
        make_pilot(programme=programme)
    Pilot.objects.update(published_at=MIDWEEK, changed_at=MIDWEEK)
    text = body(preparer)
    assert text.count("/fi/pilotit/") == 21
    assert "Lisäksi 3 muuta: http://localhost:8000/fi/pilotit/" in text


def test_staff_are_told_of_rounds_with_counts_and_of_letters_that_did_not_arrive(
    officer: User, preparer: User, council: Organisation, other_council: Organisation
) -> None:
    round_ = make("Avoin", invited=[council, other_council])
    make_proposal(round_, preparer)
    make_submitted(round_, preparer, MIDWEEK, title="x")
    lost = {"letter": Letter.RECEIPT, "user": preparer, "address": preparer.email, "language": "fi", "subject": "x"}
    lost |= {"body": "x", "deployment": "x", "created_at": MIDWEEK, "next_try_at": MIDWEEK, "mime": b""}
    for number, (state, settled_at) in enumerate([(State.DEAD, MIDWEEK), (State.DEAD, LAST - timedelta(days=1))]):
        Message.objects.create(state=state, settled_at=settled_at, message_id=f"<{number}@x>", **lost)
    text = send()[officer.email].body
    assert (
        "Ehdotuksen lähettäneitä organisaatioita: 1. Vain luonnos: 0. Kutsuttuja, jotka eivät ole aloittaneet: 1."
        in text
    )
    assert f"http://localhost:8000{reverse('round_desk', args=[round_.slug])}\n" in text
    assert "Palautui: 0. Ei voitu lähettää: 1. Vanheni: 0." in text
    theirs = send()[preparer.email].body
    assert "Vain luonnos:" not in theirs
    assert "EIVÄT MENNEET PERILLE" not in theirs


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "sv",
            ["Ditt förslag har ännu inte skickats.", "tisdagen den 8.12.2026 kl. 16.15 (finsk tid)", "ÖPPET NU"],
        ),
        ("en", ["Your proposal is not sent yet.", "Deadline: Tuesday 8 December 2026 at 16:15", "OPEN NOW"]),
        ("", ["Ehdotustasi ei ole vielä lähetetty.", "Ditt förslag har ännu inte skickats."]),
    ],
)
def test_it_comes_in_the_reader_s_language(preparer: User, language: str, words: list[str]) -> None:
    User.objects.update(language=language)
    make_proposal(make("Avoin", name_sv="Öppen", name_en="Open"), preparer)
    make("Toinen")
    message = send()[preparer.email]
    assert [one for one in words if one not in message.body] == []
    assert message.language == (language or "fi+sv")
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in bytes(message.mime)
    assert b".digest~" in bytes(message.mime)
    if language:
        assert "Määräaika" not in message.body


def test_a_cancelled_round_is_told_to_those_it_invited_and_to_nobody_else(
    preparer: User, stranger: User, other_council: Organisation, officer: User
) -> None:
    User.objects.filter(pk=stranger.pk).update(wants_digest=True)
    make("Avoin")
    gone = {"cancelled_at": MIDWEEK, "cancelled_because_fi": "syy", "cancelled_because_sv": "orsak"}
    theirs = make("Peruttu kierros", invited=[other_council])
    Round.objects.filter(pk=theirs.pk).update(cancelled_by=officer, **gone)
    letters = send()
    assert "Peruttu kierros" in letters[stranger.email].body
    assert "Peruttu kierros" not in letters[preparer.email].body
