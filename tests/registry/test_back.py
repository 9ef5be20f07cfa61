"""*Back* and *reload* never send a form again: each page that answers a form has an address of its own."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from pilots.models import Message, Pilot, Proposal, Round, StaffLetter
from regions import invitations, sign_in_letters
from regions.models import Invitation, KeptForm, Organisation, SignInLetter, User
from registry.lib.answered_forms import NO_WORDS
from tests.factories import make_pilot, make_proposal, make_region, make_round, make_user
from tests.forms import action_of, form_of

pytestmark = pytest.mark.django_db
LEFT = "kirjoittamaasi tekstiä ei ole tallennettu"


def browser(user: User) -> Client:
    """A client that asks as a browser does, not as a script."""
    client = Client(headers={"Sec-Fetch-Mode": "navigate"})
    client.force_login(user)
    return client


def test_a_form_with_a_fault_leads_to_an_address_that_shows_it_as_often_as_one_likes(officer: User) -> None:
    client, where = browser(officer), reverse("invite")
    answer = client.post(where, {"email": "ei osoite", "role": "reader"})
    assert answer.status_code == 303
    assert answer["Location"].startswith(f"{where}?kept=")
    for _again in range(2):
        page = client.get(answer["Location"])
        assert page.status_code == 200
        assert 'value="ei osoite"' in page.text
        assert 'class="error-summary"' in page.text


def test_a_form_with_a_fault_answers_a_script_and_a_visitor_at_once(officer: User, as_user: Any) -> None:
    assert as_user(officer).post(reverse("invite"), {"email": "x"}).status_code == 422
    assert Client().post(reverse("account_login"), {"login": "x"}).status_code == 200
    assert not KeptForm.objects.exists()


@pytest.mark.parametrize(("language", "title"), [("sv", "Redigera omgången"), ("en", "Edit the round")])
def test_a_button_shows_what_is_typed_in_another_language_and_saves_nothing(
    officer: User, language: str, title: str
) -> None:
    round_ = make_round(published=False, owner=officer, name_fi="Vanha nimi")
    client, where = browser(officer), reverse("edit_round", args=[round_.slug])
    page = client.get(where)
    assert f'form="round-form" name="_language" value="{language}"' in page.text
    shown = client.post(where, form_of(page, name_fi="Uusi nimi", _language=language))
    assert (shown.status_code, shown["Location"].split("/")[1]) == (303, language)
    page = client.get(shown["Location"])
    assert title in page.text
    assert 'value="Uusi nimi"' in page.text
    assert Round.objects.get().name_fi == "Vanha nimi"
    translation.activate(language)
    assert client.post(shown["Location"], form_of(page)).status_code == 302
    assert Round.objects.get().name_fi == "Uusi nimi"


def test_the_language_button_of_a_section_saves_and_goes_there(preparer: User) -> None:
    proposal = make_proposal(make_round(), preparer)
    client, where = browser(preparer), reverse("edit_section", args=[proposal.pk, "basics"])
    answer = client.post(where, form_of(client.get(where), title="Otsikko", _language="sv"))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sv/")
    assert "Otsikko" in client.get(answer["Location"]).text


def test_the_page_of_a_kept_form_keeps_it_in_the_links_to_other_languages(officer: User) -> None:
    client = browser(officer)
    shown = client.post(reverse("invite"), {"email": "ei osoite"})["Location"]
    page = client.get(shown).text
    swedish = page.partition('lang="sv" hreflang="sv"')[0].rpartition('href="')[2].partition('"')[0]
    assert swedish.startswith("/sv/")
    assert 'value="ei osoite"' in client.get(swedish).text


def test_nobody_else_and_no_other_page_shows_a_kept_form(officer: User, decider: User) -> None:
    key = browser(officer).post(reverse("invite"), {"email": "salaisia sanoja"})["Location"].partition("kept=")[2]
    for user in (decider, make_user(User.Role.OFFICER)):
        assert "salaisia sanoja" not in browser(user).get(f"{reverse('invite')}?kept={key}").text
    assert "salaisia sanoja" not in browser(officer).get(f"{reverse('new_round')}?kept={key}").text
    assert browser(officer).get(f"{reverse('invite')}?kept=%00").status_code == 200
    assert browser(officer).get(f"{reverse('invite')}?kept=nosuchkey").status_code == 200


def test_showing_a_question_again_does_nothing_and_confirming_it_acts_once(officer: User, preparer: User) -> None:
    round_ = make_round(owner=officer)
    make_proposal(round_, preparer)
    client, where = browser(officer), reverse("cancel_round", args=[round_.slug])
    typed = {"reason_fi": "Rahoitus päättyi", "reason_sv": "Finansieringen tog slut", "act": "preview"}
    shown = client.post(where, typed)
    assert shown.status_code == 303
    for _again in range(3):
        page = client.get(shown["Location"])
        assert "Rahoitus päättyi" in page.text
    assert not Message.objects.exists()
    assert Round.objects.get().cancelled_at is None
    seen = page.text.partition('name="seen" value="')[2].partition('"')[0]
    done = client.post(shown["Location"], typed | {"act": "confirm", "seen": seen})
    assert (done.status_code, done["Location"]) == (302, reverse("round_desk", args=[round_.slug]))
    assert Message.objects.count() == 1


def test_a_conflict_has_an_address_and_is_settled_from_it(officer: User, decider: User) -> None:
    pilot = make_pilot(name_fi="Vanha", regions=[make_region("04")])
    where = reverse("edit_pilot", args=[pilot.code])
    mine, theirs = browser(officer), browser(decider)
    form = form_of(mine.get(where))
    theirs.post(where, form_of(theirs.get(where), name_fi="Heidän"))
    shown = mine.post(where, {**form, "name_fi": "Minun"})
    assert shown.status_code == 303
    page = mine.get(shown["Location"])
    assert "Heidän" in page.text
    assert mine.post(shown["Location"], form_of(page)).status_code == 302
    assert Pilot.objects.get().name_fi == "Minun"


@pytest.fixture
def pilot() -> Pilot:
    return make_pilot(name_fi="Vanha", description_fi="Kuvaus.", regions=[make_region("04")])


def conflict(writer: User, other: User, pilot: Pilot, **typed: Any) -> tuple[Client, str]:
    """Return the browser of ``writer`` after a conflict over the name, and the address that shows it."""
    where = reverse("edit_pilot", args=[pilot.code])
    mine, theirs = browser(writer), browser(other)
    form = form_of(mine.get(where))
    theirs.post(where, form_of(theirs.get(where), name_fi="Heidän nimensä"))
    return mine, mine.post(where, {**form, "name_fi": "Minun nimeni", **typed})["Location"]


def test_a_conflict_that_was_left_is_found_again_from_its_page_by_its_writer_alone(
    officer: User, decider: User, pilot: Pilot
) -> None:
    mine, shown = conflict(officer, decider, pilot)
    where = reverse("edit_pilot", args=[pilot.code])
    later = browser(officer)  # signed in anew
    for client, address, leads in (
        (mine, where, True),
        (later, where, True),
        (mine, shown, False),  # it is here
        (mine, reverse("pilot", args=[pilot.code]), False),
        (browser(decider), where, False),
        (Client(), reverse("pilot", args=[pilot.code]), False),
    ):
        page = client.get(address).text
        assert (LEFT in page) is leads
        assert (f'href="?{shown.partition("?")[2]}"' in page) is leads
    with translation.override("sv"):
        assert shown.partition("?")[2] in later.get(reverse("edit_pilot", args=[pilot.code])).text
    later.post(shown, form_of(later.get(shown)))
    assert Pilot.objects.get().name_fi == "Minun nimeni"
    assert LEFT not in later.get(where).text


def test_a_conflict_that_comes_back_with_a_fault_is_told_of_once_as_it_stands_last(
    officer: User, decider: User, pilot: Pilot
) -> None:
    mine, shown = conflict(officer, decider, pilot)
    again = mine.post(shown, form_of(mine.get(shown), budget_eur="paljon"))["Location"]
    page = mine.get(reverse("edit_pilot", args=[pilot.code])).text
    assert page.count(LEFT) == 1
    assert again.partition("?")[2] in page
    assert "Minun nimeni" in mine.get(shown).text  # *back* shows it all the same


def test_words_that_are_saved_from_the_page_itself_are_told_of_no_more(
    officer: User, decider: User, pilot: Pilot
) -> None:
    mine, _shown = conflict(officer, decider, pilot, description_fi="Kuvaus.  Uusi lause.")
    where = reverse("edit_pilot", args=[pilot.code])
    mine.post(where, form_of(mine.get(where), description_fi="Kuvaus. Uusi lause. Ja toinen."))
    assert LEFT in mine.get(where).text  # the name is not saved
    mine.post(where, form_of(mine.get(where), name_fi="Heidän nimensä ja Minun nimeni"))
    assert LEFT not in mine.get(where).text


def test_what_was_kept_is_thrown_away_by_its_button(officer: User, decider: User, pilot: Pilot) -> None:
    mine, shown = conflict(officer, decider, pilot)
    where = reverse("edit_pilot", args=[pilot.code])
    key = shown.partition("kept=")[2]
    assert f'name="_discard" value="{key}"' in mine.get(where).text
    browser(decider).post(where, {"_discard": key})
    assert LEFT in mine.get(where).text
    done = mine.post(where, {"_discard": key})
    assert (done.status_code, done["Location"]) == (302, where)
    assert not KeptForm.objects.exists()
    assert LEFT not in mine.get(where).text
    assert Pilot.objects.get().name_fi == "Heidän nimensä"


def test_an_address_whose_words_are_saved_leads_to_the_form_and_asks_to_save_nothing(
    officer: User, decider: User, pilot: Pilot
) -> None:
    mine, shown = conflict(officer, decider, pilot)
    mine.post(shown, form_of(mine.get(shown)))
    assert mine.get(shown)["Location"] == reverse("edit_pilot", args=[pilot.code])


def test_a_question_into_which_nothing_was_typed_is_not_told_of(officer: User) -> None:
    round_ = make_round(owner=officer, published=False)
    client, where = browser(officer), reverse("delete_round", args=[round_.slug])
    answer = client.post(where, {})
    if answer.status_code == 303:
        assert LEFT not in client.get(where).text


def test_a_conflict_of_a_section_is_settled_from_its_page_and_from_a_button_that_goes_elsewhere(preparer: User) -> None:
    proposal = make_proposal(make_round(), preparer)
    client, where = browser(preparer), reverse("edit_section", args=[proposal.pk, "basics"])
    form = form_of(client.get(where))
    client.post(where, {**form, "title": "Toisen ikkunan otsikko"})
    shown = client.post(where, {**form, "title": "Minun otsikkoni", "go": "cost"})["Location"]
    assert LEFT in client.get(where).text
    page = client.get(shown)
    assert action_of(page) == shown
    client.post(action_of(page), form_of(page, go="cost"))
    proposal.refresh_from_db()
    assert proposal.content["title"] == "Minun otsikkoni"
    assert LEFT not in client.get(where).text


def test_every_button_and_hidden_input_is_known_to_hold_no_words() -> None:
    """Else a page would tell of a text that nobody has typed, or that is saved."""
    named = set[str]()
    for template in (settings.BASE_DIR / "templates").rglob("*.html"):
        named |= set(re.findall(r'<(?:button|input type="hidden")[^>]*? name="([a-z_]+)"', template.read_text()))
    served = {"ticket", "csrfmiddlewaretoken", "_kept", "_discard"}
    elsewhere = {"kind", "remove", "responsible", "step", "two"}  # choices, or the row that the button is of
    assert named - served - elsewhere <= NO_WORDS


def test_a_form_whose_fault_has_gone_is_shown_to_be_saved_and_not_saved_by_looking(officer: User) -> None:
    make_user(User.Role.READER, email="varattu@ministry.example")
    client, where = browser(officer), reverse("invite")
    shown = client.post(where, {"email": "varattu@ministry.example", "role": "reader"})["Location"]
    assert "on jo tili" in client.get(shown).text
    User.objects.filter(email="varattu@ministry.example").delete()
    page = client.get(shown)
    assert "Sitä ei ole vielä tallennettu." in page.text
    assert 'value="varattu@ministry.example"' in page.text
    assert not Invitation.objects.exists()


def test_a_section_with_a_fault_is_saved_as_far_as_it_can_be_and_shown_at_an_address(preparer: User) -> None:
    proposal = make_proposal(make_round(), preparer)
    client, where = browser(preparer), reverse("edit_section", args=[proposal.pk, "cost"])
    shown = client.post(where, form_of(client.get(where), budget="250 000", contact="ei osoite", stay=""))
    assert shown.status_code == 303
    proposal.refresh_from_db()
    edition = proposal.edition
    page = client.get(shown["Location"])
    assert "ei osoite" in page.text
    assert "budget" in proposal.content
    proposal.refresh_from_db()
    assert proposal.edition == edition
    assert client.post(where, form_of(page, contact="kirjaamo@liitto.example", stay="")).status_code in {302, 303}
    proposal.refresh_from_db()
    assert proposal.content["contact"] == "kirjaamo@liitto.example"


def test_a_kept_form_is_gone_after_a_day(officer: User) -> None:
    client = browser(officer)
    shown = client.post(reverse("invite"), {"email": "ei osoite"})["Location"]
    KeptForm.objects.update(kept_at=timezone.now() - timedelta(days=1))
    for address in (shown, reverse("invite")):
        page = client.get(address).text
        assert "ei osoite" not in page
        assert LEFT not in page


def test_a_form_with_a_password_is_not_kept(officer: User, settings: Any) -> None:
    """A signed-in user may follow a colleague's invitation."""
    invitations.invite(
        officer, email="uusi@ministry.example", role="reader", organisation=None, language="fi", at=timezone.now()
    )
    token = sign_in_letters.token_of(SignInLetter.objects.get().derived_from, settings.SECRET_KEY)
    where = reverse("accept_invitation", args=[token])
    answer = browser(officer).post(where, {"name": "x", "password1": "salasana", "password2": "toinen"})
    assert answer.status_code != 303
    assert not KeptForm.objects.exists()


def test_a_letter_and_a_round_with_faults_lead_to_an_address_too(officer: User, council: Organisation) -> None:
    round_ = make_round(owner=officer)
    client = browser(officer)
    for where, typed in (
        (reverse("new_round"), {"name_fi": ""}),
        (reverse("new_letter", args=[round_.slug]), {"subject_fi": "x"}),
    ):
        answer = client.post(where, typed)
        assert answer.status_code == 303, where
        assert client.get(answer["Location"]).status_code == 200
    assert not StaffLetter.objects.exists()
    assert Proposal.objects.count() == 0


def test_a_section_whose_faults_are_stored_as_they_stand_leaves_nothing(preparer: User) -> None:
    proposal = make_proposal(make_round(), preparer)
    client, where = browser(preparer), reverse("edit_section", args=[proposal.pk, "cost"])
    client.post(where, form_of(client.get(where), contact="ei osoite", stay=""))
    page = client.get(where).text
    assert 'value="ei osoite"' in page
    assert LEFT not in page


def test_the_script_settles_what_was_left_once_it_has_saved_all_of_it(preparer: User) -> None:
    proposal = make_proposal(make_round(), preparer)
    client, where = browser(preparer), reverse("edit_section", args=[proposal.pk, "basics"])
    title = "Tunnus 131052-308T"  # may not be stored
    shown = client.post(where, form_of(client.get(where), title=title, stay=""))["Location"]
    page, script = client.get(shown), {"X-Autosave": "1"}
    client.post(action_of(page), form_of(page), headers=script)
    assert LEFT in client.get(where).text
    client.post(action_of(page), form_of(page, title="Uusi otsikko"), headers=script)
    assert LEFT not in client.get(where).text


def test_what_the_script_cannot_save_is_kept_once_as_it_was_typed_last(preparer: User) -> None:
    proposal = make_proposal(make_round(), preparer)
    client, where = browser(preparer), reverse("edit_section", args=[proposal.pk, "basics"])
    form, script = form_of(client.get(where)), {"X-Autosave": "1"}
    assert "X-Kept" not in client.post(where, {**form, "summary": "Muut sanat"}, headers=script).headers
    client.post(where, {**form, "title": "Toisen ikkunan otsikko"})
    for words in ("Minun", "Minun otsikkoni", "Otsikkoni"):
        answer = client.post(where, {**form, "title": words}, headers=script)
        assert answer.status_code == 409
        where = f"{where.partition('?')[0]}?kept={answer['X-Kept']}"
    page = client.get(where.partition("?")[0])
    assert page.text.count(LEFT) == 1
    assert [row.posted.count("Otsikkoni") for row in KeptForm.objects.all()] == [1]
    client.post(where, form_of(client.get(where)))
    proposal.refresh_from_db()
    assert proposal.content["title"] == "Otsikkoni"
    assert LEFT not in client.get(where.partition("?")[0]).text
