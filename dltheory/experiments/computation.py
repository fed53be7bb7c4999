"""A seeded calculation that leaves no network in the store: constructions, algebra, audits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dltheory.data import DataSpec, StandIn
from dltheory.errors import SpecError
from dltheory.experiments.described import Described
from dltheory.experiments.loaded_data import LoadedData
from dltheory.experiments.named_function import is_importable, resolved

if TYPE_CHECKING:
    from dltheory.data.splits import Splits

Result = Mapping[str, float | Sequence[float]]


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a calculation may use besides its options: where data lie and may be cached."""

    data_root: Path
    cache: Path
    download: bool = False

    def load(self, data: DataSpec) -> Splits:
        """The splits of a data set, read once while there is room for them."""
        return self.data.load(data)

    @cached_property
    def data(self) -> LoadedData:
        """The data sets that were loaded."""
        return LoadedData(
            lambda data: data.load(self.data_root, cache=self.cache, download=self.download)
        )


@dataclass(frozen=True)
class Computation(Described):
    """A function of a seed, named by "module:function", with fixed options.

    The function is called as `function(seed, context, **options)` and returns named numbers, or
    lists of them. It is named rather than passed so that a claim file can be read without importing
    torch. `version` belongs to its identity: raise it when the meaning of its numbers changes.
    """

    function: str
    options: tuple[tuple[str, Any], ...] = ()
    version: int = 1

    def __post_init__(self) -> None:
        if not is_importable(self.function):
            raise SpecError(
                'A computation needs the name of a function as "module:function" in a module that '
                f"can be imported; got {self.function!r}. Check the spelling."
            )

    def smoke(self) -> Computation:
        """The same calculation for one epoch, on a few random images where an option is a data set.

        An option `epochs` is the length of whatever the calculation trains.
        """

        def small(name: str, value: Any) -> Any:
            if isinstance(value, DataSpec):
                return StandIn(shape=value.shape, classes=value.classes)
            return 1 if name == "epochs" else value

        return replace(self, options=tuple((name, small(name, v)) for name, v in self.options))

    def resolve(self) -> Callable[..., Result]:
        """The function itself; imports its module."""
        module, _, name = self.function.partition(":")
        function = resolved(module, name)
        if function is None:
            raise SpecError(
                f"The module {module} must define {name}, which {self.function!r} names; it does "
                "not. Check the spelling."
            )
        return function


def compute(function: str, *, version: int = 1, **options: Any) -> Computation:
    """A computation with its options as keywords."""
    return Computation(function, tuple(sorted(options.items())), version)
