"""A claim that a computation decides: the mean square of normal numbers is their variance.

For x ∼ N(0, σ²)ⁿ, E[ (1/n) Σ xᵢ² ] = σ², here within a twentieth.

REPLACE: the assertion and the computation.
"""

from dltheory import Claim, Criterion, Experiment, Form, claim, compute, equivalence, mean, shown

from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="mean-square",
    locator="Appendix A",
    statement="The mean square of n normal numbers is their variance, in expectation.",
    kind="equivalence",
    formula="|E[(1/n) Σ xᵢ²] − σ²| < 0.05",
    estimand="0.05 − |mean over seeds of the mean square − 1|",
    unit="σ²",
    refuted_if="the mean is certainly further away than 0.05",
)

MARGIN = 0.05
ARMS = {
    name: compute("claims.example2020.draws:mean_of_squares", inputs=4000, spread=spread)
    for name, spread in (("σ = 1", 1.0), ("σ = 1.1", 1.1))
}

FAST = Form(
    experiment=Experiment(arms=ARMS, seeds=(8, 16, 24)),
    criterion=Criterion(because="a twentieth of the variance"),
    sentence="The mean square of 4,000 normal numbers of variance 1 is within 0.05 of 1.",
    bearing="claim",
)


@claim(CLAIM, fast=FAST)
def test_the_mean_square_is_the_variance(measured, judge):
    value = measured("value")

    judge(
        equivalence(mean(value["σ = 1"]), margin=MARGIN, centre=1.0),
        controls=[
            shown("another variance is told apart", mean(value["σ = 1.1"] - 1), above=MARGIN)
        ],
        mutants={
            "another variance": equivalence(mean(value["σ = 1.1"]), margin=MARGIN, centre=1.0)
        },
    )
