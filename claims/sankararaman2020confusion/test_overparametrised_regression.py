"""More parameters than points: faster convergence and less confusion in least squares (Fig. 1).

N = 100 points x_i ~ N(0, I/d), labels linear in x plus noise, SGD with batch 1 from w = 0:

    loss        log₁₀ of the final loss over the first is lower for d = 120 than for d = 80,
    confusion   the lowest cosine over all pairs of gradients r_i x_i is higher.

With d = 120 every label can be fitted, with d = 80 noise cannot; that is how more parameters are
to help. Labels that both can fit take it away. Gradients here are residuals times data, so random
signs in place of those of the residuals tell what of the confusion the dimension alone gives.
"""

from claims.dealt import dealt_arms
from claims.seeds import FIRST_SEED, LOOKS
from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, opposite, paired_difference
from dltheory.verdicts import Claim, Criterion, arms_plot, shown

from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="overparametrised-regression",
    locator="§2, Fig. 1",
    statement="Least squares with d = 120 can converge faster and with less gradient confusion "
    "than with d = 80, at N = 100.",
    kind="superiority",
    formula="log₁₀ loss(80) − log₁₀ loss(120) > 0; min cos(120) − min cos(80) > 0",
    estimand="mean over seeds of the difference between d = 80 and d = 120",
    unit="decades of the loss; cosine",
    quantifier="some",
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
    seeds=LOOKS,
    first_seed=FIRST_SEED,
)
DEVIATIONS = (
    "unspecified in the paper: labels, noise (variance 1, as the signal), step (½/max ‖x‖²), "
    "20 epochs, start at 0; 8 to 24 runs instead of 3",
)

FORMS = {
    "loss": Form(
        experiment=EXPERIMENT,
        unit="decades of the loss",
        sentence="With 100 noisy Gaussian samples, least squares in 120 dimensions ends 20 epochs "
        "of SGD with a loss at least 0.2 decades lower, relative to the first, than in 80.",
        bearing="instance",
        criterion=Criterion(
            smallest_effect=0.2,
            because="what 24 seeds decide with power 0.8, by the spread of pilots; a plot over "
            "several decades shows it",
            deviations=DEVIATIONS,
        ),
    ),
    "confusion": Form(
        experiment=EXPERIMENT,
        unit="cosine",
        sentence="With 100 noisy Gaussian samples, the lowest cosine of two gradients of least "
        "squares after 20 epochs of SGD is at least 0.03 higher in 120 dimensions than in 80.",
        bearing="instance",
        criterion=Criterion(
            smallest_effect=0.03,
            because="what 24 seeds decide with power 0.8, by the spread of pilots",
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
        control = shown(
            "d = 120 fits the labels by a decade",
            opposite(mean(loss[OVER])),
            above=1,
            when_failed="vacuous",
        )
        mutants = {
            "labels that both can fit": paired_difference(loss[FITTED], loss[OVER_FITTED]),
        }
    else:
        judged = paired_difference(lowest[OVER], lowest[UNDER])
        beyond = (lowest[OVER] - signs[OVER]) - (lowest[UNDER] - signs[UNDER])
        control = shown(
            "the difference exceeds that of random signs", mean(beyond), when_failed="vacuous"
        )
        mixed = dealt_arms({arm: lowest[arm] for arm in (OVER, UNDER)})
        mutants = {"dimensions dealt at random": paired_difference(mixed[OVER], mixed[UNDER])}

    seeds = range(len(loss[OVER]))
    judge(
        judged,
        controls=[control],
        mutants=mutants,
        plots=[
            arms_plot("log₁₀ of final loss over first", "decades", loss, seeds=seeds),
            arms_plot(
                "lowest cosine, and that of random signs",
                "cosine",
                {**lowest, **{f"{arm}, random signs": signs[arm] for arm in (OVER, UNDER)}},
                seeds=seeds,
            ),
        ],
    )
