"""Planned looks: when an experiment may stop before all its seeds are run.

Haybittle (1971) and Peto (1976): stop early only on overwhelming evidence, and pay for it with a
slightly stricter last look. A look at any other time is a different experiment.
"""

from dataclasses import dataclass

import numpy as np

from dltheory.errors import SpecError
from dltheory.statistics.interval import require_level
from dltheory.statistics.student import t_quantile

_PATHS_AT_ONCE = 50_000  # 8 MB of normals at 20 seeds


@dataclass(frozen=True, kw_only=True)
class Looks:
    """After how many seeds a verdict may be reached, and at which one-sided level.

    The defaults spend 0.01 in all, one-sided, by simulation (see `spend`). With early looks at
    0.001 a total of 0.05 leaves 0.0486 for the last.
    """

    seeds: tuple[int, ...] = (5, 10, 20)
    early_alpha: float = 0.001
    final_alpha: float = 0.0085

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in zip(self.seeds, self.seeds[1:], strict=False))
        if not self.seeds or self.seeds[0] < 2 or not rising:
            raise SpecError(
                "Looks need at least one number of seeds, from 2 upwards, in rising order; got "
                f"{self.seeds}. Give the running total at each look."
            )
        require_level(self.early_alpha)
        require_level(self.final_alpha)

    def alpha_at(self, look_index: int) -> float:
        """The one-sided level of a look, counted from 0.

        >>> [Looks().alpha_at(look) for look in range(3)]
        [0.001, 0.001, 0.0085]
        """
        if not 0 <= look_index < len(self.seeds):
            raise SpecError(
                f"This plan has looks 0 to {len(self.seeds) - 1}, after {self.seeds} seeds; got "
                f"look {look_index}. A look that was not planned has no level: plan it first."
            )
        return self.final_alpha if look_index == len(self.seeds) - 1 else self.early_alpha


def single_look(n: int, alpha: float = 0.01) -> Looks:
    """The plan that looks once, after n seeds, at level α."""
    return Looks(seeds=(n,), early_alpha=alpha, final_alpha=alpha)


def spend(looks: Looks, simulations: int, seed: int) -> float:
    """The one-sided error of the whole plan: the share of t paths under the null that ever cross.

    Each path is one experiment on N(0, 1) per-seed numbers, tested at every look at its level.
    The standard error is √(p(1 − p)/simulations).
    """
    generator = np.random.default_rng(seed)
    sizes = [
        min(_PATHS_AT_ONCE, simulations - done) for done in range(0, simulations, _PATHS_AT_ONCE)
    ]
    return sum(_crossings(looks, size, generator) for size in sizes) / simulations


def _crossings(looks: Looks, paths: int, generator: np.random.Generator) -> int:
    """How many of the paths exceed the critical t at one look or more."""
    values = generator.standard_normal((paths, looks.seeds[-1]))
    crossed = np.zeros(paths, dtype=bool)
    for index, n in enumerate(looks.seeds):
        seen = values[:, :n]
        t = np.mean(seen, axis=1) / np.std(seen, axis=1, ddof=1) * np.sqrt(n)
        crossed |= t > t_quantile(1.0 - looks.alpha_at(index), n - 1)
    return int(np.count_nonzero(crossed))
