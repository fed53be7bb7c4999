"""How loss and gradient confusion go with depth or width: what several claims judge alike.

From the final training loss L and the cosines c₁ … c_m of m pairs of minibatch gradients, per run:

    loss        log₁₀ L: the paper draws losses on axes of decades,
    confusion   min c_k, the lowest cosine,
    spread      (mean c_k²)^½, how far cosines are from 0,

each as a least-squares slope over log₂ of depth or width, one slope per seed. A depth claim has
loss and spread rise and the lowest cosine fall, a width claim the reverse.

Random directions in d dimensions have a lowest cosine too, near −√(2 ln m/d), which rises with d:
a trend that does not exceed theirs is vacuous.

A network that does not train has the gradients of its first steps. Of convolutional networks the
paper leaves out runs that do not bring the loss down and asks that four of five do, so that this is
a condition of its setting. Of MLPs it shows networks that do not train.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from scipy import stats

from claims.dealt import dealt
from dltheory.statistics import (
    MeanEvidence,
    OppositeEvidence,
    equivalence,
    mean,
    opposite,
    paired_difference,
    trend,
    weakest,
)
from dltheory.verdicts import Control, density_plot, holds, lines_plot, shown, table

STUCK = 0.05  # nats below ln C that a run must have come down to count as training
KEPT = 0.8  # the share of runs that bring their loss down, four of the paper's five
APART = 0.5  # nats between networks that are stopped at one loss

SOME_TRAIN = "some network comes below half of ln C"
ALL_TRAIN = "four of five runs of every network bring their loss down"

QUANTITIES = {
    "loss": "the final training loss",
    "confusion": "the lowest cosine between gradients of two minibatches",
    "spread": "the root mean square cosine between gradients of two minibatches",
}


def asserted(world: str, factor: str, what: str, effect: float) -> str:
    """The sentence that a trend judges: what it has rise or fall in this world, and how much."""
    rises = (factor == "depth") != (what == "confusion")
    decades = " decades" if what == "loss" else ""
    return (
        f"In {world}, {QUANTITIES[what]} {'rises' if rises else 'falls'} by at least "
        f"{effect:g}{decades} per doubling of the {factor}."
    )


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """Runs over levels of depth or width: arms in order, and each network's parameters."""

    factor: str
    levels: Sequence[float]
    losses: np.ndarray  # (seeds, levels)
    cosines: np.ndarray  # (seeds, levels, pairs)
    parameters: Sequence[int]
    classes: int = 10

    @property
    def sign(self) -> int:
        """1 where the claim has confusion rise over the levels, −1 where it has it fall."""
        return 1 if self.factor == "depth" else -1

    @property
    def lowest(self) -> np.ndarray:
        """The lowest cosine of each run."""
        return self.cosines.min(axis=2)

    @property
    def spread(self) -> np.ndarray:
        """The root mean square cosine of each run."""
        return np.sqrt(np.square(self.cosines).mean(axis=2))

    @property
    def null(self) -> np.ndarray:
        """The median of the lowest of as many cosines of random directions, for each level."""
        pairs = self.cosines.shape[2]
        return np.array([lowest_at_random(d, pairs) for d in self.parameters])

    @property
    def trained(self) -> np.ndarray:
        """Whether each run brought its loss down."""
        return self.losses < np.log(self.classes) - STUCK

    def evidence(self, what: str) -> MeanEvidence | OppositeEvidence:
        """Evidence about the slope that is claimed, larger where the claim is truer."""
        values, sign = self.of(what)
        return self._slope(values, sign)

    def of(self, what: str) -> tuple[np.ndarray, int]:
        """The numbers of "loss", "confusion" or "spread", and the sign of the claimed slope."""
        if what == "confusion":
            return self.lowest, -self.sign
        return (decades(self.losses) if what == "loss" else self.spread), self.sign

    def dealt(self, what: str) -> MeanEvidence | OppositeEvidence:
        """The same with the levels of each seed dealt at random: a broken experiment."""
        values, sign = self.of(what)
        return self._slope(dealt(values), sign)

    def beyond_dimension(self, what: str) -> MeanEvidence | OppositeEvidence:
        """The same with random directions of the same dimension taken off."""
        values, sign = self.of(what)
        null = self.null if what == "confusion" else 1 / np.sqrt(np.array(self.parameters))
        return self._slope(values - null, sign)

    def _slope(self, values: np.ndarray, sign: int) -> MeanEvidence | OppositeEvidence:
        found = trend(values, np.log2(self.levels))
        return found if sign > 0 else opposite(found)


def decades(losses: np.ndarray) -> np.ndarray:
    """log₁₀ of losses."""
    return np.log10(np.maximum(losses, 1e-12))


def lowest_at_random(dimension: int, pairs: int) -> float:
    """The median of the smallest of m cosines of independent uniform directions.

    cos² is Beta(½, (d − 1)/2); P(min ≤ t) = 1 − (1 − F(t))^m.
    """
    one = -np.expm1(np.log(0.5) / pairs)
    law: Any = stats.beta(0.5, (dimension - 1) / 2)
    return -float(np.sqrt(law.isf(2 * one)))


def sweep(
    measured: Callable[..., Mapping[str, np.ndarray]],
    arms: Sequence[str],
    *,
    factor: str,
    levels: Sequence[float],
    parameters: Sequence[int],
    loss: str,
    cosines: str,
    classes: int = 10,
) -> Sweep:
    """The sweep over these arms. A diverged run has the loss ln C and cosines of −1."""
    losses = measured(loss, worst=float(np.log(classes)))
    values = of_pairs(measured(cosines, worst=-1.0))
    return Sweep(
        factor=factor,
        levels=levels,
        losses=np.column_stack([losses[arm] for arm in arms]),
        cosines=np.stack([values[arm] for arm in arms], axis=1),
        parameters=parameters,
        classes=classes,
    )


def of_pairs(arms: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The cosines of every arm as (seeds, pairs), also where all its runs diverged: one −1 each."""
    pairs = max((values.shape[1] for values in arms.values() if values.ndim == 2), default=1)
    return {
        arm: values if values.ndim == 2 else np.repeat(values[:, None], pairs, axis=1)
        for arm, values in arms.items()
    }


def some_train(losses: np.ndarray, classes: int = 10) -> Control:
    """The condition that the experiment could see anything: some network trains."""
    return shown(SOME_TRAIN, mean(np.log(classes) / 2 - losses.min(axis=1)))


def all_train(sweep: Sweep) -> Control:
    """The paper's condition on convolutional networks: runs of every network come down."""
    shares = sweep.trained.mean(axis=0)
    levels = zip(sweep.levels, shares, strict=True)
    return holds(
        ALL_TRAIN,
        expectation=f"at least {KEPT:g} of the runs at every level {STUCK:g} nats below ln C",
        observed=", ".join(f"{share:.2g} at {level:g}" for level, share in levels),
        held=bool(shares.min() >= KEPT),
    )


def near_one_loss(losses: np.ndarray) -> Control:
    """The control that networks which are stopped at one loss came down to about one loss."""
    pairs = combinations(range(losses.shape[1]), 2)
    return shown(
        f"mean losses of stopped nets are within {APART:g} nats of each other",
        weakest(
            *(
                equivalence(paired_difference(losses[:, i], losses[:, j]), margin=APART)
                for i, j in pairs
            )
        ),
    )


def controls_of(sweep: Sweep, what: str) -> list[Control]:
    """For the loss, whether the easiest network trains; for cosines, what exceeds the dimension."""
    if what == "loss":
        at = 0 if sweep.factor == "depth" else -1
        return [
            shown(
                f"the network of {sweep.factor} {sweep.levels[at]:g}, the "
                "easiest as claimed, comes below half of ln C",
                mean(np.log(sweep.classes) / 2 - sweep.losses[:, at]),
                when_failed="vacuous",
            )
        ]
    return [
        shown(
            "the trend exceeds that of random directions of the same dimension",
            sweep.beyond_dimension(what),
            when_failed="vacuous",
        )
    ]


def pictures(sweep: Sweep, figure: str) -> list[dict[str, Any]]:
    """Loss, lowest cosine beside that of random directions, and densities of all runs' cosines."""
    x, factor = sweep.levels, sweep.factor
    return [
        lines_plot(
            f"{figure}: final training loss",
            "loss",
            factor,
            {"runs": (x, sweep.losses)},
            x_log=True,
            log=True,
        ),
        lines_plot(
            f"{figure}: lowest pairwise cosine",
            "lowest cosine",
            factor,
            {"gradients": (x, sweep.lowest), "random directions": (x, sweep.null)},
            x_log=True,
        ),
        density_plot(
            f"{figure}: pairwise cosines, all runs",
            "cosine",
            {f"{factor} {level:g}": sweep.cosines[:, i].ravel() for i, level in enumerate(x)},
        ),
    ]


def summary(sweep: Sweep) -> dict[str, Any]:
    """The table by level, with the paper's rule (stuck runs left out) beside."""

    def kept(values: np.ndarray, i: int) -> float:
        rows = sweep.trained[:, i]
        return float(values[rows, i].mean()) if rows.any() else float("nan")

    rows = [
        [
            level,
            sweep.losses[:, i].mean(),
            sweep.lowest[:, i].mean(),
            sweep.spread[:, i].mean(),
            f"{(~sweep.trained[:, i]).sum()} of {len(sweep.losses)}",
            kept(sweep.losses, i),
            kept(sweep.lowest, i),
            sweep.null[i],
        ]
        for i, level in enumerate(sweep.levels)
    ]
    columns = [
        sweep.factor,
        "loss",
        "lowest cosine",
        "rms cosine",
        "runs stuck",
        "loss, stuck runs left out",
        "lowest cosine, stuck runs left out",
        "lowest cosine of random directions",
    ]
    return table(f"Means by {sweep.factor}; the paper leaves stuck runs out", columns, rows)
