"""The page of one kind of parts of a round, criteria or questions of its own: shown, written and changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from pilots.models import Round
from pilots.models.rounds import RoundQuerySet
from pilots.rounds.forms.parts import PartsForm
from regions.access import account
from registry.lib.database import clock
from registry.lib.editions import Merged, Shown, tell_saved, with_choices
from registry.lib.refusals import Refused, Stale
from registry.lib.views import find, form_page, posted


@dataclass(frozen=True)
class PartsPage:
    """What the page of one kind of parts is made of: its permission, form, verb, template, address and word."""

    may: Callable[[Any, Round, datetime], bool]
    form: Callable[..., PartsForm]
    change: Callable[..., Merged]
    template: str
    address: str
    saved: str | Promise

    def edit(self, request: HttpRequest, slug: str, rounds: RoundQuerySet) -> HttpResponse:
        """Show the parts of one of the ``rounds``, and room for more; POST saves them."""
        at = clock()
        round_ = find(request, rounds.visible_to(request.user, at), self.may, at, slug=slug)
        form = self.form(with_choices(posted(request), lambda: self.form(None, round_)), round_)
        page: dict[str, Any] = {"round": round_}
        if not form.is_valid():
            return form_page(request, self.template, form, page)
        try:
            shown, reason = Shown.read(request.POST, round_), form.reason()
            merged = self.change(round_, shown, form.typed(), account(request), at, reason)
        except Stale as stale:
            again = self.form(None, stale.current, stale.merged.values)
            again.initial.update(reason.columns("reason") if reason else {})
            page |= {"round": stale.current, "conflicts": again.side_by_side(stale.merged.conflicts)}
            return form_page(request, self.template, again, page, status=409)
        except Refused as refused:
            form.add_error(None, str(refused.reason) or _("The round is cancelled, or has been published meanwhile."))
            return form_page(request, self.template, form, page)
        tell_saved(request, form, merged, str(self.saved))
        return redirect(self.address, slug=slug)
