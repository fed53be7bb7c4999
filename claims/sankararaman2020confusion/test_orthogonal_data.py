"""On orthogonal data logistic regression has no confusion, and SGD decouples (§2).

f_i(w) = log(1 + exp(−y_i x_iᵀw)) has ∇f_i = ζ_i x_i, so ⟨∇f_i, ∇f_j⟩ = ζ_i ζ_j ⟨x_i, x_j⟩ = 0 for
orthogonal points, and a step on f_i leaves every other margin where it was: after n_i visits the
margin m_i = y_i x_iᵀw is where n_i steps of gradient descent on f_i alone bring it,

    m_i ← m_i + α ‖x_i‖² /(1 + exp m_i).

Both hold up to rounding; Hypothesis looks for sizes, scales and steps at which they do not.
"""

from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, cases_plot, holds

from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="orthogonal-data",
    locator="§2, “Observations in simplified settings”",
    statement="On orthogonal data logistic regression has no gradient confusion and SGD decouples "
    "into gradient descent on each example.",
    kind="identity",
    formula="⟨∇f_i, ∇f_j⟩ = 0 for i ≠ j, and m_i(SGD) = m_i(gradient descent on f_i alone)",
    estimand="1 − the larger of both errors in rounding units, worst case",
    unit="rounding units",
    refuted_if="an error of ten rounding units or more in one problem",
)

FAST = Form(
    experiment=Experiment(
        arms={"search": compute("claims.sankararaman2020confusion.linear_models:decoupling")},
        seeds=10,
    ),
    criterion=Criterion(
        slack=9.0,
        because="an error beyond ten rounding units, T ε (d + N) each, cannot be rounding",
    ),
    sentence="For logistic regression on orthogonal points of any number and scale and any step, "
    "inner products of gradients are 0, and SGD is gradient descent on each example.",
    bearing="claim",
)


@claim(CLAIM, fast=FAST)
def test_sgd_on_orthogonal_data_is_gradient_descent_on_each_example(measured, judge):
    apart = measured("margins apart, in rounding units")["search"]
    inner = measured("inner products, in rounding units")["search"]
    correlated = measured("margins apart on correlated data")["search"]
    confused = measured("inner products on correlated data")["search"]

    judge(
        worst_case(
            [1 - e for e in (*apart, *inner)], method="exact; worst case that Hypothesis found"
        ),
        controls=[
            holds(
                "on correlated data gradients meet and SGD does not decouple",
                expectation="both errors beyond a million rounding units on every seed",
                observed=f"smallest {min(*correlated, *confused):.3g}",
                held=min(*correlated, *confused) > 1e6,
                when_failed="vacuous",
            )
        ],
        mutants={"correlated data": worst_case(1 - correlated)},
        plots=[
            cases_plot(
                "margins of SGD and of gradient descent",
                "distance / rounding unit",
                [*apart, *correlated],
                threshold=1.0,
                threshold_name="one rounding unit",
                log=True,
            )
        ],
    )
