"""The first form: the sections and questions of every proposal so far. What is required is required only at sending."""

from django.utils.translation import gettext_lazy as _

from pilots.models import ClientType, Pilot, Round

from .asked import Form, Question, Section
from .kinds import Address, Day, Degrees, Line, Many, Money, Number, One, Text
from .vocabulary import Choices

BOTH = frozenset({Round.Asks.PRELIMINARY, Round.Asks.INTEREST})
PRELIMINARY = frozenset({Round.Asks.PRELIMINARY})
YES_NO: Choices = {"yes": _("yes"), "no": _("no"), "not_known": _("not known yet")}
PRODUCERS = (Pilot.Production.OWN, Pilot.Production.COMPANY, Pilot.Production.ASSOCIATION)
FORM_1 = Form(
    1,
    (
        Section(
            "basics",
            _("Basics"),
            (
                Question(
                    "title",
                    _("Name of the proposal"),
                    Line(150),
                    _("A short name by which others know it. At most 150 characters."),
                    BOTH,
                ),
                Question(
                    "summary",
                    _("Summary"),
                    Text(2_000),
                    _("Tell in a few sentences what you propose. At most 2,000 characters."),
                    BOTH,
                ),
                Question(
                    "regions",
                    _("Regions concerned"),
                    Many("regions"),
                    _("Choose every region where the pilot would run."),
                    BOTH,
                ),
            ),
        ),
        Section(
            "trial",
            _("What is tried"),
            (
                Question(
                    "problem",
                    _("The problem"),
                    Text(5_000),
                    _("What does not work today, and for whom?"),
                    PRELIMINARY,
                ),
                Question(
                    "tried",
                    _("What you would try"),
                    Text(8_000),
                    _("Describe the new way of working and what is new in it."),
                    PRELIMINARY,
                ),
                Question(
                    "themes",
                    _("Themes"),
                    Many("themes"),
                    _("Choose all that fit."),
                ),
                Question(
                    "benefit",
                    _("Why it helps other regions"),
                    Text(5_000),
                    _("What could another region take into use from your results?"),
                    PRELIMINARY,
                ),
            ),
        ),
        Section(
            "clients",
            _("Clients"),
            (
                Question(
                    "client_type",
                    _("Whose services it concerns"),
                    One(dict(ClientType.choices)),
                    _("Choose the one that most of the services are for."),
                    BOTH,
                ),
                Question(
                    "target_groups",
                    _("Target groups"),
                    Many("target_groups"),
                    _("Choose all that fit."),
                ),
                Question(
                    "target_text",
                    _("The clients in your own words"),
                    Text(3_000),
                    _("Who are they, and how many?"),
                    PRELIMINARY,
                ),
            ),
        ),
        Section(
            "organising",
            _("Way of organising"),
            (
                Question(
                    "delivery_models",
                    _("Delivery models"),
                    Degrees("delivery_models"),
                    _("For each model, say how far you would use it. Leave empty those you would not use."),
                ),
                Question(
                    "production",
                    _("Who produces the services"),
                    Many({producer: producer.label for producer in PRODUCERS}),
                    _("Choose all that take part."),
                    PRELIMINARY,
                ),
                Question(
                    "production_text",
                    _("How the production is split"),
                    Text(3_000),
                    _("Who would produce which part, and why?"),
                ),
                Question(
                    "whole_process",
                    _("Would you procure whole service processes?"),
                    One(YES_NO),
                    _("A whole process in place of single services."),
                ),
                Question(
                    "needs_change_of_law",
                    _("Does the trial need a change of law?"),
                    One(YES_NO),
                    "",
                    PRELIMINARY,
                ),
                Question(
                    "legal_conditions",
                    _("Legal conditions"),
                    Text(5_000),
                    _("Which provisions does the trial depend on? Which would have to change?"),
                ),
            ),
        ),
        Section(
            "partners",
            _("Partners and timetable"),
            (
                Question(
                    "partners",
                    _("Partners"),
                    Text(3_000),
                    _("One on each line. Say whether the partner is possible, in talks or agreed."),
                ),
                Question(
                    "start",
                    _("Start"),
                    Day(),
                    _("Day, month and year, for example 1.3.2027."),
                    PRELIMINARY,
                ),
                Question(
                    "end",
                    _("End"),
                    Day(not_before="start"),
                    _("Day, month and year, for example 31.12.2027."),
                ),
                Question(
                    "staff",
                    _("Staff, in person-years"),
                    Number(),
                    _("A number, for example 2.5."),
                ),
            ),
        ),
        Section(
            "cost",
            _("Cost and contact"),
            (
                Question(
                    "budget",
                    _("Budget in euros"),
                    Money(),
                    _("The whole cost of the pilot, for example 250 000."),
                    PRELIMINARY,
                ),
                Question(
                    "funding",
                    _("How it would be paid for"),
                    Text(3_000),
                    _("Your own share, and what you would ask for."),
                ),
                Question(
                    "contact",
                    _("Contact address"),
                    Address(),
                    _("A role address that your organisation reads. Do not give private addresses."),
                    BOTH,
                ),
            ),
        ),
    ),
)
