"""Very deep or very narrow tanh networks do not train (A.1, Figs 5 and 6).

A run does not train if its loss ends above ln C − 0.05. The paper has it so of 1,000 layers of 100
units and of 300 layers of 30, at the rate of its grid that ends lowest. Judged is the share of such
runs, most of them being more than half.
"""

import numpy as np

from claims.seeds import FIRST_SEED
from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, success_rate
from dltheory.verdicts import Claim, Criterion, arms_plot, shown, table

from . import test_depth_mlp, test_width_mlp
from .architecture_trends import STUCK
from .paper import PAPER
from .recipes import (
    DEEP_TANH_RATES,
    FULL_MLP_DEVIATIONS,
    LONGER_MLP_ON_DIGITS,
    LOSS,
    ONE_SPLIT,
    tuned,
    widened,
)

CLAIM = Claim(
    paper=PAPER,
    row="tanh-untrainable",
    locator="Appendix A.1, Figs 5 and 6",
    statement="Tanh MLPs of 1,000 layers, or of 300 narrow ones, do not train.",
    kind="rate",
    formula="P(L > ln C − 0.05) at the end of training > ½",
    estimand="share of runs whose loss ends above ln C − 0.05",
    unit="rate",
    refuted_if="the share is certainly below one half",
)

TRAINS = "the easier network comes below half of ln C"
DEEP, SHALLOW, NARROW = 100, 3, 8
SHORT = LONGER_MLP_ON_DIGITS.but(optimiser=test_width_mlp.DEEP_TANH_ON_DIGITS.optimiser)
SMALL = Experiment(
    arms={
        str(depth): tuned(widened(SHORT, NARROW, depth), DEEP_TANH_RATES, pilots=1)
        for depth in (DEEP, SHALLOW)
    },
    seeds=12,
    first_seed=FIRST_SEED,
    measure=(LOSS,),
)
HARD = {"deep": ("1000", "3"), "narrow": ("30", "1000")}
"""Arms of the paper's own sweeps: the one that does not train, and one that does."""


def form(experiment, sentence, bearing, deviations):
    """The share of runs of one network that do not train."""
    return Form(
        experiment=experiment,
        sentence=sentence,
        bearing=bearing,
        regime=(TRAINS,),
        criterion=Criterion(
            null=0.5,
            power_at=0.95,
            because="“untrainable”: more runs stay than train",
            licenses=ONE_SPLIT,
            deviations=deviations,
        ),
    )


def papers(case):
    """The paper's own depths or widths on MNIST."""
    what, initialisation = case.split("-")
    by = test_depth_mlp.NAMES[initialisation]
    if what == "deep":
        found = test_depth_mlp.full("tanh", initialisation, "loss")
        which = "1,000 layers of 100 units"
    else:
        found = test_width_mlp.full(f"tanh-{initialisation}", "loss")
        which = "300 layers of 30 units"
    return form(
        found.experiment,
        f"Most trainings of a tanh MLP with {which} on MNIST, by {by}, end with a loss above "
        f"ln 10 − {STUCK:g}.",
        "claim",
        FULL_MLP_DEVIATIONS,
    )


FAST = form(
    SMALL,
    f"Most trainings of a tanh MLP with {DEEP} layers of {NARROW} units on 1,000 digits, for 160 "
    f"steps, end with a loss above ln 10 − {STUCK:g}.",
    "analogue",
    (f"{DEEP} layers of {NARROW} units on digits for 20 epochs", "three learning rates"),
)
FULL = {
    f"{what}-{initialisation}": papers(f"{what}-{initialisation}")
    for what in HARD
    for initialisation in ("glorot", "lecun")
}


@claim(CLAIM, fast=FAST, full=FULL)
def test_very_deep_or_narrow_tanh_networks_do_not_train(measured, judge, tier, case_name):
    hard, easy = (str(DEEP), str(SHALLOW)) if tier == "fast" else HARD[case_name.split("-")[0]]
    losses = measured(LOSS.name)
    line = np.log(10) - STUCK
    judge(
        success_rate(list(losses[hard] > line)),
        regime=[shown(TRAINS, mean(np.log(10) / 2 - losses[easy]))],
        mutants={"the easier network": success_rate(list(losses[easy] > line))},
        plots=[arms_plot("Final training loss", "loss", losses, seeds=range(len(losses[hard])))],
        tables=[
            table(
                "Final training losses",
                ["network", "mean", "lowest", "above ln 10 − 0.05"],
                [[arm, v.mean(), v.min(), (v > line).mean()] for arm, v in losses.items()],
            )
        ],
    )
