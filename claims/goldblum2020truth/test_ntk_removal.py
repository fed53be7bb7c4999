"""Removing one part does not bring the trend back, and the widest MLPs drop (§4, Figs 1b and 6).

Wide ResNets without batch normalisation, or without skip connections, do not have the trend of
simple networks: over doublings of the width,

    slope of corr(Φ0, Φ1) of a four-layer MLP  −  that of the wide ResNet without the part  >  0,

paired by seed. And of MLPs the correlation, which rises over most widths, drops at the end:

    corr(Φ0, Φ1) at the second widest  −  at the widest  >  0.

Both are assertions about the largest networks of the paper, and have no small form: in the small
worlds even whole wide ResNets follow the trend, and no width is large.
"""

import numpy as np

from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import paired_difference
from dltheory.verdicts import Claim, Criterion, shown

from .kernel_recipes import (
    ACCURACY,
    CODE,
    CORRELATION,
    KERNEL,
    LARGE,
    LARGE_DEVIATIONS,
    LARGE_IMAGES,
    PAPER,
    WEIGHTS,
    WIDENINGS,
    WIDTHS,
    mlps,
    seeds_of,
    wide_resnets,
)
from .kernel_trends import LEARNS, across, by_width, learns, rises
from .paper import PAPER as TRUTH
from .test_ntk_bn_skip import VARIANTS

NO_RECOVERY = Claim(
    paper=TRUTH,
    row="ntk-removal-no-recovery",
    locator="§4, Fig. 6",
    statement="Without batch normalisation or without skip connections, a wide ResNet does not "
    "recover the trend of simple networks.",
    kind="superiority",
    formula="slope of corr(Φ0, Φ1): four-layer MLP − wide ResNet without the part > 0",
    estimand="mean over seeds of the difference of slopes per doubling of the width, paired",
    unit="correlation per doubling",
    refuted_if="the slopes certainly differ by less than the smallest effect",
)
DROP = Claim(
    paper=TRUTH,
    row="ntk-mlp-drop",
    locator="§4, Fig. 1b",
    statement="At the end of the widths the kernel of an MLP becomes less like its start again.",
    kind="superiority",
    formula="corr(Φ0, Φ1) at the second widest − at the widest > 0",
    estimand="mean over seeds of the difference of correlations, paired",
    unit="correlation",
    refuted_if="the correlation certainly drops by less than the smallest effect",
)

MLP = "MLP "
RISES = "the correlation of the four-layer MLP rises with width"
RISES_BEFORE = "up to the second widest the correlation rises with width"
DEPTHS = ("two-layer", "four-layer")


def removal_form(variant, by):
    """A variant of the wide ResNet beside four-layer MLPs."""
    without, options = VARIANTS[variant]
    variants = wide_resnets(by, LARGE, WIDENINGS, **options)
    return Form(
        sentence=f"Without {without}, the correlation of the kernel with its start rises by at "
        f"least 0.02 less per doubling of the width in wide ResNets of depth 16 on {LARGE_IMAGES} "
        f"than in four-layer MLPs, both with {WEIGHTS[by]}.",
        regime=(LEARNS, RISES),
        experiment=Experiment(
            arms={f"{k}": run for k, run in variants.items()}
            | {f"{MLP}{w}": run for w, run in mlps("four-layer", by, LARGE, WIDTHS).items()},
            measure=(KERNEL, ACCURACY),
            **seeds_of("full"),
        ),
        criterion=Criterion(
            smallest_effect=0.02,
            because="0.02 per doubling is 0.07 over widenings of 1 to 10, what can be seen on an "
            "axis from 0 to 1",
            deviations=LARGE_DEVIATIONS,
        ),
    )


def drop_form(depth, by):
    """MLPs of one depth at all widths."""
    *_, before, widest = WIDTHS
    return Form(
        sentence=f"The correlation of the kernel with its start is at least 0.02 lower in {depth} "
        f"MLPs of {widest} units on {LARGE_IMAGES} with {WEIGHTS[by]} than in those of {before}.",
        regime=(LEARNS, RISES_BEFORE),
        experiment=Experiment(
            arms={f"{w}": run for w, run in mlps(depth, by, LARGE, WIDTHS).items()},
            measure=(KERNEL, ACCURACY),
            **seeds_of("full"),
        ),
        criterion=Criterion(
            smallest_effect=0.02,
            because="0.02 is what can be seen on an axis from 0 to 1",
            deviations=LARGE_DEVIATIONS,
        ),
    )


@claim(
    NO_RECOVERY,
    full={f"{v}-{by}": removal_form(v, by) for v in VARIANTS for by in (PAPER, CODE)},
)
def test_a_resnet_without_one_part_does_not_recover_the_trend(measured, judge):
    samples = measured(KERNEL.name, worst=0.0)
    variant = across(samples, WIDENINGS, CORRELATION)
    simple = across(samples, WIDTHS, CORRELATION, MLP)
    slope = rises(simple, WIDTHS)

    judge(
        paired_difference(slope.values, rises(variant, WIDENINGS).values),
        regime=[learns(measured(ACCURACY.name, worst=0.0)), shown(RISES, slope)],
        mutants={
            "MLPs of the next seed in the place of the wide ResNets": paired_difference(
                slope.values, np.roll(slope.values, 1)
            )
        },
        plots=[
            by_width("correlation", "correlation", WIDENINGS, {"one part removed": variant}),
            by_width("correlation", "correlation", WIDTHS, {"four-layer MLP": simple}),
        ],
    )


@claim(DROP, full={f"{d}-{by}": drop_form(d, by) for d in DEPTHS for by in (PAPER, CODE)})
def test_the_kernel_of_the_widest_mlp_is_less_like_its_start(measured, judge):
    correlation = across(measured(KERNEL.name, worst=0.0), WIDTHS, CORRELATION)
    before, widest = correlation[:, -2], correlation[:, -1]

    judge(
        paired_difference(before, widest),
        regime=[
            learns(measured(ACCURACY.name, worst=0.0)),
            shown(RISES_BEFORE, rises(correlation[:, :-1], WIDTHS[:-1])),
        ],
        mutants={
            "the two narrowest in the place of the two widest": paired_difference(
                correlation[:, 0], correlation[:, 1]
            )
        },
        plots=[by_width("correlation", "correlation", WIDTHS, {"MLP": correlation})],
    )
