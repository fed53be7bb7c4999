"""More parameters than points: faster convergence and less confusion in least squares (Fig. 1).

N = 100 points x_i ~ N(0, I/d), labels linear in x plus noise, SGD with batch 1 from w = 0:

    loss        log₁₀ of the final loss over the first is lower for d = 120 than for d = 80,
    confusion   the lowest cosine over all pairs of gradients r_i x_i is higher.

With d = 120 every label can be fitted, with d = 80 noise cannot. Two nulls ask what is left of
the effect: with labels that d = 80 fits too, and, since gradients here are residuals times data,
with random signs in place of those of the residuals, which is what the dimension alone gives.
"""

from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import paired_difference
from dltheory.verdicts import Claim, Criterion, arms_plot, shown

from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="overparametrised-regression",
    locator="§2, Fig. 1",
    statement="Least squares with d = 120 converges faster and with less gradient confusion than "
    "with d = 80, at N = 100.",
    kind="superiority",
    formula="log₁₀ loss(80) − log₁₀ loss(120) > 0; min cos(120) − min cos(80) > 0",
    estimand="mean over seeds of the difference between d = 80 and d = 120",
    unit="decades of the loss; cosine",
    refuted_if="the difference is certainly smaller than the smallest effect, or of the other sign",
)

OVER, UNDER, FITTED = "d = 120", "d = 80", "d = 80, labels without noise"
OVER_FITTED = "d = 120, labels without noise"


def regression(dimension, *, realisable=False):
    """The paper's sizes; steps, scale and noise are ours."""
    return compute(
        "claims.sankararaman2020confusion.linear_models:regression",
        dimension=dimension,
        points=100,
        epochs=20,
        realisable=realisable,
    )


EXPERIMENT = Experiment(
    arms={
        OVER: regression(120),
        UNDER: regression(80),
        FITTED: regression(80, realisable=True),
        OVER_FITTED: regression(120, realisable=True),
    },
    seeds=30,
)
DEVIATIONS = (
    "unspecified in the paper: labels, noise (variance 1, as the signal), step (½/max ‖x‖²), "
    "20 epochs, start at 0; 30 runs instead of 3",
)

FORMS = {
    "loss": Form(
        experiment=EXPERIMENT,
        criterion=Criterion(
            smallest_effect=0.1,
            because="a tenth of a decade is what a plot over several decades can show",
            licenses="d = 80 and d = 120 at N = 100 with noisy labels.",
            expected="INCONCLUSIVE",
            expected_reason="confounded: with labels that it can fit, d = 80 converges as fast; "
            "what matters is that labels can be fitted, not the number of parameters",
            deviations=DEVIATIONS,
        ),
    ),
    "confusion": Form(
        experiment=EXPERIMENT,
        criterion=Criterion(
            smallest_effect=0.02,
            because="0.02 is a hundredth of the scale [−1, 1]",
            licenses="d = 80 and d = 120 at N = 100 with noisy labels.",
            expected="INCONCLUSIVE",
            expected_reason="vacuous: random signs in place of those of the residuals give the "
            "same difference, so it is the dimension of the data and nothing that SGD does",
            deviations=DEVIATIONS,
        ),
    ),
}


@claim(CLAIM, fast=FORMS)
def test_more_parameters_than_points_converge_faster_with_less_confusion(
    measured, judge, case_name
):
    loss = measured("log10 of final loss over first")
    lowest = measured("lowest cosine")
    signs = measured("lowest cosine with random signs")
    if case_name == "loss":
        judged = paired_difference(loss[UNDER], loss[OVER])
        null = shown(
            "d = 120 is faster also where d = 80 can fit its labels",
            paired_difference(loss[FITTED], loss[OVER_FITTED]),
            above=0.1,
            when_failed="confounded",
        )
        swapped = paired_difference(loss[OVER], loss[UNDER])
    else:
        judged = paired_difference(lowest[OVER], lowest[UNDER])
        beyond = (lowest[OVER] - signs[OVER]) - (lowest[UNDER] - signs[UNDER])
        null = shown(
            "the difference exceeds that of random signs",
            paired_difference(beyond, 0 * beyond),
            when_failed="vacuous",
        )
        swapped = paired_difference(lowest[UNDER], lowest[OVER])

    judge(
        judged,
        controls=[null],
        mutants={"dimensions swapped": swapped},
        plots=[
            arms_plot("log₁₀ of final loss over first", "decades", loss, seeds=range(30)),
            arms_plot(
                "lowest cosine, and that of random signs",
                "cosine",
                {**lowest, **{f"{arm}, random signs": signs[arm] for arm in (OVER, UNDER)}},
                seeds=range(30),
            ),
        ],
    )
