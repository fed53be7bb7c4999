"""Random numbers that many simulations share. They are drawn once and cached.

Every simulation starts a generator from the same seed, so forms with the same plan draw the same
numbers. Numbers are cached under the state of the generator before the draw. A cached draw also
sets the generator to the state after the draw, so no number depends on what is in the cache.

Arrays have a row per run and a column per experiment.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dltheory.statistics.standard_error import Moments, Numbers, moments_by_look

MOST_BYTES = 128 * 2**20
"""What was asked for longest ago is dropped where more would be kept."""

# The number of experiments whose tables are drawn at once, to bound memory.
_TABLES_AT_ONCE = 200

Shape = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class NormalTables:
    """Sums over tables of standard normal numbers at each look, and normal effects to add.

    Additive effects of seeds and blocks do not change the residuals of a two-way table. Therefore
    the sums of a table with any standard deviations can be computed from the sums stored here.
    """

    by_seed: Numbers
    """The mean over blocks, (seeds, experiments)."""
    by_block: tuple[Numbers, ...]
    """The mean over the seeds of each look, (blocks, experiments)."""
    rest: tuple[Numbers, ...]
    """The sum of the squares of what is neither, at each look."""
    seeds: Numbers
    """An effect of each seed, (seeds, experiments)."""
    blocks: Numbers
    """An effect of each block, (blocks, experiments)."""


def normals(generator: np.random.Generator, experiments: int, n: int) -> Numbers:
    """Standard normal numbers, shape (n, experiments)."""
    return _KEPT.drawn("normals", generator, (experiments, n), _normals)


def uniforms(generator: np.random.Generator, experiments: int, n: int) -> Numbers:
    """Numbers from the uniform distribution on [0, 1), shape (n, experiments)."""
    return _KEPT.drawn("uniforms", generator, (experiments, n), _uniforms)


def chi_squares(generator: np.random.Generator, experiments: int, df: int) -> Numbers:
    """A number from the χ² distribution with df degrees of freedom for each experiment."""
    return _KEPT.drawn("chi squares", generator, (experiments, df), _chi_squares)


def places(generator: np.random.Generator, experiments: int, n: int, of: int) -> NDArray[np.intp]:
    """Indices into a list of `of` items, drawn with replacement, shape (n, experiments)."""
    return _KEPT.drawn("places", generator, (experiments, n, of), _places)


def normal_moments(
    generator: np.random.Generator, experiments: int, sizes: Sequence[int]
) -> tuple[Moments, ...]:
    """Means and standard deviations of standard normal numbers, one `Moments` for each size."""
    return _KEPT.drawn("moments", generator, (experiments, *sizes), _moments)


def normal_tables(
    generator: np.random.Generator, experiments: int, sizes: Sequence[int], blocks: int
) -> NormalTables:
    """Sums of standard normal tables for each size, and effects of seeds and blocks."""
    return _KEPT.drawn("tables", generator, (experiments, blocks, *sizes), _tables)


def _normals(generator: np.random.Generator, shape: Shape) -> Numbers:
    return _by_run(generator.standard_normal(shape))


def _uniforms(generator: np.random.Generator, shape: Shape) -> Numbers:
    return _by_run(generator.random(shape))


def _chi_squares(generator: np.random.Generator, shape: Shape) -> Numbers:
    experiments, df = shape
    return generator.chisquare(df, experiments)


def _places(generator: np.random.Generator, shape: Shape) -> NDArray[np.intp]:
    experiments, n, of = shape
    return _by_run(generator.integers(0, of, (experiments, n))).astype(np.intp)


def _moments(generator: np.random.Generator, shape: Shape) -> tuple[Moments, ...]:
    experiments, *sizes = shape
    return tuple(moments_by_look(normals(generator, experiments, sizes[-1]), sizes))


def _tables(generator: np.random.Generator, shape: Shape) -> NormalTables:
    experiments, blocks, *sizes = shape
    by_seed = np.empty((sizes[-1], experiments))
    by_block = tuple(np.empty((blocks, experiments)) for _ in sizes)
    rest = tuple(np.empty(experiments) for _ in sizes)
    for low in range(0, experiments, _TABLES_AT_ONCE):
        some = slice(low, min(low + _TABLES_AT_ONCE, experiments))
        tables = generator.standard_normal((some.stop - low, sizes[-1], blocks))
        seeds = tables.mean(axis=-1)
        by_seed[:, some] = seeds.T
        squares = np.einsum("esb,esb->es", tables, tables).cumsum(axis=1)
        sums = np.zeros((some.stop - low, blocks))
        for look, (before, n) in enumerate(pairwise((0, *sizes))):
            sums += tables[:, before:n].sum(axis=1)
            by_block[look][:, some] = (sums / n).T
            # The residual sum of squares is Σ z² minus what row and column means explain.
            of_rows = blocks * np.einsum("es,es->e", seeds[:, :n], seeds[:, :n])
            of_columns = np.einsum("eb,eb->e", sums, sums) / n
            whole = n * blocks * seeds[:, :n].mean(axis=1) ** 2
            rest[look][some] = squares[:, n - 1] - of_rows - of_columns + whole
    return NormalTables(
        by_seed=by_seed,
        by_block=by_block,
        rest=rest,
        seeds=_by_run(generator.standard_normal((experiments, sizes[-1]))),
        blocks=_by_run(generator.standard_normal((experiments, blocks))),
    )


def _by_run(drawn: Any) -> Any:
    """The draws, transposed to (runs, experiments) in memory, which makes sums over runs fast."""
    return np.ascontiguousarray(drawn.T)


class _Kept:
    """A cache of draws. The key is the kind of draw, the state of the generator, and the shape."""

    def __init__(self) -> None:
        self._found: OrderedDict[Any, tuple[Any, dict[str, Any], int]] = OrderedDict()
        self._bytes = 0

    def drawn(
        self,
        kind: str,
        generator: np.random.Generator,
        shape: Shape,
        draw: Callable[[np.random.Generator, Shape], Any],
    ) -> Any:
        """What `draw` returns from this state; the generator ends in the state after the draw."""
        key = kind, repr(generator.bit_generator.state), shape
        known = self._found.get(key)
        if known is None:
            value = draw(generator, shape)
            known = value, dict(generator.bit_generator.state), _sealed(value)
            self._bytes += known[2]
            self._found[key] = known
            while self._bytes > MOST_BYTES and len(self._found) > 1:
                _, (_, _, size) = self._found.popitem(last=False)
                self._bytes -= size
        self._found.move_to_end(key)
        generator.bit_generator.state = known[1]
        return known[0]


def _sealed(value: Any) -> int:
    """Make all arrays in a value read-only, and return the number of their bytes."""
    if isinstance(value, np.ndarray):
        value.setflags(write=False)
        return value.nbytes
    if isinstance(value, tuple):
        return sum(map(_sealed, value))
    return sum(map(_sealed, vars(value).values())) if hasattr(value, "__dict__") else 0


_KEPT = _Kept()
