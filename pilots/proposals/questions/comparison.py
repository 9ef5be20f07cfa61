"""Two texts of a proposal compared: the answers that changed, each in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pilots.models import Proposal, Version
from registry.lib.differences import Passage, has_changed, in_items, in_words

from .answers import Shown, shown_answer
from .asked import Question, Section
from .kinds import Content, Text
from .known_forms import form_of
from .vocabulary import Vocabulary


@dataclass(frozen=True)
class ChangedAnswer:
    """An answer that is not the same in two texts."""

    question: Question
    passages: list[Passage]
    running: bool  # whether the passages are those of one text; else each is an item


@dataclass(frozen=True)
class Comparison:
    """What changed between two texts of a proposal, by sections, and how many answers stayed as they were."""

    sections: list[tuple[Section, list[ChangedAnswer]]]
    unchanged: int
    added: list[str] = field(default_factory=list)  # names of files
    removed: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether anything changed."""
        return bool(self.sections or self.added or self.removed)


def compared(before: Proposal | Version, after: Proposal | Version, vocabulary: Vocabulary) -> Comparison:
    """Return what changed from ``before`` to ``after``: two versions, or a version and the draft.

    The questions stand as in the form of ``after``; those that only the form of ``before`` asks come last.
    """
    found, unchanged = [], 0
    for section, questions in _questions(after, before):
        answers = [changed_answer(question, before.content, after.content, vocabulary) for question in questions]
        changed = [answer for answer in answers if answer is not None]
        unchanged += len(answers) - len(changed)
        if changed:
            found.append((section, changed))
    was, now = ({listed["id"]: listed["name"] for listed in text.attached} for text in (before, after))
    added = [name for key, name in now.items() if key not in was]
    removed = [name for key, name in was.items() if key not in now]
    return Comparison(found, unchanged, added, removed)


def _questions(after: Proposal | Version, before: Proposal | Version) -> Iterable[tuple[Section, list[Question]]]:
    asked = set()
    for section in form_of(after).sections:
        asked |= {question.key for question in section.questions}
        yield section, list(section.questions)
    for section in form_of(before).sections:
        yield section, [question for question in section.questions if question.key not in asked]


def changed_answer(question: Question, before: Content, after: Content, vocabulary: Vocabulary) -> ChangedAnswer | None:
    """Return how the answer to the question changed between two contents; None: it is the same to a reader."""
    kind = question.answer
    if kind.comparable(before.get(question.key)) == kind.comparable(after.get(question.key)):
        return None
    was, now = shown_answer(question, before, vocabulary), shown_answer(question, after, vocabulary)
    running = isinstance(kind, Text)
    passages = in_words("".join(_items(was)), "".join(_items(now))) if running else in_items(_items(was), _items(now))
    return ChangedAnswer(question, passages, running) if has_changed(passages) else None


def _items(answer: Shown) -> list[str]:
    return [item if isinstance(item, str) else str(item) for item in answer.items]
