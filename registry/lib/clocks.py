"""Form fields for Finnish days and clock times: 27.11.2026 and 16.15."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from registry.lib.dates import (
    HELSINKI,
    YEARS,
    exists_on_the_finnish_clock,
    is_doubled_on_the_finnish_clock,
    is_working_day,
)


class DayField(forms.DateField):
    """A day as people here write it, 27.11.2026; the ISO form is understood too."""

    input_formats = ("%d.%m.%Y", "%Y-%m-%d")
    widget = forms.DateInput(format="%d.%m.%Y", attrs={"inputmode": "numeric", "autocomplete": "off"})
    default_error_messages = {"invalid": _("Write the day like 27.11.2026.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"input_formats": self.input_formats, "widget": type(self).widget, **kwargs})

    def to_python(self, value: Any) -> date | None:
        """Return the day; raises ValidationError where the year cannot be meant."""
        day: date | None = super().to_python(value)
        if day is not None and day.year not in YEARS:
            raise ValidationError(_("Check the year."), code="year")
        return day


class ClockField(forms.Field):
    """A clock time, 16.15 or 16:15. Midnight is refused: nobody knows which day 00.00 and 24.00 belong to."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"widget": forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 5}), **kwargs})

    def prepare_value(self, value: Any) -> Any:
        """Show a time with a full stop between hours and minutes."""
        return f"{value.hour}.{value:%M}" if isinstance(value, time) else value

    def to_python(self, value: Any) -> Any:
        """Return the time; raises ValidationError with what to do."""
        words = str(value or "").strip()
        if not words:
            return None
        match = re.fullmatch(r"([0-9]{1,2})[.:]([0-9]{2})", words)
        if not match:
            raise ValidationError(_("Write the time like 16.15."), code="invalid")
        hours, minutes = int(match[1]), int(match[2])
        if (hours, minutes) in {(0, 0), (24, 0)}:
            raise ValidationError(_("Midnight is unclear. Choose another time, for example 16.15."), code="midnight")
        if hours > 23 or minutes > 59:
            raise ValidationError(_("Write the time like 16.15."), code="invalid")
        return time(hours, minutes)


YEARS_OF_CLOCKS = range(2000, 2101)  # another year is a slip of the pen, and its clocks may have other rules


def moment(day: date, clock: time) -> datetime:
    """Return the aware moment of a day and a time on the Finnish clock.

    Raises ValidationError when the clock skips that time (the last Sunday of March), or the year cannot be meant.
    """
    if day.year not in YEARS_OF_CLOCKS:
        raise ValidationError(_("Check the year."), code="year")
    wall = datetime.combine(day, clock)
    if not exists_on_the_finnish_clock(wall):
        raise ValidationError(_("The clocks are put forward that night: this time does not exist."), code="skipped")
    return wall.replace(tzinfo=HELSINKI)


SOON = timedelta(days=1)  # a deadline that is nearer can hardly be met


def doubts(at: datetime, now: datetime | None = None) -> list[Any]:
    """Return what is unusual about the aware moment as a deadline, in sentences; empty when nothing is.

    ``now``: the moment at which it is set, where its nearness counts.
    """
    wall, sentences = at.astimezone(HELSINKI).replace(tzinfo=None), list[Any]()
    if now is not None and now < at < now + SOON:
        sentences.append(_("The deadline is less than a day away."))
    if not is_working_day(wall.date()):
        sentences.append(_("The deadline is not on a working day."))
    if is_doubled_on_the_finnish_clock(wall):
        sentences.append(_("The clocks are put back that night: this time comes twice. The first one counts."))
    return sentences
