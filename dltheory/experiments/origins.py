"""What the numbers of a recipe come from besides its description: code, and the bytes of files.

A run is found by its description. It still stands only if it came from the same code and data:

- of a training, the code of every class or function in its description that is not this library's
  own (for that, RECIPE_VERSION stands);
- of a computation, the code of its function and of all that it imports, this library's included;
- of both, what the files of their data sets hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, is_dataclass
from pathlib import Path
from typing import Any

from dltheory.data import DataSpec
from dltheory.data.content import content_of
from dltheory.experiments.computation import Computation
from dltheory.experiments.described import described_fields
from dltheory.experiments.imported_code import LIBRARY, code_of
from dltheory.experiments.record import Record
from dltheory.experiments.training import Training

Recipe = Training | Computation


@dataclass(frozen=True, kw_only=True)
class Origins:
    """What recipes come from, with data below `data_root` that are decoded into `cache`.

    With `keep=False` nothing is written for them.
    """

    data_root: Path
    cache: Path
    keep: bool = True
    _codes: dict[int, tuple[Recipe, str]] = field(default_factory=dict, repr=False, compare=False)
    _contents: dict[DataSpec, str] = field(default_factory=dict, repr=False, compare=False)

    def stands(self, record: Record, recipe: Recipe) -> bool:
        """Whether a run came from this code and these files.

        Where the files are not there any more to be compared with, they are not held against it.
        """
        if record.code != self.code(recipe):
            return False
        content = self.content(recipe)
        return content is None or content == record.content

    def code(self, recipe: Recipe) -> str:
        """A digest of the code behind a recipe, worked out once for each."""
        known = self._codes.get(id(recipe))
        if known is None:  # the recipe is kept, so that no other one gets its id
            known = self._codes[id(recipe)] = recipe, code_behind(recipe)
        return known[1]

    def content(self, recipe: Recipe) -> str | None:
        """A digest of what the files of its data sets hold; "" without files, None if not there.

        Files are looked at once; one that is changed meanwhile is noticed by the next session.
        """
        found = [self._content(data) for data in data_sets(recipe)]
        if None in found:
            return None
        return " ".join(dict.fromkeys(one for one in found if one))

    def _content(self, data: DataSpec) -> str | None:
        if data not in self._contents:
            try:
                self._contents[data] = content_of(
                    data, self.data_root, cache=self.cache, keep=self.keep
                )
            except Exception:  # noqa: BLE001  said when the data are loaded, if they are needed
                return None
        return self._contents[data]

    def of(self, recipe: Recipe) -> str:
        """Code and content in one word: what a training under way must have begun with."""
        return f"{self.code(recipe)} {self.content(recipe) or ''}".strip()


def code_behind(recipe: Recipe) -> str:
    """A digest of the code that a recipe's values come from; "" where its version stands for it."""
    if isinstance(recipe, Computation):
        module = recipe.function.partition(":")[0]
        return code_of(frozenset([module, *modules_in(recipe.options)]))
    foreign = (name for name in modules_in(recipe) if name.partition(".")[0] != LIBRARY)
    return code_of(frozenset(foreign), library=False)


def data_sets(recipe: Recipe) -> Iterator[DataSpec]:
    """The data sets that a recipe reads, those of the trainings that it goes on from too."""
    if isinstance(recipe, Computation):
        yield from (value for _, value in recipe.options if isinstance(value, DataSpec))
        return
    yield recipe.data
    if recipe.warm_start is not None:
        yield from data_sets(recipe.warm_start)


def modules_in(value: Any) -> Iterator[str]:
    """The modules of all types and functions in a description."""
    if is_dataclass(value) and not isinstance(value, type):
        yield type(value).__module__
        for one in described_fields(value):
            yield from modules_in(getattr(value, one.name))
    elif isinstance(value, dict):
        yield from modules_in(tuple(value.values()))
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from modules_in(item)
    elif callable(value):
        yield value.__module__
