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


def suggestions(path: str) -> list[str]:
    """Return addresses that may have been meant, the likeliest first: the same in the reader's language, the lists."""
    parts = [part for part in path.lower().split("/") if part and part not in LANGUAGES]
    if not parts:
        return []
    words, found = _words(), list[str]()
    for word in get_close_matches(parts[0], words, n=2, cutoff=LIKENESS):
        name, language = words[word]
        if len(parts) == 2 and word == parts[0] and language != reader_language():
            found.append(in_its_case(f"{reverse(name)}{parts[1]}/"))
        found.append(reverse(name))
    return list(dict.fromkeys(found))


def show_missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Lead to the address in its right case, or say that there is no page here and what there is instead."""
    right = in_its_case(request.path_info)
    if request.method in ("GET", "HEAD") and right != request.path_info and _public_page(right):
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(f"{right}?{query}" if query else right)
    nearest = [address for address in suggestions(request.path_info) if address != request.path_info]
    return render(request, "404.html", {"nearest": nearest}, status=404)
