"""One arm with one seed, and the key by which the store knows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from dltheory.experiments.computation import Computation
from dltheory.experiments.described import canonical_json, digest, digest_of_text, plain
from dltheory.experiments.training import Training

__all__ = ["RECIPE_VERSION", "Run", "canonical_json", "digest", "digest_of_text", "plain"]

RECIPE_VERSION = 3
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
        described = f'"recipe":{self.recipe.description},"seed":{self.seed:d}'
        return digest_of_text(f'{{{described},"version":{RECIPE_VERSION}}}')
