"""The rules that every round has, which letter each is named by, and the sentences that tell their days."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from pilots.mail.forms import owner_days, preparer_days
from pilots.mail.reminders import rules
from pilots.models import Letter, ReminderRule, Round
from regions.models import User
from tests.cast import SignIn
from tests.factories import make_round

PREPARERS, OWNER = ReminderRule.Audience.PREPARERS, ReminderRule.Audience.OWNER


@pytest.mark.parametrize(
    ("audience", "days_before", "letter"),
    [
        (PREPARERS, 14, Letter.DRAFT_NOT_SENT),
        (PREPARERS, 1, Letter.DRAFT_NOT_SENT),
        (OWNER, 7, Letter.OWNER_AHEAD),
        (OWNER, 0, Letter.OWNER_AHEAD),
        (OWNER, -1, Letter.OWNER_SUMMARY),
    ],
)
def test_a_rule_is_named_by_its_audience_and_its_days(
    audience: ReminderRule.Audience, days_before: int, letter: Letter
) -> None:
    assert ReminderRule(audience=audience, days_before=days_before).letter == letter


@pytest.mark.django_db
def test_the_first_rule_for_preparers_of_each_round_reaches_the_invited(autumn_round: Round) -> None:
    other = make_round()
    ReminderRule.objects.create(round=other, audience=PREPARERS, days_before=3, active_from=other.published_at)
    ReminderRule.objects.create(round=other, audience=OWNER, days_before=9, active_from=other.published_at)
    reached = ReminderRule.objects.reaching_invited().values_list("round", "audience", "days_before")
    assert set(reached) == {(autumn_round.pk, PREPARERS, 14), (other.pk, PREPARERS, 3)}


@pytest.mark.parametrize(
    ("language", "preparers", "owner"),
    [
        (
            "fi",
            "Ne tulevat 14, 5 ja 1 päivää ennen määräaikaa, jos luonnostasi ei ole silloin lähetetty.",
            "Ne tulevat 7 päivää ja 1 päivän ennen kuin kierroksesi päättyy, viimeisenä päivänä ja yhteenvetona sen"
            " jälkeen.",
        ),
        (
            "sv",
            "De kommer 14, 5 och 1 dag före en tidsfrist, om ditt utkast inte har skickats då.",
            "De kommer 7 dagar och 1 dag innan din omgång avslutas, på den sista dagen och med en sammanfattning"
            " efteråt.",
        ),
        (
            "en",
            "They come 14, 5 and 1 days before a deadline, if your draft is not sent then.",
            "They come 7 days and 1 day before your round closes, on its last day, and with a summary after it.",
        ),
    ],
)
def test_the_days_are_told_as_the_rules_have_them(language: str, preparers: str, owner: str) -> None:
    with override(language):
        assert (preparer_days(), owner_days()) == (preparers, owner)


def test_an_owner_is_reminded_on_the_last_day_and_after_it_as_the_sentence_says() -> None:
    assert [days for days in rules.RULES[OWNER] if days <= 0] == [0, -1]


@pytest.mark.django_db
def test_another_rule_is_told_by_the_page(
    officer: User, preparer: User, as_user: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(rules.RULES, PREPARERS, (21, 10, 3))
    assert "21, 10 ja 3 päivää ennen" in as_user(preparer).get("/fi/oma-sivu/").text
    draft = make_round(published=False, owner=officer)
    assert "21, 10 ja 3 päivää ennen" in as_user(officer).get(reverse("round_desk", args=[draft.slug])).text
