"""The net that memorised random labels lies on the line of the others (Figs 2b, 12, 16).

A line is fitted to the normalised losses of nets with true labels; d is how far above it the net
trained on random labels lies (its train loss on its own labels). Two readings of "on the line":

    picture   |d| is less than a tenth of the range of test losses in the picture,
    scatter   |d| is less than three times the scatter (RMSE) of the other nets about their line.

The first cannot fail where normalised losses are near ln C: memorised nets have so large norms
that any test loss from their train loss (perfect generalisation) to ln C (none) is as near.

We expect the scatter to be refuted. The authors could object that they say “approximately” and
show a picture: that is the first reading, and it stands. But a line that is praised for an RMSE of
10⁻⁴ predicts test losses to 10⁻⁴, and this point is off it by its whole training margin.

A seed whose net did not memorise its random labels has no such point and is left out: the authors'
code keeps nets without training error alone.
"""

import math

import numpy as np

from dltheory.plugin import Form, claim
from dltheory.statistics import mean, opposite, success_rate
from dltheory.verdicts import Claim, Criterion, Verdict, scatter_plot, shown

from .families import BY_KNOB, FULL_SEEDS, RANDOM_LABELS, SEEDS
from .fitted_lines import FIG_16
from .nets import nets, nets_table
from .paper import PAPER
from .recipes import (
    FAST_INIT,
    FIG_2_MEMORISED,
    FIVE_MEMORISED,
    FULL_INIT,
    MEMORISED,
    MNIST_MEMORISED,
)
from .relations import lines, residuals

CLAIM = Claim(
    paper=PAPER,
    row="random-label-point",
    locator="§1, Figs 2b, 12 and 16",
    statement="The net that memorised random labels lies approximately on the line of the others.",
    kind="threshold",
    formula="|d| < range/10 (picture), |d| < 3 RMSE (scatter)",
    estimand="1 − mean over seeds of |d| over what is allowed; for the scatter −log of it",
    unit="of the allowed distance",
    refuted_if="the distance is certainly larger than allowed",
)
REASON = {
    "picture": "a tenth of the picture: what an eye calls on the line",
    "scatter": "three times the scatter of the points that made the line",
}
EXPECTED: dict[str, tuple[Verdict, str]] = {
    "picture": ("CONFIRMED", ""),
    "scatter": (
        "REFUTED",
        "its test loss is ln C whatever its train loss, so it lies above the line by all of its "
        "training margin, dozens of times the scatter of the others",
    ),
}

POWER_AT = {"picture": 1.0, "scatter": math.log(3)}  # on the line; at one scatter from it
SAYS = {
    "picture": "within a tenth of the picture's range of",
    "scatter": "within three times the scatter of",
}
MEMORISES = "the random labels are memorised more often than not, at chance test error"


def forms(world, others, seeds, name=""):
    """Both readings on one family."""
    return {
        f"{reading}{name}": Form(
            experiment=world.experiment(others, seeds=seeds),
            criterion=Criterion(
                power_at=POWER_AT[reading],
                because=REASON[reading],
                expected=EXPECTED[reading][0],
                expected_reason=EXPECTED[reading][1],
                deviations=world.deviations,
            ),
            sentence=f"For {BY_KNOB[name.removeprefix('-') or 'init']}, the net that memorised "
            f"random labels lies {SAYS[reading]} the line of the others.",
            bearing="claim" if name else "analogue",
            regime=(MEMORISES,),
        )
        for reading in REASON
    }


WORLDS = {
    "": (FAST_INIT, MEMORISED),
    "-cifar10-init": (FULL_INIT["cifar10-init"], FIG_2_MEMORISED),
    "-cifar10-five-init": (FULL_INIT["cifar10-five-init"], FIVE_MEMORISED),
    "-mnist": (FULL_INIT["mnist"], MNIST_MEMORISED),
}


@claim(
    CLAIM,
    fast=forms(*WORLDS[""], SEEDS),
    full={
        case: form
        for name, (world, others) in WORLDS.items()
        if name
        for case, form in forms(world, others, FULL_SEEDS, name).items()
    },
)
def test_the_net_of_random_labels_lies_on_the_line(measured, judge, case_name):
    reading, dash, name = case_name.partition("-")
    world = WORLDS[dash + name][0]
    family = nets(
        measured, [*world.arms, RANDOM_LABELS], classes=world.classes, folded=world.folded
    )
    known = _memorised(family.only([RANDOM_LABELS]))
    family = family.of_seeds(known if known.sum() > 1 else np.ones_like(known))
    others, memorised = family.only(world.arms), family.only([RANDOM_LABELS])
    slope, intercept, _ = lines(others.train, others.test)

    def distance(test):
        return np.abs(test[:, 0] - slope * memorised.train[:, 0] - intercept)

    scatter = np.sqrt((residuals(others.train, others.test) ** 2).mean(axis=1))
    picture = np.ptp(family.test, axis=1)
    allowed = 3 * scatter if reading == "scatter" else picture / 10
    anywhere = np.maximum(
        distance(memorised.train), distance(np.full_like(memorised.train, math.log(world.classes)))
    )
    allowed = np.maximum(allowed, 1e-12)  # nets that are all alike leave no distance
    share = np.maximum(distance(memorised.test) / allowed, 1e-12)

    judge(
        _allowed(share, reading),
        regime=[shown(MEMORISES, success_rate(known.tolist()), above=0.5)],
        controls=[
            shown(
                "a test loss off the line is possible, between perfect generalisation and none",
                mean(anywhere / allowed),
                above=1.0,
                when_failed="vacuous",
            ),
        ],
        mutants={"losses as trained": _as_trained(others, memorised, reading)},
        plots=[_plot(family, slope, intercept)],
        tables=[nets_table(family)],
    )


def _allowed(share, reading):
    """1 − share, or for the scatter minus its logarithm, which outliers move less."""
    return mean(-np.log(share)) if reading == "scatter" else opposite(mean(share - 1))


def _as_trained(others, memorised, reading):
    slope, intercept, _ = lines(others.raw_train, others.raw_test)
    away = np.abs(memorised.raw_test[:, 0] - slope * memorised.raw_train[:, 0] - intercept)
    scatter = np.sqrt((residuals(others.raw_train, others.raw_test) ** 2).mean(axis=1))
    span = np.ptp(np.hstack([others.raw_test, memorised.raw_test]), axis=1)
    allowed = np.maximum(3 * scatter if reading == "scatter" else span / 10, 1e-12)
    return _allowed(np.maximum(away / allowed, 1e-12), reading)


def _memorised(net):
    """Seeds whose net has no training error, and a test error above a half."""
    return (net.train_error[:, 0] == 0) & (net.error[:, 0] > 0.5)


def _plot(family, slope, intercept):
    groups = {n: (family.train[:, i], family.test[:, i]) for i, n in enumerate(family.names)}
    drawn = {
        "fitted without random labels": (float(slope.mean()), float(intercept.mean())),
        f"printed in {FIG_16.figure}": FIG_16.drawn,
    }
    title = "losses after normalisation by layer"
    return scatter_plot(title, "test loss", "train loss", groups, lines=drawn)
