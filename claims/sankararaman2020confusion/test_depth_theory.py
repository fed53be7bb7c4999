"""Depth and confusion for random data and weights of norm at most 1 (Theorem 4.1, corollary 4.1).

Points are uniform on the unit sphere in d dimensions, ‖W_p‖ ≤ 1, labels 1-Lipschitz. All pairs of
N points satisfy ⟨∇f_i, ∇f_j⟩ ≥ −η with probability at least

    1 − N² exp(−c d η²/(16 ζ₀⁴ (β + 2)⁴)),   ζ₀ = 2√β,

so the *bound* worsens with depth, and the paper reads it as confusion that rises with depth.
Reconstructed: all exponents; c is not given (`concentration.py` takes its largest value, ½).

    bound        violations among drawn data are no more than allowed, and whether the theorem
                 allows anything but everything: |⟨∇f_i, ∇f_j⟩| ≤ 4(β + 1) holds by Lemma D.1;
    orthogonal   the confusion of tanh nets with orthogonal weights, operator norm 1, rises with β;
    gaussian     that of Gaussian weights scaled to operator norm 1.

All three satisfy the theorem's assumptions. Cosines are confusion with the lengths taken out.
"""

import numpy as np

from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import opposite, trend, worst_case
from dltheory.verdicts import Claim, Criterion, holds, lines_plot, shown, table

from .concentration import corollary_exponent, smallest_promised, trivial, violation
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="depth-theory",
    locator="Theorem 4.1, corollary 4.1, appendix D.3",
    statement="At random data and weights of norm at most 1, gradient confusion is more likely the "
    "deeper the network.",
    kind="trend",
    formula="P(min ⟨∇f_i, ∇f_j⟩ < −η) ≤ N² exp(−c d η²/(256 β² (β + 2)⁴)); confusion rises with β",
    estimand="slope of log₂ confusion over log₂ β; for the bound, allowed minus observed "
    "violations, worst case",
    unit="doublings of confusion per doubling of the depth; probability",
    refuted_if="confusion certainly does not rise; more violations than allowed",
)

DEPTHS, POINTS, INPUTS = (1, 2, 4, 8, 16), 64, 64


def experiment(weights):
    """Random data on nets of every depth with weights of operator norm 1."""
    return Experiment(
        arms={
            f"β = {depth}": compute(
                "claims.sankararaman2020confusion.unit_networks:random_confusion",
                depth=depth,
                width=64,
                weights=weights,
            )
            for depth in DEPTHS
        },
        seeds=12,
    )


RISES = "half a doubling per doubling of the depth: the bound's own η grows by three"
FORMS = {
    "bound": Form(
        experiment=experiment("orthogonal"),
        criterion=Criterion(
            null=-1e-9,
            slack=1e-9,
            because="no more violations than the theorem allows",
            licenses="Orthogonal weights; 64 points in 64 dimensions; the paper's own sizes by "
            "arithmetic.",
            expected="INCONCLUSIVE",
            expected_reason="vacuous: the η it promises is beyond what any gradients can reach, at "
            "these sizes and at those of MNIST and CIFAR-10, from β = 1 on",
        ),
    ),
    "orthogonal": Form(
        experiment=experiment("orthogonal"),
        criterion=Criterion(
            smallest_effect=0.5,
            because=RISES,
            licenses="Tanh nets with orthogonal weights.",
            expected="INCONCLUSIVE",
            expected_reason="confounded: gradients get longer with depth, β + 1 layers instead of "
            "two, and the cosines stay where they are",
        ),
    ),
    "gaussian": Form(
        experiment=experiment("gaussian"),
        criterion=Criterion(
            smallest_effect=0.5,
            because=RISES,
            licenses="Tanh nets with Gaussian weights scaled to norm 1.",
            expected="REFUTED",
            expected_reason="with operator norm 1 a Gaussian matrix halves a typical signal, so "
            "gradients and their inner products vanish with depth",
        ),
    ),
}

PAPER_SIZES = (
    ("MNIST", 60_000, 784),
    ("CIFAR-10", 40_000, 3072),
    ("224 × 224", 1_200_000, 150_528),
)


@claim(CLAIM, fast=FORMS)
def test_gradient_confusion_is_more_likely_in_deeper_networks(measured, judge, case_name):
    confusion = np.column_stack(list(measured("confusion").values()))
    cosines = np.column_stack(list(measured("lowest cosine").values()))
    squares = np.column_stack(list(measured("squared gradient").values()))
    plots = [
        _plot("confusion, −min ⟨∇f_i, ∇f_j⟩", confusion, log=True),
        _plot("lowest cosine", cosines),
    ]
    if case_name == "bound":
        observed = [(confusion[:, i] > trivial(d) / 8).mean() for i, d in enumerate(DEPTHS)]
        allowed = [violation(POINTS, INPUTS, d, trivial(d) / 8) for d in DEPTHS]
        judge(
            worst_case(np.subtract(allowed, observed)),
            controls=[_says_something()],
            plots=plots,
            tables=[_table(confusion), _paper_table()],
        )
        return
    doublings = np.log2(DEPTHS)
    rises = trend(np.log2(confusion), doublings)
    controls = [
        shown(
            "the lowest cosine falls with depth too, so it is not the length of gradients",
            opposite(trend(cosines, doublings)),
            above=0.01,
            when_failed="confounded",
        )
    ]
    judge(
        rises,
        controls=controls,
        mutants={"depths in reverse": opposite(rises)},
        plots=plots,
        tables=[
            table(
                "By depth",
                ["β", "mean confusion", "mean lowest cosine", "mean ‖∇f_i‖²"],
                [
                    [d, confusion[:, i].mean(), cosines[:, i].mean(), squares[:, i].mean()]
                    for i, d in enumerate(DEPTHS)
                ],
            )
        ],
    )


def _says_something():
    sizes = [(name, n, d, 1) for name, n, d in PAPER_SIZES[:2]]
    promised = [smallest_promised(n, d, beta) for _, n, d, beta in sizes]
    return holds(
        "the bound says something at the paper's sizes",
        expectation=f"an η below {trivial(1):g} promised with probability ½ at β = 1, MNIST and "
        "CIFAR-10; corollary 4.1 beyond r = η/(4ζ₀²) at any size at all",
        observed=f"{promised[0]:.3g} and {promised[1]:.3g}; the corollary's exponent is at "
        f"least {min(corollary_exponent(b) for b in range(1, 1001)):.2g} d > 0 whatever d and N",
        held=max(promised) < trivial(1),
        when_failed="vacuous",
    )


def _paper_table():
    rows = [
        [name, n, d, beta, smallest_promised(n, d, beta), trivial(beta)]
        for name, n, d in PAPER_SIZES
        for beta in (1, 3, 16, 100)
    ]
    return table(
        "η promised with probability ½, and the largest there can be",
        ["data", "N", "d", "β", "promised", "4(β + 1)"],
        rows,
    )


def _table(confusion):
    rows = [
        [d, smallest_promised(POINTS, INPUTS, d), trivial(d), np.median(confusion[:, i])]
        for i, d in enumerate(DEPTHS)
    ]
    return table(
        "Tightness on these nets: η promised with probability ½, largest possible, measured",
        ["β", "promised", "4(β + 1)", "median measured"],
        rows,
    )


def _plot(axis, values, *, log=False):
    return lines_plot(
        f"{axis.split(',')[0]} by depth", axis, "β", {"tanh": (DEPTHS, values)}, x_log=True, log=log
    )
