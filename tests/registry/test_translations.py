"""The interface in three languages: English is the message itself, Finnish and Swedish have catalogues."""

from pathlib import Path

import pytest
from django.conf import settings
from django.urls import resolve, reverse
from django.utils.translation import gettext, ngettext, npgettext, override, pgettext

from registry.lib import catalogues
from registry.lib.languages import LANGUAGES

ROOT = Path(settings.BASE_DIR)
LOCALE = Path(settings.LOCALE_PATHS[0])


def shown(message: str, plural: str, context: str, number: int) -> str:
    """Return what Django shows for a message."""
    if plural:
        return npgettext(context, message, plural, number) if context else ngettext(message, plural, number)
    return pgettext(context, message) if context else gettext(message)


def test_every_message_is_shown_in_english_as_it_is_written() -> None:
    different = []
    with override("en"):
        for message in catalogues.messages(ROOT):
            forms = message.id if isinstance(message.id, tuple) else (message.id, "")
            for number in (0, 1, 2):
                wanted = forms[1] if forms[1] and number != 1 else forms[0]
                answer = shown(forms[0], forms[1], message.context or "", number) if wanted else wanted
                if answer != wanted:
                    different.append((wanted, answer))
    assert different == []


@pytest.mark.parametrize("language", catalogues.TRANSLATED)
def test_every_message_is_shown_as_its_catalogue_says(language: str) -> None:
    catalogue = catalogues.read(LOCALE, language)
    different = []
    with override(language):
        for message in catalogue:
            if message.id:
                forms = message.id if isinstance(message.id, tuple) else (message.id, "")
                texts = message.string if isinstance(message.string, tuple) else (message.string,) * 2
                for number, text in ((1, texts[0]), (2, texts[1])):
                    if shown(forms[0], forms[1], message.context or "", number) != text:
                        different.append((text, number))
    assert len(catalogue) > 1000
    assert different == []


def test_only_finnish_and_swedish_have_catalogues() -> None:
    assert {file.parts[-3] for file in LOCALE.rglob("*.po")} == set(catalogues.TRANSLATED) == {"fi", "sv"}


ADDRESSES = {
    "pilots": ("/fi/pilotit/", "/sv/piloter/", "/en/pilots/"),
    "rounds": ("/fi/kierrokset/", "/sv/omgangar/", "/en/rounds/"),
    "my_page": ("/fi/oma-sivu/", "/sv/min-sida/", "/en/my-page/"),
    "account_login": ("/fi/tili/login/", "/sv/konto/login/", "/en/account/login/"),
    "pilots_csv": ("/fi/pilotit.csv", "/sv/piloter.csv", "/en/pilots.csv"),
}


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_address_is_translated_and_leads_to_its_page(name: str, language: str) -> None:
    address = ADDRESSES[name][LANGUAGES.index(language)]
    with override(language):
        assert reverse(name) == address
        assert resolve(address).url_name == name


@pytest.mark.parametrize(
    ("language", "one", "several"),
    [("fi", "1 pilotti", "2 pilottia"), ("sv", "1 pilotförsök", "2 pilotförsök"), ("en", "1 pilot", "2 pilots")],
)
def test_a_number_takes_the_form_of_its_language(language: str, one: str, several: str) -> None:
    with override(language):
        words = [ngettext("%(n)s pilot", "%(n)s pilots", n) % {"n": n} for n in (1, 2)]
    assert words == [one, several]
