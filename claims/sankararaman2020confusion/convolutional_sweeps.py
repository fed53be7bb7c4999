"""Convolutional networks over depth and width: in the small world and as the paper has them.

Trends of the final loss, of the lowest cosine and of how far cosines are from 0, at the end of
training; and of the last two among networks that are stopped at one training loss, since cosines
go with the loss whatever the network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dltheory.experiments import Experiment, Quantity
from dltheory.plugin import Form
from dltheory.statistics import opposite
from dltheory.verdicts import Criterion, Verdict

from .architecture_trends import near_one_loss, nulls, pictures, summary, sweep, trains
from .recipes import (
    ACCURACY,
    CNN_COSINES,
    CNN_DEPTH,
    CNN_DEPTHS,
    CNN_DEVIATIONS,
    CNN_ON_CIFAR10,
    CNN_ON_CIFAR100,
    CNN_SEEDS,
    CNN_WIDENINGS,
    CNN_WORLD,
    COSINES,
    FEW_EVAL,
    FULL_CNN_DEPTH,
    FULL_CNN_DEPTHS,
    FULL_CNN_WIDENINGS,
    FULL_STOPPED,
    FULL_WRN_DEPTHS,
    LOSS,
    MATCHED_CNN_DEPTHS,
    MATCHED_CNN_SEEDS,
    MATCHED_DEPTHS_ONLY,
    STEM,
    STOPPED,
    convolutional_parameters,
    full_cnn,
    small_cnn,
    stopped_cnn,
    stopped_full_cnn,
)

CIFAR = {"cifar10": CNN_ON_CIFAR10, "cifar100": CNN_ON_CIFAR100}
EFFECTS = {
    "loss": (0.1, "0.1 nats per doubling, a twentieth of the starting loss"),
    "confusion": (0.02, "0.02 per doubling, a hundredth of the scale [−1, 1]"),
    "spread": (0.02, "0.02 per doubling, a fiftieth of the largest spread"),
}
AT_THE_END = tuple(EFFECTS)
MATCHED = ("matched-confusion", "matched-spread")


@dataclass(frozen=True, kw_only=True)
class Family:
    """Networks that differ in depth or in width alone: CNN-β-ℓ, or with skips WRN-β-ℓ."""

    factor: str  # "depth" or "width"
    data: str = "digits"  # or "cifar10", "cifar100"
    skips: bool = False

    def levels(self, what: str) -> tuple[int, ...]:
        """The depths or the widths that this trend is taken over."""
        if self.data == "digits":
            depths = MATCHED_CNN_DEPTHS if what in MATCHED else CNN_DEPTHS
            return depths if self.factor == "depth" else CNN_WIDENINGS
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

    def cosines(self, what: str) -> Quantity:
        """100 pairs of minibatches; of stopped nets on digits, all pairs among 15."""
        if self.data != "digits":
            return COSINES
        return FEW_EVAL if what in MATCHED else CNN_COSINES

    def experiment(self, what: str) -> Experiment:
        """All of its networks, trained to the end or stopped."""
        nets = {str(level): self.network(level) for level in self.levels(what)}
        if self.data == "digits":
            train = stopped_cnn if what in MATCHED else small_cnn
            return Experiment(
                arms={name: train(*net) for name, net in nets.items()},
                seeds=MATCHED_CNN_SEEDS[self.factor] if what in MATCHED else CNN_SEEDS,
                measure=(LOSS, self.cosines(what)),
            )
        train_full = stopped_full_cnn if what in MATCHED else full_cnn
        recipe = CIFAR[self.data]
        return Experiment(
            arms={name: train_full(recipe, *net, skips=self.skips) for name, net in nets.items()},
            seeds=5,
            measure=(LOSS, self.cosines(what), ACCURACY),
        )

    def form(
        self,
        what: str,
        licenses: str,
        expected: Verdict = "CONFIRMED",
        reason: str = "",
    ) -> Form:
        """One of the trends as a form."""
        effect, because = EFFECTS[what.removeprefix("matched-")]
        if self.data == "digits":
            shallow = MATCHED_DEPTHS_ONLY if self.factor == "depth" else ()
            deviations = (*CNN_WORLD, *STOPPED, *shallow) if what in MATCHED else CNN_WORLD
        else:
            because = "as in the small world: the paper's figures print no numbers"
            deviations = (*CNN_DEVIATIONS, *FULL_STOPPED) if what in MATCHED else CNN_DEVIATIONS
        return Form(
            experiment=self.experiment(what),
            criterion=Criterion(
                smallest_effect=effect,
                because=because,
                licenses=licenses,
                expected=expected,
                expected_reason=reason,
                deviations=deviations,
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
        levels, trend = self.levels(what), what.removeprefix("matched-")
        runs = sweep(
            measured,
            [str(level) for level in levels],
            factor=self.factor,
            levels=levels,
            parameters=[self.parameters(level) for level in levels],
            loss=LOSS.name,
            cosines=self.cosines(what).name,
            classes=self.classes,
        )
        judged = runs.evidence(trend)
        sees = near_one_loss(runs.losses) if what in MATCHED else trains(runs)
        judge(
            judged,
            controls=[sees, *nulls(runs, trend)],
            mutants={f"{self.factor}s in reverse": opposite(judged)},
            plots=pictures(runs, figure),
            tables=[summary(runs)],
        )


def sweeps(data: tuple[str, ...], *, skips: bool) -> dict[str, Form]:
    """A form for each data set, factor and trend at the end, called by the three."""
    return {
        f"{name}-{factor}-{what}": Family(factor=factor, data=name, skips=skips).form(
            what, f"The paper's own {what} trend with {factor}, {name}."
        )
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
