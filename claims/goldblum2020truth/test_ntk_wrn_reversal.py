"""In wider ResNets the kernel after training is less like that at initialisation (§4, Fig. 1b).

    slope of corr(Φ0, Φ1) over log₂ k  <  0     for wide residual networks of widening k,

where simple networks have a slope above 0 (`ntk-mlp`, `ntk-conv`). The authors take both kernels
in evaluation mode. There batch normalisation divides by running statistics, which before the first
step are mean 0 and variance 1: Φ0 is the kernel of a network without normalisation, Φ1 of one with
it. So the slope is also taken with both kernels on calibrated statistics (those of training images)
and in training mode (those of the images of the kernel), and a reversal that evaluation mode alone
shows is called confounded.

The small world's widest network has the width of WRN-16-2, twice that of the paper's narrowest, and
all fit their images, which is the regime. It has depth 10, and 160 steps where the paper has about
78,000: what it shows is no evidence about networks that are as wide as the paper's widest.
"""

from typing import Any

from claims.dealt import dealt
from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import opposite
from dltheory.verdicts import Claim, Criterion, shown, table

from .kernel_recipes import (
    ACCURACY,
    CHANGE,
    CODE,
    CORRELATION,
    DIGITS,
    FITTED,
    LARGE,
    LARGE_DEVIATIONS,
    LARGE_IMAGES,
    LARGE_MODES,
    MODES,
    NORM_AFTER,
    NORM_BEFORE,
    PAPER,
    RESNET_LOOKS,
    SHARE,
    SMALL_RESNET_WORLD,
    SMALL_WIDENINGS,
    WEIGHTS,
    WIDENINGS,
    seeds_of,
    wide_resnets,
)
from .kernel_trends import REGIME, across, by_width, moves, rises, trained
from .paper import PAPER as TRUTH

CLAIM = Claim(
    paper=TRUTH,
    row="ntk-wrn-reversal",
    locator="§4, Fig. 1b",
    statement="The wider a wide ResNet, the less its trained kernel is like the initial one.",
    kind="reversal",
    formula="slope of corr(Φ0, Φ1) over log₂ k < 0",
    estimand="minus the mean over seeds of the least-squares slope per doubling of k",
    unit="correlation per doubling",
    refuted_if="the fall is certainly smaller than the smallest effect, or is a rise",
)


EFFECT = 0.02
BECAUSE = (
    "0.02 per doubling is 0.07 over the paper's widenings of 1 to 10, what can be seen on an axis "
    "from 0 to 1"
)
DECIDED = 0.06
DECIDED_BECAUSE = "what 8 seeds decide with power 0.8, by pilots"
STATISTICS = {
    "eval": "running statistics",
    "calibrated": "calibrated statistics",
    "train": "statistics of the kernel's own images",
}
RISES: dict[str, Any] = {
    "expected": "REFUTED",
    "expected_reason": "at depth 10 the correlation rises by about 0.1 per doubling in pilots, "
    "whatever the mode; what evaluation mode makes of the initial kernel is its size, not a trend",
}
WORLDS = {
    "fast": (
        FITTED,
        SMALL_WIDENINGS,
        MODES,
        f"depth 10 on {DIGITS['wide-resnet']}",
        (SMALL_RESNET_WORLD,),
    ),
    "full": (LARGE, WIDENINGS, LARGE_MODES, f"depth 16 on {LARGE_IMAGES}", LARGE_DEVIATIONS),
}


def form(tier, by, mode):
    """One initialisation with batch normalisation on one sort of statistics."""
    training, widenings, modes, named, deviations = WORLDS[tier]
    effect = EFFECT if tier == "full" else DECIDED
    return Form(
        sentence=f"In wide ResNets of {named} with {WEIGHTS[by]}, the correlation of the kernel "
        f"with its start, on {STATISTICS[mode]}, falls by at least {effect:g} per doubling of the "
        f"width from k = {widenings[0]} to {widenings[-1]}.",
        bearing="claim" if tier == "full" else "analogue",
        regime=(REGIME[tier],),
        experiment=Experiment(
            arms={f"{k}": run for k, run in wide_resnets(by, training, widenings).items()},
            measure=(*modes.values(), ACCURACY),
            **seeds_of(tier, RESNET_LOOKS),
        ),
        criterion=Criterion(
            smallest_effect=effect,
            because=BECAUSE if effect == EFFECT else DECIDED_BECAUSE,
            deviations=deviations,
            **({} if tier == "full" else RISES),
        ),
    )


def forms(tier):
    """Each initialisation with batch normalisation on running, calibrated and batch statistics."""
    return {f"{by}-{mode}": form(tier, by, mode) for by in (CODE, PAPER) for mode in STATISTICS}


@claim(CLAIM, fast=forms("fast"), full=forms("full"))
def test_the_kernel_of_a_wider_resnet_is_less_like_the_initial_one(
    measured, judge, tier, case_name
):
    _, widenings, modes, *_ = WORLDS[tier]
    judged = case_name.rsplit("-", 1)[1]
    samples = {mode: measured(quantity.name, worst=0.0) for mode, quantity in modes.items()}
    correlations = {mode: across(s, widenings, CORRELATION) for mode, s in samples.items()}
    controls = [moves(samples[judged])]
    if judged == "eval":
        calibrated = opposite(rises(correlations["calibrated"], widenings))
        controls.append(
            shown("it falls on calibrated statistics too", calibrated, when_failed="confounded")
        )

    judge(
        opposite(rises(correlations[judged], widenings)),
        controls=controls,
        regime=[trained(tier, measured(ACCURACY.name, worst=0.0))],
        mutants={"widths dealt at random": opposite(rises(dealt(correlations[judged]), widenings))},
        plots=[
            by_width(
                "correlation with the initial kernel, by mode of batch normalisation",
                "correlation",
                widenings,
                correlations,
                x_axis="widening k",
            )
        ],
        tables=[_table(samples, widenings)],
    )


def _table(samples, widenings):
    numbers = (NORM_BEFORE, NORM_AFTER, CHANGE, CORRELATION, SHARE)
    rows = [
        [mode, k, *(across(found, [k], number).mean() for number in numbers)]
        for mode, found in samples.items()
        for k in widenings
    ]
    columns = ["mode", "k", "‖Φ0‖", "‖Φ1‖", "relative change", "correlation", "share of scale"]
    return table("Means over seeds", columns, rows)
