"""What a claim's test gives to `judge` as evidence, known by its source.

Pilots say how much the evidence of a form varies. A line of pilots is of use as long as the
evidence is made in the same way, so it holds a digest of the code that makes it: the first argument
of the call of `judge`, the statements of the test that it depends on, and the functions and
constants of the project that these use, wherever in it they lie. What is trained has a digest of
its own. Controls, plots, comments, docstrings and layout have no part in it. Functions of libraries
are known by their names.

Source is written by `ast.unparse`, which hardly differs between versions of Python; texts put
together from values (f-strings) are left out, since there it does.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

Named = tuple[str, dict[str, Any]]
"""A name, and the globals in which it stands."""

Headers = tuple[ast.expr, ...]
"""The conditions and loops that a statement stands in."""

Standing = tuple[ast.stmt, Headers]
"""A statement, and what it stands in."""

Given = tuple[list[ast.expr], Headers]
"""What a call of `judge` is given, and what the call stands in."""

BESIDE = ("controls", "regime", "mutants", "plots", "show", "tables", "printed", "magnitude")
"""What `judge` takes beside the evidence."""

LONGEST_NAME = 50
"""A longer text is a sentence: no arm and no quantity has such a name."""


@cache
def estimand_code(test: Callable[..., Any]) -> str:
    """12 hexadecimal digits for the code that makes the evidence of a claim's test."""
    function = inspect.unwrap(test)
    assert isinstance(function, FunctionType)
    lines, names = _cut_out(function)
    meanings = sorted(set(_used(names, _top(function))))
    text = "\n".join([*lines, *(f"{name} = {meaning}" for name, meaning in meanings)])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


# ── the test ──────────────────────────────────────────────────────────────────────────────────────


def _cut_out(function: FunctionType) -> tuple[list[str], list[Named]]:
    """The lines that the evidence of a function depends on, and the global names in them.

    Where `judge` is handed on to another function of the project, that one's lines belong to them.
    """
    written, where = _tree(function), function.__globals__
    lines, receivers = _evidence(written)
    lines = lines or [ast.unparse(written)]
    found = {name for line in lines for name in _names(ast.parse(line))} - set(receivers)
    names = [(name, where) for name in sorted(found) if name in where]
    for receiver in receivers:
        value = inspect.unwrap(where[receiver]) if callable(where.get(receiver)) else None
        if isinstance(value, FunctionType) and _top(value) == _top(function):
            more_lines, more_names = _cut_out(value)
            lines, names = lines + more_lines, names + more_names
    return lines, names


def _evidence(function: ast.FunctionDef) -> tuple[list[str], list[str]]:
    """What each call of `judge` is given, with the statements that it depends on.

    Also the names of functions that `judge` is handed on to.
    """
    statements = list(_statements(function.body, ()))
    judged: list[Given] = []
    receivers: list[str] = []
    for statement, headers in statements:
        for call in _own_calls(statement):
            name = getattr(call.func, "id", "")
            if name == "judge" and call.args:
                judged.append((call.args[:1], headers))
            elif name and any(getattr(argument, "id", "") == "judge" for argument in call.args):
                receivers.append(name)
                given = [k.value for k in call.keywords if k.arg not in BESIDE]
                judged.append(([*call.args, *given], headers))
    if not judged:
        return [], []
    kept = _depended_on(statements, judged)
    parts = [
        part for place in sorted(kept) for part in (*statements[place][1], statements[place][0])
    ]
    parts += [part for given, headers in judged for part in (*headers, *given)]
    return [ast.unparse(part) for part in parts], receivers


def _depended_on(statements: list[Standing], judged: list[Given]) -> set[int]:
    """The places of the statements that what is judged depends on."""
    needed = {name for given, _ in judged for part in given for name in _names(part)} - {"judge"}
    needed |= {name for _, headers in judged for header in headers for name in _names(header)}
    kept: set[int] = set()
    grown = True
    while grown:
        grown = False
        for place, (statement, headers) in enumerate(statements):
            if place not in kept and needed & _bound(statement):
                kept.add(place)
                needed |= {name for part in (statement, *headers) for name in _names(part)}
                grown = True
    return kept


def _statements(body: list[ast.stmt], headers: Headers) -> Iterator[Standing]:
    """Every statement that holds no others, with the conditions and loops that it stands in."""
    for statement in body:
        inside = [
            (name, block)
            for name in ("body", "orelse", "finalbody")
            if (block := getattr(statement, name, None))
        ]
        if not inside or isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            yield statement, headers
            continue
        heads = tuple(
            part for part in ast.iter_child_nodes(statement) if isinstance(part, ast.expr)
        )
        if isinstance(statement, ast.For):  # binds its variable
            yield ast.Assign(targets=[statement.target], value=statement.iter, lineno=0), headers
        for _, block in inside:
            yield from _statements(block, (*headers, *heads))


def _own_calls(statement: ast.stmt) -> Iterator[ast.Call]:
    return (node for node in ast.walk(statement) if isinstance(node, ast.Call))


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement gives a value or changes."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return {statement.name}
    found: set[str] = set()
    of_loops = {  # inside comprehensions, which give their names to nothing outside
        id(inner)
        for node in ast.walk(statement)
        if isinstance(node, ast.comprehension)
        for inner in ast.walk(node.target)
    }
    for node in ast.walk(statement):
        if id(node) in of_loops:
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
            found |= _names(node.value)
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):  # as list.append
        found |= _names(call.func.value)
    return found


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


# ── what it uses ──────────────────────────────────────────────────────────────────────────────────


def _used(names: list[Named], project: str) -> Iterator[tuple[str, str]]:
    """Each name that is used, by itself or by what is used of the project, with what it means."""
    waiting, met = list(names), set[tuple[str, int]]()
    while waiting:
        name, where = waiting.pop()
        if (name, id(where)) in met:
            continue
        met.add((name, id(where)))
        value = where[name]
        function = inspect.unwrap(value) if callable(value) else None
        if isinstance(function, FunctionType) and _top(function) == project:
            written, inside = _tree(function), function.__globals__
            yield name, ast.unparse(written)
            waiting += [(inner, inside) for inner in _names(written) if inner in inside]
        else:
            yield name, _meaning(value)


def _top(value: Any) -> str:
    return getattr(value, "__module__", "").partition(".")[0]


def _meaning(value: Any) -> str:
    """A constant by its numbers and names, anything else by what it is called."""
    if isinstance(value, ModuleType):
        return value.__name__
    return json.dumps(_outline(value), sort_keys=True)


def _outline(value: Any) -> Any:
    """Numbers and short texts, in their containers; recipes, which have a digest, by their type.

    Sentences, as of deviations, say nothing about the numbers and are left out.
    """
    if isinstance(value, dict):
        return {str(key): _outline(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_outline(item) for item in value if not _is_sentence(item)]
    if isinstance(value, (np.generic, np.ndarray)):
        return _outline(value.tolist())
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return "" if _is_sentence(value) else value
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}.{named.__qualname__}"


def _is_sentence(value: Any) -> bool:
    return isinstance(value, str) and len(value) > LONGEST_NAME


# ── source ────────────────────────────────────────────────────────────────────────────────────────


def _tree(function: FunctionType) -> ast.FunctionDef:
    """The definition without decorators, docstrings and f-strings."""
    found = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    plain = _WithoutTexts().visit(found)
    if isinstance(plain, ast.FunctionDef):
        plain.decorator_list = []
        return plain
    lambda_ = ast.FunctionDef(
        name="lambda_",
        args=ast.arguments([], [], None, [], [], None, []),
        body=[plain],
        decorator_list=[],
    )
    return ast.fix_missing_locations(lambda_)


class _WithoutTexts(ast.NodeTransformer):
    """Takes out what says nothing about the numbers."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """A text put together from values."""
        return ast.copy_location(ast.Constant(value="text"), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """A definition loses its docstring."""
        self.generic_visit(node)
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            node.body = node.body[1:] or [ast.Pass()]
        return node
