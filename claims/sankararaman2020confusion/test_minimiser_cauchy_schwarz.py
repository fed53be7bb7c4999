"""At a minimiser a small variance of gradients leaves little confusion (§3, Cauchy–Schwarz).

With V = E_i ‖∇f_i(w*)‖², |⟨∇f_i, ∇f_j⟩| ≤ ½ (‖∇f_i‖² + ‖∇f_j‖²) gives

    mean         E_{ij} |⟨∇f_i(w*), ∇f_j(w*)⟩| ≤ V, as the paper writes it, over pairs drawn
                 independently;
    worst-pair   −min_{i≠j} ⟨∇f_i(w*), ∇f_j(w*)⟩ ≤ N V/2, for the confusion of definition 2.1. The
                 paper's O(ε) does not show the factor N, and one pair of terms that contradict each
                 other while all others fit reaches it.

Least squares, fitted or not, with up to three pairs of points that contradict each other. V is
taken at the minimiser; a step away from it the same V bounds nothing.
"""

from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, cases_plot, holds, table

from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="minimiser-cauchy-schwarz",
    locator="§3, before Theorem 3.1",
    statement="Where the variance of the gradients at a minimiser is small, so are the inner "
    "products of gradients there, and gradient confusion with them.",
    kind="bound",
    formula="E_{ij} |⟨∇f_i(w*), ∇f_j(w*)⟩| ≤ V; −min ⟨∇f_i(w*), ∇f_j(w*)⟩ ≤ N V/2; "
    "V = E ‖∇f_i(w*)‖²",
    estimand="1 − (largest ratio found), worst case",
    unit="bounds",
    refuted_if="a problem with a ratio above 1",
)

ROUNDING = 1e-9
EXPERIMENT = Experiment(
    arms={"search": compute("claims.sankararaman2020confusion.minimisers:at_minimisers")},
    seeds=6,
)
SENTENCES = {
    "mean": "At minimisers of least squares of up to 30 points, the mean absolute inner product of "
    "two gradients drawn independently is at most the variance of the gradients.",
    "worst-pair": "At minimisers of least squares of up to 30 points, gradient confusion is at "
    "most half of the number of points times the variance of the gradients.",
}
FORMS = {
    name: Form(
        experiment=EXPERIMENT,
        sentence=sentence,
        bearing="claim",
        criterion=Criterion(
            null=-ROUNDING,
            slack=ROUNDING,
            because="equality is nearly reached, so a billionth is left to rounding",
        ),
    )
    for name, sentence in SENTENCES.items()
}
QUANTITY = {"mean": "mean", "worst-pair": "worst pair"}
BROKEN = {
    "mean": ("mean, away", "a step away from the minimiser the variance there bounds nothing"),
    "worst-pair": ("worst pair without N", "without the number of points the bound fails"),
}


@claim(CLAIM, fast=FORMS)
def test_gradients_of_small_variance_at_a_minimiser_are_not_confused(measured, judge, case_name):
    found = measured(QUANTITY[case_name])["search"]
    name, words = BROKEN[case_name]
    broken = measured(name)["search"]
    judge(
        worst_case(1 - found, method="exact; worst case that Hypothesis found"),
        controls=[
            holds(
                words,
                expectation="a ratio above 1 on every seed",
                observed=f"smallest largest ratio {broken.min():.3g}",
                held=broken.min() > 1,
                when_failed="vacuous",
            )
        ],
        mutants={words: worst_case(1 - broken)},
        plots=[
            cases_plot(
                "largest ratio of each search",
                "inner product / bound",
                found,
                threshold=1.0,
                threshold_name="the bound",
            )
        ],
        tables=[
            table(
                "Largest ratios found",
                ["seed", QUANTITY[case_name], name],
                [[seed, *pair] for seed, pair in enumerate(zip(found, broken, strict=True))],
            )
        ],
    )
