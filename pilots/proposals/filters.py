"""The list of proposals: filters, facets and the columns of its file."""

from collections.abc import Mapping

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from pilots.models import Proposal, Round, Version
from pilots.models.proposals import ProposalQuerySet
from regions.models import Region
from registry.lib.choices import SearchFilter, Several, SeveralRows
from registry.lib.exports import Read
from registry.lib.facets import by_choice, by_row
from registry.lib.languages import LANGUAGES
from registry.lib.lists import ListFilter

SENT = [choice for choice in Proposal.State.choices if choice[0] != Proposal.State.DRAFT]


class ProposalFilter(ListFilter):
    """Proposals that were submitted at least once, with their versions."""

    q = SearchFilter(label=_("Search by organisation or title"))
    round = SeveralRows(label=_("Round"), queryset=Round.objects.all())
    state = Several(label=_("State"), choices=SENT)
    kind = Several(label=_("Kind"), choices=Round.Asks.choices)
    region = SeveralRows(label=_("Region"), queryset=Region.objects.all(), field_name="organisation__regions")

    guarded = True
    facets = {
        "round": by_row("proposals"),
        "state": by_choice("state"),
        "kind": by_choice("kind"),
        "region": by_row("organisations__proposals"),
    }

    def count_words(self, n: int) -> str:
        return ngettext("%(n)s proposal", "%(n)s proposals", n) % {"n": n}

    def search(self, rows: ProposalQuerySet, words: str) -> ProposalQuerySet:
        """Return the proposals whose organisation or submitted title holds the words."""
        titled = Version.objects.filter(proposal=OuterRef("pk"), content__title__icontains=words)
        named = Q(Exists(titled))
        for language in LANGUAGES:
            named |= Q(**{f"organisation__name_{language}__icontains": words})
        return rows.filter(named)

    def columns(self) -> Mapping[str, Read]:
        """Return the columns of the file: the proposals as they were submitted last."""
        return {
            gettext("Round"): lambda proposal: proposal.round.name.plain,
            gettext("Organisation"): lambda proposal: proposal.organisation.name.plain,
            gettext("Kind"): lambda proposal: proposal.get_kind_display(),
            gettext("Title"): lambda proposal: proposal.sent_title,
            gettext("State"): lambda proposal: proposal.get_state_display(),
            gettext("Version"): lambda proposal: proposal.latest.number,
            gettext("Submitted"): lambda proposal: proposal.latest.submitted_at,
            "SHA-256": lambda proposal: proposal.latest.sha256,
        }
