"""A form of a page as a browser sends it back when nothing is typed."""

from html.parser import HTMLParser
from typing import Any


class _Forms(HTMLParser):
    """Reads the fields of every form of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self.actions: list[str] = []  # of each form, where it names one
        self.textarea, self.text, self.select, self.options = "", "", "", list[tuple[str, bool]]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.forms.append({})
            self.actions.append(given.get("action", ""))
        elif tag == "textarea":
            self.textarea, self.text = name, ""
        elif tag == "select":
            self.select, self.options = name, []
        elif tag == "option":
            self.options.append((given.get("value", ""), "selected" in given))
        elif tag == "input" and name and (given.get("type") not in {"checkbox", "radio"} or "checked" in given):
            self._add(name, given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._add(self.textarea, self.text.removeprefix("\n"))
            self.textarea = ""
        elif tag == "select" and self.options:
            chosen = [value for value, selected in self.options if selected] or [self.options[0][0]]
            self._add(self.select, chosen[0])

    def _add(self, name: str, value: str) -> None:
        if self.forms:
            self.forms[-1].setdefault(name, []).append(value)


def form_of(page: Any, **typed: Any) -> dict[str, Any]:
    """Return the form of the page that carries an edition, with what is ``typed`` into it."""
    form = next(form for form in _Forms(page.content.decode()).forms if "edition" in form)
    return {**form, **typed}


def action_of(page: Any) -> str:
    """Return the address to which a browser sends the form of the page that carries an edition."""
    found = _Forms(page.content.decode())
    named = next(action for form, action in zip(found.forms, found.actions, strict=True) if "edition" in form)
    return named or page.request["PATH_INFO"] + f"?{page.request['QUERY_STRING']}".rstrip("?")
