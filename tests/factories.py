"""Makers of rows for tests: each takes what matters to the test and fills in the rest."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from pilots.models import (
    Attachment,
    Claim,
    ClaimKind,
    Editor,
    Evidence,
    ExtensionRequest,
    Inquiry,
    Law,
    LawEvent,
    Outcome,
    OwnForm,
    OwnQuestion,
    Pilot,
    Programme,
    Proposal,
    PublicAnswer,
    ResultCard,
    Round,
    Stage,
    Step,
    Version,
    receipt_hash,
)
from pilots.models.own_questions import key_prefix
from regions.models import Group, Kind, Municipality, Organisation, Person, Post, Region, Source, User
from registry.lib import file_store
from registry.lib.database import since
from registry.lib.dates import reading

_number = count(1)
PASSWORD = "a long enough password"


def make_region(code: str = "04", **fields: Any) -> Region:
    """Return the region with ``code``; Satakunta unless told."""
    names = {"04": ("Satakunta", "Satakunta", "Satakunta"), "10": ("Etelä-Savo", "Södra Savolax", "South Savo")}
    fi, sv, en = names.get(code, (f"Maakunta {code}", f"Landskap {code}", f"Region {code}"))
    defaults = {
        "slug": f"region-{code}",
        "name_fi": fi,
        "name_sv": sv,
        "name_en": en,
        "iso": f"FI-{code}",
        "nuts3_2021": f"FI1{code}",
        "nuts3_2024": f"FI1{code}",
    }
    return Region.objects.get_or_create(code=code, defaults={**defaults, **fields})[0]


def make_municipality(slug: str, region: Region, **fields: Any) -> Municipality:
    """Return a municipality of the region."""
    defaults = {**{f"name_{language}": slug.title() for language in ("fi", "sv", "en")}, "region": region}
    return Municipality.objects.get_or_create(slug=slug, defaults={**defaults, **fields})[0]


def make_organisation(kind: str = Kind.REGIONAL_COUNCIL, region: Region | None = None, **fields: Any) -> Organisation:
    """Return a new organisation, covering ``region`` if given."""
    n = next(_number)
    organisation = Organisation.objects.create(
        kind=kind,
        **{
            "slug": f"organisation-{n}",
            "name_fi": f"Organisaatio {n}",
            "name_sv": f"Organisation {n}",
            "validity": since(date(2010, 1, 1)),
            **fields,
        },
    )
    if region:
        organisation.coverages.create(region=region)
    return organisation


def make_user(role: str, organisation: Organisation | None = None, **fields: Any) -> User:
    """Return an account with the password ``PASSWORD``, encoded once for all: no test waits for a hash."""
    n = next(_number)
    email = fields.pop("email", f"{role or 'nobody'}.{n}@rekisteri.example")
    user = User(email=email, password=_encoded(), role=role, organisation=organisation, **{"language": "fi", **fields})
    user.full_clean()
    user.save()
    return user


@lru_cache(maxsize=1)
def _encoded() -> str:
    return make_password(PASSWORD)


def make_person(name: str = "", **fields: Any) -> Person:
    """Return a person known by a made-up title, never a made-up name."""
    n = next(_number)
    return Person.objects.create(name=name or f"Valmistelija {n}", slug=f"person-{n}", **fields)


def make_post(person: Person, organisation: Organisation | None = None, **fields: Any) -> Post:
    """Return a post of ``person``."""
    return Post.objects.create(
        person=person, organisation=organisation, **{"title_fi": "valmistelija", "title_sv": "beredare", **fields}
    )


def make_group(**fields: Any) -> Group:
    """Return a preparation group."""
    n = next(_number)
    defaults = {"slug": f"group-{n}", "kind": Group.Kind.PREPARATION_GROUP, "name_fi": f"Valmisteluryhmä {n}"}
    return Group.objects.create(**{**defaults, **fields})


def make_programme(**fields: Any) -> Programme:
    """Return a programme."""
    n = next(_number)
    prefix = "P" + "".join(chr(ord("A") + int(digit)) for digit in f"{n % 1000:03d}")
    defaults = {"slug": f"programme-{n}", "code_prefix": prefix, "name_fi": f"Ohjelma {n}", "name_sv": f"Program {n}"}
    return Programme.objects.create(**{**defaults, **fields})


def make_pilot(*, published: bool = True, **fields: Any) -> Pilot:
    """Return a pilot, published unless told."""
    n = next(_number)
    defaults = {
        "code": f"KP-2018-{n:03d}",
        "slug": f"pilot-{n}",
        "name_fi": f"Pilotti {n}",
        "name_sv": f"Pilotförsök {n}",
        "name_en": f"Pilot {n}",
        "summary_fi": f"Tiivistelmä {n}",
        "summary_sv": f"Sammandrag {n}",
        "stage": Stage.PLANNED,
        "published_at": timezone.now() if published else None,
        "changed_at": timezone.now(),
    }
    fields.setdefault("programme", Programme.objects.first() or make_programme())
    regions = fields.pop("regions", [])
    pilot = Pilot.objects.create(**{**defaults, **fields})
    pilot.regions.set(regions)
    return pilot


def make_round(
    *, opens_at: datetime | None = None, closes_at: datetime | None = None, published: bool = True, **fields: Any
) -> Round:
    """Return a round with one step, open from yesterday for ten days unless told."""
    n, now = next(_number), timezone.now()
    defaults = {
        "slug": f"round-{n}",
        "kind": Round.Kind.PROPOSALS,
        "name_fi": f"Kierros {n}",
        "name_sv": f"Omgång {n}",
        "name_en": f"Round {n}",
        "guidance_fi": "Ohje",
        "guidance_sv": "Anvisning",
        "contact_fi": "Kysy virkapostista",
        "contact_sv": "Fråga tjänsteposten",
        "asks": [Round.Asks.PRELIMINARY, Round.Asks.INTEREST],
        "published_at": now - timedelta(days=2) if published else None,
    }
    invited = fields.pop("invited", [])
    if fields.get("cancelled_at"):
        fields.setdefault("cancelled_because_fi", "Rahoitus puuttuu")
    round_ = Round.objects.create(**{**defaults, **fields})
    round_.invited.set(invited)
    make_step(round_, opens_at=opens_at or now - timedelta(days=1), closes_at=closes_at or now + timedelta(days=10))
    return round_


def make_step(round_: Round, *, opens_at: datetime, closes_at: datetime, **fields: Any) -> Step:
    """Return a further step of the round."""
    position = round_.steps.count() + 1
    return Step.objects.create(
        round=round_,
        opens_at=opens_at,
        closes_at=closes_at,
        **{"position": position, "kind": Step.Kind.PRELIMINARY, **fields},
    )


def make_own_form(round_: Round, *asked: dict[str, Any], **fields: Any) -> OwnForm:
    """Return a further form of the round's own questions: texts with keys by their place, unless told."""
    number = round_.own_forms.count() + 1
    someone = round_.owner or make_user(User.Role.OFFICER, email=f"asks-{next(_number)}@ministerio.example")
    reasons = {"reason_fi": "Syy", "reason_sv": "Orsak"} if number > 1 else {}
    made = {"number": number, "made_at": timezone.now(), "made_by": someone, **reasons, **fields}
    form = OwnForm.objects.create(round=round_, **made)
    for place, columns in enumerate(asked, start=1):
        words = {"label_fi": f"Kysymys {place}", "label_sv": f"Fråga {place}", "label_en": f"Question {place}"}
        limit = {"limit": 200} if columns.get("kind", "text") == "text" else {}
        given = {
            "position": place,
            "key": f"{key_prefix(round_.pk)}{place}",
            "kind": "text",
            **words,
            **limit,
            **columns,
        }
        OwnQuestion.objects.create(form=form, **given)
    return form


def make_inquiry(round_: Round, user: User, words: str = "Mikä on omarahoitus?", **fields: Any) -> Inquiry:
    """Return a question of the user about the round, which waits unless told."""
    given = {"words": words, "asked_at": timezone.now(), "asked_by": user, **fields}
    return Inquiry.objects.create(round=round_, **given)


def make_extension_request(step: Step, user: User, **fields: Any) -> ExtensionRequest:
    """Return a request of the user's organisation for a week more, which waits unless told."""
    now = timezone.now()
    given = {"until": max(step.closes_at, now) + timedelta(days=7), "reason": "Kokous on vasta silloin"}
    about = {"organisation": user.organisation, "asked_at": now, "asked_by": user}
    return ExtensionRequest.objects.create(step=step, **{**about, **given, **fields})


def make_public_answer(round_: Round, officer: User, **fields: Any) -> PublicAnswer:
    """Return a further public answer of the round."""
    words = {"question_fi": "Kysymys", "question_sv": "Fråga", "answer_fi": "Vastaus", "answer_sv": "Svar"}
    given = {"number": round_.public_answers.count() + 1, "published_at": timezone.now(), "published_by": officer}
    return PublicAnswer.objects.create(round=round_, **{**words, **given, **fields})


AFTER_SUBMISSION = {"state", "submitted_at", "withdrawn_at", "decided_at", "pilot"}


def make_proposal(round_: Round, user: User, *, sent: dict[str, Any] | None = None, **fields: Any) -> Proposal:
    """Return a draft of the user's organisation, with the user as its editor.

    With ``submitted_at`` it was submitted then: ``sent`` is its version, or else what the draft holds.
    """
    now = timezone.now()
    later = {name: fields.pop(name) for name in AFTER_SUBMISSION & fields.keys()}
    defaults: dict[str, Any] = {
        "organisation": user.organisation,
        "kind": Round.Asks.PRELIMINARY,
        "created_at": now,
        "created_by": user,
        "saved_at": now,
        "saved_by": user,
    }
    proposal = Proposal.objects.create(round=round_, **{**defaults, **fields})
    Editor.objects.create(proposal=proposal, user=user, added_at=now, added_by=user)
    if later.get("submitted_at"):
        later["latest"] = make_version(proposal, later["submitted_at"], sent)
    for name, value in later.items():
        setattr(proposal, name, value)
    proposal.save(update_fields=later)
    return proposal


def make_submitted(round_: Round, user: User, at: datetime | None = None, **content: Any) -> Proposal:
    """Return a proposal of the user that was submitted ``at`` (now unless told), with its first version."""
    content = content or {"title": "Ehdotus"}
    at = at or timezone.now()
    return make_proposal(round_, user, state=Proposal.State.SUBMITTED, submitted_at=at, content=content)


def make_version(proposal: Proposal, at: datetime, content: dict[str, Any] | None = None) -> Version:
    """Return a further version of the proposal: what it holds now, or ``content``."""
    content = proposal.content if content is None else content
    return Version.objects.create(
        proposal=proposal,
        step=proposal.round.steps.get(position=1),
        kind=proposal.kind,
        number=proposal.versions.count() + 1,
        form=proposal.form,
        own_form=proposal.round.own_forms.last(),
        content=content,
        attached=proposal.attached,
        sha256=receipt_hash(content, proposal.attached),
        submitted_at=at,
        submitted_by=proposal.created_by,
    )


def make_attachment(proposal: Proposal, content: bytes = b"%PDF-", **fields: Any) -> Attachment:
    """Return a scanned file of the draft, listed in it, whose ``content`` lies in the folder."""
    stored = file_store.write([content])
    columns = {"stored": stored.name, "size": stored.size, "sha256": stored.sha256, "name": "liite.pdf", "kind": "pdf"}
    columns |= {"added_at": timezone.now(), "added_by": proposal.created_by}
    if fields.get("scan") != Attachment.Scan.WAITING:
        columns |= {"scan": Attachment.Scan.CLEAN, "scanned_at": timezone.now()}
    attachment = Attachment.objects.create(proposal=proposal, **{**columns, **fields})
    proposal.attached = [*proposal.attached, attachment.listed]
    proposal.edition += 1
    Proposal.objects.filter(pk=proposal.pk).update(attached=proposal.attached, edition=proposal.edition)
    return attachment


def send_with_files(proposal: Proposal, at: datetime, content: dict[str, Any] | None = None) -> Version:
    """Submit the proposal ``at``, or its ``content``, with the files of its draft, past the verb."""
    version = make_version(proposal, at, content)
    proposal.attachments.filter(first_sent=None).update(first_sent=version)
    columns = {"state": Proposal.State.SUBMITTED, "submitted_at": at, "latest": version}
    Proposal.objects.filter(pk=proposal.pk).update(**columns)
    proposal.refresh_from_db()
    return version


def submit_as_it_stands(proposal: Proposal, at: datetime) -> Version:
    """Submit the draft ``at``, past the verb: nothing is checked and nobody is told."""
    version = make_version(proposal, at)
    proposal.state, proposal.submitted_at, proposal.latest = Proposal.State.SUBMITTED, at, version
    proposal.save(update_fields=["state", "submitted_at", "latest"])
    return version


def make_source(**fields: Any) -> Source:
    """Return a source."""
    n = next(_number)
    return Source.objects.create(**{"key": f"source-{n}", "title": f"Lähde {n}", "language": "fi", **fields})


def make_card(pilot: Pilot | None = None, programme: Programme | None = None, **fields: Any) -> ResultCard:
    """Return a result card with one source: of the pilot or the programme, else of a new pilot."""
    if programme is None:
        pilot = pilot or make_pilot()
    words = {"basis_fi": "Peruste", "basis_sv": "Grund", "basis_en": "Basis"}
    n = next(_number)
    defaults = {"slug": f"card-{n}", "outcome": Outcome.PARTLY, **words}
    card = ResultCard.objects.create(pilot=pilot, programme=programme, **{**defaults, **fields})
    card.sources.add(make_source())
    return card


def make_claim(card: ResultCard, kind: str = ClaimKind.WORKED, text: str = "Väite", **fields: Any) -> Claim:
    """Return a claim of the card with one source, with its evidence where the kind needs it."""
    sources = fields.pop("sources", None)
    words = {f"text_{language}": f"{text} {language}" for language in ("fi", "sv", "en")}
    if kind in {ClaimKind.WORKED, ClaimKind.FAILED}:
        words["evidence"] = Evidence.OWN_REPORT
    claim = Claim.objects.create(card=card, position=card.claims.count() + 1, kind=kind, **{**words, **fields})
    claim.sources.set([make_source()] if sources is None else sources)
    return claim


def make_law(**fields: Any) -> Law:
    """Return an act with one source."""
    n = next(_number)
    defaults = {
        "slug": f"law-{n}",
        "kind": Law.Kind.ACT,
        "number": f"{n}/2017",
        "name_fi": f"Laki kokeilusta {n}",
        "short_name_fi": f"Kokeilulaki {n}",
        "short_name_sv": f"Försökslagen {n}",
        "state": Law.State.EXPIRED,
    }
    law = Law.objects.create(**{**defaults, **fields})
    law.sources.add(make_source())
    return law


def make_event(law: Law, kind: str, earliest: date, latest: date | None = None, **fields: Any) -> LawEvent:
    """Return an event of the law with one source."""
    days = reading(earliest, latest or earliest)
    event = LawEvent.objects.create(law=law, kind=kind, position=law.events.count() + 1, when_days=days, **fields)
    event.sources.add(make_source())
    return event
