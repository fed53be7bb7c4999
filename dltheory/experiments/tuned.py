"""A training whose learning rate is part of the procedure: chosen on pilot seeds, then used."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dltheory.errors import SpecError
from dltheory.experiments.counted import counted
from dltheory.experiments.seeds import PILOT_SEEDS_FROM
from dltheory.experiments.training import Training
from dltheory.training import Precision

FINAL_LOSS = "final loss"
"""The mean training loss over the last epoch, which every finished run records."""


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """`training` with that learning rate of a grid whose pilots end with the lowest training loss.

    sankararaman2020confusion, appendix A: for each network the rate with the lowest mean final
    training loss, among those with which at least four of five runs come to an end. There the
    same runs choose and are judged; here pilots choose, on seeds that no verdict uses.
    """

    training: Training
    learning_rates: tuple[float, ...]
    pilots: int = 3

    def __post_init__(self) -> None:
        rates = self.learning_rates
        if len(set(rates)) < 2 or len(set(rates)) < len(rates) or self.pilots < 1:
            raise SpecError(
                "Tuning needs at least two different learning rates and one pilot; got rates "
                f"{rates} and {self.pilots} pilots. Use the Training itself for a single rate."
            )

    @property
    def candidates(self) -> tuple[Training, ...]:
        """The training with each rate of the grid."""
        return tuple(self.training.at_rate(rate) for rate in self.learning_rates)

    @property
    def pilot_seeds(self) -> tuple[int, ...]:
        """Seeds that no verdict uses."""
        return tuple(range(PILOT_SEEDS_FROM, PILOT_SEEDS_FROM + self.pilots))

    @property
    def procedure(self) -> str:
        """What chooses, and from what, in words."""
        rates = ", ".join(f"{rate:g}" for rate in self.learning_rates)
        return f"{counted(self.pilots, 'pilot')} from {rates}"

    def choose(self, final_losses: Sequence[Sequence[float | None]]) -> Training:
        """The candidate to use, given each candidate's final losses over the pilot seeds.

        None stands for a pilot that diverged. Where no rate brings four of five pilots to an end,
        the one that brings the most there is taken, the lowest mean loss deciding between equals;
        the first of the grid wins a tie.
        """

        def rank(losses: Sequence[float | None]) -> tuple[float, float]:
            ended = [loss for loss in losses if loss is not None and math.isfinite(loss)]
            share = len(ended) / len(losses)
            return -min(share, 0.8), sum(ended) / len(ended) if ended else math.inf

        ranks = [rank(losses) for losses in final_losses]
        return self.candidates[ranks.index(min(ranks))]

    def stretched(self, scale: float) -> Tuned:
        """The same grid for trainings `scale` times as long."""
        return replace(self, training=self.training.stretched(scale))

    def in_precision(self, precision: Precision) -> Tuned:
        """The same grid for trainings in these numbers."""
        return replace(self, training=self.training.in_precision(precision))

    def smoke(self) -> Training:
        """One training of two steps: with so few there is nothing to choose."""
        return self.training.smoke()
