"""No point stationary in the last layer has a cross-entropy above ln C (our check on Table 1).

Cross-entropy L is convex in the last layer W (bias included) and equals ln C at W = 0, so

    ln C = L(0) ≥ L(W) − ⟨∇L(W), W⟩     for every W,

and where ∇L(W) = 0 the loss is at most ln C. Table 1 prints minima of 2.3301 and 2.3153 above
ln 10 = 2.3026: as values of the plain loss, those points cannot be local minima.
"""

from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, cases_plot, holds

from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="ce-ceiling",
    locator="Table 1, rows “Bias+20” and “U(−50, 50)” (our check)",
    statement="Where the gradient of the last layer vanishes, cross-entropy is at most ln C.",
    kind="bound",
    formula="L(W) − ⟨∇L(W), W⟩ ≤ ln C for every last layer W",
    estimand="1 − (excess over ln C / rounding unit), worst case",
    unit="rounding units",
    refuted_if="an excess of ten rounding units or more at one last layer",
)

FAST = Form(
    sentence="For random last layers, data and numbers of classes, L − ⟨∇L, W⟩ of the "
    "cross-entropy exceeds ln C by no more than rounding in float64.",
    bearing="analogue",  # our bound: the paper does not state it
    experiment=Experiment(
        arms={"last layers": compute("claims.goldblum2020truth.cross_entropy_ceiling:ce_ceiling")},
        seeds=10,
    ),
    criterion=Criterion(
        slack=9.0,
        because="an excess beyond ten rounding units cannot be rounding",
    ),
)


@claim(CLAIM, fast=FAST)
def test_no_point_stationary_in_the_last_layer_lies_above_ln_c(measured, judge):
    excess = measured("excess in rounding units")["last layers"]
    stationary = measured("excess where the last layer is stationary")["last layers"]
    anywhere = measured("excess at an arbitrary last layer")["last layers"]
    first_only = measured("excess where only the first layer is stationary")["last layers"]

    judge(
        worst_case(1 - excess, method="exact; worst case that Hypothesis found, per seed"),
        controls=[
            holds(
                "minimised last layers lie below ln C",
                expectation="no excess above 1e-9",
                observed=f"largest {stationary.max():.3g}",
                held=stationary.max() < 1e-9,
            ),
            holds(
                "stationarity of another layer is not enough",
                expectation="loss above ln C with the first layer's gradient exactly 0",
                observed=f"{(first_only > 0.01).sum()} of {first_only.size}, "
                f"largest excess {first_only.max():.3g}",
                held=first_only.max() > 0.01,
                when_failed="vacuous",
            ),
        ],
        mutants={"without the last-layer condition": worst_case(1 - anywhere / 1e-12)},
        plots=[
            cases_plot(
                "worst excess of each search",
                "(L − ⟨∇L, W⟩ − ln C) / rounding unit",
                excess,
                threshold=1.0,
                threshold_name="one rounding unit",
            )
        ],
    )
