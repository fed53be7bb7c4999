"""It does not matter which 25 images the kernel is taken on (our check of §4).

The authors' code takes the images with the lowest labels among the first 128, so of two or three
classes. With p the exponent of 1 − corr(Φ0, Φ1) ∝ w^−p on one draw of images,

    | p(draw) − p(another draw) |  <  m,

paired by seed, on the same networks. Cases: random draws among each other, and the authors' draw
against a random one.
"""

from claims.dealt import dealt
from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, paired_difference, weakest
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
    LOWEST_LABELS,
    OTHER_DRAWS,
    PAPER,
    SMALL,
    SMALL_WIDTHS,
    SMALL_WORLD,
    WEIGHTS,
    WIDTHS,
    mlps,
    seeds_of,
)
from .kernel_trends import LEARNS, across, by_width, falls, learns
from .paper import PAPER as TRUTH

CLAIM = Claim(
    paper=TRUTH,
    row="ntk-images",
    locator="§4; our check",
    statement="The trend of the kernel with width does not hinge on which images are drawn.",
    kind="equivalence",
    formula="|p(draw) − p(first random draw)| < m, 1 − corr(Φ0, Φ1) ∝ w^−p",
    estimand="m minus the largest absolute mean difference of exponents",
    unit="exponent of the width",
    refuted_if="two draws certainly give exponents that differ by more than m",
)

MARGIN = 0.2
DRAWS = {
    "random": {"second draw": OTHER_DRAWS[0], "third draw": OTHER_DRAWS[1]},
    "lowest-labels": {"lowest labels": LOWEST_LABELS},
}
COMPARED = {
    "random": "two other random draws of images",
    "lowest-labels": "the images with the lowest labels",
}
DEPTH = "four-layer"
WORLDS = {
    "fast": (SMALL, SMALL_WIDTHS[DEPTH], DIGITS["mlp"], (SMALL_WORLD,)),
    "full": (LARGE, WIDTHS, LARGE_IMAGES, LARGE_DEVIATIONS),
}


def form(tier, draws, by):
    """Random draws, or the authors', with one initialisation."""
    training, widths, images, deviations = WORLDS[tier]
    return Form(
        sentence=f"In {DEPTH} MLPs of {widths[0]} to {widths[-1]} units with {WEIGHTS[by]}, "
        f"trained on {images}, the exponent by which 1 minus the kernel's correlation falls with "
        f"the width differs by less than {MARGIN:g} between a random draw and {COMPARED[draws]}.",
        bearing="claim" if tier == "full" else "analogue",
        regime=(LEARNS,),
        experiment=Experiment(
            arms={f"{w}": run for w, run in mlps(DEPTH, by, training, widths).items()},
            measure=(KERNEL, LOWEST_LABELS, *OTHER_DRAWS, ACCURACY),
            **seeds_of(tier),
        ),
        criterion=Criterion(
            because=f"θ = m − |difference|, m = {MARGIN}: the exponent itself is about 0.6 "
            "from He weights, and a third of it would not change what the figure says",
            power_at=MARGIN,
            deviations=deviations,
        ),
    )


def forms(tier):
    """Both sorts of draws with both initialisations."""
    return {f"{draws}-{by}": form(tier, draws, by) for draws in DRAWS for by in (PAPER, CODE)}


@claim(CLAIM, fast=forms("fast"), full=forms("full"))
def test_the_trend_does_not_hinge_on_the_images(measured, judge, tier, case_name):
    widths = WORLDS[tier][1]
    others = DRAWS[case_name.rsplit("-", 1)[0]]

    def apart(quantity):
        return 1 - across(measured(quantity.name, worst=0.0), widths, CORRELATION)

    first = apart(KERNEL)
    others = {name: apart(quantity) for name, quantity in others.items()}
    exponent = falls(first, widths)

    def differences(change=lambda values: values):
        return weakest(
            *(
                equivalence(
                    paired_difference(falls(change(other), widths).values, exponent.values),
                    margin=MARGIN,
                )
                for other in others.values()
            )
        )

    judge(
        differences(),
        controls=[shown("there is a trend on the first draw", exponent, when_failed="vacuous")],
        regime=[learns(measured(ACCURACY.name, worst=0.0))],
        mutants={"widths dealt at random on the other draws": differences(dealt)},
        plots=[
            by_width(
                f"1 − correlation by draw of images, {DEPTH} MLP",
                "1 − correlation",
                widths,
                {"first draw": first, **others},
                log=True,
            )
        ],
    )
