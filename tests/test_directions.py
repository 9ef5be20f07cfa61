"""Names from right to left on every page: each stands isolated, so that no bracket and no number beside it moves."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.test import Client
from django.utils import timezone

from pilots.models import Letter, Proposal
from regions.models import User
from registry.lib.directions import BEGIN, END, turns
from tests.factories import make_round, make_submitted
from tests.matrix import expected
from tests.posted import posted
from tests.sitemap import Scene, address, names, set_the_scene

pytestmark = pytest.mark.django_db

NAME = "פיילוט (2026) אזורי 15"
COLUMN = re.compile(r"(.+_(fi|sv|en)|name|title|subject|body|reason|words|author|text|label|basis|question|answer)")
OURS = re.compile(r"[A-Za-zÅÄÖåäö]")  # words of the page, or of others, in one isolate with the name
APART = re.compile(r"(slug|code|email|address|url|sha256|language)")
VOID = {"br", "img", "input", "link", "meta", "hr", "wbr", "use", "path", "source"}
SAID = {"aria-label", "alt", "title", "placeholder"}
ACTORS = ("anyone", "officer", "decider", "preparer")


def plant() -> set[str]:
    """Write the name into every column of words; return the columns that took it."""
    taken = set()
    for app in ("regions", "pilots"):
        for model in apps.get_app_config(app).get_models():
            for column in model._meta.concrete_fields:
                words = isinstance(column, models.CharField | models.TextField) and not column.choices
                if words and COLUMN.fullmatch(column.name) and not APART.search(column.name):
                    try:
                        with transaction.atomic():
                            rows = model._default_manager.exclude(**{column.name: ""})
                            if rows.update(**{column.name: NAME, **_next_edition(model)}):
                                taken.add(f"{model.__name__}.{column.name}")
                    except DatabaseError:  # a constraint holds the column to something else
                        continue
    for proposal in Proposal.objects.all():
        content = {**proposal.content, "title": NAME}
        Proposal.objects.filter(pk=proposal.pk).update(content=content, **_next_edition(Proposal))
    return taken


def _next_edition(model: type[models.Model]) -> dict[str, models.F]:
    """Return the change of the edition that goes with a change of such a row."""
    return {"edition": models.F("edition") + 1} if hasattr(model, "edition") else {}


class Page(HTMLParser):
    """A page, and what stands on it in the open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.within: list[tuple[str, dict[str, str]]] = []
        self.shown, self.open = 0, list[str]()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at the attributes; remember the element."""
        given = {name: value or "" for name, value in attrs}
        for name, value in given.items():
            if turns(value) and (name in SAID or name == "value"):
                self.shown += 1
                alone = given.get("dir") == "auto" or tag == "button" or given.get("type") in {"hidden", "checkbox"}
                if not (alone if name == "value" else isolated(value)):
                    self.open.append(f"<{tag} {name}={value!r}>")
                if name == "value" and BEGIN in value:
                    self.open.append(f"an isolate in a field: {value!r}")
        if tag not in VOID:
            self.within.append((tag, given))

    def handle_endtag(self, tag: str) -> None:
        """Forget the element and what was left open in it."""
        while self.within and self.within.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Look at a text."""
        if not turns(data):
            return
        self.shown += 1
        tags = [tag for tag, _ in self.within]
        alone = "bdi" in tags and not OURS.search(data)
        contained = alone or any(given.get("dir") == "auto" for _, given in self.within)
        if tags[-1] in {"title", "option"}:
            contained = isolated(data)
        if not contained:
            self.open.append(f"<{tags[-1]}>{data.strip()[:120]}")


def isolated(text: str) -> bool:
    """Whether whatever turns in the text is in an isolate."""
    alone = (part for part in re.findall(f"{BEGIN}([^{BEGIN}{END}]*){END}", text))
    rest = re.sub(f"{BEGIN}[^{BEGIN}{END}]*{END}", "", text)
    return not turns(rest) and not any(OURS.search(part) for part in alone)


@pytest.fixture
def scene() -> Scene:
    """A row of every kind, each named from right to left."""
    made = set_the_scene(timezone.now())
    assert len(plant()) > 60
    return made


def pages(scene: Scene, actor: str) -> Iterator[tuple[str, str]]:
    """Yield the pages of the site as the actor gets them."""
    client, user = Client(), scene.people[actor]
    if user is not None:
        client.force_login(user)
    for name in names():
        if expected(name, "GET", actor) == 200 and name not in {"account_logout"}:
            answer = client.get(address(scene, name))
            if answer.headers["Content-Type"].startswith("text/html"):
                yield name, answer.content.decode()


@pytest.mark.parametrize("actor", ACTORS)
def test_every_page_isolates_what_is_written_from_right_to_left(scene: Scene, actor: str) -> None:
    shown, wrong = 0, {}
    for name, html in pages(scene, actor):
        page = Page(html)
        shown += page.shown
        if page.open:
            wrong[name] = page.open
        assert html.count("<bdi>") == html.count("</bdi>"), name
    assert wrong == {}
    assert shown > 100


@pytest.mark.parametrize("language", ["fi", "sv", "en", ""])
def test_a_mail_isolates_names_in_its_subject_and_in_its_text(preparer: User, language: str) -> None:
    preparer.language = language
    preparer.save(update_fields=["language"])
    proposal = make_submitted(make_round(name_fi=NAME, name_sv=NAME), preparer, title=NAME)
    message = posted(preparer, Letter.RECEIPT, proposal=proposal, title=NAME)
    mail = message_from_bytes(bytes(message.mime), policy=policy.default)
    assert mail["Subject"] == message.subject
    for text in (message.subject, mail.get_content()):
        assert NAME in text
        assert isolated(text)
