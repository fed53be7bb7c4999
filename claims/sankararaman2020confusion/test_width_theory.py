"""Width and confusion at random initialisation (Theorem 4.2, strategy 4.1).

Weights are independent N(0, 1/(κ ℓ)) (reconstructed; N(0, 1/d) in W_0), and

    1 − β exp(−c₁ κ² ℓ²) − N² exp(−c ℓ² β (η − 4)²/(64 ζ₀⁴ (β + 2)⁴))

bounds from below the probability of confusion below η, for η > 4 and fixed data. Its steps:

    norms       ‖W_p‖ ≤ 1 with high probability at the usual initialisations. A matrix of variance
                1/(κ ℓ) has norm near 2/√κ: 2 for Glorot and LeCun, 2.8 for He. The exponent ℓ² in
                the probability fits a *standard deviation* of 1/(κ ℓ);
    deviation   the same for that reading, which no usual initialisation is: norms 2/(κ√ℓ);
    expectation E ⟨∇f_i, ∇f_j⟩ ≥ −4 over initialisations;
    wider       that wider nets have less confusion at initialisation;
    bound       whether the probability says something at the paper's sizes. Its exponent uses a
                concentration on a sphere of dimension ℓ²β; for Gaussian weights of variance
                1/(κ ℓ) the concentration is in κ ℓ, which would be weaker still.
"""

import numpy as np

from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import opposite, success_rate, trend, worst_case
from dltheory.verdicts import Claim, Criterion, holds, lines_plot, shown, table

from .concentration import smallest_promised, trivial, violation
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="width-theory",
    locator="Theorem 4.2, strategy 4.1, appendix D.4",
    statement="At random initialisation weight matrices have norm at most 1 and wider networks "
    "have lower gradient confusion.",
    kind="trend",
    formula="P(‖W_p‖ ≤ 1) → 1; E h ≥ −4; confusion falls with ℓ",
    estimand="rate of nets whose hidden matrices all have norm at most 1; lowest expected inner "
    "product plus 4; minus the slope of log₂ confusion over log₂ ℓ; allowed minus observed "
    "violations",
    unit="rate; inner product; doublings per doubling of the width; probability",
    refuted_if="the rate is certainly below 0.9; an expectation below −4; confusion certainly does "
    "not fall; more violations than allowed",
)

WIDTHS, DEPTH, POINTS = (16, 32, 64, 128, 256), 3, 64


def experiment(weights, widths=WIDTHS):
    """Nets of three hidden layers at initialisation, and N random points."""
    return Experiment(
        arms={
            f"ℓ = {width}": compute(
                "claims.sankararaman2020confusion.unit_networks:random_confusion",
                depth=DEPTH,
                width=width,
                weights=weights,
            )
            for width in widths
        },
        seeds=12,
    )


MOST = Criterion(
    null=0.9,
    because="“with high probability”: nine nets of ten, over all widths",
    licenses="Glorot's and LeCun's initialisation, widths 16 to 256.",
    expected="REFUTED",
    expected_reason="random matrices of variance 1/ℓ have norm near 2, at every width",
)
FORMS = {
    "norms": Form(experiment=experiment("variance"), criterion=MOST),
    "deviation": Form(
        experiment=experiment("deviation"),
        criterion=Criterion(
            null=0.9,
            because=MOST.because,
            licenses="A standard deviation of 1/ℓ, which no usual initialisation has.",
        ),
    ),
    "expectation": Form(
        experiment=Experiment(
            arms={
                f"β = {depth}": compute(
                    "claims.sankararaman2020confusion.unit_networks:expected_product",
                    width=32,
                    depth=depth,
                )
                for depth in (1, 3, 6)
            },
            seeds=3,
        ),
        criterion=Criterion(
            because="the lowest of all pairs stays above −4; its sampling error is below 0.1",
            licenses="Eight points chosen to disagree, initialisations of variance 1/ℓ.",
        ),
    ),
    "wider": Form(
        experiment=experiment("variance"),
        criterion=Criterion(
            smallest_effect=0.1,
            because="a tenth of a doubling per doubling: a third over the range of widths",
            licenses="Tanh nets of three hidden layers at initialisation on random data.",
            expected="REFUTED",
            expected_reason="as ℓ grows inner products tend to those of the tangent kernel, which "
            "are not 0; narrow nets have smaller gradients and so smaller inner products",
        ),
    ),
    "bound": Form(
        experiment=experiment("variance"),
        criterion=Criterion(
            null=-1e-9,
            slack=1e-9,
            because="no more violations than the theorem allows",
            licenses="Three hidden layers; the paper's own sizes by arithmetic.",
            expected="INCONCLUSIVE",
            expected_reason="vacuous: at the paper's widths and depths the η that it promises is "
            "beyond what any gradients can reach",
        ),
    ),
}

NETS = (
    ("CNN-16-2", 128, 16),
    ("CNN-16-6", 384, 16),
    ("MLP-3-100", 100, 3),
    ("MLP-300-1000", 1000, 300),
)


@claim(CLAIM, fast=FORMS)
def test_wider_networks_have_lower_confusion_at_initialisation(measured, judge, case_name):
    if case_name == "expectation":
        _expectation(measured, judge)
        return
    norms, confusion = measured("operator norms"), measured("confusion")
    values = np.column_stack(list(confusion.values()))
    cosines = np.column_stack(list(measured("lowest cosine").values()))
    hidden = {arm: found[:, 1:-1].max(axis=1) for arm, found in norms.items()}
    plots = [
        _plot("largest operator norm of a hidden matrix", np.column_stack(list(hidden.values()))),
        _plot("confusion", values, log=True),
        _plot("lowest cosine", cosines),
    ]
    tables = [_table(norms, values, cosines)]
    if case_name in ("norms", "deviation"):
        below = np.concatenate(list(hidden.values())) <= 1
        judge(
            success_rate(list(below)), plots=plots[:1], tables=tables, controls=[_reaches(hidden)]
        )
    elif case_name == "wider":
        falls = opposite(trend(np.log2(values), np.log2(WIDTHS)))
        judge(
            falls,
            controls=[
                shown(
                    "the lowest cosine rises with width, so it is not the length of gradients",
                    trend(cosines, np.log2(WIDTHS)),
                    when_failed="confounded",
                )
            ],
            mutants={"widths in reverse": opposite(falls)},
            plots=plots[1:],
            tables=tables,
        )
    else:
        eta = trivial(DEPTH) / 2
        observed = [(values[:, i] > eta).mean() for i in range(len(WIDTHS))]
        allowed = [violation(POINTS, w**2 * DEPTH, DEPTH, eta - 4, factor=64) for w in WIDTHS]
        judge(
            worst_case(np.subtract(allowed, observed)),
            controls=[_says_something()],
            plots=plots[1:2],
            tables=[_promises(), *tables],
        )


def _expectation(measured, judge):
    lowest = measured("lowest expected product")
    judge(
        worst_case(np.concatenate(list(lowest.values())) + 4, method="means over 200 networks"),
        controls=[
            holds(
                "the points disagree: some expected inner product is negative",
                expectation="below 0 somewhere",
                observed=f"lowest {min(v.min() for v in lowest.values()):.3g}",
                held=min(v.min() for v in lowest.values()) < 0,
            )
        ],
        tables=[
            table(
                "Tightness: the lowest expected inner product, beside −4",
                ["networks", "lowest"],
                [[arm, found.min()] for arm, found in lowest.items()],
            )
        ],
    )


def _reaches(hidden):
    largest = max(found.max() for found in hidden.values())
    return holds(
        "norms are measured",
        expectation="a largest norm between 0.1 and 10",
        observed=f"{largest:.3g}",
        held=0.1 < largest < 10,
    )


def promised(width, depth):
    """η of part 1 at probability ½ and N = 50,000, in its favour without the term in κ."""
    return 4 + smallest_promised(50_000, width**2 * depth, depth, factor=64)


def _says_something():
    within = [name for name, width, depth in NETS if promised(width, depth) < trivial(depth)]
    return holds(
        "the bound says something at the paper's sizes",
        expectation="an η below 4(β + 1) promised with probability ½ for one of the paper's nets",
        observed=f"for {', '.join(within) or 'none'}",
        held=bool(within),
        when_failed="vacuous",
    )


def _promises():
    return table(
        "η promised with probability ½ at N = 50,000, and the largest there can be",
        ["network", "ℓ", "β", "promised", "4(β + 1)"],
        [[name, w, b, promised(w, b), trivial(b)] for name, w, b in NETS],
    )


def _table(norms, values, cosines):
    rows = [
        [
            width,
            found[:, 0].mean(),
            found[:, 1:-1].mean(),
            values[:, i].mean(),
            cosines[:, i].mean(),
        ]
        for i, (width, found) in enumerate(zip(WIDTHS, norms.values(), strict=True))
    ]
    columns = ["ℓ", "‖W_0‖", "mean ‖W_p‖", "mean confusion", "mean lowest cosine"]
    return table("By width, β = 3", columns, rows)


def _plot(axis, values, *, log=False):
    return lines_plot(
        f"{axis} by width", axis, "ℓ", {"tanh, β = 3": (WIDTHS, values)}, x_log=True, log=log
    )
