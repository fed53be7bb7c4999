"""Means of per-seed numbers: one sample (paired differences, slopes), or two unpaired samples.

Student's t assumes that the mean of the errors is nearly normal. On few runs it keeps its error
rate under heavy tails and on grids, and not under skew: eight runs with a long left tail confirm
falsely about ten times as often as α says. Therefore the judge simulates each form's own errors,
and withholds a word that they make unreliable. A percentile bootstrap is worse below twenty runs.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from dltheory.statistics.grid import scale_of, spread_floor, step_of, tied
from dltheory.statistics.interval import Interval, require_positive
from dltheory.statistics.sample import per_seed, require_same_length
from dltheory.statistics.standard_error import Students, of_differences, of_means
from dltheory.statistics.student import Student


@dataclass(frozen=True, kw_only=True)
class MeanEvidence:
    """Evidence about the mean of one number per seed: x̄ ∓ t₁₋α(n−1) · s/√n.

    `step` is the step of the grid on which the numbers lie, by default the one that is seen in
    them, 0 for a continuum; s is at least step/2. Runs that all agree, up to the rounding of
    numbers as large as `scale`, tell nothing of how much others would differ: their bounds are
    infinite, unless the step is given.

    >>> MeanEvidence(values=(1.0, 2.0, 3.0)).p_above(0.0) < 0.05
    True
    """

    values: tuple[float, ...]
    method: str = "Student's t on per-seed values"
    step: float | None = None
    scale: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", per_seed("values", self.values))
        if self.step is not None:
            require_positive("The step of a grid", self.step)

    @property
    def n(self) -> int:
        """The number of seeds."""
        return len(self.values)

    @property
    def estimate(self) -> float:
        """The sample mean."""
        return self._student.estimate

    @property
    def sd(self) -> float:
        """The sample standard deviation, divisor n − 1."""
        if tied(self.values, self.scale):
            return 0.0
        return float(of_means(np.asarray([self.values]), 0.0).standard_error[0] * math.sqrt(self.n))

    @property
    def floor(self) -> float:
        """The standard deviation that the grid allows at least."""
        return spread_floor(self.step or step_of(self.values, self.scale))

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
        if tied(self.values, self.scale) and self.step is None:
            return Student(estimate=self.values[0], standard_error=math.inf, df=self.n - 1)
        return _only(of_means(np.asarray([self.values]), self.floor))


@dataclass(frozen=True, kw_only=True)
class WelchEvidence:
    """Evidence about mean(a) − mean(b) of unpaired runs, without assuming equal variances.

    Standard error and degrees of freedom are those of `standard_error.of_differences`. The grid is
    treated as for a mean, both arms lying on one.
    """

    a: tuple[float, ...]
    b: tuple[float, ...]
    method: str = "Welch's t on unpaired runs"

    def __post_init__(self) -> None:
        object.__setattr__(self, "a", per_seed("a", self.a))
        object.__setattr__(self, "b", per_seed("b", self.b))

    @property
    def n(self) -> int:
        """The number of runs in the smaller arm."""
        return min(len(self.a), len(self.b))

    @property
    def estimate(self) -> float:
        """mean(a) − mean(b)."""
        return self._student.estimate

    @property
    def sd(self) -> float:
        """Standard error × √n: for independent arms of equal size, √(s_a² + s_b²)."""
        return self._student.standard_error * math.sqrt(self.n)

    @property
    def floor(self) -> float:
        """The standard deviation that the grid of each arm allows at least."""
        return spread_floor(step_of((*self.a, *self.b)))

    @property
    def df(self) -> float:
        """Degrees of freedom."""
        return self._student.df

    @property
    def values(self) -> tuple[float, ...]:
        """Empty: unpaired runs have no difference per seed."""
        return ()

    def interval(self, alpha: float) -> Interval:
        """The difference with its two one-sided bounds."""
        return self._student.interval(alpha)

    def p_above(self, null: float) -> float:
        """The one-sided p-value against mean(a) − mean(b) ≤ null."""
        return self._student.p_above(null)

    def p_below(self, bound: float) -> float:
        """The one-sided p-value against mean(a) − mean(b) ≥ bound."""
        return self._student.p_below(bound)

    @cached_property
    def _student(self) -> Student:
        found = _only(of_differences(np.asarray([self.a]), np.asarray([self.b]), self.floor))
        scale = scale_of(self.a, self.b)
        if tied(self.a, scale) and tied(self.b, scale):
            return Student(estimate=found.estimate, standard_error=math.inf, df=found.df)
        return found


def mean(
    values: ArrayLike,
    *,
    method: str = "Student's t on per-seed values",
    step: float | None = None,
) -> MeanEvidence:
    """Evidence about the mean of one number per seed.

    `step` is the step of the grid on which the numbers lie, as 1/500 for accuracies on 500 images;
    without it the step is read off the numbers, and numbers that all agree decide nothing.
    """
    return MeanEvidence(values=per_seed("values", values), method=method, step=step)


def paired_difference(
    larger: ArrayLike, smaller: ArrayLike, *, step: float | None = None
) -> MeanEvidence:
    """Evidence about the mean of larger − smaller, seed by seed.

    The i-th numbers of both arms must come from the same seed. `step` is as for `mean`.

    >>> paired_difference([3.0, 5.0], [1.0, 2.0]).estimate
    2.5
    """
    a, b = per_seed("larger", larger), per_seed("smaller", smaller)
    require_same_length(("larger", "smaller"), a, b)
    return MeanEvidence(
        values=tuple(x - y for x, y in zip(a, b, strict=True)),
        method="Student's t on differences paired by seed",
        step=step,
        scale=scale_of(a, b),
    )


def unpaired_difference(a: ArrayLike, b: ArrayLike) -> WelchEvidence:
    """Evidence about mean(a) − mean(b), the runs of a and b sharing no randomness."""
    return WelchEvidence(a=per_seed("a", a), b=per_seed("b", b))


def welch(
    *, difference: float, standard_errors: tuple[float, float], sizes: tuple[int, int]
) -> Student:
    """Student's t for a printed difference of two independent means, Welch's degrees of freedom.

    With vᵢ the squares of the standard errors: (v₁ + v₂)² / (v₁²/(n₁−1) + v₂²/(n₂−1)). Printed
    standard errors of 0 make a standard error of 0.
    """
    variances = [error**2 for error in standard_errors]
    total = sum(variances)
    if total == 0.0:
        return Student(estimate=difference, standard_error=0.0, df=sum(sizes) - 2)
    # Shares, not squares of variances: those underflow for runs that hardly differ.
    shares = [variance / total for variance in variances]
    df = 1.0 / sum(share**2 / (size - 1) for share, size in zip(shares, sizes, strict=True))
    return Student(estimate=difference, standard_error=math.sqrt(total), df=df)


def _only(found: Students) -> Student:
    """The one experiment of an array of one."""
    return Student(
        estimate=float(found.estimate[0]),
        standard_error=float(found.standard_error[0]),
        df=float(found.df[0]),
    )
