"""What training does to the kernel is mostly a rescaling (§4, A.6; Figs 1c, 3).

With a = ⟨Φ1, Φ0⟩ / ‖Φ0‖² the best factor, the squared change splits into (a − 1)² ‖Φ0‖² and a rest
orthogonal to it; the estimand is the share of the first,

    s = 1 − ‖Φ1 − a Φ0‖² / ‖Φ1 − Φ0‖²,

averaged over widths. “Almost all” is read as s > 0.9 and “most” as s > 1/2: two claims. A kernel
that shrinks has a high share whatever becomes of it (s → 1 as Φ1 → 0), so the share is held against
that of a random kernel of the size of Φ1.
"""

import numpy as np

from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, paired_difference
from dltheory.verdicts import Claim, Criterion, shown

from .kernel_recipes import (
    CHANCE_SHARE,
    CODE,
    FILTERS,
    KERNEL,
    LARGE,
    LARGE_DEVIATIONS,
    LARGE_SEEDS,
    PAPER,
    SEEDS,
    SHARE,
    SMALL,
    SMALL_CONV,
    SMALL_CONV_WORLD,
    SMALL_FILTERS,
    SMALL_WIDTHS,
    SMALL_WORLD,
    WIDTHS,
    convolutional,
    mlps,
)
from .kernel_trends import across, by_width
from .paper import PAPER as TRUTH

ESTIMAND = "mean over seeds of s, averaged over widths"
FORMULA = "s = 1 − min_a ‖Φ1 − a Φ0‖² / ‖Φ1 − Φ0‖²"

MOST = Claim(
    paper=TRUTH,
    row="ntk-rescaling",
    locator="A.6, Fig. 3",
    statement="Most of the change of the kernel is a change of its scale.",
    kind="threshold",
    formula=f"{FORMULA} > 1/2",
    estimand=ESTIMAND,
    unit="share of the squared change",
    refuted_if="the share is certainly below 0.6",
)
ALMOST_ALL = Claim(
    paper=TRUTH,
    row="ntk-rescaling-almost-all",
    locator="§4, Fig. 1c",
    statement="Almost all of the change of the kernel is a change of its scale.",
    kind="threshold",
    formula=f"{FORMULA} > 0.9",
    estimand=ESTIMAND,
    unit="share of the squared change",
    refuted_if="the share is certainly below 0.95",
)

NETWORKS = ("two-layer", "four-layer", "conv")


def arms(network, by, training, widths):
    """One arm for each width."""
    if network == "conv":
        runs = convolutional(by, training, widths)
    else:
        runs = mlps(network, by, training, widths)
    return {f"{width}": run for width, run in runs.items()}


def widths_of(network, tier):
    """The widths of a network in a tier."""
    if tier == "full":
        return FILTERS if network == "conv" else WIDTHS
    return SMALL_FILTERS if network == "conv" else SMALL_WIDTHS[network]


def forms(tier, null, effect, expected):
    """Each network with both initialisations."""
    small = tier == "fast"
    worlds = {"conv": (SMALL_CONV, SMALL_CONV_WORLD)}
    return {
        f"{network}-{by}": Form(
            experiment=Experiment(
                arms=arms(
                    network,
                    by,
                    worlds.get(network, (SMALL, SMALL_WORLD))[0] if small else LARGE,
                    widths_of(network, tier),
                ),
                seeds=SEEDS if small else LARGE_SEEDS,
                measure=(KERNEL,),
            ),
            criterion=Criterion(
                null=null,
                smallest_effect=effect,
                because=f"a share above {null:g} is how the words are read; {effect:g} more is "
                "what can be told from it",
                licenses=f"What part of the change is scale in {network} networks, {by} weights.",
                deviations=(worlds.get(network, (SMALL, SMALL_WORLD))[1],)
                if small
                else LARGE_DEVIATIONS,
                **expected.get((network, by), {}),
            ),
        )
        for network in NETWORKS
        for by in (PAPER, CODE)
    }


def refuted(reason):
    """An expected refutation."""
    return {"expected": "REFUTED", "expected_reason": reason}


RESHAPED = "from He weights the kernel grows far less, and most of its change is of shape"
HALF = refuted("the four-layer kernel grows several hundredfold, and half of that is new shape")
FAST_MOST = forms(
    "fast",
    0.5,
    0.1,
    {
        ("two-layer", PAPER): refuted(RESHAPED),
        ("four-layer", PAPER): refuted(RESHAPED),
        ("conv", PAPER): refuted(RESHAPED),
        ("four-layer", CODE): HALF,
    },
)
FAST_ALMOST_ALL = forms(
    "fast",
    0.9,
    0.05,
    {
        **{(network, PAPER): refuted(RESHAPED) for network in NETWORKS},
        ("two-layer", CODE): refuted("about 0.85 over these widths: most, not almost all"),
        ("four-layer", CODE): HALF,
        ("conv", CODE): refuted("about 0.8 over these widths: most, not almost all"),
    },
)


@claim(MOST, fast=FAST_MOST, full=forms("full", 0.5, 0.1, {}))
def test_most_of_the_change_of_the_kernel_is_of_scale(measured, judge, tier, case_name):
    _judge(measured, judge, tier, case_name)


@claim(ALMOST_ALL, fast=FAST_ALMOST_ALL, full=forms("full", 0.9, 0.05, {}))
def test_almost_all_of_the_change_of_the_kernel_is_of_scale(measured, judge, tier, case_name):
    _judge(measured, judge, tier, case_name)


def _judge(measured, judge, tier, case_name):
    network = case_name.rsplit("-", 1)[0]
    widths = widths_of(network, tier)
    samples = measured(KERNEL.name, worst=0.0)
    share, chance = (across(samples, widths, number) for number in (SHARE, CHANCE_SHARE))
    averages = np.mean(share, axis=1)

    judge(
        mean(averages),
        controls=[
            shown(
                "more than of a change to a random kernel of the same size",
                paired_difference(averages, np.mean(chance, axis=1)),
                when_failed="vacuous",
            )
        ],
        mutants={"a random kernel after training": mean(np.mean(chance, axis=1))},
        plots=[
            by_width(
                "share of the change that is scale",
                "share",
                widths,
                {"measured": share, "random kernel of the same size": chance},
            )
        ],
    )
