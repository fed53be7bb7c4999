"""How training and gradient confusion go with depth or width: what several claims judge alike.

From the training losses L of every epoch, the test accuracy, and the cosines c₁ … c_m of m pairs of
minibatch gradients, per run:

    loss        log₁₀ L at the end: the paper draws losses on axes of decades,
    speed       log₂ of the epochs until L is at half of ln C (all epochs, if it never is),
    confusion   min c_k over 100 pairs, the mean of several such minima where there are several,
    spread      (mean c_k²)^½, how far cosines are from 0,
    accuracy    on the test images,

each as a least-squares slope over log₂ of depth or width, one slope per seed. A depth claim has
loss, epochs and spread rise and the lowest cosine and accuracy fall, a width claim the reverse.

Random directions in d dimensions have a lowest cosine too, near −√(2 ln m/d), which rises with d:
a trend that does not exceed theirs is vacuous.

A network that does not train has the gradients of its first steps. Of convolutional networks the
paper leaves out runs that do not bring the loss down and asks that four of five do, so that this is
a condition of its setting: here that the mean loss of every network comes down. Of MLPs it shows
networks that do not train.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from scipy import stats

from claims.dealt import dealt
from dltheory.experiments import EPOCH_LOSSES
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
from dltheory.verdicts import Control, density_plot, lines_plot, shown, table

STUCK = 0.05  # nats below ln C that a run must have come down to count as training
BLOCK = 100  # pairs of minibatches of which the lowest cosine is taken
APART = 0.5  # nats between networks that are stopped at one loss

SOME_TRAIN = "some network comes below half of ln C"
ALL_TRAIN = "the mean loss of every network comes down from ln C"

QUANTITIES = {
    "loss": "the final training loss",
    "speed": "the number of epochs in which the training loss comes to half of ln C",
    "confusion": "the lowest cosine between gradients of two minibatches",
    "spread": "the root mean square cosine between gradients of two minibatches",
    "accuracy": "the test accuracy",
}
UNITS = {"loss": " decades", "speed": " doublings"}
FALLS_WITH_DEPTH = ("confusion", "accuracy")


def asserted(world: str, factor: str, what: str, effect: float) -> str:
    """The sentence that a trend judges: what it has rise or fall in this world, and how much."""
    rises = (factor == "depth") != (what in FALLS_WITH_DEPTH)
    return (
        f"In {world}, {QUANTITIES[what]} {'rises' if rises else 'falls'} by at least "
        f"{effect:g}{UNITS.get(what, '')} per doubling of the {factor}."
    )


def unit(factor: str, what: str) -> str:
    """The unit of a trend."""
    of = {
        "loss": "decades of the loss",
        "speed": "doublings of the epochs",
        "accuracy": "share of the test images",
    }
    return f"{of.get(what, 'cosine')} per doubling of the {factor}"


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """Runs over levels of depth or width: arms in order, and each network's parameters."""

    factor: str
    levels: Sequence[float]
    losses: np.ndarray  # (seeds, levels)
    cosines: np.ndarray  # (seeds, levels, pairs)
    parameters: Sequence[int]
    classes: int = 10
    block: int | None = None  # pairs of which the lowest is taken, all unless given
    curves: np.ndarray | None = None  # losses, (seeds, levels, epochs)
    accuracies: np.ndarray | None = None  # (seeds, levels)

    @property
    def sign(self) -> int:
        """1 where the claim has confusion rise over the levels, −1 where it has it fall."""
        return 1 if self.factor == "depth" else -1

    @property
    def lowest(self) -> np.ndarray:
        """The lowest cosine of each run."""
        return lowest_of_blocks(self.cosines, self.block)

    @property
    def doublings_to_half(self) -> np.ndarray:
        """log₂ of the epochs in which each run comes to half of ln C."""
        assert self.curves is not None
        return np.log2(epochs_to_half(self.curves, self.classes))

    @property
    def spread(self) -> np.ndarray:
        """The root mean square cosine of each run."""
        return np.sqrt(np.square(self.cosines).mean(axis=2))

    @property
    def null(self) -> np.ndarray:
        """The median of the lowest of as many cosines of random directions, for each level."""
        pairs = self.block or self.cosines.shape[2]
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
        """The numbers of one of the five quantities, and the sign of the claimed slope."""
        values = {
            "loss": lambda: decades(self.losses),
            "speed": lambda: self.doublings_to_half,
            "confusion": lambda: self.lowest,
            "spread": lambda: self.spread,
            "accuracy": lambda: self.accuracies,
        }[what]()
        assert values is not None
        return values, -self.sign if what in FALLS_WITH_DEPTH else self.sign

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


def lowest_of_blocks(cosines: np.ndarray, block: int | None = None) -> np.ndarray:
    """The lowest of each `block` cosines along the last axis, averaged; of all, if not given."""
    size = min(block or cosines.shape[-1], cosines.shape[-1])
    blocks = cosines.shape[-1] // size
    shape = (*cosines.shape[:-1], blocks, size)
    return cosines[..., : blocks * size].reshape(shape).min(axis=-1).mean(axis=-1)


def epochs_to_half(curves: np.ndarray, classes: int = 10) -> np.ndarray:
    """The epochs after which the loss is at half of ln C; all of them where it never is.

    An epoch's mean loss is taken for that at its middle, and lines are drawn between, from ln C on.
    """
    epochs = curves.shape[-1]
    first = np.full((*curves.shape[:-1], 1), np.log(classes))
    losses = np.concatenate([first, curves], axis=-1)
    times = np.concatenate([[0.0], np.arange(epochs) + 0.5])
    half = np.log(classes) / 2
    below = losses <= half
    at = np.maximum(below.argmax(axis=-1), 1)
    before, after = (np.take_along_axis(losses, i[..., None], -1)[..., 0] for i in (at - 1, at))
    part = (before - half) / np.where(before > after, before - after, 1.0)
    crossed = times[at - 1] + part * (times[at] - times[at - 1])
    return np.where(below.any(axis=-1), crossed, float(epochs))


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
    cosines: Sequence[str],
    classes: int = 10,
    block: int | None = None,
    curves: bool = False,
    accuracy: str = "",
) -> Sweep:
    """The sweep over these arms: losses, all cosines of these quantities, and what is asked for."""

    def stacked(*quantities: str) -> np.ndarray:
        values = together(measured, quantities)
        return np.stack([values[arm] for arm in arms], axis=1)

    return Sweep(
        factor=factor,
        levels=levels,
        losses=stacked(loss),
        cosines=stacked(*cosines),
        parameters=parameters,
        classes=classes,
        block=block,
        curves=stacked(EPOCH_LOSSES) if curves else None,
        accuracies=stacked(accuracy) if accuracy else None,
    )


def together(
    measured: Callable[..., Mapping[str, np.ndarray]], quantities: Sequence[str]
) -> dict[str, np.ndarray]:
    """Each arm's numbers of these quantities, one after another along the last axis."""
    first, *others = (measured(quantity) for quantity in quantities)
    return {
        arm: np.concatenate([values, *(other[arm] for other in others)], axis=-1)
        for arm, values in first.items()
    }


def some_train(losses: np.ndarray, classes: int = 10) -> Control:
    """The condition that the experiment could see anything: some network trains."""
    return shown(SOME_TRAIN, mean(np.log(classes) / 2 - losses.min(axis=1)))


def all_train(sweep: Sweep) -> Control:
    """The paper's condition on convolutional networks: runs of every network come down."""
    highest = np.log(sweep.classes) - STUCK
    return shown(ALL_TRAIN, weakest(*(mean(highest - losses) for losses in sweep.losses.T)))


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
    """For cosines, what exceeds the dimension; else, whether the easiest network trains."""
    if what not in ("confusion", "spread"):
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
    """Loss, lowest cosine beside that of random directions, and densities of all runs' cosines.

    Where they were asked for, the losses by epoch and the test accuracies too.
    """
    x, factor = sweep.levels, sweep.factor
    drawn = [
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
    if sweep.curves is not None:
        epochs = range(1, sweep.curves.shape[2] + 1)
        curves = {f"{factor} {z:g}": (epochs, sweep.curves[:, i]) for i, z in enumerate(x)}
        drawn.append(
            lines_plot(f"{figure}: training loss by epoch", "loss", "epoch", curves, log=True)
        )
    if sweep.accuracies is not None:
        runs = {"runs": (x, sweep.accuracies)}
        drawn.append(lines_plot(f"{figure}: test accuracy", "accuracy", factor, runs, x_log=True))
    return drawn


def summary(sweep: Sweep) -> dict[str, Any]:
    """The table by level, with the paper's rule (stuck runs left out) beside."""
    columns: dict[str, Any] = {
        sweep.factor: sweep.levels,
        "loss": sweep.losses.mean(axis=0),
        "lowest cosine": sweep.lowest.mean(axis=0),
        "rms cosine": sweep.spread.mean(axis=0),
        "runs stuck": [f"{n} of {len(sweep.losses)}" for n in (~sweep.trained).sum(axis=0)],
        "loss, stuck runs left out": _of_trained(sweep, sweep.losses),
        "lowest cosine, stuck runs left out": _of_trained(sweep, sweep.lowest),
        "lowest cosine of random directions": sweep.null,
    }
    if sweep.curves is not None:
        columns["epochs to half of ln C"] = np.exp2(sweep.doublings_to_half).mean(axis=0)
    if sweep.accuracies is not None:
        columns["test accuracy"] = sweep.accuracies.mean(axis=0)
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    return table(f"Means by {sweep.factor}; the paper leaves stuck runs out", list(columns), rows)


def _of_trained(sweep: Sweep, values: np.ndarray) -> list[float]:
    """Means by level over the runs that brought their loss down; NaN where none did."""
    return [
        float(column[rows].mean()) if rows.any() else float("nan")
        for column, rows in zip(values.T, sweep.trained.T, strict=True)
    ]
