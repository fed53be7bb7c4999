"""The minima that vanilla SGD finds from a bad start have larger norms (§3.6, Fig. 5).

    E[ log (‖W‖ from the adversarial start / ‖W‖ from the random start) ]  >  0    and
    E[ log (‖W‖ from the adversarial start / ‖W‖ from a start on true labels, as long) ]  >  0

over seeds, paired. Norms grow with steps whatever the labels, so the second is asked too: for the
Frobenius norm of all parameters, and for the ℓ2 and the ℓ1 path norm. The figure says neither which
parameters count nor which path norm is meant, and does not name its third norm.

SOTA SGD's ends from the bad start are no broken experiment here: their norms are a matter of decay.
They are a control, since the paper says that they are smaller. Broken is a start without random
labels, and one of which it is not known which start it was.

Where batch normalisation follows a layer the length of its weights means nothing. The path norm is
taken with the normalisation folded into the weights; the Frobenius norm is not, so it has the
product of the folded layers' norms beside it as a control.
"""

from typing import Any

import numpy as np

from claims.dealt import dealt_arms
from dltheory.experiments import quantity
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, weakest
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
    quantifier="every",
    formula="E[log(‖W‖ adversarial / ‖W‖ random)] > 0, E[log(‖W‖ adversarial / ‖W‖ as long on true "
    "labels)] > 0",
    estimand="the smaller of two means over seeds of the logarithm of a ratio of norms, paired by "
    "seed",
    unit="logarithm of a ratio",
    refuted_if="the norm is certainly larger by less than the smallest effect",
)

SQUARED, PATHS, PATHS_L1, FOLDED = (
    quantity("squared_norm"),
    quantity("path_norm"),
    quantity("path_norm", p=1.0),
    quantity("layer_norms", folded=True),
)
SMALLEST: dict[str, Any] = {
    "smallest_effect": float(np.log(1.1)),
    "because": "a tenth more, to be seen in a plot",
}
OF_PATHS = {
    "smallest_effect": float(np.log(1.2)),
    "because": "a fifth more: what 16 seeds decide with power 0.8, by pilots",
}
SMALLEST_OF = {"frobenius": SMALLEST, "path": OF_PATHS, "path-l1": OF_PATHS}
VANILLAS = [arm(VANILLA, start) for start in (ADVERSARIAL, RANDOM, TRUE)]
CASES = {
    "frobenius": "the Frobenius norm",
    "path": "the ℓ2 path norm",
    "path-l1": "the ℓ1 path norm",
}


def runs(arms, seeds):
    """All starts, with vanilla and SOTA SGD, and every norm."""
    return experiment(arms, SQUARED, PATHS, PATHS_L1, FOLDED, seeds=seeds)


def at_scale(copies):
    """ResNet-50 on CIFAR-10 after so many copies with random labels."""
    starts = (RANDOM, ADVERSARIAL, TRUE)
    arms = full_arms("resnet50", "cifar10", VANILLA, SOTA, copies=copies, starts=starts)
    return runs(arms, FULL_SEEDS)


SMALL_RUNS = runs(small(VANILLA, SOTA, starts=(RANDOM, ADVERSARIAL, TRUE)), SEEDS)
FAST = {
    case: Form(
        experiment=SMALL_RUNS,
        criterion=Criterion(**SMALLEST_OF[case], deviations=SMALL_WORLD),
        sentence=f"For {WORLD}, {name} at the end of vanilla SGD is at least a "
        f"{'tenth' if case == 'frobenius' else 'fifth'} larger from "
        "an adversarial start than from a random one, and than after as many steps on true labels.",
        bearing="analogue",
        regime=(AT_MINIMA,),
    )
    for case, name in CASES.items()
}
FULL = {
    f"resnet50-R{copies}-{case}": Form(
        experiment=at_scale(copies),
        criterion=Criterion(**SMALLEST, deviations=FULL_DEVIATIONS),
        sentence=f"For ResNet-50 on CIFAR-10, {name} at the end of vanilla SGD is at least a tenth "
        f"larger from an adversarial start, R = {copies}, than from a random one, and than after "
        "as many steps on true labels.",
        regime=(AT_MINIMA,),
    )
    for copies in FULL_COPIES
    for case, name in CASES.items()
}


@claim(CLAIM, fast=FAST, full=FULL)
def test_bad_minima_have_larger_norms(measured, judge, case_name):
    values = norms_of(measured, case_name)
    folded = measured(FOLDED.name, worst=np.nan)
    bad, good, longer = VANILLAS
    strangers = dealt_arms({name: values[name] for name in VANILLAS})
    controls = [
        shown(
            "SOTA ends with smaller norms than vanilla SGD from the bad start",
            mean(log_ratio(values, bad, arm(SOTA, ADVERSARIAL))),
        )
    ]
    if case_name.endswith("frobenius"):
        controls.append(_rescaled(folded))

    judge(
        weakest(mean(log_ratio(values, bad, good)), mean(log_ratio(values, bad, longer))),
        regime=[fitted(measured(TRAIN.name, worst=0.0), VANILLAS)],
        controls=controls,
        mutants={
            "true labels in the place of random ones, against other seeds": weakest(
                mean(log_ratio(values, longer, good)),
                mean(np.log(values[longer] / np.roll(values[longer], 1))),
            ),
            "starts dealt at random": weakest(
                mean(log_ratio(strangers, bad, good)), mean(log_ratio(strangers, bad, longer))
            ),
        },
        plots=[norms_plot(case_name, values)],
    )


def norms_of(measured, case_name):
    """The norm that a case is about, of every arm."""
    squared = measured(SQUARED.name, worst=np.nan)
    return {
        "frobenius": {name: np.sqrt(v) for name, v in squared.items()},
        "path": dict(measured(PATHS.name, worst=np.nan)),
        "path-l1": dict(measured(PATHS_L1.name, worst=np.nan)),
    }[kind_of_norm(case_name)]


def kind_of_norm(case_name):
    """The norm that stands at the end of a case's name."""
    return next(kind for kind in sorted(CASES, key=len)[::-1] if case_name.endswith(kind))


def norms_plot(case_name, values):
    """The norm of every arm, seed by seed."""
    seeds = range(len(next(iter(values.values()))))
    return arms_plot(CASES[kind_of_norm(case_name)], "norm", values, seeds=seeds, log=True)


def log_ratio(values, above, below):
    """The logarithm of the ratio of two arms, seed by seed."""
    return np.log(values[above] / values[below])


def _rescaled(layers):
    products = {name: np.log(norms).sum(axis=1) for name, norms in layers.items()}
    bad, good, longer = (products[name] for name in VANILLAS)
    return shown(
        "with batch normalisation folded in, the product of the layers' norms is larger too",
        weakest(mean(bad - good), mean(bad - longer)),
        when_failed="confounded",
    )
