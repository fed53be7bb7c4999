"""Random unit vectors are nearly orthogonal (Lemma B.1).

For N vectors drawn uniformly from the unit sphere in d dimensions,

    P(some |x_iᵀx_j| > ν) ≤ N² √(π/8) exp(−(d − 1) ν²/2),

from P(|xᵀy| ≥ ν) ≤ √(π/2) exp(−(d − 1) ν²/2) for one pair and a union over fewer than N²/2 pairs.
Reconstructed: both constants and the exponent; the printed lemma is damaged in our copy. The law
of one pair is known, (1 + xᵀy)/2 ~ Beta((d − 1)/2, (d − 1)/2), so eq. (5) is held against it
exactly; sets of vectors are drawn and counted.
"""

import numpy as np

from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, paired_difference, weakest, worst_case
from dltheory.verdicts import Claim, Criterion, cases_plot, holds, shown, table

from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="near-orthogonal",
    locator="Lemma B.1, eq. (5)",
    statement="Random unit vectors have no pair with a large inner product, with the probability "
    "that the spherical-cap bound gives.",
    kind="bound",
    formula="P(|xᵀy| ≥ ν) ≤ √(π/2) exp(−(d − 1) ν²/2)",
    estimand="1 − (exact probability / bound), worst over d, ν and seeds",
    unit="bounds",
    refuted_if="a probability above the bound for one d and ν",
)

FAST = Form(
    experiment=Experiment(
        arms={
            "sphere": compute("claims.sankararaman2020confusion.random_vectors:near_orthogonality")
        },
        seeds=8,
    ),
    criterion=Criterion(
        because="a bound holds or does not; the probabilities are exact to many digits",
    ),
    sentence="For random unit vectors in 2 to 10,000 dimensions, at every angle, the probability "
    "of a larger inner product is at most the spherical-cap bound.",
    bearing="claim",
)

SETS = 100  # drawn on every seed
SIZES = ((100, 120), (60_000, 784), (50_000, 3072))


@claim(CLAIM, fast=FAST)
def test_random_unit_vectors_are_as_orthogonal_as_the_lemma_says(measured, judge):
    exact = measured("exact over bound")["sphere"]
    larger = measured("exact over bound with a larger exponent")["sphere"]
    beyond = measured("fraction of sets beyond")["sphere"]
    raw = measured("fraction of sets beyond, not normalised")["sphere"]

    judge(
        worst_case(1 - exact, method="exact, by the Beta law"),
        controls=[
            shown(
                "sets of vectors keep to the union bound",
                weakest(*(mean(0.2 - parts, step=1 / SETS) for parts in beyond.T)),
            ),
            shown(
                "Gaussian vectors that are not normalised go beyond it more often",
                weakest(
                    *(
                        paired_difference(more, parts, step=1 / SETS)
                        for more, parts in zip(raw.T, beyond.T, strict=True)
                    )
                ),
                when_failed="vacuous",
            ),
            holds(
                "with the exponent d + 3 instead of d − 1 the bound fails",
                expectation="a probability beyond that bound on every seed",
                observed=f"smallest largest ratio {larger.min():.3g}",
                held=larger.min() > 1,
                when_failed="vacuous",
            ),
            holds(
                "the bound says something at the sizes of the paper",
                expectation="an inner product below ½ is promised with 99 % at each",
                observed=", ".join(f"{promised(*size):.3g}" for size in SIZES),
                held=max(promised(*size) for size in SIZES[1:]) < 0.5,
                when_failed="vacuous",
            ),
        ],
        plots=[
            cases_plot(
                "largest exact probability over bound",
                "probability / bound",
                exact,
                threshold=1.0,
                threshold_name="the bound",
            )
        ],
        tables=[
            table(
                "Tightness: ν that the lemma promises with 99 %, beside √(2 ln(N²/2)/d)",
                ["points", "dimension", "promised", "typical largest"],
                [[n, d, promised(n, d), np.sqrt(2 * np.log(n**2 / 2) / d)] for n, d in SIZES],
            )
        ],
    )


def promised(points, dimension):
    """ν with N² √(π/8) exp(−(d − 1) ν²/2) = 0.01."""
    pairs = points**2 * np.sqrt(np.pi / 8)
    return float(np.sqrt(2 * np.log(pairs / 0.01) / (dimension - 1)))
