"""Random labels are memorised, and tell nothing of the test set (§1, Figs 1b and 2b).

A seed is a success if the net trained on randomly labelled images has no training error and
a test accuracy within four standard errors of 1/C, √((1/C)(1 − 1/C)/n) for n test images:

    P(success) > 1/2.

§1 says so with Fig. 1b, whose net has about ten thousand parameters for up to 50,000 images; the
net of Fig. 2, whose red point memorised random labels, has 148,160.
"""

import math
from typing import Any

from dltheory.plugin import Form, claim
from dltheory.statistics import mean, paired_difference, success_rate, weakest
from dltheory.verdicts import Claim, Criterion, shown

from .families import RANDOM_LABELS, SEEDS, experiment, on_random_labels, sigma_name
from .nets import nets, nets_table
from .paper import PAPER
from .recipes import (
    FIG_2_BY_SIGMA,
    FIG_2_MEMORISED,
    MEMORISED,
    SMALL,
    SMALL_WORLD,
    TEN_THOUSAND,
    UNPRINTED,
)

CLAIM = Claim(
    paper=PAPER,
    row="zhang",
    locator="§1, Figs 1b and 2b (after Zhang et al. 2016)",
    statement="The net that generalises on true labels memorises random ones, at chance on tests.",
    kind="rate",
    formula="P(training error 0 and test accuracy at chance) > 1/2",
    estimand="share of seeds that memorise and are at chance on the test set",
    unit="share of seeds",
    refuted_if="the share is certainly below 1/2",
)
TRUE_LABELS = "true labels"
GENERALISES = "on true labels the same net fits to 1 %, with a test error below a half"
NETS = {
    "fast": "a net of 3,104 parameters on digits",
    "fig-2": "the net of Fig. 2 on CIFAR-10",
    "fig-1": "the net of Fig. 1 on all images of CIFAR-10",
}
LIKE = {
    "fast": ({TRUE_LABELS: SMALL}, MEMORISED, SEEDS, 500),
    "fig-2": ({TRUE_LABELS: FIG_2_BY_SIGMA[sigma_name(0.1)]}, FIG_2_MEMORISED, 8, 10_000),
    "fig-1": ({TRUE_LABELS: TEN_THOUSAND}, on_random_labels(TEN_THOUSAND), 8, 10_000),
}
TOO_FEW: dict[str, Any] = {
    "expected": "INCONCLUSIVE",
    "expected_reason": "outside the regime: its 9,978 parameters do not fit 50,000 images",
}


def form(name, deviations, **expected):
    """The same net and training, with true and with random labels."""
    true, random, seeds, _ = LIKE[name]
    return Form(
        experiment=experiment(true, random, seeds=seeds),
        criterion=Criterion(
            null=0.5,
            power_at=0.95,
            because="more often than not; as good as always is meant",
            deviations=deviations,
            **expected,
        ),
        sentence=f"For {NETS[name]}, random labels are memorised at chance test error more often "
        "than not.",
        bearing="analogue" if name == "fast" else "claim",
        regime=(GENERALISES,),
    )


@claim(
    CLAIM,
    fast=form("fast", SMALL_WORLD),
    full={
        "fig-2": form("fig-2", (UNPRINTED,)),
        "fig-1": form("fig-1", (UNPRINTED, "strides as far as printed"), **TOO_FEW),
    },
)
def test_random_labels_are_memorised_at_chance_test_error(measured, judge, tier, case_name):
    images = LIKE[case_name or tier][3]
    family = nets(measured, [TRUE_LABELS, RANDOM_LABELS])
    true, random = family.only([TRUE_LABELS]), family.only([RANDOM_LABELS])
    within = 4 * math.sqrt(0.1 * 0.9 / images)

    judge(
        success_rate(_memorised(random, within)),
        regime=[
            shown(
                GENERALISES,
                weakest(
                    mean(0.01 - true.train_error[:, 0], step=1 / 500), mean(0.5 - true.error[:, 0])
                ),
            )
        ],
        controls=[
            shown(
                "random labels cost test accuracy",
                paired_difference(random.error[:, 0], true.error[:, 0]),
                above=0.3,
            )
        ],
        mutants={"true labels": success_rate(_memorised(true, within))},
        tables=[nets_table(family)],
        show=(TRUE_LABELS, RANDOM_LABELS),
    )


def _memorised(net, within):
    at_chance = abs(net.error[:, 0] - 0.9) <= within
    return [bool(s) for s in (net.train_error[:, 0] == 0) & at_chance]
