"""Days and moments in words, in three languages."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import override

from regions.models import Organisation
from registry.lib import dates
from registry.lib.dates import Fuzzy, on_the_finnish_clock
from registry.lib.formats import day_words, deadline_words, moment_words, period_words, range_words, reading_words
from registry.templatetags.ui import by_deadline, day, days_of, deadline, fuzzy, fuzzy_in_brief, moment, to_the_second

MOMENT = datetime(2026, 11, 20, 14, 15, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "words"),
    [("fi", "20.11.2026 klo 16.15"), ("sv", "20.11.2026 kl. 16.15"), ("en", "20 November 2026 at 16:15")],
)
def test_a_moment_is_told_on_the_finnish_clock_in_the_readers_language(language: str, words: str) -> None:
    with override(language):
        assert moment(MOMENT) == words


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", "perjantai 20.11.2026 klo 16.15.07 (Suomen aikaa)"),
        ("sv", "fredagen den 20.11.2026 kl. 16.15.07 (finsk tid)"),
        ("en", "Friday 20 November 2026 at 16:15:07 (Finnish time)"),
    ],
)
def test_a_deadline_has_its_weekday_its_clock_and_seconds_that_are_not_nought(language: str, words: str) -> None:
    with override(language):
        assert deadline(MOMENT) == words
        assert deadline(MOMENT.replace(second=0)) == words.replace(".07", "").replace(":07", "")


def test_a_deadline_in_the_doubled_hour_says_which_of_the_two() -> None:
    assert deadline_words(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "fi").endswith("klo 3.30 (Suomen kesäaikaa)")
    assert deadline_words(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "fi").endswith("klo 3.30 (Suomen talviaikaa)")


def test_the_first_of_a_doubled_hour_is_meant_by_its_clock() -> None:
    moment = on_the_finnish_clock(date(2026, 10, 25), time(3, 30)).astimezone(UTC)
    assert moment == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_day_and_the_finnish_day_of_a_moment() -> None:
    with override("fi"):
        assert day(date(2026, 11, 21)) == "21.11.2026"
        assert day(datetime(2026, 11, 21, 23, 30, tzinfo=UTC)) == "22.11.2026"
        assert to_the_second(MOMENT) == "20.11.2026 klo 16.15.07"
    assert day_words(date(2026, 11, 21), "en") == "21 November 2026"
    assert moment_words(MOMENT, "sv", seconds=True) == "20.11.2026 kl. 16.15.07"


def test_nothing_is_shown_as_nothing() -> None:
    assert [day(None), moment(None), to_the_second(None), deadline(None), day("")] == [""] * 5
    assert period_words(None, None, "fi") == ""


@pytest.mark.parametrize(
    ("first", "last", "fi", "sv", "en"),
    [
        ((2018, 2, 1), (2018, 2, 1), "1.2.2018", "1.2.2018", "1 February 2018"),
        ((2018, 2, 1), (2018, 2, 28), "helmikuu 2018", "februari 2018", "February 2018"),
        ((2018, 2, 1), (2018, 3, 31), "helmi–maaliskuu 2018", "februari–mars 2018", "February–March 2018"),
        ((2018, 11, 1), (2019, 1, 31), "marraskuu 2018 – tammikuu 2019", "november 2018 – januari 2019", None),
        ((2018, 1, 1), (2018, 6, 30), "vuoden 2018 ensimmäinen puolisko", "första halvåret 2018", "first half of 2018"),
        ((2018, 7, 1), (2018, 12, 31), "vuoden 2018 jälkimmäinen puolisko", "andra halvåret 2018", None),
        ((2018, 1, 1), (2018, 12, 31), "vuosi 2018", "år 2018", "the year 2018"),
        ((2018, 1, 1), (2020, 12, 31), "vuodet 2018–2020", "åren 2018–2020", "the years 2018–2020"),
        ((2018, 2, 3), (2018, 3, 31), "3.2.–31.3.2018", "3.2.–31.3.2018", "3 February – 31 March 2018"),
        ((2018, 12, 3), (2019, 1, 4), "3.12.2018–4.1.2019", "3.12.2018–4.1.2019", None),
        ((2018, 2, 3), None, "3.2.2018 alkaen", "från och med 3.2.2018", "from 3 February 2018 on"),
        (None, (2018, 2, 3), "viimeistään 3.2.2018", "senast 3.2.2018", "3 February 2018 at the latest"),
    ],
)
def test_a_reading_names_whole_months_half_years_and_years(first, last, fi, sv, en) -> None:
    first_day, last_day = (date(*part) if part else None for part in (first, last))
    assert period_words(first_day, last_day, "fi") == fi
    assert period_words(first_day, last_day, "sv") == sv
    if en:
        assert period_words(first_day, last_day, "en") == en


def test_a_reading_that_adds_nothing_is_left_out() -> None:
    exact = Fuzzy("1.1.2021", date(2021, 1, 1), date(2021, 1, 1))
    months = Fuzzy("helmi-maaliskuussa 2018", date(2018, 2, 1), date(2018, 3, 31))
    assert [reading_words(exact, language) for language in ("fi", "sv", "en")] == ["", "", ""]
    assert reading_words(months, "fi") == ""
    assert reading_words(months, "sv") == "februari–mars 2018"


def test_a_fuzzy_date_shows_its_own_words_and_our_reading() -> None:
    value = Fuzzy("ensi vuoden alussa", date(2019, 1, 1), date(2019, 6, 30), date(2018, 10, 24))
    with override("fi"):
        words = '<span lang="fi">”ensi vuoden alussa”</span>, laskettu päivästä 24.10.2018'
        assert fuzzy(value) == f'vuoden 2019 ensimmäinen puolisko <span class="reading">({words})</span>'
        assert fuzzy_in_brief(value) == "vuoden 2019 ensimmäinen puolisko"
        assert fuzzy_in_brief(Fuzzy("kevät 2019", date(2019, 3, 1), date(2019, 5, 31))) == "kevät 2019"
        assert "ei tiedossa" in fuzzy_in_brief(None)
    with override("sv"):
        shown = fuzzy(value)
        words = '<span lang="fi">”ensi vuoden alussa”</span>, räknat från 24.10.2018'
        assert shown == f'första halvåret 2019 <span class="reading">({words})</span>'
        assert fuzzy_in_brief(value) == "första halvåret 2019"
        assert fuzzy_in_brief(Fuzzy("1.1.2021", date(2021, 1, 1), date(2021, 1, 1))) == "1.1.2021"
        assert fuzzy(Fuzzy("1.1.2021", date(2021, 1, 1), date(2021, 1, 1))) == "1.1.2021"
        assert fuzzy(Fuzzy("joskus", None, None)) == '<span lang="fi">”joskus”</span>'
    with override("en"):
        assert fuzzy(Fuzzy("1.1.2021", date(2021, 1, 1), date(2021, 1, 1))) == "1 January 2021"


def test_a_fuzzy_date_without_words_or_without_anything() -> None:
    with override("fi"):
        assert fuzzy(Fuzzy("", date(2018, 2, 1), date(2018, 2, 1))) == "1.2.2018"
        assert fuzzy(Fuzzy("<b>joskus</b>", None, None)) == "&lt;b&gt;joskus&lt;/b&gt;"
        assert "ei tiedossa" in fuzzy(Fuzzy("", None, None))
        assert "ei tiedossa" in fuzzy(None)


def test_words_that_nobody_has_read_as_days_are_kept_with_what_they_are_counted_from() -> None:
    from_day = date(2018, 2, 1)
    assert dates.fuzzy("kahden vuoden kuluttua", None, from_day) == Fuzzy(
        "kahden vuoden kuluttua", None, None, from_day
    )


@pytest.mark.parametrize(
    ("earliest", "latest"), [(date(2018, 2, 1), date(2018, 2, 28)), (date(2018, 2, 1), None), (None, date(2018, 2, 28))]
)
def test_a_reading_comes_back_from_its_range_as_it_was(earliest: date | None, latest: date | None) -> None:
    assert dates.fuzzy("", dates.reading(earliest, latest)) == Fuzzy("", earliest, latest)


@pytest.mark.parametrize(
    ("fuzzy_date", "known"),
    [
        (Fuzzy("", None, None), False),
        (Fuzzy("keväällä", None, None), True),
        (Fuzzy("", date(2018, 2, 1), None), True),
        (Fuzzy("", None, date(2018, 2, 1)), True),
    ],
)
def test_a_fuzzy_date_is_known_by_its_words_or_by_either_day(fuzzy_date: Fuzzy, known: bool) -> None:
    assert bool(fuzzy_date) is known


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", "perjantaina 15.1.2027 klo 9.00 (Suomen aikaa)"),
        ("sv", "fredagen den 15.1.2027 kl. 9.00 (finsk tid)"),
        ("en", "Friday 15 January 2027 at 09:00 (Finnish time)"),
    ],
)
def test_a_deadline_within_a_sentence_is_inflected_and_its_hour_has_no_nought_before_it(language, words) -> None:
    with override(language):
        assert by_deadline(datetime(2027, 1, 15, 7, 0, tzinfo=UTC)) == words
        assert by_deadline(None) == ""


@pytest.mark.parametrize("weekday", range(7))
def test_each_finnish_weekday_is_inflected_alike(weekday: int) -> None:
    words = deadline_words(datetime(2026, 11, 23 + weekday, 10, 0, tzinfo=UTC), "fi", in_a_sentence=True)
    days = ["maanantaina", "tiistaina", "keskiviikkona", "torstaina", "perjantaina", "lauantaina", "sunnuntaina"]
    assert words.startswith(f"{days[weekday]} ")


@pytest.mark.parametrize(
    ("first", "last", "fi", "en"),
    [
        ((2018, 2, 14), (2018, 2, 14), "14.2.2018", "14 February 2018"),
        ((2018, 10, 24), (2018, 11, 30), "24.10.–30.11.2018", "24 October – 30 November 2018"),
        ((2018, 1, 1), (2025, 12, 31), "1.1.2018–31.12.2025", "1 January 2018 – 31 December 2025"),
    ],
)
def test_days_from_a_first_to_a_last_are_told_in_one_style(first, last, fi, en) -> None:
    assert range_words(date(*first), date(*last), "fi") == fi
    assert range_words(date(*first), date(*last), "en") == en
    assert days_of(Organisation(validity=DateRange(date(*first), date(*last) + timedelta(days=1)))) == fi
    assert days_of(Organisation(validity=DateRange(date(*first), None))) == ""
