"""The questions of a round's own as a section of the form, and what changed from one of their forms to the next."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pilots.models import OwnForm, OwnQuestion, Proposal, Round
from registry.lib.differences import Passage, in_items

from .asked import NEVER, Question, Section
from .kinds import Content, Day, Kind, Number, One, Text

OWN = "own"  # the slug of the section
TITLE = gettext_lazy("Questions of this round")
KINDS: Mapping[str, Callable[[OwnQuestion], Kind]] = {
    OwnQuestion.Kind.TEXT: lambda question: Text(question.limit or 1),
    OwnQuestion.Kind.CHOICE: lambda question: One(question.choices()),
    OwnQuestion.Kind.NUMBER: lambda question: Number(),
    OwnQuestion.Kind.DAY: lambda question: Day(),
}


def own_section(
    forms: Iterable[OwnForm], content: Content, step: int | None, typed: Collection[str] = ()
) -> Section | None:
    """Return the section of the last of a round's ``forms``, as it is asked in ``step``; None: the round asks nothing.

    A question that an earlier form asked comes last, where ``content`` has an answer to it or it was ``typed``: what
    somebody wrote stays readable, and can be moved elsewhere.
    """
    asked = list(forms)
    if not asked:
        return None
    now = {question.key: question for question in asked[-1].questions.all()}
    before = {question.key: question for form in asked[:-1] for question in form.questions.all()}
    questions = [_question(question, now, step) for question in now.values()]
    left = [key for key in before if key not in now and (content.get(key) or key in typed)]
    questions += [_retired(_question(before[key], before, None)) for key in left]
    return Section(OWN, TITLE, tuple(questions)) if questions else None


def own_questions(forms: QuerySet[Any, Any]) -> list[Question]:
    """Return the questions of all these forms; one that several ask, as the last of them asks it (one statement)."""
    asked = OwnQuestion.objects.filter(form__in=forms).order_by("form__round", "form__number", "position")
    found = list(asked)
    among = {question.key: question for question in found}
    return [_question(question, among, None) for question in among.values()]


def _question(question: OwnQuestion, among: Mapping[str, OwnQuestion], step: int | None) -> Question:
    required = frozenset(Round.Asks) if question.is_required_in(step) else NEVER
    only_if = (question.only_if, question.only_if_choice) if question.only_if in among else None
    told = [question.help, _limit_words(question), condition_words(question, among)]
    words = format_html_join(" ", "{}", ((part,) for part in told if part))
    return Question(question.key, question.label, KINDS[question.kind](question), words, required, only_if)


def _retired(question: Question) -> Question:
    label = format_html("{} ({})", question.label, _("no longer asked"))
    return replace(question, label=label, only_if=None, retired=True)


def _limit_words(question: OwnQuestion) -> str:
    if question.kind == OwnQuestion.Kind.DAY:
        return _("Day, month and year, for example 1.3.2027.")
    if question.limit is None:
        return ""
    return _("At most %(n)s characters.") % {"n": _in_groups(question.limit)}


def _in_groups(number: int) -> str:
    return f"{number:,}".replace(",", "\u00a0")


def condition_words(question: OwnQuestion, among: Mapping[str, OwnQuestion]) -> str:
    """Return when the question is one to answer, in words; empty: always."""
    if question.only_if not in among:
        return ""
    on = among[question.only_if]
    words = _("Answer this if “%(question)s” is answered by “%(choice)s”.")
    return words % {"question": on.label, "choice": on.choices().get(question.only_if_choice, "")}


def about(question: OwnQuestion) -> list[str]:
    """Return what a reader of the round's page is told of a question beside its words: kind, limit, need."""
    told = [str(question.get_kind_display())]
    if question.limit:
        told.append(_("at most %(n)s characters") % {"n": _in_groups(question.limit)})
    if question.required_from == 1:
        told.append(_("needed before sending"))
    elif question.required_from:
        told.append(_("needed before sending from step %(number)s on") % {"number": question.required_from})
    return told


@dataclass(frozen=True)
class Change:
    """A question that is new, changed or no longer asked: the words of its form before and after."""

    question: OwnQuestion
    is_new: bool
    is_gone: bool
    passages: Sequence[Passage]


def changes(before: OwnForm | None, after: OwnForm) -> list[Change]:
    """Return what is not the same in two forms of a round: changed and new questions in their order, then the gone."""
    was = {question.key: question for question in before.questions.all()} if before else {}
    now = {question.key: question for question in after.questions.all()}
    told = [
        (question, _told(was[key], was) if key in was else [], _told(question, now)) for key, question in now.items()
    ]
    changed = [
        Change(question, not old, False, in_items(old, new) if old else ()) for question, old, new in told if old != new
    ]
    return changed + [Change(question, False, True, ()) for key, question in was.items() if key not in now]


def _told(question: OwnQuestion, among: Mapping[str, OwnQuestion]) -> list[str]:
    """Return all that a writer is told of a question, line by line."""
    choices = [str(words) for words in question.choices().values()]
    told = [str(question.label), str(question.help), *choices, *about(question), condition_words(question, among)]
    return [words for words in told if words]


def changes_for(proposal: Proposal) -> tuple[OwnForm, list[Change]] | None:
    """Return the round's own form as it is now, and what its writers have not confirmed; None: they know all of it."""
    forms = list(proposal.round.own_forms.all())
    if not forms or forms[-1].pk == proposal.own_form_id:
        return None
    known = next((form for form in forms if form.pk == proposal.own_form_id), None)
    found = changes(known, forms[-1])
    return (forms[-1], found) if found else None
