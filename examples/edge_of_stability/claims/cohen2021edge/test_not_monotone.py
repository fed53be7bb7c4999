"""At the edge the loss rises at many steps, and still falls over long times (§3).

With u the share of steps at which the loss rises, and L₁, L₂ its means over the third and the last
quarter of training,

    min( E[u − 0.02],  E[log₁₀ L₁ − log₁₀ L₂] )  >  0        over initial networks.
"""

import numpy as np

from dltheory import Claim, Criterion, Form, claim, lines_plot, mean, shown, weakest

from .arms import EDGE, SMALL_STEP, STEPS, WORLDS, experiment
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="not-monotone",
    locator="§3, Fig. 1",
    statement="At the edge the loss is not monotone over short times, and falls over long ones.",
    kind="superiority",
    quantifier="every",
    formula="min(E[u − 0.02], E[log₁₀ L₁ − log₁₀ L₂]) > 0",
    estimand="smaller of two means over initial networks: share of rising steps beyond 0.02; "
    "powers of ten by which the loss falls between two quarters",
    unit="share of steps, or powers of ten",
    refuted_if="the loss rises at certainly fewer than one step in fifty, or does not fall",
)
FITS = "the loss comes below a tenth of its initial value"
FORM = Form(
    experiment=experiment("squared", EDGE, SMALL_STEP),
    criterion=Criterion(
        smallest_effect=0.05, because="what 24 seeds decide with power 0.8, by pilots"
    ),
    sentence=f"In {WORLDS['squared']} the loss rises at one step in fifty and more, and falls "
    "from the third quarter of training to the last.",
    bearing="instance",
    regime=(FITS,),
)


def parts(loss):
    """The two quantities, for each initial network."""
    rising = (np.diff(loss, axis=1) > 0).mean(axis=1)
    third, last = (loss[:, k * STEPS // 4 : (k + 1) * STEPS // 4].mean(axis=1) for k in (2, 3))
    return rising, np.log10(third / last)


@claim(CLAIM, fast=FORM)
def test_the_loss_is_not_monotone_and_still_falls(measured, judge):
    loss = measured("loss")
    (rising, falls), (small_rising, small_falls) = parts(loss[EDGE]), parts(loss[SMALL_STEP])
    shown_at = range(0, STEPS, 10)

    judge(
        weakest(mean(rising - 0.02), mean(falls)),
        regime=[shown(FITS, mean(np.log10(loss[EDGE][:, 0] / loss[EDGE][:, -1]) - 1))],
        controls=[
            shown(
                "with a tenth of the step the loss rises at fewer steps",
                mean(rising - small_rising),
            ),
        ],
        mutants={"a tenth of the step": weakest(mean(small_rising - 0.02), mean(small_falls))},
        plots=[
            lines_plot(
                "Loss",
                "squared error",
                "step",
                {arm: (shown_at, loss[arm][:, ::10]) for arm in (EDGE, SMALL_STEP)},
                log=True,
            )
        ],
    )
