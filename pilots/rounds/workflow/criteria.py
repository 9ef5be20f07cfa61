"""The criteria of a round: written while it is made, corrected with a public reason after that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Self

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from pilots.models import Assessment, Criterion, Round, RoundCorrection
from regions.models import User
from registry.lib.editions import Merged, Shown, write_if
from registry.lib.languages import InThree
from registry.lib.refusals import Refused

from .parts import lock_and_merge

SAME_WORDS = _("Two criteria have the same words in Finnish: “%(criterion)s”.")
ASSESSED = _(
    "An assessment is begun. The words and the order of the criteria can be corrected, but none can be added or taken"
    " away, nor get or lose its numbers."
)
ASIDE = 10_000  # where a criterion stands while others take its place


class CriterionValues(NamedTuple):
    """A criterion as the form of the officer shows and changes it."""

    position: int
    text_fi: str
    text_sv: str
    text_en: str = ""
    explanation_fi: str = ""
    explanation_sv: str = ""
    explanation_en: str = ""
    scored: bool = False

    @classmethod
    def of(cls, criterion: Criterion) -> Self:
        """Return the values of a stored criterion."""
        return cls._make(getattr(criterion, name) for name in cls._fields)

    @property
    def label(self) -> str:
        """The criterion in the reader's language."""
        return InThree(self.text_fi, self.text_sv, self.text_en).read().plain


Criteria = Mapping[str, CriterionValues]


def stored(round_: Round) -> dict[str, CriterionValues]:
    """Return the criteria of the round, by key, in their order."""
    return {str(criterion.pk): CriterionValues.of(criterion) for criterion in round_.criteria.all()}


@transaction.atomic
def change(
    round_: Round,
    shown: Shown,
    typed: Mapping[str, CriterionValues | None],
    user: User,
    at: datetime,
    reason: InThree | None = None,
) -> Merged:
    """Write the criteria that were ``typed`` into a form that showed ``shown``, merged with what others wrote since.

    ``typed``: by key; None: it is taken away; a new criterion has a name that is no key. A published round
    needs the ``reason``, which stands on its page. Raises ``Stale`` where both changed a criterion, ``Refused`` where
    nothing is changed in a published round, two criteria have the same words, or a begun assessment answers others.
    """
    parts = lock_and_merge(round_, shown, typed, stored, reason)
    if parts.changes_nothing:
        return parts.merged
    before, was, now = parts.round, parts.was, parts.now
    _see_that_they_differ(now)
    if Assessment.objects.filter(proposal__round=before).exists():
        _keep_what_is_assessed(was, now)
    write_if(Round.objects.filter(pk=before.pk), before.edition, changed_at=at, changed_by=user)
    _write(before, was, now)
    if parts.is_published and reason is not None:
        _tell(before, was, reason, user, at)
    return parts.merged


def _see_that_they_differ(criteria: Criteria) -> None:
    words: set[str] = set()
    for values in criteria.values():
        if values.text_fi in words:
            raise Refused(SAME_WORDS % {"criterion": values.label})
        words.add(values.text_fi)


def _keep_what_is_assessed(was: Criteria, now: Criteria) -> None:
    """Refuse a change after which assessments answer other criteria than they did: only words and places may change."""
    if was.keys() != now.keys() or any(was[key].scored != values.scored for key, values in now.items()):
        raise Refused(ASSESSED)


def _write(round_: Round, was: Criteria, now: Criteria) -> None:
    """Write the criteria; one that stays is the same row, so that what was written on it stays with it."""
    round_.criteria.filter(pk__in=[key for key in was if key not in now]).delete()
    changed = {key: values for key, values in now.items() if values != was.get(key)}
    for step in (ASIDE, 0):  # two that change places would else meet in one
        for key, values in changed.items():
            place = values.position + step
            if key in was:
                round_.criteria.filter(pk=key).update(**{**values._asdict(), "position": place})
    new = [values for key, values in changed.items() if key not in was]  # or taken away by somebody else, and kept
    Criterion.objects.bulk_create(Criterion(round=round_, **values._asdict()) for values in new)


def _tell(round_: Round, was: Criteria, reason: InThree, user: User, at: datetime) -> None:
    """Put the correction on the page of the round, with the words as they were."""
    before: list[dict[str, Any]] = [values._asdict() for values in was.values()]
    RoundCorrection.objects.create(
        round=round_,
        corrected_at=at,
        corrected_by=user,
        columns=["criteria"],
        before={"criteria": before},
        **reason.columns("reason"),
    )


def copy(round_: Round, made: Round) -> None:
    """Let the new round judge by the criteria of the other one."""
    Criterion.objects.bulk_create(Criterion(round=made, **values._asdict()) for values in stored(round_).values())
