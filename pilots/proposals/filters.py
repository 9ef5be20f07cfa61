"""The list of proposals: filters, facets and the columns of its file."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from pilots.models import Clarification, Proposal, Round
from pilots.models.assessing import ready_ones, still_assessing, with_assessments
from pilots.models.proposals import ProposalQuerySet
from pilots.proposals.questions.answers import shown_answer
from pilots.proposals.questions.asked import Question
from pilots.proposals.questions.known_forms import FORMS
from pilots.proposals.questions.own import own_questions
from pilots.proposals.questions.vocabulary import Vocabulary, vocabulary
from regions.filters import SearchedList
from regions.models import Region
from registry.lib.choices import SearchFilter, Several, SeveralRows
from registry.lib.database import name_order
from registry.lib.exports import Read
from registry.lib.facets import Counted, by_choice, by_row
from registry.lib.languages import Text
from registry.lib.lists import ListFilter

SENT = [choice for choice in Proposal.State.choices if choice[0] != Proposal.State.DRAFT]


WAITS, ANSWERED, READ = "waits", "answered", "read"
CLARIFICATIONS = [
    (WAITS, _("waits for an answer")),
    (ANSWERED, _("answered, not yet read")),
    (READ, _("answered and read")),
]


def _clarified(how: str) -> Exists:
    """Return the condition on proposals that one of their clarifications is so far."""
    rows = {
        WAITS: Clarification.objects.waiting(),
        ANSWERED: Clarification.objects.unread(),
        READ: Clarification.objects.filter(read_at__isnull=False),
    }
    return Exists(rows[how].filter(proposal=OuterRef("pk")))


TO_COME, ALL_READY, NOBODY = "to_come", "ready", "nobody"
ASSESSMENTS = [
    (TO_COME, _("some are still to come")),
    (ALL_READY, _("all are ready")),
    (NOBODY, _("nobody assesses")),
]


def _is_assessed(how: str) -> Q:
    """Return the condition on proposals that their assessments are so far."""
    some, to_come = Q(Exists(ready_ones())), Q(Exists(still_assessing()))
    return {TO_COME: to_come, ALL_READY: some & ~to_come, NOBODY: ~some & ~to_come}[how]


class _ByAssessment(Several):
    """A facet: a proposal passes whose assessments are so far."""

    def filter(self, qs: Any, value: Sequence[str]) -> Any:
        """Return the proposals whose assessments are so far."""
        passing = Q()
        for how in value:
            passing |= _is_assessed(how)
        return qs.filter(passing)


def by_assessment(listed: ListFilter, name: str, keys: QuerySet[Any, Any]) -> list[Counted]:
    """Count by how far the assessments of the proposals are (one query)."""
    rows = Proposal.objects.filter(pk__in=keys.values("pk"))
    counts = rows.aggregate(**{how: Count("pk", filter=_is_assessed(how)) for how, _words in ASSESSMENTS})
    return [Counted(how, str(words), counts[how]) for how, words in ASSESSMENTS if counts[how]]


def with_waiting(rows: ProposalQuerySet) -> ProposalQuerySet:
    """Return the proposals with ``waits_for_answer``: whether the ministry waits for a clarification of each."""
    return rows.annotate(waits_for_answer=_clarified(WAITS))


class _ByClarification(Several):
    """A facet: a proposal passes that has a clarification which is so far."""

    def filter(self, qs: Any, value: Sequence[str]) -> Any:
        """Return the proposals with such a clarification."""
        passing = Q()
        for how in value:
            passing |= Q(_clarified(how))
        return qs.filter(passing)


def by_clarification(listed: ListFilter, name: str, keys: QuerySet[Any, Any]) -> list[Counted]:
    """Count by how far the clarifications of the proposals are (one query)."""
    rows = Proposal.objects.filter(pk__in=keys.values("pk"))
    counts = rows.aggregate(**{how: Count("pk", filter=Q(_clarified(how))) for how, _words in CLARIFICATIONS})
    return [Counted(how, str(words), counts[how]) for how, words in CLARIFICATIONS if counts[how]]


class _NamedRegions(SeveralRows):
    """A facet: a proposal passes that names one of the regions in the version that was sent last."""

    def filter(self, qs: Any, value: Sequence[Any]) -> Any:
        """Return the proposals that name one of the regions."""
        naming = Q()
        for region in value:
            naming |= Q(latest__content__regions__contains=[region.code])
        return qs.filter(naming)


def by_named_region(listed: ListFilter, name: str, keys: QuerySet[Any, Any]) -> list[Counted]:
    """Count by the regions that the proposals name, whichever organisation sent them (two queries)."""
    named = keys.values_list("latest__content__regions", flat=True)
    counts = Counter(code for codes in named if isinstance(codes, list) for code in codes)
    regions = Region.objects.order_by(name_order())
    return [Counted(region.slug, region.name.plain, counts[region.code]) for region in regions if counts[region.code]]


class ProposalFilter(SearchedList):
    """Proposals that were submitted at least once, with their versions."""

    q = SearchFilter(label=_("Search by organisation and in the answers"))
    round = SeveralRows(label=_("Round"), queryset=Round.objects.all())
    state = Several(label=_("State"), choices=SENT)
    kind = Several(label=_("Kind"), choices=Round.Asks.choices)
    region = SeveralRows(
        label=_("Region of the organisation"), queryset=Region.objects.all(), field_name="organisation__regions"
    )
    assessment = _ByAssessment(label=_("Assessments"), choices=ASSESSMENTS)
    clarification = _ByClarification(label=_("Clarification"), choices=CLARIFICATIONS)
    named = _NamedRegions(label=_("Region that the proposal names"), queryset=Region.objects.all())

    search_kind = "proposal"
    guarded = True
    facets = {
        "round": by_row("proposals"),
        "state": by_choice("state"),
        "kind": by_choice("kind"),
        "assessment": by_assessment,
        "clarification": by_clarification,
        "named": by_named_region,
        "region": by_row("organisations__proposals"),
    }

    def count_words(self, n: int) -> str:
        return ngettext("%(n)s proposal", "%(n)s proposals", n) % {"n": n}

    def for_file(self, rows: Any) -> Any:
        """Return the rows with whether a clarification of each waits, and how far its assessments are."""
        return with_assessments(with_waiting(rows))

    def columns(self) -> Mapping[str, Read]:
        """Return the columns of the file: the proposals as they were submitted last."""
        return {
            gettext("Round"): lambda proposal: proposal.round.name.plain,
            gettext("Organisation"): lambda proposal: proposal.organisation.name.plain,
            gettext("Kind"): lambda proposal: proposal.get_kind_display(),
            gettext("Title"): lambda proposal: proposal.sent_title,
            gettext("State"): lambda proposal: proposal.get_state_display(),
            gettext("Version"): lambda proposal: proposal.latest.number,
            gettext("Waits for an answer"): lambda proposal: gettext("yes") if proposal.waits_for_answer else "",
            gettext("Assessments ready"): lambda proposal: proposal.assessed,
            gettext("Assessments to come"): lambda proposal: proposal.to_assess,
            gettext("Submitted"): lambda proposal: proposal.latest.submitted_at,
            "SHA-256": lambda proposal: proposal.latest.sha256,
            gettext("Attachments"): lambda proposal: "; ".join(one["name"] for one in proposal.latest.attached),
        }


class AnswersFilter(ProposalFilter):
    """The same list with every answer: a staff file, for what was submitted may be partly secret."""

    def columns(self) -> Mapping[str, Read]:
        """Return the columns of the list, then one for each question of a form that a proposal may answer."""
        choices = vocabulary()
        asked = _asked(own_questions(self.qs.values("latest__own_form").order_by()))
        return {**super().columns(), **{label: _reader(keys, choices) for label, keys in asked.items()}}


def _asked(own: Iterable[Question]) -> dict[str, dict[str, Question]]:
    """Return the questions of all forms by their words, rounds' own last: a question of two forms is one column."""
    asked: dict[str, dict[str, Question]] = {}
    common = (question for form in FORMS.values() for section in form.sections for question in section.questions)
    for question in (*common, *own):
        asked.setdefault(str(question.label), {})[question.key] = question
    return asked


def _reader(questions: Mapping[str, Question], choices: Vocabulary) -> Read:
    """Return the function that reads the answer to one of the questions from a proposal, in words."""

    def read(proposal: Proposal) -> str:
        content = proposal.latest.content if proposal.latest else {}
        told = [shown_answer(question, content, choices).items for question in questions.values()]
        return "; ".join(item.plain if isinstance(item, Text) else str(item) for items in told for item in items)

    return read
