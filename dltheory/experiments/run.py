"""One arm with one seed, and the key by which the store knows it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any

from dltheory.experiments.computation import Computation
from dltheory.experiments.training import Training

RECIPE_VERSION = 2
"""Raise it when the same Training would come out with other numbers: old runs are then not found.

A test trains a reference recipe and compares with committed numbers, so forgetting is noticed."""


@dataclass(frozen=True)
class Run:
    """One Training (or Computation) with one seed."""

    recipe: Training | Computation
    seed: int

    @cached_property
    def key(self) -> str:
        """20 hexadecimal digits of SHA-256 over recipe, seed and RECIPE_VERSION."""
        return digest({"recipe": self.recipe, "seed": self.seed, "version": RECIPE_VERSION})


def digest(value: Any) -> str:
    """20 hexadecimal digits of SHA-256 over the canonical JSON of a value."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()[:20]


def canonical_json(value: Any) -> str:
    """JSON with sorted keys, every dataclass with its type name and all of its fields."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def plain(value: Any) -> Any:
    """A value as JSON types: dataclasses become dictionaries that name their type."""
    if is_dataclass(value) and not isinstance(value, type):
        named = {f.name: plain(getattr(value, f.name)) for f in fields(value) if f.compare}
        return {"type": type(value).__name__, **named}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return value
