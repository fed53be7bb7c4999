"""Without batch normalisation, or without skip connections, width makes no difference (Fig. 6).

    | slope of corr(Φ0, Φ1) over log₂ k |  <  m

for wide ResNets that lack one of the two. In the paper this explains the fall of the correlation
with both, by an interaction; so the network with both must have a fall to explain. The paper's
narrowest network, WRN-16-1, is as wide as our widest, and it trains for about 78,000 steps where
ours train for 80.
"""

from typing import Any

from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, opposite
from dltheory.verdicts import Claim, Criterion, shown

from .kernel_recipes import (
    ACCURACY,
    CODE,
    CORRELATION,
    DIGITS,
    KERNEL,
    LARGE,
    LARGE_DEVIATIONS,
    LARGE_IMAGES,
    MODES,
    PAPER,
    SHORT,
    SMALL_RESNET_WORLD,
    SMALL_WIDENINGS,
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
MARGIN = {
    ("fast", "no-bn"): 0.1,
    ("fast", "no-skips"): 0.09,
    ("full", "no-bn"): 0.02,
    ("full", "no-skips"): 0.02,
}
BECAUSE = {
    "fast": "what 24 seeds decide with power 0.8, by pilots",
    "full": "the smallest fall that counts as a reversal for the whole network",
}
VARIANTS = {
    "no-bn": ("batch normalisation", {"batch_norm": False}),
    "no-skips": ("skip connections", {"skips": False}),
}
WHOLE = "whole "
WORLDS = {
    "fast": (SHORT, SMALL_WIDENINGS, MODES["eval"], f"depth 10 on {DIGITS['wide-resnet']}"),
    "full": (LARGE, WIDENINGS, KERNEL, f"depth 16 on {LARGE_IMAGES}"),
}
SMALL_DEVIATIONS = (
    SMALL_RESNET_WORLD,
    "He weights alone: from PyTorch's the network without normalisation does not learn",
)
NO_FALL: dict[str, Any] = {
    "expected": "INCONCLUSIVE",
    "expected_reason": "at depth 10 the correlation of the whole network rises with width, so that "
    "there is no fall to explain",
}


def form(tier, variant, by):
    """A variant beside the whole network."""
    training, widenings, quantity, world = WORLDS[tier]
    without, options = VARIANTS[variant]
    margin = MARGIN[tier, variant]
    return Form(
        sentence=f"Without {without}, the correlation of the kernel with its start changes by less "
        f"than {margin:g} per doubling of the width, from k = {widenings[0]} to {widenings[-1]}, "
        f"in wide ResNets of {world} with {WEIGHTS[by]}.",
        bearing="claim" if tier == "full" else "analogue",
        regime=(LEARNS, FALLS),
        experiment=Experiment(
            arms={f"{k}": r for k, r in wide_resnets(by, training, widenings, **options).items()}
            | {f"{WHOLE}{k}": r for k, r in wide_resnets(by, training, widenings).items()},
            measure=(quantity, ACCURACY),
            **seeds_of(tier),
        ),
        criterion=Criterion(
            because=f"θ = m − |slope|, m = {margin:g} per doubling: {BECAUSE[tier]}",
            power_at=margin,
            deviations=LARGE_DEVIATIONS if tier == "full" else SMALL_DEVIATIONS,
            **({} if tier == "full" else NO_FALL),
        ),
    )


def forms(tier, inits):
    """Each variant with these initialisations."""
    return {f"{variant}-{by}": form(tier, variant, by) for variant in VARIANTS for by in inits}


@claim(CLAIM, fast=forms("fast", (PAPER,)), full=forms("full", (PAPER, CODE)))
def test_without_batch_norm_or_skips_width_makes_no_difference(measured, judge, tier, case_name):
    _, widenings, quantity, _ = WORLDS[tier]
    margin = MARGIN[tier, case_name.rsplit("-", 1)[0]]
    samples = measured(quantity.name, worst=0.0)
    variant, whole = (across(samples, widenings, CORRELATION, name) for name in ("", WHOLE))
    slope, slope_of_whole = rises(variant, widenings), rises(whole, widenings)

    judge(
        equivalence(slope, margin=margin),
        controls=[moves({f"{k}": samples[f"{k}"] for k in widenings}, of_kind(samples, WHOLE))],
        regime=[
            learns(measured(ACCURACY.name, worst=0.0)),
            shown(FALLS, opposite(slope_of_whole)),
        ],
        mutants={"the whole network": equivalence(slope_of_whole, margin=margin)},
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
