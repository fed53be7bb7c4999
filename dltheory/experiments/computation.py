"""A seeded calculation that trains nothing the store should keep: constructions, algebra, audits."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from dltheory.errors import SpecError

Result = Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a calculation may use besides its options: where data lie and may be cached."""

    data_root: Any
    cache: Any
    download: bool = False


@dataclass(frozen=True)
class Computation:
    """A function of a seed, named by "module:function", with fixed options.

    The function is called as `function(seed, context, **options)` and returns named numbers. It is
    named rather than passed so that a claim file can be read without importing torch. `version`
    belongs to its identity: raise it when the meaning of its numbers changes.
    """

    function: str
    options: tuple[tuple[str, Any], ...] = ()
    version: int = 1

    def __post_init__(self) -> None:
        module, _, name = self.function.partition(":")
        if not name or find_spec(module) is None:
            raise SpecError(
                'A computation needs the name of a function as "module:function" in a module that '
                f"can be imported; got {self.function!r}. Check the spelling."
            )

    def resolve(self) -> Callable[..., Result]:
        """The function itself; imports its module."""
        module, _, name = self.function.partition(":")
        function = getattr(importlib.import_module(module), name, None)
        if function is None:
            raise SpecError(
                f"The module {module} must define {name}, which {self.function!r} names; it does "
                "not. Check the spelling."
            )
        return function


def compute(function: str, *, version: int = 1, **options: Any) -> Computation:
    """A computation with its options as keywords."""
    return Computation(function, tuple(sorted(options.items())), version)
