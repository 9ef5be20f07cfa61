"""The page for an address where there is none: the right address of what was meant, or the nearest that exist."""

from difflib import get_close_matches

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils.translation import override

from registry.lib.languages import LANGUAGES, reader_language

# The lists, each with the page of one of its rows: what an address may have meant.
LISTS = {
    "pilots": "pilot",
    "programmes": "programme",
    "rounds": "round",
    "regions": "region",
    "organisations": "organisation",
    "groups": "group",
    "people": "person",
    "news": "news_item",
    "laws": "law",
}
PUBLIC = {*LISTS, *LISTS.values(), "municipality", "results", "home", "about", "accessibility", "privacy"}
LIKENESS = 0.7  # of a mistyped word to the one that was meant


def _public_page(path: str) -> ResolverMatch | None:
    """Return the public page that the path leads to by its form, whether its row exists or not."""
    language = path.split("/")[1]
    with override(language if language in LANGUAGES else reader_language()):
        try:
            match = resolve(path)
        except Resolver404:
            return None
    return match if match.url_name in PUBLIC else None


def in_its_case(path: str) -> str:
    """Return the path as the site writes it: in lower case, but for the code of a pilot."""
    match = _public_page(path.lower())
    if match is not None and match.url_name == "pilot":
        code: str = match.kwargs["code"]
        return path.lower().removesuffix(f"{code}/") + f"{code.upper()}/"
    return path.lower()


def _words() -> dict[str, tuple[str, str]]:
    """Return the first word of each list's address, with the list's name and the word's language."""
    words: dict[str, tuple[str, str]] = {}
    for language in reversed(LANGUAGES):
        with override(language):
            words |= {reverse(name).split("/")[2]: (name, language) for name in LISTS}
    return words


def in_its_language(path: str) -> str:
    """Return the path with the word of its list in the language of the path: ``/fi/piloter/`` is ``/fi/pilotit/``."""
    language, *parts = [part for part in path.split("/") if part] or [""]
    name, of_word = _words().get(parts[0].lower() if parts else "", ("", language))
    if language not in LANGUAGES or of_word == language or len(parts) > 2:
        return path
    with override(language):
        return in_its_case("/".join([reverse(name).rstrip("/"), *parts[1:], ""]))


def suggestions(path: str) -> list[str]:
    """Return the addresses of the lists that may have been meant, the likeliest first."""
    parts = [part for part in path.lower().split("/") if part and part not in LANGUAGES]
    words = _words()
    found = get_close_matches(parts[0], words, n=2, cutoff=LIKENESS) if parts else []
    return list(dict.fromkeys(reverse(words[word][0]) for word in found))


def show_missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Lead to the address in its right case and language, or say what there is instead of the page that is not here."""
    right = in_its_language(in_its_case(request.path_info))
    if request.method in ("GET", "HEAD") and right != request.path_info and _public_page(right):
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(f"{right}?{query}" if query else right)
    nearest = [address for address in suggestions(request.path_info) if address != request.path_info]
    return render(request, "404.html", {"nearest": nearest}, status=404)
