"""Days, moments and labels in words, in the reader's language or in a given one (for letters)."""

import re
from datetime import date, datetime, timedelta

from django.utils.functional import Promise

from registry.lib.dates import Fuzzy, finnish_time, is_doubled_on_the_finnish_clock

MONTHS = {
    "fi": ["tammi", "helmi", "maalis", "huhti", "touko", "kesä", "heinä", "elo", "syys", "loka", "marras", "joulu"],
    "sv": [
        "januari",
        "februari",
        "mars",
        "april",
        "maj",
        "juni",
        "juli",
        "augusti",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
WEEKDAYS = {
    "fi": ["maanantai", "tiistai", "keskiviikko", "torstai", "perjantai", "lauantai", "sunnuntai"],
    "sv": [f"{day}en den" for day in ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")],
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
}
IN_A_SENTENCE = {"fi": "na", "sv": "", "en": ""}  # perjantai, perjantaina; keskiviikko, keskiviikkona
CLOCK = {"fi": ("klo", "."), "sv": ("kl.", "."), "en": ("at", ":")}
ZONE = {"fi": "Suomen aikaa", "sv": "finsk tid", "en": "Finnish time"}
SUMMER = {"fi": "Suomen kesäaikaa", "sv": "finsk sommartid", "en": "Finnish summer time"}
WINTER = {"fi": "Suomen talviaikaa", "sv": "finsk vintertid", "en": "Finnish winter time"}
HALVES = {
    "fi": ("vuoden {} ensimmäinen puolisko", "vuoden {} jälkimmäinen puolisko"),
    "sv": ("första halvåret {}", "andra halvåret {}"),
    "en": ("first half of {}", "second half of {}"),
}
YEARS = {"fi": ("vuosi {}", "vuodet {}–{}"), "sv": ("år {}", "åren {}–{}"), "en": ("the year {}", "the years {}–{}")}
OPEN = {
    "fi": ("{} alkaen", "viimeistään {}"),
    "sv": ("från och med {}", "senast {}"),
    "en": ("from {} on", "{} at the latest"),
}

BARE_END = re.compile(r"[?!:](</\w+>)*$")  # an element may end there too: a label in another language has one


def day_words(day: date, language: str) -> str:
    """Return ``21.11.2026`` or, in English, ``21 November 2026``."""
    if language == "en":
        return f"{day.day} {MONTHS['en'][day.month - 1]} {day.year}"
    return f"{day.day}.{day.month}.{day.year}"


def moment_words(moment: datetime, language: str, *, seconds: bool = False) -> str:
    """Return the aware moment on the Finnish clock: ``21.11.2026 klo 9.00``, ``kl. 9.00``, ``at 09:00``."""
    word, _dot = CLOCK[language]
    day = day_words(finnish_time(moment).date(), language)
    return f"{day} {word} {clock_words(moment, language, seconds=seconds)}"


def clock_words(moment: datetime, language: str, *, seconds: bool = False) -> str:
    """Return the time of the aware moment on the Finnish clock: ``9.00``; in English ``09:00``."""
    local = finnish_time(moment)
    dot = CLOCK[language][1]
    hour = f"{local.hour:02}" if language == "en" else str(local.hour)
    return local.strftime(f"{hour}{dot}%M{dot}%S" if seconds else f"{hour}{dot}%M")


def deadline_words(moment: datetime, language: str, *, in_a_sentence: bool = False) -> str:
    """Return the aware moment as a deadline is told: weekday, date, clock time, whose clock.

    The Finnish weekday has two forms: "Määräaika: perjantai", but ``in_a_sentence`` "vastaa viimeistään perjantaina".
    In the doubled hour of October the words say which of the two it is.
    """
    local = finnish_time(moment)
    zone = ZONE
    if is_doubled_on_the_finnish_clock(local.replace(tzinfo=None)):
        zone = SUMMER if local.dst() else WINTER
    shown = moment_words(moment, language, seconds=bool(local.second))
    weekday = WEEKDAYS[language][local.weekday()] + (IN_A_SENTENCE[language] if in_a_sentence else "")
    return f"{weekday} {shown} ({zone[language]})"


def _month(first: date, language: str, *, year: bool = True) -> str:
    name = MONTHS[language][first.month - 1] + ("kuu" if language == "fi" else "")
    return f"{name} {first.year}" if year else name


def _whole_months(first: date, last: date, language: str) -> str:
    """Return whole months, half-years or years in words; both days are the ends of months."""
    if (first.month, last.month) == (1, 12):
        one, several = YEARS[language]
        return one.format(first.year) if first.year == last.year else several.format(first.year, last.year)
    if first.year == last.year and (first.month, last.month) in ((1, 6), (7, 12)):
        return HALVES[language][first.month == 7].format(first.year)
    if (first.year, first.month) == (last.year, last.month):
        return _month(first, language)
    if first.year == last.year:
        start = MONTHS[language][first.month - 1]
        return f"{start}–{_month(last, language)}"
    return f"{_month(first, language)} – {_month(last, language)}"


def period_words(first: date | None, last: date | None, language: str) -> str:
    """Return a reading in words, both days included: a day, whole months, half-years, years, or a range of days."""
    if first is None or last is None:
        since, until = OPEN[language]
        day = first or last
        return (since if first else until).format(day_words(day, language)) if day else ""
    if first == last:
        return day_words(first, language)
    if first.day == 1 and (last + timedelta(days=1)).day == 1:
        return _whole_months(first, last, language)
    return range_words(first, last, language)


def range_words(first: date, last: date, language: str) -> str:
    """Return the days from ``first`` to ``last``, both included: ``24.10.–30.11.2018``; one day as itself."""
    if first == last:
        return day_words(first, language)
    end = day_words(last, language)
    if first.year != last.year:
        return f"{day_words(first, language)} – {end}" if language == "en" else f"{day_words(first, language)}–{end}"
    if language == "en":
        return f"{first.day} {MONTHS['en'][first.month - 1]} – {end}"
    return f"{first.day}.{first.month}.–{end}"


def reading_words(fuzzy: Fuzzy, language: str) -> str:
    """Return our reading of a fuzzy date in words; empty where its own (Finnish) words say the same already."""
    period = period_words(fuzzy.earliest, fuzzy.latest, language)
    if not period or not fuzzy.words:
        return period
    finnish = period_words(fuzzy.earliest, fuzzy.latest, "fi")
    same = re.escape(finnish.removeprefix("vuosi ").removeprefix("vuodet ")).replace("kuu", r"kuu\w*")
    words = fuzzy.words.strip().lower().replace("-", "–")
    in_figures = re.fullmatch(r"[\d.–]+", words) is not None  # the same in every language
    told = re.fullmatch(rf"(vuonna |vuosi )?{same}", words) is not None
    return "" if told and (language == "fi" or in_figures) else period


def known_words(known: Fuzzy, language: str) -> str:
    """Return in words when a fact was last known: in Finnish as it was written down, else our reading of it."""
    period = period_words(known.earliest, known.latest, language)
    return known.words or period if language == "fi" else period or known.words


def introducing(label: str | Promise | None) -> str:
    """Return a label as it stands before its value: with a colon; a question has its own mark already; none: empty."""
    words = str(label or "")
    return words if not words or BARE_END.search(words) else f"{words}:"
