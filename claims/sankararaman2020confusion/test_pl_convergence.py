"""SGD under the PL inequality and bounded gradient confusion (Theorem 3.1).

Each of N terms f_i is L-smooth and has ½‖∇f_i‖² ≥ μ (f_i − min f_i); gradients at every point of
the path satisfy ⟨∇f_i, ∇f_j⟩ ≥ −η. Then for a step α < 2/(N L)

    E F(w_T) − F* ≤ ρ^T (F(w_0) − F*) + α η/(1 − ρ),    ρ = 1 − (2μ/N)(α − N L α²/2).

Reconstructed from the proof, which gives ρ = 1 − 2μα/N + μLα² and the limit: both are damaged in
our copy of the theorem. Behind it is an inequality for every single step,

    F(w_{k+1}) ≤ F(w_k) − (α/N − Lα²/2) ‖∇f_k(w_k)‖² + α η.

    bound    on problems whose L, μ and F* are known, with η measured at every point of 64 paths;
    in-use   what it promises at the size of a training set, by arithmetic. At its best step,
             α = 1/(N L), the gap shrinks by the factor 1 − μ/(N² L) a step, by half in N (L/μ) ln 2
             epochs: 28,000 or more at N = 40,000. Gradient descent needs (L/μ) ln 2.

The strongest objection to `in-use`: a worst case over all problems says nothing of typical ones,
and N may be read as the number of minibatches. With 313 minibatches of 128 the promise is 217
epochs instead of 28,000, which still is more than 200; and it is the theorem that the paper cites
for fast convergence without a small step.
"""

import math

from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, cases_plot, holds, table

from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="pl-convergence",
    locator="Theorem 3.1, appendix D.1",
    statement="Under the PL inequality SGD with a constant step converges linearly to a "
    "neighbourhood of the minimum whose size is proportional to the gradient confusion.",
    kind="bound",
    formula="E F(w_T) − F* ≤ ρ^T (F(w_0) − F*) + αη/(1 − ρ), ρ = 1 − (2μ/N)(α − NLα²/2)",
    estimand="1 − (mean gap over 64 paths, less four standard errors) / bound, worst over T; 1 − "
    "(epochs promised to halve the gap)/200",
    unit="bounds; trainings of 200 epochs",
    refuted_if="a gap certainly beyond the bound after some number of steps; more epochs than 200",
)

BOUND = Form(
    experiment=Experiment(
        arms={"paths": compute("claims.sankararaman2020confusion.sgd_bounds:convergence")}, seeds=4
    ),
    unit="bounds",
    sentence="In least squares, fitted or not, and in a PL problem that is not convex, of 2 to 12 "
    "terms, the mean gap of SGD to the least loss stays below the bound after every step.",
    bearing="claim",
    criterion=Criterion(
        because="a bound holds or does not; four standard errors are left to the sampled paths"
    ),
)
IN_USE = Form(
    unit="trainings of 200 epochs",
    sentence="For 40,000 terms with the best condition number and no confusion, the theorem "
    "promises that SGD at its best step halves the gap within the paper's 200 epochs.",
    bearing="claim",
    criterion=Criterion(
        because="the paper reads the theorem as fast convergence; half of the gap within its own "
        "trainings is the least that this can mean",
        expected="REFUTED",
        expected_reason="with N = 40,000 terms it promises to halve the gap in 28,000 epochs",
    ),
)

EPOCHS = 200  # of the paper's trainings
TERMS = (12, 100, 1_000, 40_000)


@claim(CLAIM, static={"in-use": IN_USE}, fast={"bound": BOUND})
def test_sgd_converges_linearly_up_to_its_gradient_confusion(measured, judge, case_name):
    if case_name == "in-use":
        _in_use(judge)
        return
    over = measured("gap over bound")["paths"]
    silent = measured("gap over bound without noise")["paths"]
    hasty = measured("gap over bound with the rate of descent")["paths"]
    end = measured("gap over bound at the end")["paths"]
    slack = measured("slack of the descent inequality")["paths"]
    wild = measured("gap above the limit over first")["paths"]
    controls = [
        holds(
            "every single step obeys the descent inequality",
            expectation="no excess above 10⁻¹² of the first loss",
            observed=f"largest excess {slack.max():.3g}",
            held=slack.max() < 1e-12,
        ),
        holds(
            "above the limit SGD diverges",
            expectation="with the step 3/L a gap above the first in some world of each seed",
            observed=f"smallest of the largest {wild.min():.3g}",
            held=wild.min() > 1,
            when_failed="vacuous",
        ),
    ]
    judge(
        worst_case(1 - over, method="worst over steps and worlds, paths sampled"),
        controls=controls,
        mutants={
            "without the term in η": worst_case(1 - silent),
            "the rate without 1/N": worst_case(1 - hasty),
        },
        plots=[
            cases_plot(
                "largest mean gap over bound",
                "gap / bound",
                over,
                threshold=1.0,
                threshold_name="the bound",
            )
        ],
        tables=[
            table(
                "Tightness: what is measured, as a share of the bound",
                ["seed", "closest, over steps", "after 200 steps, loosest world"],
                [[seed, *pair] for seed, pair in enumerate(zip(over, end, strict=True))],
            ),
        ],
    )


def halving(terms):
    """Epochs in which ρ^T = ½, for μ = L: ρ = 1 − 1/N² a step."""
    return -math.log(2) / math.log1p(-1 / terms**2) / terms


def _in_use(judge):
    epochs = halving(TERMS[-1])
    judge(
        worst_case([1 - epochs / EPOCHS], method="arithmetic"),
        controls=[
            holds(
                "the arithmetic can confirm",
                expectation=f"half of the gap within {EPOCHS} epochs of {TERMS[1]} terms",
                observed=f"{halving(TERMS[1]):.3g} epochs",
                held=halving(TERMS[1]) < EPOCHS,
            )
        ],
        plots=[],
        tables=[
            table(
                "Epochs to halve the gap, μ = L, at the step 1/(N L), and that step's limit at L=1",
                ["terms N", "promised by the theorem", "gradient descent", "2/(N L)"],
                [[n, halving(n), math.log(2), 2 / n] for n in TERMS],
            )
        ],
    )
