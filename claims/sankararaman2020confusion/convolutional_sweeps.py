"""Convolutional networks over depth and width: in the small world and as the paper has them.

Trends of the final loss, of the epochs to half of ln C, of the lowest cosine, of how far cosines
are from 0 and of test accuracy, at the end of training. At full scale also the two of cosines among
networks that are stopped at one training loss, since cosines go with the loss whatever the network;
the paper does not speak of networks at one loss, so those forms are analogues.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from claims.seeds import FIRST_SEED, LOOKS
from dltheory.experiments import Experiment, Quantity
from dltheory.plugin import Form
from dltheory.statistics import equivalence, trend
from dltheory.verdicts import Control, Criterion, Verdict

from .architecture_trends import (
    ALL_TRAIN,
    BLOCK,
    SOME_TRAIN,
    Sweep,
    all_train,
    asserted,
    controls_of,
    near_one_loss,
    pictures,
    some_train,
    summary,
    sweep,
    unit,
)
from .recipes import (
    ACCURACY,
    CNN_COSINES,
    CNN_DEPTH,
    CNN_DEPTHS,
    CNN_DEVIATIONS,
    CNN_MEASURES,
    CNN_ON_CIFAR10,
    CNN_ON_CIFAR100,
    CNN_WIDENINGS,
    CNN_WORLD,
    COSINES,
    FULL_CNN_DEPTH,
    FULL_CNN_DEPTHS,
    FULL_CNN_WIDENINGS,
    FULL_COSINES_ON_THE_WAY,
    FULL_MATCHED_LOSS,
    FULL_STOPPED,
    FULL_WRN_DEPTHS,
    LOSS,
    ONE_SPLIT,
    STEM,
    convolutional_parameters,
    full_cnn,
    small_cnn,
    stopped_full_cnn,
)

CIFAR = {"cifar10": CNN_ON_CIFAR10, "cifar100": CNN_ON_CIFAR100}
AT_THE_END = ("loss", "confusion", "spread")
MATCHED = ("matched-confusion", "matched-spread")
UNMOVED = "unmoved"
"""The lowest cosine of CNNs on CIFAR-100, of which the paper sees no change with width."""

FULL_EFFECTS = {
    "loss": (0.1, "a tenth of a decade, where the axes of Figs 4, 10 and 14 have room for 1.9"),
    "speed": (0.1, "a tenth of a doubling: 7 % more epochs for a network twice as deep"),
    "confusion": (0.015, "0.015, where the axes of Figs 11 to 13 have room for 0.04 to 0.1"),
    "spread": (0.01, "0.01, where the axes of Figs 3, 10 and 13 end at cosines of 0.1 or 0.15"),
    "accuracy": (0.01, "one point, where the axis of Fig. 8 has room for 7.6"),
}
"""δ per doubling of depth or width. What axes have room for: see AXES in paper.py."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """Networks that differ in depth or in width alone: CNN-β-ℓ, or with skips WRN-β-ℓ."""

    factor: str  # "depth" or "width"
    data: str = "digits"  # or "cifar10", "cifar100"
    skips: bool = False

    @property
    def levels(self) -> tuple[int, ...]:
        """The depths or the widths that trends are taken over."""
        if self.data == "digits":
            return CNN_DEPTHS if self.factor == "depth" else CNN_WIDENINGS
        depths = FULL_WRN_DEPTHS if self.skips else FULL_CNN_DEPTHS
        return depths if self.factor == "depth" else FULL_CNN_WIDENINGS

    def network(self, level: int) -> tuple[int, int]:
        """(depth, widening)."""
        usual = CNN_DEPTH if self.data == "digits" else FULL_CNN_DEPTH
        return (level, 2) if self.factor == "depth" else (usual, level)

    def parameters(self, level: int) -> int:
        """How many numbers the gradient of the network has."""
        depth, widening = self.network(level)
        stem, channels = (STEM, 1) if self.data == "digits" else (16, 3)
        shape = (channels, self.classes)
        return convolutional_parameters(widening, depth, stem, shape, skips=self.skips)

    @property
    def classes(self) -> int:
        """How many there are."""
        return CIFAR[self.data].data.classes if self.data in CIFAR else 10

    @property
    def cosines(self) -> Quantity:
        """100 pairs of minibatches, four times as many on digits."""
        return CNN_COSINES if self.data == "digits" else COSINES

    def experiment(self, what: str) -> Experiment:
        """All of its networks, trained to the end or stopped."""
        nets = {str(level): self.network(level) for level in self.levels}
        if self.data == "digits":
            return Experiment(
                arms={name: small_cnn(*net) for name, net in nets.items()},
                seeds=LOOKS,
                first_seed=FIRST_SEED,
                measure=CNN_MEASURES,
            )
        train, recipe = stopped_full_cnn if what in MATCHED else full_cnn, CIFAR[self.data]
        way = () if what in MATCHED else FULL_COSINES_ON_THE_WAY
        return Experiment(
            arms={name: train(recipe, *net, skips=self.skips) for name, net in nets.items()},
            seeds=5,
            measure=(LOSS, COSINES, ACCURACY, *way),
        )

    def world(self, what: str) -> str:
        """The networks and the data in words."""
        levels, stopped = self.levels, ""
        if what in MATCHED:
            stopped = f" that are stopped at a training loss of {FULL_MATCHED_LOSS:g}"
        family = "wide residual networks without batch normalisation" if self.skips else "CNNs"
        if self.factor == "depth":
            which = f"of {levels[0]} to {levels[-1]} layers"
        else:
            which = f"of {self.network(1)[0]} layers, widened {levels[0]} to {levels[-1]} times,"
        data = {"digits": "500 digits", "cifar10": "CIFAR-10", "cifar100": "CIFAR-100"}[self.data]
        return f"{family} {which} on {data}{stopped}"

    def regime(self, what: str) -> tuple[str, ...]:
        """The conditions of the paper's setting; nets that are stopped have others."""
        if what in MATCHED:
            return ()
        return (SOME_TRAIN,) if what in ("loss", "speed") else (SOME_TRAIN, ALL_TRAIN)

    def small(
        self,
        what: str,
        effect: float,
        because: str,
        expected: Verdict = "CONFIRMED",
        reason: str = "",
    ) -> Form:
        """One of the trends on digits."""
        return Form(
            experiment=self.experiment(what),
            sentence=asserted(self.world(what), self.factor, what, effect),
            unit=unit(self.factor, what),
            bearing="analogue",
            regime=self.regime(what),
            criterion=Criterion(
                smallest_effect=effect,
                because=because,
                licenses=ONE_SPLIT,
                expected=expected,
                expected_reason=reason,
                deviations=CNN_WORLD,
            ),
        )

    def full(self, what: str) -> Form:
        """One of the trends on the paper's data."""
        effect, because = FULL_EFFECTS[shown_as(what)]
        return Form(
            experiment=self.experiment(what),
            sentence=asserted(self.world(what), self.factor, shown_as(what), effect),
            unit=unit(self.factor, shown_as(what)),
            bearing="analogue" if what in MATCHED else "claim",
            regime=self.regime(what),
            criterion=Criterion(
                smallest_effect=effect,
                because=because,
                licenses=ONE_SPLIT,
                deviations=(*CNN_DEVIATIONS, *FULL_STOPPED) if what in MATCHED else CNN_DEVIATIONS,
            ),
        )

    def unmoved(self) -> Form:
        """That the lowest cosine does not change perceptibly."""
        margin = FULL_EFFECTS["confusion"][0]
        return Form(
            experiment=self.experiment("confusion"),
            sentence=f"In {self.world('confusion')}, the lowest cosine between gradients of two "
            f"minibatches changes by less than {margin:g} per doubling of the {self.factor}.",
            bearing="claim",
            regime=self.regime("confusion"),
            criterion=Criterion(
                because="over the figure's widths it is 0.024, more than its axis spans",
                power_at=margin,
                licenses=ONE_SPLIT,
                deviations=CNN_DEVIATIONS,
            ),
        )

    def judge(
        self,
        what: str,
        measured: Callable[..., Mapping[str, Any]],
        judge: Callable[..., None],
        figure: str,
    ) -> None:
        """Judge one of these forms."""
        quantity, runs = shown_as(what), self.runs(measured, what)
        given: dict[str, Any] = {
            "regime": self.conditions(runs, what),
            "plots": pictures(runs, figure),
            "tables": [summary(runs)],
        }
        if what == UNMOVED:
            slope = trend(runs.lowest, np.log2(self.levels))
            judge(equivalence(slope, margin=FULL_EFFECTS["confusion"][0]), **given)
            return
        stopped = [near_one_loss(runs.losses)] if what in MATCHED else []
        judge(
            runs.evidence(quantity),
            controls=[*stopped, *controls_of(runs, quantity)],
            mutants={f"{self.factor}s dealt at random": runs.dealt(quantity)},
            **given,
        )

    def runs(self, measured: Callable[..., Mapping[str, Any]], what: str = "loss") -> Sweep:
        """What was measured on its networks."""
        return sweep(
            measured,
            [str(level) for level in self.levels],
            factor=self.factor,
            levels=self.levels,
            parameters=[self.parameters(level) for level in self.levels],
            loss=LOSS.name,
            cosines=[self.cosines.name],
            classes=self.classes,
            block=BLOCK,
            curves=what == "speed",
            accuracy=ACCURACY.name if what == "accuracy" else "",
        )

    def conditions(self, runs: Sweep, what: str) -> list[Control]:
        """The declared conditions, measured."""
        found = {SOME_TRAIN: some_train(runs.losses, self.classes), ALL_TRAIN: all_train(runs)}
        return [found[name] for name in self.regime(what)]


def shown_as(what: str) -> str:
    """The quantity of a trend: "loss", "confusion" or "spread"."""
    return "confusion" if what == UNMOVED else what.removeprefix("matched-")


def sweeps(data: tuple[str, ...], *, skips: bool) -> dict[str, Form]:
    """A form for each data set, factor and trend at the end, called by the three."""
    return {
        f"{name}-{factor}-{what}": Family(factor=factor, data=name, skips=skips).full(what)
        for name in data
        for factor in ("depth", "width")
        for what in AT_THE_END
    }


def judge_sweep(
    measured: Callable[..., Mapping[str, Any]],
    judge: Callable[..., None],
    case_name: str,
    *,
    skips: bool,
) -> None:
    """Judge one of these forms."""
    data, factor, what = case_name.split("-")
    family = Family(factor=factor, data=data, skips=skips)
    family.judge(what, measured, judge, f"{data}, {factor}")
