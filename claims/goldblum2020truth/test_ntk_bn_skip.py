"""Without batch normalisation, or without skip connections, width makes no difference (Fig. 6).

    | slope of corr(Φ0, Φ1) over log₂ k |  <  m

for wide ResNets that lack one of the two. In the paper this explains the fall of the correlation
with both, by an interaction; so the network with both must have a fall to explain.
"""

from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, opposite
from dltheory.verdicts import Claim, Criterion, holds, shown

from .kernel_recipes import (
    ACCURACY,
    CODE,
    CORRELATION,
    KERNEL,
    LARGE,
    LARGE_DEVIATIONS,
    LARGE_SEEDS,
    MODES,
    PAPER,
    RESNET_SEEDS,
    SHORT,
    SMALL_RESNET_WORLD,
    SMALL_WIDENINGS,
    WIDENINGS,
    wide_resnets,
)
from .kernel_trends import across, by_width, rises
from .paper import PAPER as TRUTH

CLAIM = Claim(
    paper=TRUTH,
    row="ntk-bn-skip",
    locator="§4, Fig. 6",
    statement="Without batch normalisation or without skips, the correlation of a wide ResNet's "
    "kernel with the initial one is the same at all widths.",
    kind="equivalence",
    formula="|slope of corr(Φ0, Φ1) over log₂ k| < m",
    estimand="m minus the absolute mean over seeds of the slope per doubling of k",
    unit="correlation per doubling",
    refuted_if="the slope certainly lies outside ±m",
)

MARGIN = 0.02
VARIANTS = {"no-bn": {"batch_norm": False}, "no-skips": {"skips": False}}
WHOLE = "whole "


def forms(training, widenings, inits, quantity, seeds, deviations, expected):
    """Each variant beside the whole network."""
    return {
        f"{variant}-{by}": Form(
            experiment=Experiment(
                arms={
                    f"{k}": run
                    for k, run in wide_resnets(by, training, widenings, **VARIANTS[variant]).items()
                }
                | {f"{WHOLE}{k}": r for k, r in wide_resnets(by, training, widenings).items()},
                seeds=seeds,
                measure=(quantity, ACCURACY),
            ),
            criterion=Criterion(
                because="θ = m − |slope|, m = 0.02 per doubling: the smallest fall that counts "
                "as a reversal for the whole network",
                licenses=f"Whether the kernel of a wide ResNet ({variant}, {by} weights) goes "
                "with its width.",
                power_at=MARGIN,
                deviations=deviations,
                **expected,
            ),
        )
        for variant in VARIANTS
        for by in inits
    }


FAST = forms(
    SHORT,
    SMALL_WIDENINGS,
    (PAPER,),
    MODES["eval"],
    RESNET_SEEDS,
    (
        SMALL_RESNET_WORLD,
        "He weights alone: from PyTorch's the network without normalisation does not learn",
    ),
    {
        "expected": "INCONCLUSIVE",
        "expected_reason": "at depth 10 the correlation leans upwards, as in the whole network; "
        "six seeds scatter too widely for a margin of 0.02",
    },
)
FULL = forms(LARGE, WIDENINGS, (PAPER, CODE), KERNEL, LARGE_SEEDS, LARGE_DEVIATIONS, {})


@claim(CLAIM, fast=FAST, full=FULL)
def test_without_batch_norm_or_skips_width_makes_no_difference(measured, judge, tier):
    widenings = WIDENINGS if tier == "full" else SMALL_WIDENINGS
    quantity = KERNEL if tier == "full" else MODES["eval"]
    samples = measured(quantity.name, worst=0.0)
    accuracy = measured(ACCURACY.name, worst=0.0)
    variant, whole = (across(samples, widenings, CORRELATION, name) for name in ("", WHOLE))
    slope, slope_of_whole = rises(variant, widenings), rises(whole, widenings)

    judge(
        equivalence(slope, margin=MARGIN),
        controls=[
            _learns(accuracy, widenings),
            shown(
                "there is a fall to explain: the whole network's correlation falls with width",
                opposite(slope_of_whole),
                when_failed="vacuous",
            ),
        ],
        mutants={"the whole network": equivalence(slope_of_whole, margin=MARGIN)},
        plots=[
            by_width(
                "correlation with the initial kernel",
                "correlation",
                widenings,
                {"one part removed": variant, "whole": whole},
                x_axis="widening k",
            )
        ],
    )


def _learns(accuracy, widenings):
    lowest = min(accuracy[f"{k}"].mean() for k in widenings)
    return holds(
        "the network learns without it",
        expectation="mean training accuracy above 0.5 at every width",
        observed=f"lowest {lowest:.3g}",
        held=lowest > 0.5,
    )
