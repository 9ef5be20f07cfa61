"""The rules that the database keeps of the questions of a round's own, each broken once."""

from django.utils import timezone

from pilots.models import OwnForm, OwnQuestion
from regions.models import User
from tests.constraints.refusal import Violate, again, an_account, bend
from tests.factories import make_organisation, make_own_form, make_round, make_submitted

CHOICES = {"kind": "choice", "choices_fi": ["a", "b"], "choices_sv": ["a", "b"]}


def a_form(**fields: object) -> OwnForm:
    officer = an_account(User.Role.OFFICER)
    return OwnForm.objects.create(
        **{"round": make_round(), "number": 1, "made_at": timezone.now(), "made_by": officer, **fields}
    )


def asked(**fields: object) -> OwnQuestion:
    """Return the one question of a form."""
    return make_own_form(make_round(), dict(fields)).questions.get()


def answered() -> OwnQuestion:
    """Return a question that a sent proposal answers."""
    round_ = make_round()
    question = make_own_form(round_, {}).questions.get()
    make_submitted(round_, an_account(User.Role.PREPARER, make_organisation()))
    return question


VIOLATIONS: dict[str, Violate] = {
    "a_form_of_a_round_has_its_own_number": lambda: again(a_form()),
    "a_changed_form_of_a_round_says_why": lambda: a_form(number=2),
    "a_question_has_its_own_place_in_a_form": lambda: again(asked(), key="r0-1", label_fi="Muu"),
    "a_question_has_its_own_key_in_a_form": lambda: again(asked(), position=2, label_fi="Muu"),
    "a_form_asks_the_same_words_once": lambda: again(asked(), position=2, key="r0-1"),
    "a_question_is_of_a_known_kind": lambda: asked(kind="x", limit=None),
    "a_question_is_asked_in_finnish_and_in_swedish": lambda: asked(label_sv=""),
    "a_question_of_choices_has_two_or_more_in_both_languages": lambda: asked(**{**CHOICES, "choices_sv": ["a"]}),
    "a_text_has_a_limit_and_nothing_else_has": lambda: asked(limit=None),
    "a_condition_names_a_question_and_its_choice": lambda: asked(only_if="r0-1"),
    "a_question_is_required_from_a_step_on": lambda: asked(required_from=0),
    "questions_that_are_answered_never_change": lambda: bend(answered(), label_fi="Toinen"),
    "questions_that_are_answered_stay": lambda: answered().delete(),
    "pilots_ownform_number_check": lambda: a_form(number=-1),
    "pilots_ownquestion_position_check": lambda: asked(position=-1),
}
