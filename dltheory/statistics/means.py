"""Means of one number per seed: one sample (paired differences, slopes) or two unpaired samples.

Student's t assumes that the mean of the errors is nearly normal. With few runs its error rate stays
at most α for heavy tails and for grids, but not for skewed errors: with eight runs and a long left
tail it confirms falsely about ten times as often as α. Therefore the judge simulates the errors of
each form and withholds a verdict that they make unreliable. A percentile bootstrap is worse below
twenty runs.
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
    """Evidence about the mean of one number per seed, with bounds x̄ ∓ t₁₋α(n−1) · s/√n.

    x̄ is the sample mean, s the sample standard deviation, n the number of seeds, and t₁₋α(n−1) the
    quantile of Student's t distribution with n − 1 degrees of freedom.

    `step` is the step of the grid on which the numbers lie; by default it is estimated from them (0
    for a continuum). s is raised to step/2 if it is smaller. If all runs agree up to the rounding
    of numbers as large as `scale`, they say nothing about the spread: the bounds are then infinite,
    unless `step` is given.

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
        """The least standard deviation that the grid allows, step/2."""
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

    `standard_error.of_differences` gives the standard error and the degrees of freedom. The step of
    the grid is estimated from both arms together. The bounds are infinite if all runs of each arm
    agree.
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
        """Standard error × √n; for independent arms of equal size this is √(s_a² + s_b²)."""
        return self._student.standard_error * math.sqrt(self.n)

    @property
    def floor(self) -> float:
        """The least standard deviation that the grid allows in each arm, step/2."""
        return spread_floor(step_of((*self.a, *self.b)))

    @property
    def df(self) -> float:
        """Degrees of freedom."""
        return self._student.df

    @property
    def values(self) -> tuple[float, ...]:
        """Empty, because unpaired runs have no difference per seed."""
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

    `step` is the step of the grid on which the numbers lie, as 1/500 for accuracies on 500 images.
    Without it the step is estimated from the numbers, and numbers that all agree have infinite
    bounds.
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
    """Evidence about mean(a) − mean(b), where the runs of a and b share no randomness."""
    return WelchEvidence(a=per_seed("a", a), b=per_seed("b", b))


def welch(
    *, difference: float, standard_errors: tuple[float, float], sizes: tuple[int, int]
) -> Student:
    """Student's t for a printed difference of two independent means (Welch 1947).

    Its degrees of freedom are (v₁ + v₂)² / (v₁²/(n₁−1) + v₂²/(n₂−1)), where vᵢ is the square of arm
    i's standard error and nᵢ its number of runs. If both printed standard errors are 0, the
    standard error is 0.
    """
    variances = [error**2 for error in standard_errors]
    total = sum(variances)
    if total == 0.0:
        return Student(estimate=difference, standard_error=0.0, df=sum(sizes) - 2)
    # Shares of the total are used because squares of small variances would underflow.
    shares = [variance / total for variance in variances]
    df = 1.0 / sum(share**2 / (size - 1) for share, size in zip(shares, sizes, strict=True))
    return Student(estimate=difference, standard_error=math.sqrt(total), df=df)


def _only(found: Students) -> Student:
    """The only experiment of arrays of length 1."""
    return Student(
        estimate=float(found.estimate[0]),
        standard_error=float(found.standard_error[0]),
        df=float(found.df[0]),
    )
