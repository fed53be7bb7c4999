"""Test accuracy falls with depth, rises with width, and stays with both aids (Figs 4, 7, 8, 15).

    depth, width   the test accuracy of CNN-β-2 falls with β, that of CNN-16-ℓ rises with ℓ;
    kept           with batch normalisation and skips together the deepest network's accuracy is at
                   most two points below the shallowest one's.

Rates are chosen by training loss, as the paper does.
"""

import numpy as np

from dltheory.plugin import Form, claim
from dltheory.statistics import paired_difference
from dltheory.verdicts import Claim, Criterion, Verdict, arms_plot, shown, table

from .architecture_trends import SOME_TRAIN, some_train
from .blocks_at_one_loss import BOTH, DEEPEST, NEITHER
from .convolutional_sweeps import Family
from .paper import PAPER
from .recipes import (
    ACCURACY,
    CNN_DEVIATIONS,
    CNN_ON_CIFAR10,
    CNN_ON_CIFAR100,
    CNN_WORLD,
    LOSS,
    ONE_SPLIT,
)
from .test_bn_skip import DEEP, FULL_DEEP, FULL_SHALLOW, SHALLOW, full, small

CLAIM = Claim(
    paper=PAPER,
    row="test-accuracy",
    locator="§5 and appendix A, Figs 4, 7, 8 and 15",
    statement="The test accuracy of CNNs falls with depth and, given a sufficiently deep network, "
    "often rises with width; batch normalisation and skips together keep it up with depth.",
    kind="trend",
    formula="slope over log₂ β of −accuracy, over log₂ ℓ of accuracy: both > 0; "
    "accuracy(both, deep) − accuracy(both, shallow) > −m",
    estimand="mean over seeds of the least-squares slope per doubling, or of the paired difference",
    unit="share of the test images, per doubling of depth or width",
    quantifier="often",
    refuted_if="the slope is certainly smaller than the smallest effect, or of the other sign; the "
    "deepest network certainly loses more than the margin",
)

DECIDED = "what 24 seeds decide with power 0.8, by the spread of pilots"
FAMILIES = {"depth": Family(factor="depth"), "width": Family(factor="width")}
PAPERS = {
    "depth": Family(factor="depth", data="cifar10"),
    "width": Family(factor="width", data="cifar10"),
}
SMALL: dict[str, tuple[float, str, Verdict, str]] = {
    "depth": (0.05, DECIDED, "CONFIRMED", ""),
    "width": (
        0.14,
        DECIDED,
        "REFUTED",
        "on pilots CNNs of 16 layers do not differ by width, each at its own rate",
    ),
}
MARGIN = 0.02


def kept(experiment, data, deepest, bearing, deviations):
    """That both together keep the accuracy up."""
    shallow = SHALLOW if bearing == "analogue" else FULL_SHALLOW
    return Form(
        experiment=experiment,
        sentence=f"With batch normalisation and skips together, the test accuracy of networks of "
        f"{deepest} layers on {data} is at most {MARGIN:g} below that of {shallow}.",
        unit="share of the test images",
        bearing=bearing,
        regime=(SOME_TRAIN,),
        criterion=Criterion(
            null=-MARGIN,
            power_at=0.0,
            because="two points: a sixth of what the axis of Fig. 8 spans",
            licenses=ONE_SPLIT,
            deviations=deviations,
        ),
    )


FAST = {
    **{name: family.small("accuracy", *SMALL[name]) for name, family in FAMILIES.items()},
    "kept": kept(small(), "500 digits", DEEP, "analogue", CNN_WORLD),
}
FULL = {
    **{name: family.full("accuracy") for name, family in PAPERS.items()},
    "kept": kept(full(CNN_ON_CIFAR10), "CIFAR-10", DEEPEST, "claim", CNN_DEVIATIONS),
    "cifar100-kept": kept(full(CNN_ON_CIFAR100), "CIFAR-100", DEEPEST, "claim", CNN_DEVIATIONS),
}


@claim(CLAIM, fast=FAST, full=FULL)
def test_test_accuracy_falls_with_depth_and_rises_with_width(measured, judge, tier, case_name):
    if not case_name.endswith("kept"):
        families = PAPERS if tier == "full" else FAMILIES
        families[case_name].judge("accuracy", measured, judge, "Figs 7 and 8")
        return
    shallow, deep, deepest = (
        (FULL_SHALLOW, FULL_DEEP, DEEPEST) if tier == "full" else (SHALLOW, DEEP, DEEP)
    )
    accuracy, losses = measured(ACCURACY.name), measured(LOSS.name)
    classes = 100 if case_name.startswith("cifar100") else 10
    judge(
        paired_difference(accuracy[f"{BOTH} {deepest}"], accuracy[f"{BOTH} {shallow}"]),
        controls=[
            shown(
                "with neither, depth costs more than the margin",
                paired_difference(accuracy[f"{NEITHER} {shallow}"], accuracy[f"{NEITHER} {deep}"]),
                above=MARGIN,
                when_failed="vacuous",
            )
        ],
        regime=[some_train(_columns(losses), classes)],
        mutants={
            "networks with neither": paired_difference(
                accuracy[f"{NEITHER} {deep}"], accuracy[f"{NEITHER} {shallow}"]
            )
        },
        plots=[
            arms_plot(
                "Test accuracy",
                "accuracy",
                accuracy,
                seeds=range(len(next(iter(accuracy.values())))),
            )
        ],
        tables=[
            table(
                "Means",
                ["network", "test accuracy", "loss"],
                [[arm, accuracy[arm].mean(), losses[arm].mean()] for arm in accuracy],
            )
        ],
    )


def _columns(arms):
    """One column an arm."""
    return np.column_stack(list(arms.values()))
