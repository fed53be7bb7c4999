"""In a deep linear network the inherited minimum is global (A.3).

Without ReLUs an MLP is a linear classifier, so none lies below the linear minimum; and, as
Kawaguchi (2016) shows, its training meets no other minimum on the way:

    L(deep linear, trained) = L(linear minimum) = inf over all linear classifiers.

The infimum is bounded from below by Fenchel duality. With ReLUs in the same network the same
training ends far below, which is what makes the inherited minimum a bad one.
"""

import numpy as np

from dltheory.data import CorruptedLabels, Digits
from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, arms_plot, holds

from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="deep-linear",
    locator="A.3",
    statement="In a deep linear network the minimum inherited from a linear classifier is global.",
    kind="equivalence",
    formula="|L(deep linear, trained) − L(linear minimum)| and L(linear minimum) − inf < tolerance",
    estimand="1 − the larger of the two / tolerance, worst seed",
    unit="tolerances",
    refuted_if="training a deep linear network ends ten tolerances or more away",
)

LINEAR, RELU = "deep linear", "with ReLUs"
TOLERANCE = 1e-5

FAST = Form(
    sentence="Deep linear 16-12-12-10 networks on 500 pooled digits with a fifth of the labels "
    f"redrawn train to within {TOLERANCE:g} nats of the linear minimum, and no linear classifier "
    "lies below that by more.",
    bearing="instance",
    experiment=Experiment(
        arms={
            arm: compute(
                "claims.goldblum2020truth.deep_linear:reached",
                data=CorruptedLabels(data=Digits(), fraction=0.2),
                points=500,
                pool=2,
                hidden=(12, 12),
                activation=activation,
                steps=500,
            )
            for arm, activation in ((LINEAR, "identity"), (RELU, "relu"))
        },
        seeds=3,
    ),
    criterion=Criterion(
        slack=9.0,
        because=f"{TOLERANCE:g} nats, a hundred thousandth of what the classifier gains on chance",
        deviations=("noisy digits of 4 × 4 pixels, so that a linear minimum exists",),
    ),
)


@claim(CLAIM, fast=FAST)
def test_the_inherited_minimum_of_a_deep_linear_network_is_global(measured, judge):
    loss, minimum = measured("loss"), measured("linear minimum")
    lowest, constant = measured("below every linear classifier"), measured("best constant")

    def global_minimum(arm):
        reached = np.abs(loss[arm] - minimum[arm])
        below = minimum[arm] - lowest[arm]
        return worst_case(1 - np.maximum(reached, below) / TOLERANCE)

    gain = (constant[LINEAR] - minimum[LINEAR]).min()
    drop = (lowest[RELU] - loss[RELU]).min()
    judge(
        global_minimum(LINEAR),
        controls=[
            holds(
                "with ReLUs it is not",
                expectation="0.1 nats and more below every linear classifier, every seed",
                observed=f"smallest drop {drop:.4g}",
                held=bool(drop > 0.1),
                when_failed="vacuous",
            ),
            holds(
                "the linear minimum says something",
                expectation="0.5 nats and more below the best constant",
                observed=f"smallest gain {gain:.4g}",
                held=bool(gain > 0.5),
                when_failed="vacuous",
            ),
        ],
        mutants={"ReLUs in the deep network": global_minimum(RELU)},
        plots=[
            arms_plot(
                "loss by network",
                "nats",
                {"linear minimum": minimum[LINEAR], **loss},
                seeds=range(len(loss[LINEAR])),
            )
        ],
    )
