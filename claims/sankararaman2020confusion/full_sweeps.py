"""The paper's sweeps over depth and width of convolutional networks on CIFAR, as full forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from dltheory.experiments import Experiment
from dltheory.plugin import Form
from dltheory.statistics import opposite
from dltheory.verdicts import Criterion

from .architecture_trends import nulls, pictures, summary, sweep, trains
from .recipes import (
    ACCURACY,
    CNN_DEVIATIONS,
    CNN_ON_CIFAR10,
    CNN_ON_CIFAR100,
    COSINES,
    FULL_CNN_DEPTH,
    FULL_CNN_DEPTHS,
    FULL_CNN_WIDENINGS,
    FULL_WRN_DEPTHS,
    LOSS,
    convolutional_parameters,
    full_cnn,
)

DATA = {"cifar10": CNN_ON_CIFAR10, "cifar100": CNN_ON_CIFAR100}
EFFECTS = {"loss": 0.1, "confusion": 0.02, "spread": 0.02}


def _levels(factor: str, *, skips: bool) -> tuple[int, ...]:
    if factor == "width":
        return FULL_CNN_WIDENINGS
    return FULL_WRN_DEPTHS if skips else FULL_CNN_DEPTHS


def _network(factor: str, level: int) -> tuple[int, int]:
    """(depth, widening)."""
    return (level, 2) if factor == "depth" else (FULL_CNN_DEPTH, level)


def sweeps(data: tuple[str, ...], *, skips: bool) -> dict[str, Form]:
    """A form for each data set, factor and trend."""
    forms: dict[str, Form] = {}
    for name in data:
        for factor in ("depth", "width"):
            experiment = Experiment(
                arms={
                    str(level): full_cnn(DATA[name], *_network(factor, level), skips=skips)
                    for level in _levels(factor, skips=skips)
                },
                seeds=5,
                measure=(LOSS, COSINES, ACCURACY),
            )
            for what, effect in EFFECTS.items():
                forms[f"{name}-{factor}-{what}"] = Form(
                    experiment=experiment,
                    criterion=Criterion(
                        smallest_effect=effect,
                        because="as in the small world: the paper's figures print no numbers",
                        licenses=f"The paper's own {what} trend with {factor}, {name}.",
                        deviations=CNN_DEVIATIONS,
                    ),
                )
    return forms


def judge_sweep(
    measured: Callable[..., Mapping[str, Any]],
    judge: Callable[..., None],
    case_name: str,
    *,
    skips: bool,
) -> None:
    """Judge one of these forms."""
    data, factor, what = case_name.split("-")
    classes = DATA[data].data.classes
    levels = _levels(factor, skips=skips)
    counts = []
    for depth, widening in (_network(factor, level) for level in levels):
        plain = convolutional_parameters(widening, depth, 16, (3, classes))
        counts.append(plain + (shortcuts(widening) if skips else 0))
    runs = sweep(
        measured,
        [str(level) for level in levels],
        factor=factor,
        levels=levels,
        parameters=counts,
        loss=LOSS.name,
        cosines=COSINES.name,
        classes=classes,
    )
    judged = runs.evidence(what)
    judge(
        judged,
        controls=[trains(runs), *nulls(runs, what)],
        mutants={"levels in reverse": opposite(judged)},
        plots=pictures(runs, f"{data}, {factor}"),
        tables=[summary(runs)],
    )


def shortcuts(widening: int) -> int:
    """Parameters of the 1 × 1 convolutions where shortcuts change shape."""
    sizes = [16, *(16 * widening * 2**stage for stage in range(3))]
    return sum(a * b + b for a, b in pairwise(sizes) if a != b)
