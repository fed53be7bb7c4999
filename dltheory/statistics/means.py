"""Means of per-seed numbers: one sample (paired differences, slopes), or two unpaired samples.

Primary because, on three to twenty runs, Student's t keeps its error rate under skew, failures and
discretised metrics, where a percentile bootstrap does not.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from dltheory.statistics.interval import Interval
from dltheory.statistics.sample import per_seed, require_same_length
from dltheory.statistics.student import Student


@dataclass(frozen=True, kw_only=True)
class MeanEvidence:
    """Evidence about the mean of one number per seed: x̄ ∓ t₁₋α(n−1) · s/√n.

    >>> MeanEvidence(values=(1.0, 2.0, 3.0)).p_above(0.0) < 0.05
    True
    """

    values: tuple[float, ...]
    method: str = "Student's t on per-seed values"

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", per_seed("values", self.values))

    @property
    def n(self) -> int:
        """The number of seeds."""
        return len(self.values)

    @property
    def estimate(self) -> float:
        """The sample mean."""
        return self._moments[0]

    @property
    def sd(self) -> float:
        """The sample standard deviation, divisor n − 1."""
        return self._moments[1]

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
    def _moments(self) -> tuple[float, float]:
        return _mean_and_sd(self.values)

    @cached_property
    def _student(self) -> Student:
        return Student(
            estimate=self.estimate, standard_error=self.sd / math.sqrt(self.n), df=self.n - 1
        )


@dataclass(frozen=True, kw_only=True)
class WelchEvidence:
    """Evidence about mean(a) − mean(b) of unpaired runs, without assuming equal variances.

    With vᵢ = sᵢ²/nᵢ the standard error is √(v₁ + v₂) on
    (v₁ + v₂)² / (v₁²/(n₁−1) + v₂²/(n₂−1)) degrees of freedom (Welch 1947).
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
        """Standard error × √n: for arms of equal size, √(s_a² + s_b²)."""
        return self._student.standard_error * math.sqrt(self.n)

    @property
    def df(self) -> float:
        """Welch–Satterthwaite degrees of freedom."""
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
        (mean_a, sd_a), (mean_b, sd_b) = _mean_and_sd(self.a), _mean_and_sd(self.b)
        return welch(
            difference=mean_a - mean_b,
            standard_errors=(sd_a / math.sqrt(len(self.a)), sd_b / math.sqrt(len(self.b))),
            sizes=(len(self.a), len(self.b)),
        )


def mean(values: ArrayLike, *, method: str = "Student's t on per-seed values") -> MeanEvidence:
    """Evidence about the mean of one number per seed."""
    return MeanEvidence(values=per_seed("values", values), method=method)


def paired_difference(larger: ArrayLike, smaller: ArrayLike) -> MeanEvidence:
    """Evidence about the mean of larger − smaller, seed by seed.

    The i-th numbers of both arms must come from the same seed.

    >>> paired_difference([3.0, 5.0], [1.0, 2.0]).estimate
    2.5
    """
    a, b = per_seed("larger", larger), per_seed("smaller", smaller)
    require_same_length(("larger", "smaller"), a, b)
    return MeanEvidence(
        values=tuple(x - y for x, y in zip(a, b, strict=True)),
        method="Student's t on differences paired by seed",
    )


def unpaired_difference(a: ArrayLike, b: ArrayLike) -> WelchEvidence:
    """Evidence about mean(a) − mean(b), the runs of a and b sharing no randomness."""
    return WelchEvidence(a=per_seed("a", a), b=per_seed("b", b))


def welch(
    *, difference: float, standard_errors: tuple[float, float], sizes: tuple[int, int]
) -> Student:
    """Student's t for a difference of two independent means, degrees of freedom after Welch."""
    variances = [error**2 for error in standard_errors]
    total = sum(variances)
    if total == 0.0:
        return Student(estimate=difference, standard_error=0.0, df=sum(sizes) - 2)
    # Shares, not squares of variances: those underflow for runs that hardly differ.
    shares = [variance / total for variance in variances]
    df = 1.0 / sum(share**2 / (size - 1) for share, size in zip(shares, sizes, strict=True))
    return Student(estimate=difference, standard_error=math.sqrt(total), df=df)


def _mean_and_sd(values: tuple[float, ...]) -> tuple[float, float]:
    """Mean and standard deviation; exactly the common value and 0 where all values agree."""
    if min(values) == max(values):
        return values[0], 0.0
    return float(np.mean(values)), float(np.std(values, ddof=1))
