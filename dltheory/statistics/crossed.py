"""Means over runs and over blocks of test images, when another draw of either changes them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from dltheory.errors import SpecError
from dltheory.statistics.interval import Interval
from dltheory.statistics.means import welch
from dltheory.statistics.student import Student


@dataclass(frozen=True, kw_only=True)
class CrossedEvidence:
    """Evidence about the mean of a table, its rows being seeds and its columns blocks of images.

    With s² the variance of the row means and g² that of the column means, divisors S − 1 and G − 1,

        standard error² = s²/S + g²/G

    on Welch and Satterthwaite's degrees of freedom. The test images are the same for all seeds, so
    s²/S alone is the error of an average over trainings on *these* images, and a claim about
    images like these needs g²/G too. In the model mean + seed + block + rest the expectation is
    the variance of the mean plus Var(rest)/(SG): slightly too wide, never too narrow on average.
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
                f"{np.size(self.rows)}. Say what a diverged run counts as."
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

    @cached_property
    def _student(self) -> Student:
        table = np.asarray(self.rows, dtype=float)
        means = [table.mean(axis=axis) for axis in (1, 0)]
        errors = [float(m.std(ddof=1)) / math.sqrt(len(m)) for m in means]
        return welch(
            difference=float(table.mean()),
            standard_errors=(errors[0], errors[1]),
            sizes=(len(means[0]), len(means[1])),
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
