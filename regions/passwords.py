"""Passwords that are easy to guess: common ones, and words of this service, with digits and signs around them."""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

EASY_WORDS = Path(__file__).parent / "reference" / "easy_words.txt"
LEFT = 8  # letters that a password has besides the words that are easy to guess
DIFFERENT = 5  # different characters of a password
SHORTEST = 3  # letters of a word that is looked for


@lru_cache(maxsize=1)
def easy_words() -> frozenset[str]:
    """Return the words of the service and of its readers, as ``plain`` writes them."""
    lines = EASY_WORDS.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@lru_cache(maxsize=1)
def common_passwords() -> frozenset[str]:
    """Return the library's list of passwords that many use, in lower case."""
    return frozenset(CommonPasswordValidator().passwords)


def plain(text: str) -> str:
    """Return the text in lower case and without accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def is_easy(password: str, words_of_user: str = "") -> bool:
    """Whether nearly nothing is left of a password without common ones, words of the service, digits and signs."""
    text = plain(password)
    letters = re.sub(r"[\W\d_]+", "", text)
    if len(set(text)) < DIFFERENT or text.strip("0123456789!?.,-_ #*+") in common_passwords():
        return True
    words = easy_words() | {word for word in re.findall(r"[^\W\d_]+", plain(words_of_user)) if len(word) >= SHORTEST}
    rest = _without(letters, words)
    return letters in common_passwords() or len(letters) < SHORTEST or (rest != letters and len(rest) < LEFT)


def _without(letters: str, words: frozenset[str]) -> str:
    """Return what is left of the letters without the words, the longest taken out first."""
    for word in sorted(words, key=len, reverse=True):
        if word in letters:
            letters = letters.replace(word, " ")
    return letters.replace(" ", "")


class GuessablePasswordValidator:
    """Refuses a password that is easy to guess here."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ``ValidationError`` for a password that is easy to guess; the account's own words count too."""
        organisation = getattr(user, "organisation", None)
        named = [getattr(organisation, f"name_{language}", "") for language in ("fi", "sv", "en")]
        own = " ".join([getattr(user, "name", ""), getattr(user, "email", ""), *named])
        if is_easy(password, own):
            raise ValidationError(
                _("This password is easy to guess. Take several words that have nothing to do with your work."),
                code="password_easy_to_guess",
            )

    def get_help_text(self) -> str:
        """Return what to do, in the reader's language."""
        return _("Take several words that have nothing to do with your work.")
