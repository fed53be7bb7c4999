"""How loss and gradient confusion go with depth or width: what several claims judge alike.

From the final training loss L and the cosines c₁ … c_m of m pairs of minibatch gradients, per run:

    loss        L,
    confusion   min c_k, the lowest cosine,
    spread      (mean c_k²)^½, how far cosines are from 0,

each as a least-squares slope over log₂ of depth or width, one slope per seed. A depth claim has
loss and spread rise and the lowest cosine fall, a width claim the reverse.

Two nulls. Random directions in d dimensions have a lowest cosine too, near −√(2 ln m/d), which
rises with d: it is taken off. And a network that does not train has the gradients of its first
steps: the paper leaves out runs that do not bring the loss down, here they count, and what
remains without them is shown beside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from dltheory.statistics import MeanEvidence, OppositeEvidence, opposite, trend
from dltheory.verdicts import Control, density_plot, holds, lines_plot, shown, table

STUCK = 0.05  # nats below ln C that a run must have come down to count as training


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
        return (self.losses if what == "loss" else self.spread), self.sign

    def beyond_dimension(self, what: str) -> MeanEvidence | OppositeEvidence:
        """The same with random directions of the same dimension taken off."""
        values, sign = self.of(what)
        null = self.null if what == "confusion" else 1 / np.sqrt(np.array(self.parameters))
        return self._slope(values - null, sign)

    def among_trained(self, what: str) -> MeanEvidence | OppositeEvidence | None:
        """The same on seeds on which every level trains; None where there are fewer than three."""
        values, sign = self.of(what)
        rows = self.trained.all(axis=1)
        return self._slope(values[rows], sign) if rows.sum() >= 3 else None

    def _slope(self, values: np.ndarray, sign: int) -> MeanEvidence | OppositeEvidence:
        found = trend(values, np.log2(self.levels))
        return found if sign > 0 else opposite(found)


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


def trains(sweep: Sweep) -> Control:
    """The control that the experiment could see anything: some level trains."""
    lowest = sweep.losses.mean(axis=0).min()
    return holds(
        "some network trains",
        expectation="a mean final loss below half of ln C, the loss of a constant answer",
        observed=f"lowest mean {lowest:.3g}",
        held=lowest < np.log(sweep.classes) / 2,
    )


def near_one_loss(losses: np.ndarray) -> Control:
    """The control that networks which are stopped at one loss came down to about one loss."""
    means = losses.mean(axis=0)
    return holds(
        "nets are stopped near one loss",
        expectation="mean losses of all levels within 0.3 nats",
        observed=", ".join(f"{mean:.3g}" for mean in means),
        held=bool(np.ptp(means) < 0.3),
    )


def nulls(sweep: Sweep, what: str) -> list[Control]:
    """What is left with the dimension's own trend taken off, and without runs that do not train."""
    if what == "loss":
        return []
    controls = [
        shown(
            "the trend exceeds that of random directions of the same dimension",
            sweep.beyond_dimension(what),
            when_failed="vacuous",
        )
    ]
    if not sweep.trained.all():
        left = sweep.among_trained(what)
        name = "the trend stays on seeds on which every network trains"
        if left is None:
            seeds = int(sweep.trained.all(axis=1).sum())
            controls.append(
                holds(
                    name,
                    expectation="a slope above 0 on three seeds or more",
                    observed=f"{seeds} of {len(sweep.losses)} seeds have no run that is stuck",
                    held=False,
                    when_failed="confounded",
                )
            )
        else:
            controls.append(shown(name, left, when_failed="confounded"))
    return controls


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
