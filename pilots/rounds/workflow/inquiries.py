"""Questions about a round: asked by a preparer, answered by the ministry to all, or declined."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from pilots import access
from pilots.mail import reminders
from pilots.models import Inquiry, PublicAnswer, Round, RoundCorrection
from regions.models import User
from registry.lib.database import locked
from registry.lib.dates import today
from registry.lib.editions import Merged, Shown, merge, same, write_if
from registry.lib.failpoints import reach
from registry.lib.languages import LANGUAGES, InThree
from registry.lib.refusals import Refused, Stale

MOST_A_DAY = 10  # questions of one person
WORDS = tuple(f"{name}_{language}" for name in ("question", "answer") for language in LANGUAGES)
CLOSED = _("Questions about this round are no longer taken. What you wrote is not sent.")
ENOUGH = _("You have asked ten questions today. Send this one tomorrow.")
ASKED_ALREADY = _("You have asked this already, and it waits for its answer.")
NAMED = _("These words tell who asked: they name the person, the organisation or its address. Write it in another way.")
UNCHANGED = _("Nothing was changed.")


@transaction.atomic
def ask(round_: Round, words: str, user: User, at: datetime) -> Inquiry:
    """Ask the ministry about the round; return the question.

    Raises ``Refused`` where the time is over, the user has asked the same, or enough for a day. The user's account is
    locked, so that two questions at once count each other.
    """
    locked(User.objects.all(), user.pk, no_key=True)
    current = Round.objects.prefetch_related("invited", "steps__extensions").get(pk=round_.pk)
    if not access.may_inquire(user, current, at):
        raise Refused(CLOSED)
    if Inquiry.objects.filter(round=current, asked_by=user, ended_at=None, words=words).exists():
        raise Refused(ASKED_ALREADY)
    if Inquiry.objects.asked_on(user, today(at)).count() >= MOST_A_DAY:
        raise Refused(ENOUGH)
    return Inquiry.objects.create(round=current, words=words, asked_at=at, asked_by=user)


def _locked(inquiry: Inquiry) -> Inquiry:
    """Lock the round, then the question, and return it. Raises ``Stale`` where it has ended, or the round has."""
    locked(Round.objects.all(), inquiry.round_id, no_key=True)
    current = locked(Inquiry.objects.for_page(), inquiry.pk)
    if not current.waits or current.round.cancelled_at is not None:
        raise Stale(current)
    return current


def named(inquiries: list[Inquiry], words: Mapping[str, str]) -> list[str]:
    """Return the names of the texts that tell who asked one of the questions."""
    return [name for name in WORDS if any(one.names_the_asker(words.get(name, "")) for one in inquiries)]


@transaction.atomic
def answer(inquiry: Inquiry, words: Mapping[str, str], user: User, at: datetime) -> PublicAnswer:
    """Publish a question and its answer in the words of the ministry, and tell the asker and all who write.

    Raises ``Stale`` where the question has ended, ``Refused`` where the words tell who asked.
    """
    current = _locked(inquiry)
    if named([current], words):
        raise Refused(NAMED)
    last = PublicAnswer.objects.filter(round=current.round_id).aggregate(last=Max("number"))["last"] or 0
    texts = {name: words.get(name, "") for name in WORDS}
    published = PublicAnswer.objects.create(
        round=current.round, number=last + 1, published_at=at, published_by=user, **texts
    )
    reach("after_public_answer")
    _end(current, user, at, answer=published)
    reach("after_inquiry")
    reminders.tell_answer(published, at)
    return published


@transaction.atomic
def point_to(inquiry: Inquiry, published: PublicAnswer, user: User, at: datetime) -> None:
    """End a question by an answer that is public already, and tell the asker. Raises ``Stale``: it has ended."""
    _end(_locked(inquiry), user, at, answer=published)


@transaction.atomic
def decline(inquiry: Inquiry, because: str, user: User, at: datetime) -> None:
    """Decline a question, and tell the asker alone why. Raises ``Stale``: it has ended."""
    _end(_locked(inquiry), user, at, declined_because=because)


def _end(inquiry: Inquiry, user: User, at: datetime, **how: Any) -> None:
    Inquiry.objects.filter(pk=inquiry.pk, ended_at=None).update(ended_at=at, ended_by=user, **how)
    reminders.tell_inquiry_ended(Inquiry.objects.for_page().get(pk=inquiry.pk), at)


def words_of(published: PublicAnswer) -> dict[str, str]:
    """Return the words of a public answer that can be corrected."""
    return {name: getattr(published, name) for name in WORDS}


@transaction.atomic
def correct(
    published: PublicAnswer, shown: Shown, typed: Mapping[str, Any], reason: InThree, user: User, at: datetime
) -> Merged:
    """Correct a public answer with a reason that all see, and tell those who were told; return what was merged.

    Raises ``Stale`` where somebody else changed the same words; ``Refused`` where nothing is changed, the words tell
    who asked, or the round is cancelled.
    """
    locked(Round.objects.all(), published.round_id, no_key=True)
    before = locked(PublicAnswer.objects.select_related("round"), published.pk)
    if before.round.cancelled_at is not None:
        raise Refused(_("The round is cancelled."))
    was = words_of(before)
    merged = merge(shown, typed, was, before.edition)
    if merged.conflicts:
        raise Stale(before, merged)
    changed = [name for name in WORDS if not same(merged.values[name], was[name])]
    if not changed:
        raise Refused(UNCHANGED)
    askers = list(before.inquiries.select_related("asked_by__organisation"))
    if named(askers, merged.values) or named(askers, reason.columns("question")):
        raise Refused(NAMED)
    write_if(PublicAnswer.objects.filter(pk=before.pk), before.edition, **{key: merged.values[key] for key in changed})
    columns = {"columns": changed, "before": {name: was[name] for name in changed}, **reason.columns("reason")}
    correction = RoundCorrection.objects.create(
        round=before.round, answer=before, corrected_at=at, corrected_by=user, **columns
    )
    current = PublicAnswer.objects.select_related("round").get(pk=before.pk)
    reminders.tell_answer(current, at, correction=correction)
    return merged


@transaction.atomic
def set_last_day(round_: Round, day: date | None, at: datetime) -> None:
    """Set the last day on which preparers may ask about the round; None: the last deadline ends it.

    Raises ``Refused`` where the day is past, or the round does not live.
    """
    current = locked(Round.objects.all(), round_.pk, no_key=True)
    if current.published_at is None or current.cancelled_at is not None:
        raise Refused(_("The round is not published, or it is cancelled."))
    if day is not None and day < today(at):
        raise Refused(_("Choose a day that is not past."))
    if day != current.questions_until:
        write_if(Round.objects.filter(pk=current.pk), current.edition, questions_until=day)
