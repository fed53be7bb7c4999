"""The trend towards a constant kernel is falsified for ResNets (caption of this version's Fig. 1).

    slope of corr(Φ0, Φ1) over log₂ k  ≤  m     for wide residual networks of widening k:

the correlation does not rise. It is less than what both versions' text says, that the correlation
falls (`ntk-wrn-reversal`). This version mentions that the ResNet has batch normalisation, and tries
no network without it or without skips; the published one does (`ntk-bn-skip`).
"""

from claims.goldblum2020truth.kernel_recipes import (
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
    SMALL,
    SMALL_RESNET_WORLD,
    SMALL_WIDENINGS,
    SMALL_WIDTHS,
    WIDENINGS,
    WIDTHS,
    mlps,
    wide_resnets,
)
from claims.goldblum2020truth.kernel_trends import across, by_width, rises
from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import opposite
from dltheory.verdicts import Claim, Criterion, shown

from .paper import PAPER as SUBMISSION

CLAIM = Claim(
    paper=SUBMISSION,
    row="ntk-resnet-falsified",
    locator="Fig. 1 and its caption",
    statement="The kernel of a wide ResNet does not become more like the initial one with width.",
    kind="non-inferiority",
    formula="slope of corr(Φ0, Φ1) over log₂ k < m",
    estimand="minus the mean over seeds of the least-squares slope per doubling of k",
    unit="correlation per doubling",
    refuted_if="the correlation certainly rises by more than m per doubling",
)

MARGIN = 0.02
MLP = "MLP "
WORLDS = {
    "fast": (SHORT, SMALL_WIDENINGS, SMALL, SMALL_WIDTHS["four-layer"], MODES["eval"]),
    "full": (LARGE, WIDENINGS, LARGE, WIDTHS, KERNEL),
}


def forms(tier, seeds, deviations, expected):
    """Each initialisation, beside four-layer MLPs with the same."""
    training, widenings, simple, widths, quantity = WORLDS[tier]
    return {
        by: Form(
            experiment=Experiment(
                arms={f"{k}": run for k, run in wide_resnets(by, training, widenings).items()}
                | {f"{MLP}{w}": r for w, r in mlps("four-layer", by, simple, widths).items()},
                seeds=seeds,
                measure=(quantity,),
            ),
            criterion=Criterion(
                null=-MARGIN,
                power_at=0.0,
                because="0.02 per doubling is 0.07 over widenings of 1 to 10, what can be seen "
                "on an axis from 0 to 1",
                licenses=f"Whether wide ResNets keep out of the trend, {by} weights.",
                deviations=deviations,
                **expected.get(by, {}),
            ),
        )
        for by in (CODE, PAPER)
    }


@claim(
    CLAIM,
    fast=forms(
        "fast",
        RESNET_SEEDS,
        (SMALL_RESNET_WORLD,),
        {
            PAPER: {
                "expected": "REFUTED",
                "expected_reason": "at depth 10 the correlation rises with width, as elsewhere",
            },
            CODE: {
                "expected": "INCONCLUSIVE",
                "expected_reason": "the correlation rises by about 0.05 per doubling, and six "
                "seeds leave open whether by more than the margin",
            },
        },
    ),
    full=forms("full", LARGE_SEEDS, LARGE_DEVIATIONS, {}),
)
def test_the_kernel_of_a_wider_resnet_is_no_more_like_the_initial_one(measured, judge, tier):
    _, widenings, _, widths, quantity = WORLDS[tier]
    samples = measured(quantity.name, worst=0.0)
    correlation = across(samples, widenings, CORRELATION)
    simple = across(samples, widths, CORRELATION, MLP)

    judge(
        opposite(rises(correlation, widenings)),
        controls=[
            shown("the correlation of a four-layer MLP rises with width", rises(simple, widths))
        ],
        mutants={"a four-layer MLP": opposite(rises(simple, widths))},
        plots=[
            by_width(
                "correlation with the initial kernel",
                "correlation",
                widenings,
                {"wide ResNet": correlation},
                x_axis="widening k",
            )
        ],
    )
