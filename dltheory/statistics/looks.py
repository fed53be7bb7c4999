"""Planned looks: after how many seeds an experiment is judged and may stop.

A *look* is an interim analysis. All looks of a plan have the same one-sided level. It is the
largest level at which the error of the whole plan is at most 0.9 α (Pocock 1977). The last tenth of
α is kept for further seeds: a form that is still open after the planned looks may be given more
seeds, which are judged by evidence that is valid at any number of seeds (`anytime`). Looks that
were not planned have no level.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from dltheory.errors import SpecError
from dltheory.statistics.interval import require_level
from dltheory.statistics.student import t_quantile

PLANNED_SHARE = 0.9
"""The share of α that the planned looks spend."""

# The number of simulated experiments from which the level of a plan is computed, and their seed.
_PATHS = 200_000
_PATHS_AT_ONCE = 50_000  # 10 MB of normals at 24 seeds
_SEED = 1977


@dataclass(frozen=True, kw_only=True)
class Looks:
    """The number of seeds at each look, and the one-sided level `alpha` that all looks have."""

    seeds: tuple[int, ...]
    alpha: float

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in zip(self.seeds, self.seeds[1:], strict=False))
        if not self.seeds or self.seeds[0] < 2 or not rising:
            raise SpecError(
                "Looks need at least one number of seeds, from 2 upwards, in rising order; got "
                f"{self.seeds}. Give the running total at each look."
            )
        require_level(self.alpha)

    def alpha_at(self, look_index: int) -> float:
        """The one-sided level of a look, counted from 0."""
        if not 0 <= look_index < len(self.seeds):
            raise SpecError(
                f"This plan has looks 0 to {len(self.seeds) - 1}, after {self.seeds} seeds; got "
                f"look {look_index}. A look that was not planned has no level: plan it first."
            )
        return self.alpha


def single_look(n: int, alpha: float = 0.01) -> Looks:
    """The plan that looks once, after n seeds, at level α."""
    return Looks(seeds=(n,), alpha=alpha)


def planned(looks: Sequence[int], alpha: float) -> Looks:
    """A plan with looks at these numbers of seeds that spends 0.9 α in total.

    A number of seeds below 2 is replaced by 2. An audit or a certificate has one run and no test;
    it only needs a level.
    """
    require_level(alpha)
    if len(looks) == 1:
        return single_look(max(2, looks[0]), PLANNED_SHARE * alpha)
    seeds = tuple(max(2, n) for n in looks)
    plan = Looks(seeds=seeds, alpha=alpha)  # refuses looks that do not rise
    return Looks(seeds=plan.seeds, alpha=_solved(seeds, PLANNED_SHARE * alpha))


def level_of_going_on(alpha: float) -> float:
    """The level at which seeds beyond the planned looks are judged: 0.1 α."""
    return (1.0 - PLANNED_SHARE) * alpha


def spend(looks: Looks, simulations: int, seed: int) -> float:
    """The one-sided error p of the whole plan, by simulation under the null hypothesis.

    Each simulated experiment has N(0, 1) numbers per seed and is tested at every look. p is the
    share of experiments in which some look rejects. Its standard error is √(p(1 − p)/simulations).
    """
    critical = [t_quantile(1.0 - looks.alpha, n - 1) for n in looks.seeds]
    crossed = 0
    for t in _paths(looks.seeds, simulations, seed):
        crossed += int(np.count_nonzero((t > np.asarray(critical)[:, None]).any(axis=0)))
    return crossed / simulations


@lru_cache
def _solved(seeds: tuple[int, ...], alpha: float) -> float:
    """The level of each look at which the whole plan spends α, by simulation.

    Some look rejects at level a if the smallest p-value over the looks is below a. Therefore the
    level is the α-quantile of the smallest p-values. α is first lowered by twice the standard error
    of the simulation.
    """
    smallest = np.concatenate(
        [
            np.min([special.stdtr(n - 1, -t[i]) for i, n in enumerate(seeds)], axis=0)
            for t in _paths(seeds, _PATHS, _SEED)
        ]
    )
    error = np.sqrt(alpha * (1.0 - alpha) / _PATHS)
    return float(np.quantile(smallest, alpha - 2.0 * error))


def _paths(seeds: tuple[int, ...], simulations: int, seed: int):
    """Yield arrays of t statistics under the null, with a row per look and a column per experiment.

    The arrays together have `simulations` columns.
    """
    generator = np.random.default_rng(seed)
    for done in range(0, simulations, _PATHS_AT_ONCE):
        size = min(_PATHS_AT_ONCE, simulations - done)
        values = generator.standard_normal((size, seeds[-1]))
        yield np.array(
            [
                values[:, :n].mean(axis=1) / values[:, :n].std(axis=1, ddof=1) * np.sqrt(n)
                for n in seeds
            ]
        )
