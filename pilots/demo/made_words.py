"""Words that mean nothing, as long and as frequent as those of real texts: a search finds none of them by accident."""

import re
from collections.abc import Iterable
from random import Random

ONSETS = ("", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v")
NUCLEI = ("a", "e", "i", "o", "u", "y", "ä", "ö", "aa", "ai", "uo", "ie")
CODAS = ("", "", "", "n", "s", "l", "r")
WORD = re.compile(r"[^\W\d_]+")
RARE = 40  # one word in so many is a new one, as a compound would be


def made_word(word: str) -> str:
    """Return the made word that stands for ``word``: always the same, about as long."""
    chance = Random(word)  # noqa: S311 - no secret
    made = ""
    while len(made) < max(4, len(word)):
        made += chance.choice(ONSETS) + chance.choice(NUCLEI) + chance.choice(CODAS)
    return made


class Words:
    """The words of real texts of one language, each as often as there, as made words."""

    def __init__(self, texts: Iterable[str]) -> None:
        found = [word.lower() for text in texts for word in WORD.findall(text)] or ["word"]
        made = {word: made_word(word) for word in set(found)}
        self.words = [made[word] for word in found]

    def text(self, chance: Random, like: str) -> str:
        """Return a text with as many words as ``like`` has, now and then with a word that is nowhere else."""
        drawn = chance.choices(self.words, k=max(1, like.count(" ") + 1))
        for place in range(len(drawn)):
            if not chance.randrange(RARE):
                drawn[place] = made_word(f"{chance.random()}")
        return " ".join(drawn).capitalize()
