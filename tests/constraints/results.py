"""The rules that the database keeps of results and laws, each broken once."""

from datetime import date
from typing import Any

from django.db import connection

from pilots.models import Claim, ClaimKind, Figure, LawEvent, OpenQuestion, ResultDocument, ResultSearch
from tests.constraints.refusal import Violate, again, bend
from tests.factories import make_card, make_claim, make_event, make_law, make_pilot, make_programme

DAY = date(2017, 8, 1)


def a_claim() -> Claim:
    return make_claim(make_card())


def a_figure(**fields: Any) -> Figure:
    given = {"kind": "municipalities", "number": 10, "unit_fi": "kuntaa", "unit_sv": "kommuner", **fields}
    return Figure.objects.create(card=make_card(), position=1, **given)


def a_document() -> ResultDocument:
    words = {"text_fi": "Raportti", "text_sv": "Rapport"}
    return ResultDocument.objects.create(card=make_card(), position=1, kind="own_report", read="whole", **words)


def a_question() -> OpenQuestion:
    return OpenQuestion.objects.create(card=make_card(), position=1, text_fi="Raha", text_sv="Pengar")


def a_search() -> ResultSearch:
    words = {"searched_fi": "Verkko", "searched_sv": "Webben"}
    return ResultSearch.objects.create(pilot=make_pilot(), searched_on=DAY, **words)


def an_event() -> LawEvent:
    return make_event(make_law(), "in_force", DAY)


def without_a_source(row: Any) -> None:
    """Take the sources of a row away, and let the database look at once, not at the end of the transaction."""
    row.sources.clear()
    row.save()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


VIOLATIONS: dict[str, Violate] = {
    # Results
    "pilots_resultcard_slug_key": lambda: again(make_card(), pilot=make_pilot()),
    "pilots_resultcard_pilot_id_key": lambda: again(make_card(), slug="another"),
    "pilots_resultcard_programme_id_key": lambda: again(make_card(programme=make_programme()), slug="another"),
    "a_result_card_is_of_a_pilot_or_of_a_programme": lambda: bend(make_card(), programme=make_programme()),
    "a_result_has_a_known_outcome": lambda: bend(make_card(), outcome="splendid"),
    "an_outcome_has_its_basis_in_finnish_and_swedish": lambda: bend(make_card(), basis_sv=""),
    "only_a_transferred_result_went_on": lambda: bend(make_card(), went_on_as=make_pilot()),
    "a_result_card_has_its_source": lambda: without_a_source(make_card()),
    "a_claim_has_its_own_place": lambda: again(a_claim()),
    "pilots_claim_position_check": lambda: bend(a_claim(), position=-1),
    "a_claim_is_told_in_finnish_and_swedish": lambda: bend(a_claim(), text_sv=""),
    "a_claim_on_what_came_of_it_has_its_evidence": lambda: bend(a_claim(), evidence=""),
    "only_a_condition_has_a_topic": lambda: bend(make_claim(make_card(), ClaimKind.DONE), topic="law"),
    "a_claim_has_its_source": lambda: without_a_source(a_claim()),
    "a_figure_has_its_own_place": lambda: again(a_figure()),
    "pilots_figure_position_check": lambda: bend(a_figure(), position=-1),
    "a_figure_is_not_negative": lambda: a_figure(number=-1),
    "a_figure_has_its_unit_in_finnish_and_swedish": lambda: a_figure(unit_sv=""),
    "a_figure_has_its_source": lambda: without_a_source(a_figure()),
    "a_result_document_has_its_own_place": lambda: again(a_document()),
    "pilots_resultdocument_position_check": lambda: bend(a_document(), position=-1),
    "a_result_document_is_told_in_finnish_and_swedish": lambda: bend(a_document(), text_sv=""),
    "a_result_document_has_its_source": lambda: without_a_source(a_document()),
    "an_open_question_has_its_own_place": lambda: again(a_question()),
    "pilots_openquestion_position_check": lambda: bend(a_question(), position=-1),
    "an_open_question_is_told_in_finnish_and_swedish": lambda: bend(a_question(), text_sv=""),
    "the_results_of_a_pilot_are_sought_once_a_day": lambda: again(a_search()),
    "a_search_for_results_is_told_in_finnish_and_swedish": lambda: bend(a_search(), searched_sv=""),
    # Laws
    "pilots_law_slug_key": lambda: again(make_law(), number="1/2018"),
    "pilots_law_number_key": lambda: again(make_law(), slug="another"),
    "an_act_is_numbered_as_acts_and_a_bill_as_bills": lambda: make_law(number="HE 51/2017 vp"),
    "a_law_is_in_a_state_of_its_kind": lambda: make_law(state="lapsed"),
    "a_law_is_named_in_finnish_and_swedish": lambda: make_law(short_name_sv=""),
    "a_law_has_its_source": lambda: without_a_source(make_law()),
    "an_event_of_a_law_has_its_own_place": lambda: again(an_event()),
    "pilots_lawevent_position_check": lambda: bend(an_event(), position=-1),
    "a_planned_event_of_a_law_is_called_planned": lambda: bend(an_event(), kind="planned_in_force"),
    "an_event_of_a_law_has_its_source": lambda: without_a_source(an_event()),
}
