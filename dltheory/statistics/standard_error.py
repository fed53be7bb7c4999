"""Standard errors of means and their differences, for one experiment or for many at once.

The judge asks for one experiment, the simulation of its error rates for thousands; both use these
functions, so that what is simulated is what judges. Arrays have a row per experiment and a column
per run. Standard deviations are floored at that of the grid on which the numbers lie (`grid`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Students:
    """Estimates with their standard errors and degrees of freedom, one for each experiment."""

    estimate: Numbers
    standard_error: Numbers
    df: Numbers

    def bounds(self, alpha: float) -> tuple[Numbers, Numbers]:
        """estimate ∓ t₁₋α(df) · standard error."""
        reach = special.stdtrit(self.df, 1.0 - alpha) * self.standard_error
        return self.estimate - reach, self.estimate + reach

    def upper_tail(self, distance: Numbers) -> Numbers:
        """P(T ≥ distance / standard error); 0 or 1 where the standard error is 0."""
        sure = np.where(distance > 0.0, np.inf, -np.inf)
        error = self.standard_error
        t = np.divide(distance, error, out=sure, where=error > 0.0)
        return special.stdtr(self.df, -t)


def of_means(samples: Numbers, floor: float) -> Students:
    """The mean of each row: standard error s/√n on n − 1 degrees of freedom."""
    n = samples.shape[-1]
    spread = np.maximum(_deviations(samples), floor)
    return Students(
        estimate=samples.mean(axis=-1),
        standard_error=spread / np.sqrt(n),
        df=np.full(samples.shape[:-1], float(n - 1)),
    )


def of_differences(a: Numbers, b: Numbers, floor: float) -> Students:
    """mean(a) − mean(b) of unpaired runs, row by row (Welch 1947).

    With vᵢ = sᵢ²/nᵢ the standard error is √(v₁ + v₂). Arms of one size have Welch's degrees of
    freedom, (v₁ + v₂)² / (v₁²/(n₁−1) + v₂²/(n₂−1)); arms of different sizes the smaller of n₁ − 1
    and n₂ − 1 (Hsu 1938), since Welch's are too many where few runs vary most. Arms of one size
    may share seeds: where the differences seed by seed vary more than independent arms would, their
    standard error is used, s_d/√n.
    """
    sizes = a.shape[-1], b.shape[-1]
    spreads = [np.maximum(_deviations(arm), floor) for arm in (a, b)]
    variances = [spread**2 / n for spread, n in zip(spreads, sizes, strict=True)]
    total = variances[0] + variances[1]
    estimate = a.mean(axis=-1) - b.mean(axis=-1)
    if sizes[0] != sizes[1]:
        df = np.full(total.shape, float(min(sizes) - 1))
        return Students(estimate=estimate, standard_error=np.sqrt(total), df=df)
    n = sizes[0]
    share = np.divide(variances[0], total, out=np.full(total.shape, 0.5), where=total > 0)
    df = (n - 1) / (share**2 + (1.0 - share) ** 2)
    paired = _deviations(a - b) ** 2 / n
    wider = paired > total
    return Students(
        estimate=estimate,
        standard_error=np.sqrt(np.where(wider, paired, total)),
        df=np.where(wider, float(n - 1), df),
    )


def of_tables(tables: Numbers, floor: float) -> Students:
    """The mean of each table of S seeds (rows) and G blocks (columns), both drawn at random.

    With the mean squares of the two-way table without replication, the variance of the mean is

        (MS_seed + MS_block − MS_rest) / (S·G),

    at least the larger of MS_seed and MS_block over S·G, on Satterthwaite's degrees of freedom
    (MS_seed + MS_block − MS_rest)² / Σ MSᵢ²/dfᵢ, at least the smaller of S − 1 and G − 1.
    """
    seeds, blocks = tables.shape[-2:]
    by_seed, by_block = tables.mean(axis=-1), tables.mean(axis=-2)
    whole = by_seed.mean(axis=-1)
    rest = tables - by_seed[..., :, None] - by_block[..., None, :] + whole[..., None, None]
    dfs = (seeds - 1.0, blocks - 1.0, (seeds - 1.0) * (blocks - 1.0))
    squares = (
        blocks * np.maximum(_deviations(by_seed), floor) ** 2,
        seeds * np.maximum(_deviations(by_block), floor) ** 2,
        (rest**2).sum(axis=(-2, -1)) / dfs[2],
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


def _deviations(samples: Numbers) -> Numbers:
    """Standard deviations along the last axis, divisor n − 1, whatever the scale of the numbers."""
    scale = np.maximum(np.abs(samples).max(axis=-1, keepdims=True), np.finfo(float).tiny)
    return (samples / scale).std(axis=-1, ddof=1) * scale[..., 0]
