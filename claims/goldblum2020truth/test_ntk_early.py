"""The kernel changes mostly in the very first epochs, and its norm rises (A.6, Fig. 3).

With Φ_e the kernel after epoch e and T the last epoch, at an early e (the first of 8 epochs in the
small world, the eighth of 200 at the paper's scale),

    early   ‖Φ_e − Φ0‖ / ‖Φ_T − Φ0‖ > 1/2   and   (1 − corr(Φ0, Φ_e)) / (1 − corr(Φ0, Φ_T)) > 1/2
    norm    log₂(‖Φ_T‖ / ‖Φ0‖) > 0.

An epoch of the paper has 391 steps, so the small world has small batches: the first epoch of the
MLP has 250 steps, that of the wide ResNet 125, at the paper's rate. The learning rate falls in
steps, and later epochs move everything less; so the same must hold with a constant rate, where a
random walk would have covered only √(1/8) of its way.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from dltheory.experiments import Experiment, quantity
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, weakest
from dltheory.training import Constant
from dltheory.verdicts import Claim, Criterion, lines_plot, shown

from .kernel_recipes import (
    ACCURACY,
    CHANGE,
    CODE,
    CORRELATION,
    ENORMOUS,
    LARGE,
    LARGE_DEVIATIONS,
    LARGE_IMAGES,
    MANY_RESNET_STEPS,
    MANY_STEPS,
    NORM_AFTER,
    NORM_BEFORE,
    PAPER,
    WEIGHTS,
    mlps,
    seeds_of,
    wide_resnets,
)
from .kernel_trends import LEARNS, SMALLEST, learns
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
    refuted_if="one of the two parts is certainly smaller than the smallest that is meant",
    quantifier="every",
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


EPOCHS = (1, 2, 4)
EPOCHS_OF_200 = (1, 2, 4, 8, 16, 32, 64, 128)
EARLY_EPOCH = 1
EARLY_EPOCH_OF_200 = 8
POINTS = {"four-layer": {}, "wide-resnet": {"points": 8}}
RECIPES = {"four-layer": MANY_STEPS, "wide-resnet": MANY_RESNET_STEPS}
WORLDS = {
    "four-layer": "1,000 digits in batches of 4, 2,000 steps at rate 0.01, instead of CIFAR-10 in "
    "batches of 128, about 78,000 steps",
    "wide-resnet": "a wide ResNet of depth 10 with a stem of 4 filters on 1,000 digits in batches "
    "of 8, 1,000 steps at rate 0.01, instead of depth 16 and 16 filters on CIFAR-10 in batches of "
    "128, about 78,000 steps; 8 images for the kernel",
}
NAMED = {
    "fast": {
        "four-layer": "a four-layer MLP of 64 units on 1,000 digits",
        "wide-resnet": "a wide ResNet of depth 10 and k = 2 on 1,000 digits",
    },
    "full": {
        "four-layer": f"a four-layer MLP of 512 units on {LARGE_IMAGES}",
        "wide-resnet": f"a wide ResNet of depth 16 and k = 4 on {LARGE_IMAGES}",
    },
}


def asked(tier, network):
    """The epochs and quantities of one form."""
    if tier == "full":
        return EPOCHS_OF_200, LARGE.epochs, kernels(EPOCHS_OF_200)
    return EPOCHS, RECIPES[network].epochs, kernels(EPOCHS, **POINTS[network])


def recipe(tier, network, by):
    """One network of middling width."""
    full = tier == "full"
    training = LARGE if full else RECIPES[network]
    if network == "four-layer":
        width = 512 if full else 64
        return mlps(network, by, training, (width,))[width]
    widening = 4 if full else 2
    return wide_resnets(by, training, (widening,))[widening]


def form(tier, network, by, sentence, criterion):
    """One network with one initialisation, as published and with a constant rate."""
    full = tier == "full"
    return Form(
        sentence=f"In {NAMED[tier][network]} with {WEIGHTS[by]}, {sentence}",
        bearing="claim" if full else "analogue",
        regime=(LEARNS,),
        experiment=Experiment(
            arms={
                STEPPED: recipe(tier, network, by),
                FLAT: recipe(tier, network, by).but(schedule=Constant()),
            },
            measure=(*asked(tier, network)[2], ACCURACY),
            **seeds_of(tier),
        ),
        criterion=replace(criterion, deviations=LARGE_DEVIATIONS if full else (WORLDS[network],)),
    )


EFFECT = {
    ("four-layer", PAPER): 0.15,
    ("four-layer", CODE): 0.24,
    ("wide-resnet", PAPER): 0.16,
    ("wide-resnet", CODE): 0.16,
}
LARGE_EFFECT = 0.1


def early_forms(tier):
    """Both networks with both initialisations."""

    def one(network, by):
        effect = LARGE_EFFECT if tier == "full" else EFFECT[network, by]
        criterion = Criterion(
            null=0.5,
            smallest_effect=effect,
            because="“most” is more than one half; a tenth more is what can be told from it"
            if effect == LARGE_EFFECT
            else "“most” is more than one half; what 24 seeds decide with power 0.8, by pilots",
        )
        epoch = EARLY_EPOCH_OF_200 if tier == "full" else EARLY_EPOCH
        sentence = (
            f"{epoch} of {asked(tier, network)[1]} epochs bring at least {0.5 + effect:g} of the "
            "final distance of the kernel from its start, and of the final 1 minus correlation."
        )
        return form(tier, network, by, sentence, criterion)

    return {f"{network}-{by}": one(network, by) for network in RECIPES for by in (PAPER, CODE)}


EXPECTED_NORM: dict[Any, dict[str, Any]] = {
    ("four-layer", PAPER): {
        "expected": "SMALLER",
        "expected_reason": "from He weights the norm grows by 0.6 doublings in pilots",
    },
    ("wide-resnet", PAPER): {
        "expected": "REFUTED",
        "expected_reason": "in evaluation mode the initial kernel is that of a network without "
        "batch normalisation, and large: it loses a doubling in pilots",
    },
}


def norm_forms(tier):
    """Both networks with both initialisations."""

    def one(network, by):
        expected = EXPECTED_NORM.get((network, by), {}) if tier == "fast" else {}
        criterion = Criterion(
            smallest_effect=1.0,
            because="a rise that is called rapid is a doubling at least",
            **expected,
        )
        sentence = f"{asked(tier, network)[1]} epochs at least double the norm of the kernel."
        return form(tier, network, by, sentence, criterion)

    return {f"{network}-{by}": one(network, by) for network in RECIPES for by in (PAPER, CODE)}


@claim(EARLY, fast=early_forms("fast"), full=early_forms("full"))
def test_most_of_the_change_of_the_kernel_happens_early(measured, judge, tier, case_name):
    network = case_name.rsplit("-", 1)[0]
    epochs, last, quantities = asked(tier, network)
    early = epochs.index(EARLY_EPOCH_OF_200 if tier == "full" else EARLY_EPOCH)
    samples = [measured(quantity.name, worst=ENORMOUS) for quantity in quantities]
    evidence = {arm: _parts(samples, arm, early) for arm in (STEPPED, FLAT)}

    judge(
        evidence[STEPPED],
        controls=[
            shown(
                "the same with a constant rate", evidence[FLAT], above=0.5, when_failed="confounded"
            )
        ],
        regime=[learns(measured(ACCURACY.name, worst=0.0))],
        mutants={
            "kernels that walk at random": _random_walk(
                epochs[early], last, len(samples[0][STEPPED])
            )
        },
        plots=_evolution(samples, (*epochs, last)),
    )


@claim(NORM, fast=norm_forms("fast"), full=norm_forms("full"))
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
        regime=[learns(measured(ACCURACY.name, worst=0.0))],
        mutants={"untrained networks of other seeds": mean(_untrained(samples[-1][STEPPED]))},
        plots=_evolution(samples, (*epochs, last)),
    )


def _parts(samples, arm, early):
    """Evidence about the smaller of two parts of the final change."""
    change = [np.maximum(s[arm][:, CHANGE], SMALLEST) for s in samples]
    apart = [np.maximum(1 - s[arm][:, CORRELATION], SMALLEST) for s in samples]
    return weakest(mean(change[early] / change[-1]), mean(apart[early] / apart[-1]))


def _random_walk(epoch, last, seeds):
    """Both parts of kernels that walked at random, in as many directions as they have images."""
    steps = np.random.default_rng(0).normal(size=(seeds, last, 25))
    squares = np.cumsum(steps, axis=1) ** 2
    part = squares[:, epoch - 1].sum(axis=1) / squares[:, last - 1].sum(axis=1)
    return weakest(mean(np.sqrt(part)), mean(part))


def _doublings(sample):
    before, after = (
        np.maximum(sample[:, number], SMALLEST) for number in (NORM_BEFORE, NORM_AFTER)
    )
    return np.log2(after / before)


def _untrained(sample):
    """Doublings from the initial kernel of one network to that of the next seed's."""
    before = np.log2(sample[:, NORM_BEFORE])
    return np.roll(before, 1) - before


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
