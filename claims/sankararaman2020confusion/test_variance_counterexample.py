"""No confusion and unbounded variance; the converse inequality (§6).

    unbounded   gradients 1/ε with probability ε and ε otherwise are all positive, so there is no
                confusion; their mean 1 + ε(1 − ε) stays bounded and their variance grows as 1/ε.
    converse    for two gradients with mean g and σ² = ½(‖g₁ − g‖² + ‖g₂ − g‖²):
                |⟨g₁, g₂⟩| ≤ σ² + ‖g‖². It is ⟨g₁, g₂⟩ = ‖g‖² − σ² with a triangle inequality.

Reconstructed: which gradient has which probability. Our copy is damaged there; the printed mean
1 + ε(1 − ε) decides.
"""

import numpy as np

from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, slopes, worst_case
from dltheory.verdicts import Claim, Criterion, cases_plot, holds, lines_plot

from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="variance-counterexample",
    locator="§6",
    statement="Gradient confusion can be zero while the variance of gradients is unbounded, and a "
    "bounded variance bounds confusion.",
    kind="identity",
    formula="η = 0 and Var ~ 1/ε as ε → 0; |⟨g₁, g₂⟩| ≤ σ² + ‖g‖²",
    estimand="exponent of the variance in 1/ε, minus 0.9; 1 − the converse's ratio, worst case",
    unit="exponent; share of the bound",
    quantifier="every",
    refuted_if="a bounded variance; an inner product beyond the bound",
)

EXPERIMENT = Experiment(
    arms={
        "gradients": compute("claims.sankararaman2020confusion.random_vectors:spread_of_gradients")
    },
    seeds=5,
)
SMALL = [10.0**-k for k in range(1, 7)]

FORMS = {
    "unbounded": Form(
        experiment=EXPERIMENT,
        criterion=Criterion(
            because="an exponent of 0.9 or more over five decades is growth without bound",
        ),
        unit="exponent",
        sentence="In the paper's example, whose gradients never disagree, the variance grows at "
        "least as 1/ε to the power 0.9 as ε falls from 0.1 to 10⁻⁶.",
        bearing="claim",
    ),
    "converse": Form(
        experiment=EXPERIMENT,
        criterion=Criterion(
            null=-1e-12,
            slack=1e-12,
            because="equality is nearly reached; the last digits are left to rounding",
        ),
        unit="share of the bound",
        sentence="For any two gradients, the absolute inner product is at most their variance plus "
        "the squared length of their mean.",
        bearing="claim",
    ),
}


@claim(CLAIM, fast=FORMS)
def test_zero_confusion_goes_with_unbounded_variance_and_not_conversely(measured, judge, case_name):
    variances = measured("variances")["gradients"]
    means = measured("means")["gradients"]
    least = measured("least inner product")["gradients"]
    sampled = measured("sampled variance over formula")["gradients"]
    room = measured("least room of the converse")["gradients"]
    without = measured("least room without the mean")["gradients"]
    error = measured("error of the identity")["gradients"]
    growth = slopes(np.log(variances), -np.log(SMALL))

    if case_name == "unbounded":
        judge(
            worst_case(growth - 0.9),
            controls=[
                holds(
                    "no confusion and a bounded mean",
                    expectation="inner products above 0, means below 2",
                    observed=f"least {least.min():.3g}, largest mean {means.max():.3g}",
                    held=least.min() > 0 and means.max() < 2,
                ),
                holds(
                    "a sample has the variance of the formula",
                    expectation="within 5 % at ε = 0.1",
                    observed=f"{sampled.min():.4g} … {sampled.max():.4g}",
                    held=bool((abs(sampled - 1) < 0.05).all()),
                ),
            ],
            plots=[
                lines_plot(
                    "Mean and variance as ε falls",
                    "mean; variance",
                    "1/ε",
                    {
                        "variance": ([1 / e for e in SMALL], variances),
                        "mean": ([1 / e for e in SMALL], means),
                    },
                    x_log=True,
                    log=True,
                )
            ],
        )
        return
    judge(
        worst_case(room),
        controls=[
            holds(
                "the identity behind it",
                expectation="⟨g₁, g₂⟩ = ‖g‖² − σ² to 10⁻¹²",
                observed=f"largest relative error {mean(error).estimate:.2g}",
                held=error.max() < 1e-12,
            )
        ],
        mutants={"without ‖g‖²": worst_case(without)},
        plots=[
            cases_plot(
                "least room under the bound, each seed",
                "share of the bound",
                room,
                threshold=0.0,
                threshold_name="the bound",
            )
        ],
    )
