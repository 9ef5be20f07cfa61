"""The floor of ``make bench``: what bare Django views cost in the same process and the same database server.

A page of constant bytes; a list of 25 rows of one flat indexed table with four facets counted by SQL; the page of one
row; one durable UPDATE; and the template of a page of ours, rendered from data that stand ready.
"""

import json
from collections.abc import Callable
from copy import copy
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.cache import caches
from django.core.cache.backends.dummy import DummyCache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template, engines
from django.test.signals import template_rendered
from django.test.utils import instrumented_test_render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

FLAT = """
DROP TABLE IF EXISTS floor_rows;
CREATE TABLE floor_rows AS SELECT pilot.id, code, pilot.name_fi AS name, summary_fi AS summary, stage, client_type,
  programme_id AS programme, coalesce((SELECT min(region_id) FROM pilots_pilot_regions WHERE pilot_id = pilot.id), 0)
  AS region FROM pilots_pilot AS pilot WHERE published_at IS NOT NULL;
ALTER TABLE floor_rows ADD PRIMARY KEY (id);
CREATE INDEX ON floor_rows (name, id); CREATE INDEX ON floor_rows (code); CREATE INDEX ON floor_rows (region, stage);
ALTER TABLE floor_rows ADD COLUMN draft jsonb NOT NULL DEFAULT '{}', ADD COLUMN edition int NOT NULL DEFAULT 1;
ANALYZE floor_rows;
"""
FACETS = """
SELECT stage, client_type, programme, region, count(*) FROM floor_rows
GROUP BY GROUPING SETS ((), (stage), (client_type), (programme), (region))
"""
LIST = """<!doctype html><html lang="fi"><title>Rows</title><h1>{{ n }}</h1>
<ul>{% for facet in facets %}<li><a href="?value={{ facet.0|default:"" }}{{ facet.1|default:"" }}">{{ facet.0 }}
{{ facet.1 }} {{ facet.2 }} {{ facet.3 }}</a> ({{ facet.4 }})</li>{% endfor %}</ul>
<table>{% for row in rows %}<tr><th><a href="/p/{{ row.1 }}">{{ row.2 }}</a></th><td>{{ row.3 }}</td><td>{{ row.4 }}
<td>{{ row.5 }}</td></tr>{% endfor %}</table></html>"""
ONE = """<!doctype html><html lang="fi"><title>{{ row.2 }}</title><h1>{{ row.2 }}</h1><p>{{ row.3 }}</p></html>"""
CONSTANT = b"x" * 20_000


def read(sql: str, *values: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[object, ...]] = cursor.fetchall()
    return rows


def make_table() -> None:
    """Make the flat table of the pilots that are public now."""
    with connection.cursor() as cursor:
        cursor.execute(FLAT)


@login_not_required
def constant(request: HttpRequest) -> HttpResponse:
    """Return 20 kB that are always the same."""
    return HttpResponse(CONSTANT)


@login_not_required
def rows(request: HttpRequest) -> HttpResponse:
    """Return the first 25 rows and the counts of four facets."""
    facets = read(FACETS)
    shown = read("SELECT id, code, name, summary, stage, client_type FROM floor_rows ORDER BY name, id LIMIT 25")
    page = {"rows": shown, "facets": facets, "n": max(int(str(facet[4])) for facet in facets)}
    return HttpResponse(engines["django"].from_string(LIST).render(page))


@login_not_required
def one(request: HttpRequest, code: str) -> HttpResponse:
    """Return one row."""
    [row] = read("SELECT id, code, name, summary FROM floor_rows WHERE code = %s", code)
    return HttpResponse(engines["django"].from_string(ONE).render({"row": row}))


@csrf_exempt
@login_not_required
def save(request: HttpRequest) -> HttpResponse:
    """Write what was posted into one row, and commit: one durable UPDATE."""
    [row] = read(
        "UPDATE floor_rows SET draft = %s, edition = edition + 1 WHERE code = %s RETURNING edition",
        json.dumps({"text": request.POST["text"]}),
        request.POST["code"],
    )
    return HttpResponse(str(row[0]))


class Ready:
    """The template of a page of ours with the data that it rendered: asked for once, rendered as often as one likes."""

    def __init__(self, ask: Callable[[], object]) -> None:
        """Take the first template that an answer renders, and its context."""
        taken: list[tuple[Template, Context]] = []

        def take(template: Template, context: Context, **_signal: Any) -> None:
            taken.append((template, copy(context)))

        plain = Template._render
        Template._render = instrumented_test_render
        template_rendered.connect(take)
        try:
            ask()
        finally:
            template_rendered.disconnect(take)
            Template._render = plain
        self._template, self._context = taken[0]

    def render(self) -> str:
        """Return the page once more; no line of it is kept."""
        kept, caches["template_fragments"] = caches["template_fragments"], DummyCache("floor", {})
        try:
            return self._template.render(copy(self._context))
        finally:
            caches["template_fragments"] = kept


ready: dict[str, Ready] = {}


@login_not_required
def template(request: HttpRequest, name: str) -> HttpResponse:
    """Return a page of ours from data that stand ready."""
    return HttpResponse(ready[name].render())


@login_not_required
def template_and_sql(request: HttpRequest, name: str) -> HttpResponse:
    """Return a page of ours from data that stand ready, after the statements that a hand would write for a list."""
    read(FACETS)
    read("SELECT id, code, name, summary, stage, client_type FROM floor_rows ORDER BY name, id LIMIT 25")
    return template(request, name)


FLOOR = [
    path("floor/constant", constant),
    path("floor/rows", rows),
    path("floor/row/<str:code>", one),
    path("floor/save", save),
    path("floor/template/<str:name>", template),
    path("floor/template-and-sql/<str:name>", template_and_sql),
]
