"""One word stands for one thing, on the pages and in the mails."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from registry.lib import catalogues

MAILS = Path(settings.BASE_DIR) / "templates" / "mail"
LEFT_BEHIND = {
    # The word that stands: viesti, kuittaus, pidennys, virkahenkilö, henkilö, sähköpostipalvelin.
    "fi": r"kirje|\bkuit(?:ti|in|it|teja|tien)\b|vastaanottokuit|lisäai|virkailij|virkamie|"
    r"\bihmis|\bihminen|\bpostipalvel",
    # The word that stands: meddelande, kvittens, tidsfrist, tjänsteperson.
    "sv": r"brev(?:et|en|ens)?\b|kvitto|sista tid\b|utsatt|tjänstem[aä]n|handläggar",
}


def found(language: str, words: str) -> list[str]:
    """Return the words of ``words`` that another word stands for."""
    return re.findall(LEFT_BEHIND[language], words, re.IGNORECASE)


@pytest.mark.parametrize("language", LEFT_BEHIND)
def test_the_pages_use_the_word_that_stands(language: str) -> None:
    read = catalogues.read(Path(settings.BASE_DIR) / "registry" / "locale", language)
    strings = [
        words for entry in read for words in (entry.string if isinstance(entry.string, tuple) else (entry.string,))
    ]
    assert len(strings) > 1000
    assert [words for words in strings if found(language, words)] == []


@pytest.mark.parametrize("language", LEFT_BEHIND)
def test_the_mails_use_the_word_that_stands(language: str) -> None:
    mails = sorted((MAILS / language).glob("*.txt"))
    assert len(mails) > 10
    assert [mail.name for mail in mails if found(language, mail.read_text())] == []


@pytest.mark.parametrize(
    ("language", "words", "left"),
    [
        ("fi", "Kaksi kirjettä", ["kirje"]),
        ("fi", "Päätöskirjeet", ["kirje"]),
        ("sv", "Ett beslutsbrev", ["brev"]),
        ("fi", "postipalvelimen sanat, 2 ihmistä", ["postipalvel", "ihmis"]),
        ("fi", "Kirjoittajat saivat kuitenkin viestin. Sähköpostipalvelin kuittasi.", []),
        ("sv", "Två brev och ett kvitto", ["brev", "kvitto"]),
        ("sv", "Ett meddelande brevid kvittensen", []),
    ],
)
def test_only_the_words_that_went_are_found(language: str, words: str, left: list[str]) -> None:
    assert found(language, words) == left
