"""Descriptions of values as JSON: what keys of runs are digests of."""

from __future__ import annotations

import hashlib
import json
from dataclasses import Field, fields, is_dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any

import numpy as np

from dltheory.errors import SpecError
from dltheory.experiments.imported_code import LIBRARY


def digest(value: Any) -> str:
    """20 hexadecimal digits of SHA-256 over the canonical JSON of a value."""
    return digest_of_text(canonical_json(value))


def digest_of_text(text: str) -> str:
    """20 hexadecimal digits of SHA-256 over a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:20]


class Described:
    """What never changes, and is described again for each of its runs."""

    @cached_property
    def description(self) -> str:
        """Its canonical JSON, worked out once."""
        return canonical_json(self)


def canonical_json(value: Any) -> str:
    """JSON with sorted keys, every dataclass with its type name and all of its fields."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def plain(value: Any) -> Any:
    """A value as JSON types: dataclasses become dictionaries that name their type.

    NumPy's numbers and arrays are written as Python's, functions and classes by module and name,
    paths as text. SpecError for anything else: it has no description, so no run could be found
    by it.
    """
    if is_dataclass(value) and not isinstance(value, type):
        named = {f.name: plain(getattr(value, f.name)) for f in described_fields(value)}
        return {"type": name_of_type(type(value)), **named}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, (np.generic, np.ndarray)):
        return plain(value.tolist()) if value.dtype.kind in "biufU" else _undescribed(value)
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, type) or callable(value):
        return _name_of_callable(value)
    return _undescribed(value)


ABSENT_WHEN_DEFAULT = {"absent when default": True}
"""Metadata of a field that came later than keys: a description names it where it is not default."""


def described_fields(value: Any) -> list[Field[Any]]:
    """The fields of a dataclass that belong to its description."""
    return [
        f
        for f in fields(value)
        if f.compare and not (_came_later(f) and getattr(value, f.name) == f.default)
    ]


def _came_later(one: Field[Any]) -> bool:
    return "absent when default" in one.metadata


def name_of_type(kind: type) -> str:
    """The name of a type in descriptions: with its module, but for types of this library.

    A class may keep the name that it had before it moved, as `described_as`.
    """
    kept = vars(kind).get("described_as")
    if kept is not None:
        return kept
    own = kind.__module__.partition(".")[0] == LIBRARY
    return kind.__name__ if own else f"{kind.__module__}.{kind.__qualname__}"


def _name_of_callable(value: Any) -> Any:
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", "<>")
    return f"{module}:{name}" if module and "<" not in name else _undescribed(value)


def _undescribed(value: Any) -> Any:
    raise SpecError(
        "A description is made of frozen dataclasses, numbers, text, lists, dictionaries, and "
        f"functions that a module names; got {value!r} of type {name_of_type(type(value))}. Write "
        "it as a frozen dataclass, or name it."
    )
