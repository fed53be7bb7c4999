"""The kernel of a four-layer MLP settles more slowly with width than that of a two-layer one (§4).

With ‖Φ1 − Φ0‖ / ‖Φ0‖ ∝ w^−p at each depth, over the same widths,

    p(two-layer) − p(four-layer) > 0,

paired by seed: both depths begin from the same stream of random numbers and see the same batches.
"""

from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import opposite, paired_difference
from dltheory.verdicts import Claim, Criterion, shown

from .kernel_recipes import (
    CHANGE,
    CODE,
    ENORMOUS,
    KERNEL,
    LARGE,
    LARGE_DEVIATIONS,
    LARGE_SEEDS,
    PAPER,
    SEEDS,
    SMALL,
    SMALL_WORLD,
    WIDTHS,
    mlps,
)
from .kernel_trends import across, by_width, falls
from .paper import PAPER as TRUTH

CLAIM = Claim(
    paper=TRUTH,
    row="ntk-depth",
    locator="§4, Fig. 1a",
    statement="With growing width the kernel of a four-layer MLP settles more slowly than that of "
    "a two-layer MLP.",
    kind="reversal",
    formula="p(two-layer) > p(four-layer), ‖Φ1 − Φ0‖/‖Φ0‖ ∝ w^−p",
    estimand="mean over seeds of the difference of the two exponents, paired by seed",
    unit="exponent of the width",
    refuted_if="the difference is certainly smaller than the smallest effect, or negative",
)

COMMON_WIDTHS = (32, 64, 128)
DEPTHS = ("two-layer", "four-layer")


def forms(training, widths, seeds, deviations, expected):
    """One form for each initialisation."""
    return {
        by: Form(
            experiment=Experiment(
                arms={
                    f"{depth} {width}": run
                    for depth in DEPTHS
                    for width, run in mlps(depth, by, training, widths).items()
                },
                seeds=seeds,
                measure=(KERNEL,),
            ),
            criterion=Criterion(
                smallest_effect=0.1,
                because="a fifth of the exponent 1/2 that theory gives at every depth",
                licenses=f"Which of the two depths settles faster with width, {by} weights.",
                deviations=deviations,
                **expected.get(by, {}),
            ),
        )
        for by in (PAPER, CODE)
    }


@claim(
    CLAIM,
    fast=forms(
        SMALL,
        COMMON_WIDTHS,
        SEEDS,
        (SMALL_WORLD,),
        {
            CODE: {
                "expected": "INCONCLUSIVE",
                "expected_reason": "it leans the stated way, but whether four layers have left "
                "their plateau at a width scatters from seed to seed",
            }
        },
    ),
    full=forms(LARGE, WIDTHS, LARGE_SEEDS, LARGE_DEVIATIONS, {}),
)
def test_the_kernel_of_four_layers_settles_more_slowly_than_that_of_two(measured, judge, tier):
    widths = WIDTHS if tier == "full" else COMMON_WIDTHS
    samples = measured(KERNEL.name, worst=ENORMOUS)
    changes = {depth: across(samples, widths, CHANGE, f"{depth} ") for depth in DEPTHS}
    two, four = (falls(changes[depth], widths) for depth in DEPTHS)
    slower = paired_difference(two.values, four.values)

    judge(
        slower,
        controls=[shown("the kernel of two layers settles", two)],
        mutants={"depths swapped": opposite(slower)},
        plots=[
            by_width("change of the kernel by width", "‖Φ1 − Φ0‖ / ‖Φ0‖", widths, changes, log=True)
        ],
    )
