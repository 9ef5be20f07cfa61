"""Which columns the verbs write, read from their source: what they update, create, assign and set."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import models

Model = type[models.Model]
ROOT = Path(settings.BASE_DIR)
# What writes no rows, or is no verb: forms, the import of files, accounts of demo and load, the admin. A pilot that is
# registered from its proposal, and the copy of a round, begin with facts that can be typed later.
NO_VERBS = {
    "load_proposals.py",
    "copying.py",
    "registering.py",
    "admin.py",
    "forms",
    "forms.py",
    "filters.py",
    "migrations",
    "imports",
    "management",
    "embedded",
}
WRITERS = {"update", "create", "get_or_create", "update_or_create"}
SETTERS = {"set", "add", "remove", "clear"}
OURS = {model.__name__: model for model in apps.get_models() if model._meta.app_label in {"pilots", "regions"}}


def field(model: Model, name: str) -> Any:
    """Return the column or relation of ``model`` called ``name``, or None."""
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return next((f for f in model._meta.get_fields() if getattr(f, "get_accessor_name", str)() == name), None)


class Reader(ast.NodeVisitor):
    """Reads one function: which model each name stands for, and which columns are written of it."""

    def __init__(self, written: dict[Model, set[str]], functions: list[ast.FunctionDef]) -> None:
        self.written = written
        self.models: dict[str, Model] = dict(OURS)
        self.models |= {one.name: model for one in functions if (model := self.model_of(one.returns))}
        self.dicts: dict[str, ast.Dict] = {}

    def model_of(self, node: ast.AST | None) -> Model | None:
        """Return the model of the row or the rows that an expression stands for, as far as the source tells."""
        if isinstance(node, ast.Name):
            return self.models.get(node.id)
        if isinstance(node, ast.Call):
            return self.model_of(node.func)
        if isinstance(node, ast.Subscript):
            return self.model_of(node.value) or self.model_of(node.slice)  # ``rows[0]``, ``list[Step]``
        if isinstance(node, ast.BinOp):  # an annotation: ``Message | None``
            return self.model_of(node.left)
        if isinstance(node, ast.Attribute) and (model := self.model_of(node.value)):
            related = getattr(field(model, node.attr), "related_model", None)
            return related or model
        return None

    def note(self, model: Model | None, names: Iterator[str] | list[str]) -> None:
        """Note columns that are written; of an unknown model: of every model that has them all."""
        columns = {name for name in names if name}
        for one in [model] if model else OURS.values():
            if columns and (model or all(field(one, name) for name in columns)):
                self.written[one] |= {name for name in columns if field(one, name)}

    def visit_arg(self, node: ast.arg) -> None:
        """Learn the model of a parameter from its annotation."""
        if model := self.model_of(node.annotation):
            self.models[node.arg] = model

    def visit_Assign(self, node: ast.Assign) -> None:
        """Learn what a name stands for; note a column that is assigned."""
        for target in node.targets:
            for one in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(one, ast.Attribute) and (model := self.model_of(one.value)):
                    self.note(model, [one.attr])
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict() as value):
                self.dicts[name] = value
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if model := self.model_of(value):
                self.models[name] = model
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        """Learn what a loop's variable stands for."""
        if isinstance(node.target, ast.Name) and (model := self.model_of(node.iter)):
            self.models[node.target.id] = model
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """Note the columns of a call that writes rows."""
        names = [keyword.arg or "" for keyword in node.keywords]
        match node.func:
            case ast.Name(id=name) if name in OURS:
                self.note(OURS[name], names)
            case ast.Name(id="write_if") | ast.Attribute(attr="write_if"):
                self.note(self.model_of(node.args[0]), [*names, "edition"])
            case ast.Attribute(value=rows, attr=attr) if attr in WRITERS:
                self.note(self.model_of(rows), [*names, *self.defaults(node)])
            case ast.Attribute(value=row, attr="save"):
                self.note(self.model_of(row), [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)])
            case ast.Attribute(value=ast.Attribute(value=row, attr=name), attr=attr) if attr in SETTERS:
                model = self.model_of(row)
                if model and isinstance(field(model, name), models.ManyToManyField):
                    self.note(model, [name])
        self.generic_visit(node)

    def defaults(self, node: ast.Call) -> Iterator[str]:
        """Yield the columns that ``defaults=`` names, there or in a dictionary above."""
        for keyword in node.keywords:
            value = keyword.value
            if isinstance(value, ast.Name):
                value = self.dicts.get(value.id, value)
            if keyword.arg == "defaults" and isinstance(value, ast.Dict):
                yield from (key.value for key in value.keys if isinstance(key, ast.Constant))


def written() -> dict[Model, set[str]]:
    """Return the columns that the verbs of the portal write, by their model."""
    columns: dict[Model, set[str]] = defaultdict(set)
    for file in sorted(file for app in ("pilots", "regions", "registry") for file in (ROOT / app).rglob("*.py")):
        if not NO_VERBS & set(file.relative_to(ROOT).parts):
            functions = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)]
            for function in functions:
                Reader(columns, functions).visit(function)
    return columns
