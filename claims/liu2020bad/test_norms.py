"""The minima that vanilla SGD finds from a bad start have larger norms (§3.6, Fig. 5).

    E[ log (‖W‖ from the adversarial start / ‖W‖ from the random start) ]  >  0

over seeds, paired, for the Frobenius norm of all parameters and for the ℓ2 path norm. The figure
says neither which parameters count nor which path norm is meant.

Where batch normalisation follows a layer the length of its weights means nothing. The path norm is
taken with the normalisation folded into the weights; the Frobenius norm is not, so it has the
product of the folded layers' norms beside it as a control.
"""

from typing import Any

import numpy as np

from dltheory.experiments import quantity
from dltheory.plugin import Form, claim
from dltheory.statistics import mean
from dltheory.verdicts import Claim, Criterion, arms_plot, shown

from .gaps import AT_MINIMA, fitted
from .paper import PAPER
from .recipes import (
    ADVERSARIAL,
    FULL_COPIES,
    FULL_DEVIATIONS,
    FULL_SEEDS,
    RANDOM,
    SEEDS,
    SMALL_WORLD,
    SOTA,
    TRAIN,
    TRUE,
    VANILLA,
    WORLD,
    arm,
    experiment,
    full_arms,
    small,
)

CLAIM = Claim(
    paper=PAPER,
    row="norms",
    locator="§3.6, Fig. 5",
    statement="From a bad start vanilla SGD ends at larger norms than from a random one.",
    kind="superiority",
    formula="E[log(‖W‖ adversarial / ‖W‖ random)] > 0",
    estimand="mean over seeds of the logarithm of the ratio of norms, paired by seed",
    unit="logarithm of a ratio",
    refuted_if="the norm is certainly less than a tenth larger",
)

SQUARED, PATHS, FOLDED = (
    quantity("squared_norm"),
    quantity("path_norm"),
    quantity("layer_norms", folded=True),
)
SMALLEST: dict[str, Any] = {
    "smallest_effect": float(np.log(1.1)),
    "because": "a tenth more, to be seen in a plot",
}
VANILLA_ARMS = [arm(VANILLA, start) for start in (RANDOM, ADVERSARIAL)]
CASES = {"frobenius": "the Frobenius norm", "path": "the path norm"}


def runs(arms, seeds):
    """Both starts, with vanilla and SOTA SGD."""
    return experiment(arms, SQUARED, PATHS, FOLDED, seeds=seeds)


OPEN: dict[str, Any] = {
    "expected": "INCONCLUSIVE",
    "expected_reason": "SOTA SGD's ends from the bad start have larger path norms than vanilla "
    "SGD's from a random one too",
}
FAST = {
    case: Form(
        experiment=runs(small(VANILLA, SOTA, starts=(RANDOM, ADVERSARIAL, TRUE)), SEEDS),
        criterion=Criterion(**SMALLEST, deviations=SMALL_WORLD, **(OPEN if case == "path" else {})),
        sentence=f"For {WORLD}, {name} at the end of vanilla SGD is at least a tenth larger from "
        "an adversarial start than from a random one.",
        bearing="analogue",
        regime=(AT_MINIMA,),
    )
    for case, name in CASES.items()
}
FULL = {
    f"resnet50-{case}": Form(
        experiment=experiment(
            full_arms("resnet50", "cifar10", VANILLA, SOTA, copies=FULL_COPIES[0])
            | full_arms("resnet50", "cifar10", VANILLA, copies=FULL_COPIES[0], starts=(TRUE,)),
            SQUARED,
            PATHS,
            seeds=FULL_SEEDS,
        ),
        criterion=Criterion(**SMALLEST, deviations=FULL_DEVIATIONS),
        sentence=f"For ResNet-50 on CIFAR-10, {name} at the end of vanilla SGD is at least a tenth "
        "larger from an adversarial start than from a random one.",
        regime=(AT_MINIMA,),
    )
    for case, name in CASES.items()
}


@claim(CLAIM, fast=FAST, full=FULL)
def test_bad_minima_have_larger_norms(measured, judge, tier, case_name):
    squared, paths = measured(SQUARED.name, worst=np.nan), measured(PATHS.name, worst=np.nan)
    values = {
        "frobenius": {name: np.sqrt(v) for name, v in squared.items()},
        "path": dict(paths),
    }[case_name.split("-")[-1]]
    controls = [
        shown(
            "SOTA ends with smaller norms than vanilla SGD from the bad start",
            mean(-_log_ratio(values, arm(SOTA, ADVERSARIAL), arm(VANILLA, ADVERSARIAL))),
        )
    ]
    longer = shown(
        "as long on true labels: the norm is smaller than after random ones",
        mean(_log_ratio(values, arm(VANILLA, ADVERSARIAL), arm(VANILLA, TRUE))),
        when_failed="confounded",
    )
    controls.append(longer)
    if case_name == "frobenius" and tier == "fast":
        controls.append(_rescaled(measured(FOLDED.name, worst=np.nan)))

    judge(
        mean(_log_ratio(values, arm(VANILLA, ADVERSARIAL), arm(VANILLA, RANDOM))),
        regime=[fitted(measured(TRAIN.name, worst=0.0), VANILLA_ARMS)],
        controls=controls,
        mutants={
            "SOTA in the place of vanilla SGD": mean(
                _log_ratio(values, arm(SOTA, ADVERSARIAL), arm(VANILLA, RANDOM))
            )
        },
        plots=[
            arms_plot(
                CASES[case_name.split("-")[-1]],
                "norm",
                values,
                seeds=range(len(next(iter(values.values())))),
                log=True,
            )
        ],
    )


def _log_ratio(values, above, below):
    return np.log(values[above] / values[below])


def _rescaled(layers):
    products = {name: np.log(norms).sum(axis=1) for name, norms in layers.items()}
    longer = products[arm(VANILLA, ADVERSARIAL)] - products[arm(VANILLA, RANDOM)]
    return shown(
        "with batch normalisation folded in, the product of the layers' norms is larger too",
        mean(longer),
        when_failed="confounded",
    )
