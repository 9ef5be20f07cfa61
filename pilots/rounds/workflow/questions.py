"""The questions of a round's own: written while it is made, changed after that by a new form with a public reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import count, zip_longest
from typing import Any, NamedTuple, Self

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pilots.mail import reminders
from pilots.mail.notices import QuestionsChanged
from pilots.models import OwnForm, OwnQuestion, Round, Step
from pilots.models.own_questions import key_prefix
from pilots.proposals.questions.own import changes
from regions.models import User
from registry.lib.editions import Merged, Shown, write_if
from registry.lib.languages import InThree
from registry.lib.refusals import Refused

from .parts import NEW, lock_and_merge

ASKED_TWICE = _("Two questions have the same words in Finnish: “%(question)s”.")
DEPENDS_ON_NOTHING = _("“%(question)s” depends on a choice that no question before it has.")
NOT_IN_THE_ROUND = _("“%(question)s” is needed from a step on that the round does not have.")
OTHER_KIND = _("“%(question)s” is published: what is answered stays as it is. Ask a new question.")
FEWER_CHOICES = _("“%(question)s” is published: its choices stay in their order, and new ones come last.")
LOWER_LIMIT = _("“%(question)s” is published: what was short enough stays so. The limit can only be raised.")
NEEDED_SUDDENLY = _(
    "“%(question)s” would be needed in a step that is open already. Let it be needed from a later one on."
)


class QuestionValues(NamedTuple):
    """A question as the form of the officer shows and changes it."""

    position: int
    kind: str
    label_fi: str
    label_sv: str
    label_en: str = ""
    help_fi: str = ""
    help_sv: str = ""
    help_en: str = ""
    limit: int | None = None
    choices_fi: tuple[str, ...] = ()
    choices_sv: tuple[str, ...] = ()
    choices_en: tuple[str, ...] = ()
    required_from: int | None = None
    only_if: str = ""
    only_if_choice: str = ""

    @classmethod
    def of(cls, question: OwnQuestion) -> Self:
        """Return the values of a stored question."""
        values: list[Any] = [getattr(question, name) for name in cls._fields]
        return cls._make(tuple(value) if isinstance(value, list) else value for value in values)

    @property
    def label(self) -> str:
        """The question in the reader's language."""
        return InThree(self.label_fi, self.label_sv, self.label_en).read().plain

    def choices(self) -> list[InThree]:
        """Return the choices in their order, each in three languages."""
        in_three = zip_longest(self.choices_fi, self.choices_sv, self.choices_en, fillvalue="")
        return [InThree(*words) for words in in_three]

    def is_needed_in(self, step: int) -> bool:
        """Whether an answer is needed in the step at this place."""
        return self.required_from is not None and step >= self.required_from


Questions = Mapping[str, QuestionValues]


def stored(round_: Round) -> dict[str, QuestionValues]:
    """Return the questions that the round asks now, by key, in their order."""
    forms = list(OwnForm.objects.of(round_.pk))
    return {question.key: QuestionValues.of(question) for question in forms[-1].questions.all()} if forms else {}


@transaction.atomic
def change(
    round_: Round,
    shown: Shown,
    typed: Mapping[str, QuestionValues | None],
    user: User,
    at: datetime,
    reason: InThree | None = None,
) -> Merged:
    """Write the questions that were ``typed`` into a form that showed ``shown``, merged with what others wrote since.

    ``typed``: by key; None: it is taken away; a new question has a name that begins with ``NEW``. A published round
    gets a new form with the public ``reason``; drafts are told what changed, and what was sent keeps its own form.
    Raises ``Stale`` where both changed a question, ``Refused`` where it cannot be asked so.
    """
    parts = lock_and_merge(round_, shown, typed, stored, reason)
    if parts.changes_nothing:
        return parts.merged
    before, was, asked = parts.round, parts.was, parts.now
    steps = list(before.steps.all())
    _see_that_they_fit(asked, steps)
    if parts.is_published:
        for key, values in asked.items():
            _keep_the_promise(was.get(key), values, steps, at)
    write_if(Round.objects.filter(pk=before.pk), before.edition, changed_at=at, changed_by=user)
    _write(before, asked, user, at, reason if parts.is_published else None)
    if parts.is_published:
        _tell(before, at)
    return parts.merged


def _tell(round_: Round, at: datetime) -> None:
    """Tell all who write in the round what its newest form asks otherwise than the one before."""
    forms = list(OwnForm.objects.of(round_.pk))
    found = changes(forms[-2] if len(forms) > 1 else None, forms[-1])
    forms[-1].round = round_
    told = {
        "new": [one.question for one in found if one.is_new],
        "changed": [one.question for one in found if not one.is_new and not one.is_gone],
        "gone": [one.question for one in found if one.is_gone],
    }
    if found:
        reminders.tell_questions(QuestionsChanged(forms[-1], **told), at)


def faults(round_: Round, steps: Iterable[Step]) -> list[str]:
    """Return a sentence for each question that is needed from a step on that the round does not have."""
    places, words = {step.position for step in steps}, str(NOT_IN_THE_ROUND)
    needed = [values for values in stored(round_).values() if values.required_from not in {None, *places}]
    return [words % {"question": values.label} for values in needed]


def _see_that_they_fit(questions: Questions, steps: Iterable[Step]) -> None:
    """Refuse the same words twice, a condition on nothing, a need from a step on that is not there."""
    places = {step.position for step in steps}
    words: set[str] = set()
    before: dict[str, QuestionValues] = {}
    for key, values in questions.items():
        if values.label_fi in words:
            raise _refused(ASKED_TWICE, values)
        if values.only_if:
            on = before.get(values.only_if)
            if on is None or values.only_if_choice not in {str(n) for n in range(1, len(on.choices_fi) + 1)}:
                raise _refused(DEPENDS_ON_NOTHING, values)
        if values.required_from is not None and values.required_from not in places:
            raise _refused(NOT_IN_THE_ROUND, values)
        words.add(values.label_fi)
        before[key] = values


def _keep_the_promise(was: QuestionValues | None, now: QuestionValues, steps: Iterable[Step], at: datetime) -> None:
    """Refuse a change by which an answer that was right would be wrong, or would be needed where it was not.

    What a step needs is known when it opens, and does not grow after that: nobody is late because a question came.
    """
    if was is not None:
        if was.kind != now.kind:
            raise _refused(OTHER_KIND, was)
        if any(words in was.choices_fi for words in now.choices_fi[len(was.choices_fi) :]) or _moved(was, now):
            raise _refused(FEWER_CHOICES, was)
        if was.limit is not None and now.limit is not None and now.limit < was.limit:
            raise _refused(LOWER_LIMIT, was)
    for step in steps:
        needed_before = was is not None and was.is_needed_in(step.position) and _asks_no_more_people(was, now)
        if step.opens_at <= at and now.is_needed_in(step.position) and not needed_before:
            raise _refused(NEEDED_SUDDENLY, now)


def _asks_no_more_people(was: QuestionValues, now: QuestionValues) -> bool:
    """Whether the condition is as it was, or there was none."""
    return not was.only_if or (was.only_if, was.only_if_choice) == (now.only_if, now.only_if_choice)


def _moved(was: QuestionValues, now: QuestionValues) -> bool:
    """Whether a choice is gone, or its words stand in the place of another."""
    if len(now.choices_fi) < len(was.choices_fi):
        return True
    pairs = enumerate(was.choices_fi)
    return any(words != now.choices_fi[place] and words in now.choices_fi for place, words in pairs)


def _refused(words: str | Promise, question: QuestionValues) -> Refused:
    return Refused(words % {"question": question.label})


def _write(round_: Round, questions: Questions, user: User, at: datetime, reason: InThree | None) -> None:
    """Write the questions: into the one form of a round that is being made, else into a new form with its reason."""
    forms = list(OwnForm.objects.of(round_.pk))
    if reason is None:
        round_.own_forms.all().delete()
    if not questions and reason is None:
        return
    number = 1 if reason is None or not forms else forms[-1].number + 1
    columns = reason.columns("reason") if reason else {}
    form = OwnForm.objects.create(round=round_, number=number, made_at=at, made_by=user, **columns)
    used = {question.key for one in forms for question in one.questions.all()}
    keys = _keys(round_, questions, used)
    OwnQuestion.objects.bulk_create(
        OwnQuestion(form=form, key=keys[key], **{**_columns(values), "only_if": keys.get(values.only_if, "")})
        for key, values in questions.items()
    )


def _columns(values: QuestionValues) -> dict[str, object]:
    return {name: list(one) if isinstance(one, tuple) else one for name, one in values._asdict().items()}


def _keys(round_: Round, questions: Iterable[str], used: set[str]) -> dict[str, str]:
    """Return the key of each question: a new one gets a key that no question of the round ever had."""
    free = (key for number in count(1) if (key := f"{key_prefix(round_.pk)}{number}") not in used)
    return {key: next(free) if key.startswith(NEW) else key for key in questions}


def copy(round_: Round, made: Round, user: User, at: datetime) -> None:
    """Let the new round ask what the other one asks, each question under a key of its own."""
    asked = stored(round_)
    names = {key: f"{NEW}{number}" for number, key in enumerate(asked)}
    renamed = {names[key]: values._replace(only_if=names.get(values.only_if, "")) for key, values in asked.items()}
    _write(made, renamed, user, at, None)
