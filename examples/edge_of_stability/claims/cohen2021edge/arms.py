"""The arms that the claims share, and how their curves are drawn."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from dltheory import Experiment, compute, lines_plot

DESCEND = "claims.cohen2021edge.dynamics:descend"
STEPS, EVERY = 3000, 50
AT = tuple(range(0, STEPS, EVERY))
"""The steps at which the sharpness is measured."""

SQUARED = {"loss": "squared", "points": 200, "steps": STEPS, "every": EVERY, "hidden": (32, 32)}
CROSS_ENTROPY = SQUARED | {"loss": "cross-entropy", "redrawn": 1.0}

EDGE, SMALL_STEP, LINEAR = "at the edge", "a tenth of the step", "linear model"
ARMS = {
    "squared": {
        EDGE: compute(DESCEND, rate=0.1, **SQUARED),
        SMALL_STEP: compute(DESCEND, rate=0.01, **SQUARED),
        LINEAR: compute(DESCEND, rate=0.05, **SQUARED | {"hidden": ()}),
    },
    "cross-entropy": {
        EDGE: compute(DESCEND, rate=0.15, **CROSS_ENTROPY),
        SMALL_STEP: compute(DESCEND, rate=0.015, **CROSS_ENTROPY),
        LINEAR: compute(DESCEND, rate=0.05, **CROSS_ENTROPY | {"hidden": ()}),
    },
}
WORLDS = {
    "squared": "a tanh MLP on 200 digits with squared error",
    "cross-entropy": "a tanh MLP on 200 digits with random labels and cross-entropy",
}


def experiment(loss: str, *arms: str) -> Experiment:
    """These arms of a loss, judged after 8, 16 or 24 initial networks.

    Seeds 0 to 23 judged trainings of 2,000 steps, after which two networks of 24 had not reached
    the edge.
    """
    chosen = {arm: ARMS[loss][arm] for arm in arms}
    return Experiment(arms=chosen, seeds=(8, 16, 24), first_seed=100)


def picture(title: str, sharpness: dict[str, ArrayLike], arms: Sequence[str]) -> dict[str, object]:
    """Sharpness in units of 2/η against steps; the edge is the line at 1."""
    curves = {arm: (AT, np.asarray(sharpness[arm])) for arm in arms}
    edge = {"the edge, 2/η": ([AT[0], AT[-1]], [1.0, 1.0])}
    return lines_plot(title, "sharpness · η/2", "step", curves, printed=edge)
