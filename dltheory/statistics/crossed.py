"""Means over runs and over blocks of test images, when another draw of either changes them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from dltheory.errors import SpecError
from dltheory.statistics.grid import scale_of, spread_floor, step_of, tied
from dltheory.statistics.interval import Interval
from dltheory.statistics.standard_error import of_tables
from dltheory.statistics.student import Student

LEAST_SEEDS = 8
"""Fewer seeds estimate the parts of the variance too badly."""


@dataclass(frozen=True, kw_only=True)
class CrossedEvidence:
    """Evidence about the mean of a table, its rows being seeds and its columns blocks of images.

    The test images are the same for all seeds, so the error of an average over trainings alone
    would hold for *these* images; a claim about images like these needs the error of their draw
    too. Both are in the standard error of `standard_error.of_tables`, in the model
    mean + seed + block + rest. With fewer than eight seeds the bounds are infinite.
    """

    rows: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        sizes = {len(row) for row in self.rows}
        if len(self.rows) < 2 or len(sizes) != 1 or min(sizes) < 2:
            raise SpecError(
                "Seeds crossed with blocks need at least 2 of each, and as many blocks for every "
                f"seed; got {len(self.rows)} seeds with {sorted(sizes)} blocks. Give a full table."
            )
        if not np.isfinite(self.rows).all():
            raise SpecError(
                "A mean over seeds and blocks needs finite numbers; got some that are not among "
                f"{np.size(self.rows)}. Leave out the seeds of runs that were lost."
            )

    @property
    def n(self) -> int:
        """The number of seeds."""
        return len(self.rows)

    @property
    def estimate(self) -> float:
        """The mean of the whole table."""
        return self._student.estimate

    @property
    def sd(self) -> float:
        """Standard error × √n."""
        return self._student.standard_error * math.sqrt(self.n)

    @property
    def df(self) -> float:
        """Degrees of freedom."""
        return self._student.df

    @property
    def method(self) -> str:
        """The test in words."""
        return f"t with the errors of {self.n} seeds and of {len(self.rows[0])} blocks of images"

    @property
    def values(self) -> tuple[float, ...]:
        """Empty: a number a seed would leave out the draw of the images."""
        return ()

    def interval(self, alpha: float) -> Interval:
        """The mean with its two one-sided bounds."""
        return self._student.interval(alpha)

    def p_above(self, null: float) -> float:
        """The one-sided p-value against mean ≤ null."""
        return self._student.p_above(null)

    def p_below(self, bound: float) -> float:
        """The one-sided p-value against mean ≥ bound."""
        return self._student.p_below(bound)

    @property
    def floor(self) -> float:
        """The standard deviation that the grid of the means of rows and columns allows at least."""
        table = np.asarray(self.rows, dtype=float)
        return max(spread_floor(step_of(table.mean(axis=axis))) for axis in (0, 1))

    @cached_property
    def _student(self) -> Student:
        table = np.asarray([self.rows], dtype=float)
        found = of_tables(table, self.floor)
        blind = len(self.rows) < LEAST_SEEDS or tied(table.mean(axis=2), scale_of(table.ravel()))
        return Student(
            estimate=float(found.estimate[0]),
            standard_error=math.inf if blind else float(found.standard_error[0]),
            df=float(found.df[0]),
        )


def over_seeds_and_images(table: ArrayLike) -> CrossedEvidence:
    """Evidence about a mean over seeds (rows) and blocks of test images (columns).

    For a difference of two arms give the difference of their tables: seeds and images are paired.
    """
    rows = np.asarray(table, dtype=float)
    if rows.ndim != 2:
        raise SpecError(
            f"Seeds crossed with blocks are a table; got {rows.ndim} axes. Measure by block."
        )
    return CrossedEvidence(rows=tuple(tuple(row) for row in rows.tolist()))
