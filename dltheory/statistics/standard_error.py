"""Standard errors of means and of differences of means, for one experiment or for many at once.

The judge needs them for one experiment, and the simulation of error rates for thousands. Both use
these functions, so the simulated rule is the real rule. `floor` is the least standard deviation
that the grid of the numbers allows (`grid`); smaller standard deviations are raised to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import special

Numbers = NDArray[np.float64]
Bools = NDArray[np.bool_]

FEW = 64
"""Quantiles of so few experiments are worked out one by one."""

# The number of Chebyshev points of the interpolation of quantiles.
_NODES = 32


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Means and standard deviations (divisor n − 1) of n numbers, one for each experiment."""

    n: int
    mean: Numbers
    sd: Numbers


@dataclass(frozen=True, kw_only=True)
class Students:
    """Estimates with their standard errors and degrees of freedom, one for each experiment."""

    estimate: Numbers
    standard_error: Numbers
    df: Numbers

    def bounds(self, alpha: float) -> tuple[Numbers, Numbers]:
        """The lower and the upper bound, estimate ∓ t₁₋α(df) · standard error."""
        reach = self.reach(alpha)
        return self.estimate - reach, self.estimate + reach

    def above(self, value: float, alpha: float) -> Bools:
        """Whether each lower bound lies above a value."""
        return self.estimate - self.reach(alpha) > value

    def below(self, value: float, alpha: float) -> Bools:
        """Whether each upper bound lies below a value."""
        return self.estimate + self.reach(alpha) < value

    def reach(self, alpha: float) -> Numbers:
        """t₁₋α(df) · standard error: how far each bound lies from the estimate."""
        return t_quantiles(1.0 - alpha, self.df) * self.standard_error

    def of(self, which: Bools) -> Students:
        """The experiments for which `which` is true."""
        return Students(
            estimate=self.estimate[which],
            standard_error=self.standard_error[which],
            df=self.df[which],
        )

    def upper_tail(self, distance: Numbers) -> Numbers:
        """P(T ≥ distance / standard error) for T with Student's t distribution.

        Where the standard error is 0, it is 0 for a positive distance and 1 otherwise.
        """
        sure = np.where(distance > 0.0, np.inf, -np.inf)
        error = self.standard_error
        t = np.divide(distance, error, out=sure, where=error > 0.0)
        return special.stdtr(self.df, -t)


def t_quantiles(level: float, df: Numbers) -> Numbers:
    """The `level`-quantiles of Student's t distribution for an array of degrees of freedom.

    For many different degrees of freedom, the logarithm of the quantile is interpolated in 1/df at
    Chebyshev points, with a relative error below 10⁻⁹.
    """
    low, high = float(df.min()), float(df.max())
    if low == high:
        return np.broadcast_to(special.stdtrit(low, level), df.shape)
    ends = special.stdtrit(np.array([low, high]), level)
    if df.size <= FEW or not np.isfinite(ends).all() or ends.min() <= 0.0:
        return special.stdtrit(df, level)
    return np.exp(
        np.polynomial.Chebyshev.interpolate(
            lambda inverse: np.log(special.stdtrit(1.0 / inverse, level)),
            _NODES - 1,
            domain=(1.0 / high, 1.0 / low),
        )(1.0 / df)
    )


def of_means(samples: Numbers, floor: float) -> Students:
    """The mean of each row, with standard error s/√n and n − 1 degrees of freedom."""
    return of_moments(
        Moments(n=samples.shape[-1], mean=samples.mean(axis=-1), sd=_deviations(samples)), floor
    )


def of_moments(found: Moments, floor: float) -> Students:
    """Means of n numbers, with standard error s/√n and n − 1 degrees of freedom."""
    return Students(
        estimate=found.mean,
        standard_error=np.maximum(found.sd, floor) / np.sqrt(found.n),
        df=np.broadcast_to(float(found.n - 1), found.mean.shape),
    )


def of_differences(a: Numbers, b: Numbers, floor: float) -> Students:
    """mean(a) − mean(b) of unpaired runs, row by row (Welch 1947).

    With vᵢ = sᵢ²/nᵢ for arm i, the standard error is √(v₁ + v₂). Arms of equal size have Welch's
    degrees of freedom, (v₁ + v₂)² / (v₁²/(n₁−1) + v₂²/(n₂−1)). Arms of different sizes have the
    smaller of n₁ − 1 and n₂ − 1 (Hsu 1938), because Welch's are too many if the smaller arm has the
    larger variance. Arms of equal size may share seeds: if the differences seed by seed, of
    standard deviation s_d, vary more than independent arms would, the standard error is s_d/√n on n
    − 1 degrees of freedom.
    """
    one, other = (
        Moments(n=arm.shape[-1], mean=arm.mean(axis=-1), sd=_deviations(arm)) for arm in (a, b)
    )
    paired = _deviations(a - b) if a.shape == b.shape else None
    return of_two_moments(one, other, paired, floor)


def of_two_moments(a: Moments, b: Moments, paired: Numbers | None, floor: float) -> Students:
    """Differences of the means of two arms, as in `of_differences`.

    `paired` is the standard deviation of a − b seed by seed; it is None for arms of different
    sizes.
    """
    arms = [np.maximum(arm.sd, floor) ** 2 / arm.n for arm in (a, b)]
    total = arms[0] + arms[1]
    estimate = a.mean - b.mean
    if paired is None:
        df = np.broadcast_to(float(min(a.n, b.n) - 1), total.shape)
        return Students(estimate=estimate, standard_error=np.sqrt(total), df=df)
    share = np.divide(arms[0], total, out=np.full(total.shape, 0.5), where=total > 0)
    df = (a.n - 1) / (share**2 + (1.0 - share) ** 2)
    variance = paired**2 / a.n
    wider = variance > total
    return Students(
        estimate=estimate,
        standard_error=np.sqrt(np.where(wider, variance, total)),
        df=np.where(wider, float(a.n - 1), df),
    )


def of_tables(tables: Numbers, floor: float) -> Students:
    """The mean of each table of S seeds (rows) and G blocks (columns), both drawn at random.

    MS are the mean squares of the two-way table without replication. The variance of the mean is

        (MS_seed + MS_block − MS_rest) / (S·G),

    and at least max(MS_seed, MS_block) / (S·G). Satterthwaite's degrees of freedom are
    (MS_seed + MS_block − MS_rest)² / Σ MSᵢ²/dfᵢ, clipped to between min(S − 1, G − 1) and
    S − 1 + G − 1.
    """
    seeds, blocks = tables.shape[-2:]
    by_seed, by_block = tables.mean(axis=-1), tables.mean(axis=-2)
    whole = by_seed.mean(axis=-1)
    rest = tables - by_seed[..., :, None] - by_block[..., None, :] + whole[..., None, None]
    return of_table_sums(
        Moments(n=seeds, mean=whole, sd=_deviations(by_seed)),
        Moments(n=blocks, mean=whole, sd=_deviations(by_block)),
        (rest**2).sum(axis=(-2, -1)),
        floor,
    )


def of_table_sums(seed: Moments, block: Moments, rest: Numbers, floor: float) -> Students:
    """Means of tables, as in `of_tables`, from the moments of row means and of column means.

    `rest` is the sum of squared residuals after row and column means are subtracted.
    """
    seeds, blocks, whole = seed.n, block.n, seed.mean
    dfs = (seeds - 1.0, blocks - 1.0, (seeds - 1.0) * (blocks - 1.0))
    squares = (
        blocks * np.maximum(seed.sd, floor) ** 2,
        seeds * np.maximum(block.sd, floor) ** 2,
        rest / dfs[2],
    )
    larger = np.maximum(squares[0], squares[1])
    total = squares[0] + squares[1] - squares[2]
    sizes = sum(square**2 / df for square, df in zip(squares, dfs, strict=True))
    least = float(min(dfs[:2]))
    df = np.divide(total**2, sizes, out=np.full(total.shape, least), where=sizes > 0)
    return Students(
        estimate=whole,
        standard_error=np.sqrt(np.maximum(total, larger) / (seeds * blocks)),
        df=np.clip(df, least, dfs[0] + dfs[1]),
    )


def moments_by_look(samples: Numbers, sizes: Sequence[int]) -> list[Moments]:
    """Moments of the first `size` rows of samples (runs, experiments), for each of rising sizes.

    The rows that a look adds are merged with the earlier ones (Chan, Golub and LeVeque 1983). For n
    and k numbers with means m₁, m₂ and sums of squared deviations q₁, q₂, the merged sum is
    q = q₁ + q₂ + (m₁ − m₂)² n k/(n + k).
    """
    found: list[Moments] = []
    n, mean, squares = 0, np.zeros(samples.shape[1:]), np.zeros(samples.shape[1:])
    for low, high in pairwise((0, *sizes)):
        added = samples[low:high]
        k = len(added)
        if k:
            centre = added.sum(axis=0) / k
            rest = added - centre
            step = centre - mean
            mean = mean + step * (k / (n + k))
            squares = squares + np.einsum("re,re->e", rest, rest) + step**2 * (n * k / (n + k))
            n += k
        found.append(Moments(n=n, mean=mean, sd=np.sqrt(squares / (n - 1))))
    return found


def _deviations(samples: Numbers) -> Numbers:
    """Standard deviations along the last axis, divisor n − 1, without overflow or underflow."""
    scale = np.maximum(np.abs(samples).max(axis=-1, keepdims=True), np.finfo(float).tiny)
    return (samples / scale).std(axis=-1, ddof=1) * scale[..., 0]
