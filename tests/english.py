"""English in a text, or on a page of another language: found by words that every English sentence has some of."""

import re
from html.parser import HTMLParser

# Words that every English sentence of a library has some of, and that are no words of Finnish or Swedish.
ENGLISH = re.compile(
    r"\b(the|this|is|are|must|please|your|you|enter|valid|has|have|been|required|choice|found)\b", re.I
)
SHOWN = ("aria-label", "placeholder", "alt", "title", "data-label")
ALONE = {"input", "img", "br", "meta", "link", "hr", "path", "rect"}


class _Words(HTMLParser):
    """Reads what a page says in its own language: text and labels that no ``lang`` marks as another."""

    def __init__(self, page: str, language: str) -> None:
        super().__init__()
        self.language, self.languages, self.words = language, [language], list[str]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in ALONE:
            self.languages.append(given.get("lang") or self.languages[-1])
        if self.languages[-1] == self.language:
            self.words += [str(given[name]) for name in SHOWN if given.get(name)]

    def handle_endtag(self, tag: str) -> None:
        if tag not in ALONE:
            self.languages.pop()

    def handle_data(self, data: str) -> None:
        if self.languages[-1] == self.language and data.strip():
            self.words.append(" ".join(data.split()))


def english(page: str, language: str) -> list[str]:
    """Return the texts of the page that are in English without being marked as such."""
    return [words for words in _Words(page, language).words if ENGLISH.search(re.sub(r"https?://\S+", "", words))]
