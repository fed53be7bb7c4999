"""The sharpness rises until it reaches 2/η, and then hovers there (§3).

With r(t) = λ(w_t) η/2, the sharpness in units of the edge,

    squared error    |E[mean of r over the last quarter of training] − 1| < 0.1
    cross-entropy    |E[highest median of five successive r] − 1| < 0.35

With cross-entropy the sharpness falls again once the points are fitted (§3.2), so there
its highest level is judged.
"""

import numpy as np

from dltheory import Claim, Criterion, Form, claim, equivalence, mean, shown

from .arms import EDGE, LINEAR, SMALL_STEP, WORLDS, experiment, picture
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="rises-to-edge",
    locator="§3, Figs 1 to 3",
    statement="Full-batch gradient descent trains at the edge of stability: the sharpness rises "
    "to 2/η and hovers there.",
    kind="equivalence",
    formula="|E[level of λ η/2] − 1| < margin",
    estimand="margin − |mean over initial networks of the level of λ η/2 − 1|",
    unit="2/η",
    refuted_if="the level is certainly further from the edge than the margin",
)
MARGINS = {"squared": 0.1, "cross-entropy": 0.35}
BELOW = "before training the sharpness is below the edge: at most 0.8 · 2/η"


def form(loss, because):
    """The claim with one loss."""
    return Form(
        experiment=experiment(loss, EDGE, SMALL_STEP, LINEAR),
        criterion=Criterion(because=because),
        sentence=f"In {WORLDS[loss]} the sharpness reaches 2/η within {MARGINS[loss]:g} of it.",
        bearing="instance",
        regime=(BELOW,),
    )


FAST = {
    "squared": form("squared", "a tenth: about as far as the paper's curves swing"),
    "cross-entropy": form(
        "cross-entropy", "a third: with cross-entropy the paper's curves overshoot by as much"
    ),
}


def level(loss, sharpness):
    """Where the sharpness hovers, or how high it comes."""
    if loss == "squared":
        return sharpness[:, -sharpness.shape[1] // 4 :].mean(axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(sharpness, 5, axis=1)
    return np.median(windows, axis=2).max(axis=1)


@claim(CLAIM, fast=FAST)
def test_sharpness_rises_to_the_edge(measured, judge, case_name):
    sharpness = measured("sharpness")
    reached = {arm: level(case_name, values) for arm, values in sharpness.items()}
    margin = MARGINS[case_name]

    judge(
        equivalence(mean(reached[EDGE]), margin=margin, centre=1.0),
        regime=[shown(BELOW, mean(0.8 - sharpness[EDGE][:, 0]))],
        controls=[
            shown(
                "with a tenth of the step the edge is not reached in as many steps",
                mean(1 - margin - reached[SMALL_STEP]),
            ),
        ],
        mutants={
            "a tenth of the step": equivalence(
                mean(reached[SMALL_STEP]), margin=margin, centre=1.0
            ),
            "a linear model": equivalence(mean(reached[LINEAR]), margin=margin, centre=1.0),
        },
        plots=[picture("Sharpness in units of 2/η", sharpness, [EDGE, SMALL_STEP])],
    )
