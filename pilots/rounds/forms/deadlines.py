"""The officer's forms for what changes after publishing: a deadline moved, an extension given, a round cancelled."""

from datetime import datetime, time
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Layout, Row
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from pilots.models import Extension, ExtensionRequest, Proposal, Round, Step
from pilots.rounds.workflow.deadlines import Outage
from regions.models import Organisation, User
from registry.lib.clocks import ClockField, DayField, doubts, moment
from registry.lib.dates import finnish_time, today
from registry.lib.directions import isolated
from registry.lib.formats import deadline_words, moment_words
from registry.lib.languages import LANGUAGES, InThree, reader_language

REASONS = {"fi": _("Reason in Finnish"), "sv": _("Reason in Swedish"), "en": _("Reason in English")}
LONGEST = 2000
DIGITS = 9  # of the key of a request, at most


def _words(label: Any, *, required: bool, help_text: Any = "") -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, required=required, max_length=LONGEST, widget=area, help_text=help_text)


class WithClocks(forms.Form):
    """A form without a tag of its own: the page has more in it than the fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = self.layout()

    def layout(self) -> Layout:
        """Return how the fields are laid out."""
        return Layout(*self.fields)

    def together(self, name: str, *, required: bool) -> datetime | None:
        """Return the moment of the fields ``name_day`` and ``name_clock``; a fault is said at its field."""
        day, clock = self.cleaned_data.get(f"{name}_day"), self.cleaned_data.get(f"{name}_clock")
        if self.errors.get(f"{name}_day") or self.errors.get(f"{name}_clock"):
            return None
        if day is None and clock is None and not required:
            return None
        if day is None or clock is None:
            self.add_error(f"{name}_clock" if day else f"{name}_day", _("Give both the day and the time."))
            return None
        try:
            return moment(day, clock)
        except ValidationError as error:
            self.add_error(f"{name}_day" if error.code == "year" else f"{name}_clock", error)
            return None

    def doubts(self) -> list[Any]:
        """Return what is unusual about what is asked, in sentences; they must be confirmed."""
        return []

    def said(self) -> list[tuple[Any, str]]:
        """Return what was typed that the page of the difference repeats: label and words."""
        return [
            (self.fields[name].label, str(self.cleaned_data[name]))
            for name in self.fields
            if name.startswith("reason") and self.cleaned_data.get(name)
        ]


class WithReasons(forms.Form):
    """A form that asks why, in three languages; Finnish and Swedish are public and needed."""

    reason_fi = _words(REASONS["fi"], required=True, help_text=_("Public: on the round's page and in the letters."))
    reason_sv = _words(REASONS["sv"], required=True)
    reason_en = _words(REASONS["en"], required=False)

    def in_three(self) -> InThree:
        """Return the reason as typed."""
        return InThree(**{language: self.cleaned_data[f"reason_{language}"] for language in LANGUAGES})


def _three() -> Row:
    return Row(*(Column(f"reason_{language}", css_class="col-lg-4") for language in LANGUAGES))


def _moment(name: str) -> Row:
    return Row(Column(f"{name}_day", css_class="col-sm-6"), Column(f"{name}_clock", css_class="col-sm-6"))


class MoveForm(WithReasons, WithClocks):
    """A new deadline of a step for all, why, and the outage that made it necessary, if one did."""

    closes_day = DayField(label=_("New day"), help_text=_("For example 11.12.2026"))
    closes_clock = ClockField(label=_("New time"), help_text=_("Finnish time, for example 16.15"))
    outage_from_day = DayField(label=_("Out of use from: day"), required=False)
    outage_from_clock = ClockField(label=_("Out of use from: time"), required=False)
    outage_until_day = DayField(label=_("Out of use until: day"), required=False)
    outage_until_clock = ClockField(label=_("Out of use until: time"), required=False)

    def __init__(self, data: Any, step: Step) -> None:
        self.step = step
        closes = finnish_time(step.closes_at)
        super().__init__(data, initial={"closes_day": closes.date(), "closes_clock": closes.time()})

    def tells_of_an_outage(self) -> bool:
        """Whether anything was typed of one: then its fields lie open."""
        return any(value for name, value in (self.data or {}).items() if name.startswith("outage_"))

    def layout(self) -> Layout:
        """The deadline, the reasons, the outage."""
        return Layout(
            _moment("closes"),
            _three(),
            HTML(
                format_html(
                    '<details class="fold-fields"{}><summary>{}</summary><fieldset>'
                    '<legend class="visually-hidden">{}</legend><p>{}</p>',
                    SafeString(" open") if self.tells_of_an_outage() else "",
                    _("Because the registry was out of use"),
                    _("Because the registry was out of use"),
                    _("Fill in only then. The outage goes on record, on the public page and in the letters."),
                )
            ),
            _moment("outage_from"),
            _moment("outage_until"),
            HTML(SafeString("</fieldset></details>")),
        )

    def clean(self) -> dict[str, Any]:
        """Put days and times together."""
        cleaned = super().clean() or {}
        cleaned["closes_at"] = self.together("closes", required=True)
        began, ended = self.together("outage_from", required=False), self.together("outage_until", required=False)
        if (began is None) != (ended is None) and not self.errors:
            missing = "outage_until_day" if began else "outage_from_day"
            self.add_error(missing, _("An outage has its beginning and, after it, its end."))
        cleaned["outage"] = Outage(began, ended) if began and ended else None
        return cleaned

    def said(self) -> list[tuple[Any, str]]:
        """Return the reasons, and the outage if there was one."""
        outage = self.cleaned_data["outage"]
        if outage is None:
            return super().said()
        words = [moment_words(moment, reader_language()) for moment in (outage.began, outage.ended)]
        return [*super().said(), (_("The registry was out of use"), " – ".join(words))]

    def doubts(self) -> list[Any]:
        """Return what is unusual about the new deadline."""
        closes_at: datetime = self.cleaned_data["closes_at"]
        sentences = doubts(closes_at)
        if closes_at < self.step.closes_at:
            sentences.append(_("The deadline comes earlier than was promised."))
        if Step.objects.filter(round=self.step.round_id, opens_at__gt=self.step.opens_at, opens_at__lt=closes_at):
            sentences.append(_("The next step opens before this one closes."))
        return sentences


class ExtendForm(WithClocks):
    """A later deadline of a step for some organisations, and why."""

    organisations: Any = forms.ModelMultipleChoiceField(
        label=_("For whom"), queryset=Organisation.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    closes_day = DayField(label=_("Until the day"), help_text=_("For example 11.12.2026"))
    closes_clock = ClockField(label=_("Until the time"), help_text=_("Finnish time, for example 16.15"))
    reason = _words(_("Reason"), required=True, help_text=_("All of the ministry's staff see it; nobody else."))

    def __init__(
        self,
        data: Any,
        step: Step,
        at: datetime,
        *,
        like: Extension | None = None,
        asked: ExtensionRequest | None = None,
    ) -> None:
        """``like``: the extension that the form offers to others, none of them ticked; ``asked``: what it answers."""
        self.step = step
        first = _as_asked(asked) if asked is not None else {"closes_clock": time(16, 15)}
        super().__init__(data, initial=_the_same(like) if like is not None else first)
        choices: Any = self.fields["organisations"]
        choices.queryset = answerers(step.round, at) if like is None else without_it(step, like.closes_at, at)
        why = reasons(step) if like is not None else {}
        choices.label_from_instance = lambda organisation: " – ".join(
            [isolated(organisation.name.plain), *map(str, why.get(organisation.pk, []))]
        )

    def layout(self) -> Layout:
        """The time, the reason, then the long list."""
        return Layout(_moment("closes"), "reason", "organisations")

    def clean(self) -> dict[str, Any]:
        """Put day and time together."""
        cleaned = super().clean() or {}
        cleaned["closes_at"] = self.together("closes", required=True)
        return cleaned

    def doubts(self) -> list[Any]:
        """Return what is unusual about the extension."""
        closes_at: datetime = self.cleaned_data["closes_at"]
        sentences = doubts(closes_at)
        chosen = self.cleaned_data["organisations"]
        if Extension.objects.filter(step=self.step, organisation__in=chosen, closes_at__gt=closes_at):
            sentences.append(_("Somebody's extension ends earlier than was promised."))
        return sentences


def _the_same(extension: Extension) -> dict[str, Any]:
    """Return what offers the extension to others: its time and its reason. Nobody is ticked."""
    closes = finnish_time(extension.closes_at)
    return {"closes_day": closes.date(), "closes_clock": closes.time(), "reason": extension.reason}


def _as_asked(asked: ExtensionRequest) -> dict[str, Any]:
    """Return what gives an organisation what it asked for."""
    closes = finnish_time(asked.until)
    given = {"closes_day": closes.date(), "closes_clock": closes.time(), "reason": asked.reason}
    return {**given, "organisations": [asked.organisation_id]}


def wish(step: Step, key: str) -> ExtensionRequest | None:
    """Return the request for an extension of the step that waits and has the key; None: there is none."""
    if not (key.isascii() and key.isdecimal() and len(key) <= DIGITS):
        return None
    return ExtensionRequest.objects.waiting().filter(step=step, pk=int(key)).first()


class CancelForm(WithReasons, WithClocks):
    """Why a round is cancelled."""

    def layout(self) -> Layout:
        """The reasons side by side."""
        return Layout(_three())


def answerers(round_: Round, at: datetime) -> QuerySet[Organisation]:
    """Return the organisations that may answer the round: the invited, or all with preparers; and those that answer."""
    preparing = User.objects.working(today(at)).filter(role=User.Role.PREPARER)
    may = Q(invited_to=round_) if round_.invited.exists() else Q(users__in=preparing)
    return Organisation.objects.filter(may | Q(proposals__round=round_)).distinct().by_name()


def without_it(step: Step, closes_at: datetime, at: datetime) -> QuerySet[Organisation]:
    """Return the organisations that may answer the round and have no extension as late: they sent nothing, or ask."""
    as_late = Extension.objects.filter(step=step, closes_at__gte=closes_at).values("organisation")
    asking = ExtensionRequest.objects.waiting().filter(step=step).values("organisation")
    sent = Proposal.objects.filter(round=step.round_id, latest__isnull=False).values("organisation")
    return answerers(step.round, at).exclude(pk__in=as_late).filter(~Q(pk__in=sent) | Q(pk__in=asking))


def reasons(step: Step) -> dict[int, list[Any]]:
    """Return by organisation why it may need an extension of the step: it asked for one, it has a draft."""
    found: dict[int, list[Any]] = {}
    for asked in ExtensionRequest.objects.waiting().filter(step=step):
        until = deadline_words(asked.until, reader_language())
        found.setdefault(asked.organisation_id, []).append(_("asked for one too: %(until)s") % {"until": until})
    drafts = Proposal.objects.filter(round=step.round_id, state=Proposal.State.DRAFT)
    for pk in drafts.values_list("organisation", flat=True).distinct():
        found.setdefault(pk, []).append(_("has a draft that is not sent"))
    return found


def in_the_same_place(
    step: Step, chosen: QuerySet[Organisation], closes_at: datetime, at: datetime
) -> list[tuple[Organisation, list[Any]]]:
    """Return the other organisations that are where the chosen ones are, with why: those who asked come first.

    An organisation is where another one is if it asked too, has a draft, or is of the same region or kind.
    """
    chosen = chosen.prefetch_related("coverages")
    regions = {coverage.region_id for organisation in chosen for coverage in organisation.coverages.all()}
    kinds, needs = {organisation.kind for organisation in chosen}, reasons(step)
    near = []
    others = without_it(step, closes_at, at).exclude(pk__in=[organisation.pk for organisation in chosen])
    for organisation in others.prefetch_related("coverages"):
        theirs = {coverage.region_id for coverage in organisation.coverages.all()}
        why = [
            (not regions.isdisjoint(theirs), _("in the same region")),
            (organisation.kind in kinds, _("of the same kind")),
        ]
        if words := [*needs.get(organisation.pk, []), *(sentence for there, sentence in why if there)]:
            near.append((organisation, words))
    return sorted(near, key=lambda pair: pair[0].pk not in needs)
