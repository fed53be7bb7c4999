"""The kernel changes mostly in the very first epochs, and its norm rises (A.6, Fig. 3).

With Φ_e the kernel after epoch e and T the last epoch, at an early e (an eighth of the training in
the small world, 1/25 of it at the paper's scale),

    early   ‖Φ_e − Φ0‖ / ‖Φ_T − Φ0‖ > 1/2   and   (1 − corr(Φ0, Φ_e)) / (1 − corr(Φ0, Φ_T)) > 1/2
    norm    log₂(‖Φ_T‖ / ‖Φ0‖) > 0.

The learning rate falls in steps, and later epochs move everything less; so the same must hold with
a constant rate, where a random walk would have covered only √(1/8) of its way.
"""

import math

import numpy as np

from dltheory.experiments import Experiment, quantity
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, opposite, weakest
from dltheory.training import Constant
from dltheory.verdicts import Claim, Criterion, lines_plot, shown

from .kernel_recipes import (
    CHANGE,
    CODE,
    CORRELATION,
    ENORMOUS,
    LARGE,
    LARGE_DEVIATIONS,
    LARGE_SEEDS,
    NORM_AFTER,
    NORM_BEFORE,
    PAPER,
    RESNET_SEEDS,
    SHORT,
    SMALL,
    SMALL_RESNET_WORLD,
    SMALL_WORLD,
    mlps,
    wide_resnets,
)
from .kernel_trends import SMALLEST
from .paper import PAPER as TRUTH

EARLY = Claim(
    paper=TRUTH,
    row="ntk-early",
    locator="A.6, Fig. 3",
    statement="Most of the change of the tangent kernel happens in the very first epochs.",
    kind="threshold",
    formula="‖Φ_e − Φ0‖/‖Φ_T − Φ0‖ > 1/2 and (1 − corr(Φ0, Φ_e))/(1 − corr(Φ0, Φ_T)) > 1/2",
    estimand="mean over seeds of the part of the final change that is reached early",
    unit="part of the final change",
    refuted_if="one of the two parts is certainly below 0.6",
)
NORM = Claim(
    paper=TRUTH,
    row="ntk-norm-rises",
    locator="A.6, Fig. 3 left",
    statement="The norm of the tangent kernel rises rapidly in training.",
    kind="trend",
    formula="log₂(‖Φ_T‖ / ‖Φ0‖) > 0",
    estimand="mean over seeds of the doublings of the norm",
    unit="doublings",
    refuted_if="the norm certainly grows by less than a doubling, or shrinks",
)

STEPPED, FLAT = "as published", "constant rate"


def kernels(epochs, **options):
    """The kernel after each of these epochs, and at the end."""
    return (
        *(quantity("kernel_change", at=epoch, **options) for epoch in epochs),
        quantity("kernel_change", **options),
    )


EPOCHS = {"four-layer": (1, 3, 5, 8, 16), "wide-resnet": (1, 2, 5)}
EPOCHS_OF_200 = (1, 2, 4, 8, 16, 32, 64, 128)
EARLY_EPOCH = {"four-layer": 3, "wide-resnet": 2}
EARLY_EPOCH_OF_200 = 8
POINTS = {"four-layer": {}, "wide-resnet": {"points": 8}}
LENGTH = {"four-layer": SMALL.epochs, "wide-resnet": SHORT.epochs}
WORLDS = {"four-layer": SMALL_WORLD, "wide-resnet": SMALL_RESNET_WORLD}


def asked(tier, network):
    """The epochs and quantities of one form."""
    if tier == "full":
        return EPOCHS_OF_200, LARGE.epochs, kernels(EPOCHS_OF_200)
    epochs = EPOCHS[network]
    return epochs, LENGTH[network], kernels(epochs, **POINTS[network])


def recipe(tier, network, by):
    """One network of middling width."""
    if network == "four-layer":
        width = 512 if tier == "full" else 64
        return mlps(network, by, LARGE if tier == "full" else SMALL, (width,))[width]
    widening = 4 if tier == "full" else 2
    return wide_resnets(by, LARGE if tier == "full" else SHORT, (widening,))[widening]


def forms(tier, null, effect, because, expected):
    """Both networks with both initialisations."""
    return {
        f"{network}-{by}": Form(
            experiment=Experiment(
                arms={
                    STEPPED: recipe(tier, network, by),
                    FLAT: recipe(tier, network, by).but(schedule=Constant()),
                },
                seeds=RESNET_SEEDS if tier == "fast" else LARGE_SEEDS,
                measure=asked(tier, network)[2],
            ),
            criterion=Criterion(
                null=null,
                smallest_effect=effect,
                because=because,
                licenses=f"When the kernel of one {network} network changes, {by} weights.",
                deviations=(WORLDS[network],) if tier == "fast" else LARGE_DEVIATIONS,
                **expected.get((network, by), {}),
            ),
        )
        for network in ("four-layer", "wide-resnet")
        for by in (PAPER, CODE)
    }


PLATEAU = {
    "expected": "REFUTED",
    "expected_reason": "from PyTorch's small weights the kernel rests on a plateau at first and "
    "grows a hundredfold when the loss falls",
}
TURNED_OFF = {
    "expected": "REFUTED",
    "expected_reason": "the initial kernel is that of a network without batch normalisation and "
    "ten times as large: one epoch of running statistics takes all of it away",
}
EARLY_BECAUSE = "“most” is more than one half; a tenth more is what can be told from it"
NORM_BECAUSE = "a rise that is called rapid is a doubling at least"
SLOWER_SHAPE = {
    "expected": "INCONCLUSIVE",
    "expected_reason": "one epoch of running statistics changes its size for good, while its shape "
    "changes as long as training lasts; about half of that comes early",
}


@claim(
    EARLY,
    fast=forms(
        "fast",
        0.5,
        0.1,
        EARLY_BECAUSE,
        {
            ("four-layer", CODE): PLATEAU,
            ("wide-resnet", CODE): PLATEAU,
            ("wide-resnet", PAPER): SLOWER_SHAPE,
        },
    ),
    full=forms("full", 0.5, 0.1, EARLY_BECAUSE, {}),
)
def test_most_of_the_change_of_the_kernel_happens_early(measured, judge, tier, case_name):
    network = case_name.rsplit("-", 1)[0]
    epochs, last, quantities = asked(tier, network)
    early = epochs.index(EARLY_EPOCH_OF_200 if tier == "full" else EARLY_EPOCH[network])
    samples = [measured(quantity.name, worst=ENORMOUS) for quantity in quantities]
    evidence = {arm: _parts(samples, arm, early) for arm in (STEPPED, FLAT)}

    judge(
        evidence[STEPPED],
        controls=[
            shown(
                "the same with a constant rate", evidence[FLAT], above=0.5, when_failed="confounded"
            )
        ],
        mutants={"a random walk": _random_walk(epochs[early], last, len(samples[0][STEPPED]))},
        plots=_evolution(samples, (*epochs, last)),
    )


@claim(
    NORM,
    fast=forms("fast", 0.0, 1.0, NORM_BECAUSE, {("wide-resnet", PAPER): TURNED_OFF}),
    full=forms("full", 0.0, 1.0, NORM_BECAUSE, {}),
)
def test_the_norm_of_the_kernel_rises(measured, judge, tier, case_name):
    network = case_name.rsplit("-", 1)[0]
    epochs, last, quantities = asked(tier, network)
    samples = [measured(quantity.name, worst=0.0) for quantity in quantities]
    doublings = {arm: mean(_doublings(samples[-1][arm])) for arm in (STEPPED, FLAT)}

    judge(
        doublings[STEPPED],
        controls=[
            shown("the same with a constant rate", doublings[FLAT], when_failed="confounded")
        ],
        mutants={"before and after swapped": opposite(doublings[STEPPED])},
        plots=_evolution(samples, (*epochs, last)),
    )


def _parts(samples, arm, early):
    """Evidence about the smaller of two parts of the final change."""
    change = [np.maximum(s[arm][:, CHANGE], SMALLEST) for s in samples]
    apart = [np.maximum(1 - s[arm][:, CORRELATION], SMALLEST) for s in samples]
    return weakest(mean(change[early] / change[-1]), mean(apart[early] / apart[-1]))


def _random_walk(epoch, last, seeds):
    """Both parts, had the kernel walked at random."""
    return weakest(mean([math.sqrt(epoch / last)] * seeds), mean([epoch / last] * seeds))


def _doublings(sample):
    before, after = (
        np.maximum(sample[:, number], SMALLEST) for number in (NORM_BEFORE, NORM_AFTER)
    )
    return np.log2(after / before)


def _evolution(samples, epochs):
    def over_time(number):
        return {
            arm: (list(epochs), np.column_stack([s[arm][:, number] for s in samples]))
            for arm in (STEPPED, FLAT)
        }

    return [
        lines_plot("norm of the kernel", "‖Φ_e‖", "epoch", over_time(NORM_AFTER), log=True),
        lines_plot("likeness to the start", "correlation", "epoch", over_time(CORRELATION)),
        lines_plot(
            "distance from the start", "‖Φ_e − Φ0‖ / ‖Φ0‖", "epoch", over_time(CHANGE), log=True
        ),
    ]
