"""Means over seeds and over blocks of test images, with the sampling error of both."""

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
    """Evidence about the mean of a table with a row per seed and a column per block of images.

    All seeds are tested on the same images. A standard error over seeds alone holds only for these
    images, but a claim is about images like these, so the error of drawing images counts too. The
    model is: number = mean + seed effect + block effect + rest. `standard_error.of_tables` gives
    the standard error. The bounds are infinite with fewer than eight seeds, or if all seeds agree.
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
        """Empty, because one number per seed would omit the error of drawing the images."""
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
        """The least standard deviation that the grids of the row and column means allow."""
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

    For a difference of two arms, give the difference of their tables. This pairs seeds and images.
    """
    rows = np.asarray(table, dtype=float)
    if rows.ndim != 2:
        raise SpecError(
            f"Seeds crossed with blocks are a table; got {rows.ndim} axes. Measure by block."
        )
    return CrossedEvidence(rows=tuple(tuple(row) for row in rows.tolist()))
