"""The sections in addresses: each by a word of the page's language. A word of another language leads there too."""

from functools import cache

from django.utils.translation import override, pgettext_lazy

from registry.lib.languages import LANGUAGES

WORDS = {  # by the slug of a section; a section that is not here is told by its slug
    "basics": pgettext_lazy("in an address", "basics"),
    "trial": pgettext_lazy("in an address", "trial"),
    "clients": pgettext_lazy("in an address", "clients"),
    "organising": pgettext_lazy("in an address", "organising"),
    "partners": pgettext_lazy("in an address", "partners"),
    "cost": pgettext_lazy("in an address", "cost"),
    "own": pgettext_lazy("in an address", "questions-of-the-round"),
}


@cache
def _slugs() -> dict[str, str]:
    """Return the slug of a section by its word in each language."""
    slugs = {}
    for language in LANGUAGES:
        with override(language):
            slugs.update({str(word): slug for slug, word in WORDS.items()})
    return slugs


class SectionInAddress:
    """The converter of ``<section:…>``: the view is given the slug, whatever language the word is of."""

    regex = "[-a-zA-Z0-9_]+"

    def to_python(self, word: str) -> str:
        """Return the section's slug; the word itself where no section has it."""
        return _slugs().get(word, word)

    def to_url(self, slug: str) -> str:
        """Return the section's word in the reader's language."""
        return str(WORDS.get(slug, slug))
