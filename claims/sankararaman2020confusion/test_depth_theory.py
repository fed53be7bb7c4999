"""Depth and confusion for random data and weights of norm at most 1 (Theorem 4.1, corollary 4.1).

Points are uniform on the unit sphere in d dimensions, ‖W_p‖ ≤ 1, labels 1-Lipschitz. All pairs of
N points satisfy ⟨∇f_i, ∇f_j⟩ ≥ −η with probability at least

    1 − N² exp(−c d η²/(16 ζ₀⁴ (β + 2)⁴)),   ζ₀ = 2√β,

so the *bound* worsens with depth, and the paper reads it as confusion that rises with depth.
Reconstructed: all exponents; c is not given (`concentration.py` takes its largest value, ½).

    bound              what that says at the paper's sizes, against the largest inner product
                       that there can be: |⟨∇f_i, ∇f_j⟩| ≤ 4(β + 1) by Lemma D.1;
    orthogonal         the confusion of tanh nets with orthogonal weights rises with β;
    gaussian           that of Gaussian weights scaled to operator norm 1;
    orthogonal-cosine, gaussian-cosine
                       the lowest cosine falls with β.

Both kinds of weights satisfy the theorem's assumptions. Definition 2.1 is in inner products, the
paper's experiments are in cosines, and neither is held against the other.

The strongest objections: of `bound`, that c may be larger than ½. It cannot: a linear function on
the sphere has variance ρ²/d. Of `gaussian`, that the theorem is about the worst weights of norm 1
and a bound, which may stay where it is while confusion falls. That is so; but the paper reads it as
confusion that rises with depth for weights of bounded norm, and these are such weights.
"""

import numpy as np

from claims.dealt import dealt
from claims.seeds import FIRST_SEED, LOOKS
from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import opposite, trend, worst_case
from dltheory.verdicts import Claim, Criterion, Verdict, holds, lines_plot, table

from .concentration import corollary_exponent, smallest_promised, trivial
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="depth-theory",
    locator="Theorem 4.1, corollary 4.1, appendix D.3",
    statement="At random data and weights of norm at most 1, gradient confusion is more likely the "
    "deeper the network.",
    kind="trend",
    formula="P(min ⟨∇f_i, ∇f_j⟩ < −η) ≤ N² exp(−c d η²/(256 β² (β + 2)⁴)); confusion rises with β",
    estimand="slope of log₂ confusion, or minus that of the lowest cosine, over log₂ β; 1 less the "
    "η that is promised with probability ½ over the largest there can be",
    unit="doublings of confusion, or cosine, per doubling of the depth; largest inner products",
    refuted_if="confusion certainly does not rise; the promise is beyond what can be",
)

DEPTHS = (1, 2, 4, 8, 16)
WEIGHTS = {
    "orthogonal": "orthogonal weights",
    "gaussian": "Gaussian weights scaled to operator norm 1",
}


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
        seeds=LOOKS,
        first_seed=FIRST_SEED,
    )


def confusion(weights, expected: Verdict = "CONFIRMED", reason=""):
    """Inner products, as in the theorem."""
    return Form(
        experiment=experiment(weights),
        unit="doublings of confusion per doubling of the depth",
        sentence=f"In tanh networks 64 wide with {WEIGHTS[weights]}, on 64 random points, gradient "
        "confusion, by inner products, rises by at least 0.5 doublings per doubling of the depth.",
        bearing="instance",
        criterion=Criterion(
            smallest_effect=0.5,
            because="half a doubling per doubling of the depth: the bound's own η grows by three",
            expected=expected,
            expected_reason=reason,
        ),
    )


def cosine(weights, expected: Verdict = "CONFIRMED", reason=""):
    """Cosines, as in the paper's experiments."""
    return Form(
        experiment=experiment(weights),
        unit="cosine per doubling of the depth",
        sentence=f"In tanh networks 64 wide with {WEIGHTS[weights]}, on 64 random points, the "
        "lowest cosine between two gradients falls by at least 0.02 per doubling of the depth.",
        bearing="analogue",
        criterion=Criterion(
            smallest_effect=0.02,
            because="0.02 per doubling: 0.08 over the range of depths",
            expected=expected,
            expected_reason=reason,
        ),
    )


FORMS = {
    "orthogonal": confusion("orthogonal"),
    "gaussian": confusion(
        "gaussian",
        "REFUTED",
        "with operator norm 1 a Gaussian matrix halves a typical signal, so gradients and their "
        "inner products vanish with depth",
    ),
    "orthogonal-cosine": cosine(
        "orthogonal", "REFUTED", "lengths grow with depth, and the cosines stay where they are"
    ),
    "gaussian-cosine": cosine("gaussian"),
}
BOUND = Form(
    unit="largest inner products",
    sentence="At one hidden layer and the sizes of MNIST or CIFAR-10, Theorem 4.1 promises with "
    "probability one half a gradient confusion that is below the largest that there can be.",
    bearing="claim",
    criterion=Criterion(
        because="a promise below what holds anyway says nothing; c = ½ is the largest that there "
        "can be, and deeper networks are promised less",
        expected="REFUTED",
        expected_reason="the η that it promises is beyond what any gradients can reach",
    ),
)

PAPER_SIZES = (
    ("MNIST", 60_000, 784),
    ("CIFAR-10", 40_000, 3072),
)


@claim(CLAIM, static={"bound": BOUND}, fast=FORMS)
def test_gradient_confusion_is_more_likely_in_deeper_networks(measured, judge, case_name):
    if case_name == "bound":
        _bound(judge)
        return
    confusion = np.column_stack(list(measured("confusion").values()))
    cosines = np.column_stack(list(measured("lowest cosine").values()))
    squares = np.column_stack(list(measured("squared gradient").values()))
    logs, doublings = np.log2(confusion), np.log2(DEPTHS)
    judged, broken = trend(logs, doublings), trend(dealt(logs), doublings)
    if case_name.endswith("cosine"):
        judged = opposite(trend(cosines, doublings))
        broken = opposite(trend(dealt(cosines), doublings))
    judge(
        judged,
        controls=[
            holds(
                "some pair of points disagrees in every network",
                expectation="a lowest cosine below 0 in all of them",
                observed=f"largest {cosines.max():.3g}",
                held=cosines.max() < 0,
            )
        ],
        mutants={"depths dealt at random": broken},
        plots=[
            _plot("confusion, −min ⟨∇f_i, ∇f_j⟩", confusion, log=True),
            _plot("lowest cosine", cosines),
        ],
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


def _bound(judge):
    margins = {name: 1 - smallest_promised(n, d, 1) / trivial(1) for name, n, d in PAPER_SIZES}
    endless = smallest_promised(2, 10**9, 1)
    judge(
        worst_case([max(margins.values())], method="arithmetic; the better of two data sets"),
        controls=[
            holds(
                "the arithmetic can confirm",
                expectation=f"two points in a billion dimensions are promised less than "
                f"{trivial(1):g}",
                observed=f"{endless:.3g}",
                held=endless < trivial(1),
            )
        ],
        plots=[],
        tables=[
            table(
                "η promised with probability ½, and the largest there can be",
                ["data", "N", "d", "β", "promised", "4(β + 1)"],
                [
                    [name, n, d, beta, smallest_promised(n, d, beta), trivial(beta)]
                    for name, n, d in PAPER_SIZES
                    for beta in (1, 3, 16, 100)
                ],
            ),
            table(
                "The exponent of corollary 4.1 over d, beyond r = η/(4ζ₀²), at the largest η",
                ["β", "exponent / d"],
                [[beta, corollary_exponent(beta)] for beta in (1, 3, 16, 100)],
            ),
        ],
    )


def _plot(axis, values, *, log=False):
    return lines_plot(
        f"{axis.split(',')[0]} by depth", axis, "β", {"tanh": (DEPTHS, values)}, x_log=True, log=log
    )
