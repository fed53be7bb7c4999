"""Without batch normalisation, or without skip connections, width makes no difference (Fig. 6).

    | slope of corr(Φ0, Φ1) over log₂ k |  <  m

for wide ResNets that lack one of the two. In the paper this explains the fall of the correlation
with both, by an interaction; so the network with both must have a fall to explain. In the small
world of `ntk-wrn-reversal` it has none, and there is no small form.
"""

from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, opposite
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
    seeds_of,
    wide_resnets,
)
from .kernel_trends import LEARNS, across, by_width, learns, moves, of_kind, rises
from .paper import PAPER as TRUTH

CLAIM = Claim(
    paper=TRUTH,
    row="ntk-bn-skip",
    locator="§4, Fig. 6",
    statement="Without batch normalisation or without skips, the correlation of a wide ResNet's "
    "kernel with the initial one is almost the same over a wide range of widths.",
    kind="equivalence",
    formula="|slope of corr(Φ0, Φ1) over log₂ k| < m",
    estimand="m minus the absolute mean over seeds of the slope per doubling of k",
    unit="correlation per doubling",
    refuted_if="the slope certainly lies outside ±m",
)

FALLS = "there is a fall to explain: the whole network's correlation falls with width"
MARGIN = 0.02
BECAUSE = "the smallest fall that counts as a reversal for the whole network"
VARIANTS = {
    "no-bn": ("batch normalisation", {"batch_norm": False}),
    "no-skips": ("skip connections", {"skips": False}),
}
WHOLE = "whole "


def form(variant, by):
    """A variant beside the whole network."""
    without, options = VARIANTS[variant]
    return Form(
        sentence=f"Without {without}, the correlation of the kernel with its start changes by less "
        f"than {MARGIN:g} per doubling of the width, from k = {WIDENINGS[0]} to {WIDENINGS[-1]}, "
        f"in wide ResNets of depth 16 on {LARGE_IMAGES} with {WEIGHTS[by]}.",
        bearing="claim",
        regime=(LEARNS, FALLS),
        experiment=Experiment(
            arms={f"{k}": r for k, r in wide_resnets(by, LARGE, WIDENINGS, **options).items()}
            | {f"{WHOLE}{k}": r for k, r in wide_resnets(by, LARGE, WIDENINGS).items()},
            measure=(KERNEL, ACCURACY),
            **seeds_of("full"),
        ),
        criterion=Criterion(
            because=f"θ = m − |slope|, m = {MARGIN:g} per doubling: {BECAUSE}",
            power_at=MARGIN,
            deviations=LARGE_DEVIATIONS,
        ),
    )


FORMS = {f"{variant}-{by}": form(variant, by) for variant in VARIANTS for by in (PAPER, CODE)}


@claim(CLAIM, full=FORMS)
def test_without_batch_norm_or_skips_width_makes_no_difference(measured, judge):
    widenings = WIDENINGS
    samples = measured(KERNEL.name, worst=0.0)
    variant, whole = (across(samples, widenings, CORRELATION, name) for name in ("", WHOLE))
    slope, slope_of_whole = rises(variant, widenings), rises(whole, widenings)

    judge(
        equivalence(slope, margin=MARGIN),
        controls=[moves({f"{k}": samples[f"{k}"] for k in widenings}, of_kind(samples, WHOLE))],
        regime=[
            learns(measured(ACCURACY.name, worst=0.0)),
            shown(FALLS, opposite(slope_of_whole)),
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
