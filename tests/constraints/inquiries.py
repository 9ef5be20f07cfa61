"""The rules that the database keeps of questions about rounds and their answers, each broken once."""

from django.utils import timezone

from pilots.models import Inquiry, PublicAnswer
from regions.models import User
from tests.constraints.refusal import Violate, again, an_account
from tests.factories import make_inquiry, make_organisation, make_public_answer, make_round


def asked(**fields: object) -> Inquiry:
    asker = an_account(User.Role.PREPARER, make_organisation())
    return make_inquiry(make_round(), asker, **{"words": "Mikä?", **fields})


def answered(**fields: object) -> PublicAnswer:
    return make_public_answer(make_round(), an_account(User.Role.OFFICER), **fields)


VIOLATIONS: dict[str, Violate] = {
    "a_public_answer_has_its_own_number": lambda: again(answered()),
    "an_answer_is_public_in_finnish_and_in_swedish": lambda: answered(answer_sv=""),
    "a_question_about_a_round_has_words": lambda: asked(words=""),
    "a_question_about_a_round_ends_once_and_by_somebody": lambda: asked(ended_at=timezone.now()),
    "pilots_publicanswer_number_check": lambda: answered(number=-1),
    "pilots_publicanswer_edition_check": lambda: answered(edition=-1),
}
