"""The day that a page shows: ``?pvm=2018-03-15``, without it today."""

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.http import HttpRequest

from regions.forms import DayForm
from registry.lib.dates import today

LONGEST_ECHO = 40
# The pages and files that show another day, by the names of their addresses. All others say that they know no day.
FOLLOWING = frozenset(
    {
        *("home", "pilots", "pilot", "programme", "rounds", "regions", "region", "municipality"),
        *("organisations", "organisation", "groups", "group", "people", "person"),
        *("pilots_csv", "pilots_file", "organisations_file", "groups_file"),
    }
)
# Days that readers often ask for: spring 2018, and the first days of the employment areas and of the vitality centres.
QUICK = (date(2018, 3, 15), date(2025, 1, 1), date(2026, 1, 1))


@dataclass(frozen=True)
class Shown:
    """The day that a page shows: the asked day or today; ``wrong`` holds what was asked for and is not a day."""

    day: date
    asked: bool
    wrong: str
    form: DayForm
    kept: list[tuple[str, str]]  # the rest of the address, which the form keeps

    @property
    def quick(self) -> list[tuple[date | None, str]]:
        """The days to choose with one click and their addresses; None stands for today."""
        days = [(day, self._address(pvm=day.isoformat())) for day in QUICK if day != self.day]
        return [(None, self._address()), *days] if self.asked else [*days]

    def _address(self, **more: str) -> str:
        return f"?{urlencode([*self.kept, *more.items()])}"

    @property
    def asked_day(self) -> date | None:
        """The day that is asked for; None where the page shows today."""
        return self.day if self.asked else None

    @property
    def carried(self) -> dict[str, str]:
        """The parameter that the addresses of this page carry, so that the day stays."""
        return {"pvm": self.day.isoformat()} if self.asked else {}

    @property
    def query(self) -> str:
        """The query string that links to other pages of the directory carry."""
        return f"?pvm={self.day.isoformat()}" if self.asked else ""

    @property
    def also(self) -> str:
        """The same behind another parameter."""
        return f"&pvm={self.day.isoformat()}" if self.asked else ""


def shown_day(request: HttpRequest, at: datetime) -> Shown:
    """Return the day that the request asks for, on the Finnish calendar; today where it names none or no day."""
    words = request.GET.get("pvm", "").strip()
    kept = [
        (name, value) for name, value in request.GET.items() if name not in {"pvm", "page"} and isinstance(value, str)
    ]
    form = DayForm({"pvm": words})
    asked = form.cleaned_data["pvm"] if form.is_valid() else None
    wrong = words[:LONGEST_ECHO] if form.errors else ""
    shown = DayForm(initial={"pvm": asked or today(at)})
    return Shown(asked or today(at), asked is not None, wrong, shown, kept)
