"""Trends over the levels of a factor, one slope per seed, and tests of single steps.

A trend means that the mean rises over all levels together. Monotone means that no step between
neighbouring levels falls. The means 0, 2, 1, 3, 4 have a clear trend, and they are not monotone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import page_trend_test

from dltheory.errors import SpecError
from dltheory.statistics.grid import scale_of, snapped
from dltheory.statistics.interval import require_level
from dltheory.statistics.means import MeanEvidence, WelchEvidence, mean
from dltheory.statistics.multiplicity import holm
from dltheory.statistics.sample import per_seed, per_seed_and_level


@dataclass(frozen=True, kw_only=True)
class MonotoneResult:
    """The evidence for a rise over all levels, and the steps that fall significantly.

    `trend_p` is the p-value against slope ≤ 0. `step_p` are p-values against "this step falls by at
    most the margin", after Holm's correction. `reversed_steps` holds each i for which level i + 1
    lies significantly below level i by more than the margin. An empty tuple does not show that
    every step rises.
    """

    trend: MeanEvidence
    trend_p: float
    step_p: tuple[float, ...]
    reversed_steps: tuple[int, ...]


def slopes(values: ArrayLike, at: ArrayLike) -> NDArray[np.float64]:
    """The least-squares slope of each seed's row over the levels, per unit of `at`.

    The slope of seed s is βₛ = Σₗ (aₗ − ā) yₛₗ / Σₗ (aₗ − ā)², where yₛₗ is its value at level l,
    aₗ is the position `at[l]` of the level, and ā the mean of the positions. For a scaling exponent
    give logarithms of both.

    >>> slopes([[0.0, 2.0], [1.0, 2.0]], at=[10.0, 20.0]).tolist()
    [0.2, 0.1]
    """
    rows = per_seed_and_level("values", values, levels=2)
    levels = np.asarray(per_seed("at", at))
    if len(levels) != rows.shape[1] or np.ptp(levels) == 0.0:
        raise SpecError(
            "A slope needs one level for each column, and levels that differ; got "
            f"{rows.shape[1]} columns at {levels.tolist()}. Give `at` in the order of the columns."
        )
    centred = levels - np.mean(levels)
    return rows @ centred / np.dot(centred, centred)


def trend(values: ArrayLike, at: ArrayLike) -> MeanEvidence:
    """Evidence about the mean slope over levels, one slope per seed. It does not show monotony."""
    found = slopes(values, at)
    return MeanEvidence(
        values=tuple(found.tolist()),
        method="Student's t on per-seed slopes",
        scale=scale_of(np.ravel(values)) / float(np.ptp(np.asarray(at, dtype=float))),
    )


def difference_of_slopes(
    a: ArrayLike, b: ArrayLike, *, at: ArrayLike, at_b: ArrayLike | None = None
) -> WelchEvidence:
    """Evidence about mean slope of a − mean slope of b, where the seeds of a and b are unpaired.

    `at_b` are the levels of b, by default those of a. A difference shows an interaction. A reversal
    is more: both slopes must be shown, with opposite signs.
    """
    return WelchEvidence(
        a=tuple(slopes(a, at).tolist()),
        b=tuple(slopes(b, at if at_b is None else at_b).tolist()),
        method="Welch's t on per-seed slopes",
    )


def page(values: ArrayLike) -> float:
    """The p-value of Page's L test (1963) of a rise over the columns against no ordering.

    It uses only the ranks within each seed, so a single outlier has little influence.
    """
    rows = snapped(per_seed_and_level("values", values, levels=3))
    return float(page_trend_test(rows).pvalue)


def monotone(values: ArrayLike, margin: float, alpha: float) -> MonotoneResult:
    """The trend over the index of the level, and the steps that fall by more than the margin.

    Each step is tested by Student's t on its differences per seed, one-sided against
    step ≥ −margin. Holm's correction over the steps keeps P(any false reversal) ≤ α.
    """
    require_level(alpha)
    if not margin >= 0.0:
        raise SpecError(
            f"A margin for reversed steps is at least 0; got {margin}. "
            "Give the largest fall that still counts as level, without a sign."
        )
    rows = snapped(per_seed_and_level("values", values, levels=3))
    rises = rows[:, 1:] - rows[:, :-1]
    step_p = holm([mean(rises[:, i]).p_below(-margin) for i in range(rises.shape[1])])
    whole = trend(rows, np.arange(rows.shape[1]))
    return MonotoneResult(
        trend=whole,
        trend_p=whole.p_above(0.0),
        step_p=step_p,
        reversed_steps=tuple(index for index, p in enumerate(step_p) if p <= alpha),
    )
