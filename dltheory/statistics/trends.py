"""Trends over levels, with the seed as block, and why a trend is not monotone.

A trend says that θ rises over all levels taken together. Monotone says that no step falls. A
trend test confirms the means 0, 2, 1, 3, 4 almost surely, and they are not monotone.
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
    """What speaks for a rise over all levels, and which single steps fall.

    `reversed_steps` holds i where level i + 1 lies below level i by more than the margin,
    significantly so after Holm over the steps. An empty tuple does not show that every step
    rises: it shows that none was seen to fall.
    """

    trend: MeanEvidence
    trend_p: float
    step_p: tuple[float, ...]
    reversed_steps: tuple[int, ...]


def slopes(values: ArrayLike, at: ArrayLike) -> NDArray[np.float64]:
    """The least-squares slope of each seed's row over the levels, per unit of `at`.

    βₛ = Σₗ (aₗ − ā) yₛₗ / Σₗ (aₗ − ā)². Give logarithms of both for a scaling exponent.

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
    """Evidence about the mean slope over levels, one slope per seed. Not evidence of monotony."""
    found = slopes(values, at)
    return MeanEvidence(
        values=tuple(found.tolist()),
        method="Student's t on per-seed slopes",
        scale=scale_of(np.ravel(values)) / float(np.ptp(np.asarray(at, dtype=float))),
    )


def difference_of_slopes(
    a: ArrayLike, b: ArrayLike, *, at: ArrayLike, at_b: ArrayLike | None = None
) -> WelchEvidence:
    """Evidence about mean slope of a − mean slope of b, the seeds of a and b unpaired.

    A difference is an interaction. A reversal needs slopes of opposite sign, each shown alone.
    """
    return WelchEvidence(
        a=tuple(slopes(a, at).tolist()),
        b=tuple(slopes(b, at if at_b is None else at_b).tolist()),
        method="Welch's t on per-seed slopes",
    )


def page(values: ArrayLike) -> float:
    """The p-value of Page's L (1963) against no ordering, the columns predicted to rise.

    It uses ranks within each seed only: a check of `trend` that no outlier can carry.
    """
    rows = snapped(per_seed_and_level("values", values, levels=3))
    return float(page_trend_test(rows).pvalue)


def monotone(values: ArrayLike, margin: float, alpha: float) -> MonotoneResult:
    """Trend over the index of the level, and the steps that fall by more than the margin.

    Each step is tested by Student's t on its per-seed differences, one-sided against
    step ≥ −margin; Holm over the steps keeps P(any false reversal) ≤ α.
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
