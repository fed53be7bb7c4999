"""Gradients of networks with weights of operator norm at most 1 (Lemma D.1).

g_W(x) = σ(W_β … σ(W_0 x)), ‖W_p‖ ≤ 1, ‖x‖ ≤ 1, ∇_W f = ζ ∇_W g. The lemma has ‖∇_W g‖ ≤ 1, and

    |ζ| ≤ 2,    ‖∇_x ζ‖ ≤ ζ₀,    ‖∇_W ζ‖ ≤ ζ₀,    ζ₀ = 2√β

(reconstructed: the exponents are damaged in our copy). What its proof shows is a bound for each
layer. Its activations are to have |σ|, |σ′|, |σ″| ≤ 1 on [−1, 1], and the sigmoid is among them.

    per-layer    ‖∇_{W_p} g‖ ≤ 1 for each p: identity, tanh, ReLU;
    all-layers   ‖∇_W g‖ ≤ 1 as stated. All β + 1 layers of a linear net pass the signal whole,
                 each has a gradient of norm 1, and together √(β + 1);
    zeta         the bounds on ζ, which leave room for √(β + 1);
    sigmoid      ‖∇_{W_p} g‖ ≤ 1 for the sigmoid: σ(0) = ½, so a layer of ℓ units has a signal of
                 norm √ℓ/2 and the last gradient can be √ℓ/8, above 1 from ℓ = 65 on.

The strongest objections: of `all-layers`, that the proof bounds each layer and the lemma means
that. Then ζ₀ and the theorems that sum over layers have to carry β + 1, and the lemma as stated,
with ∇_W over all weights, has no such factor. Of `sigmoid`, that σ may be shifted to be 0 at 0; the
paper names the sigmoid, and asks for |σ| ≤ 1 for each unit, which bounds no layer's length.
"""

import numpy as np

from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, Verdict, cases_plot, holds, table

from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="lemma-d1",
    locator="Lemma D.1, used by Theorems 4.1 and 4.2",
    statement="In networks whose weight matrices have operator norm at most 1, the gradient of the "
    "output and the derivative of the loss and its gradients are bounded.",
    kind="bound",
    formula="‖∇_W g_W(x)‖ ≤ 1, |ζ| ≤ 2, ‖∇_x ζ‖ ≤ 2√β, ‖∇_W ζ‖ ≤ 2√β",
    estimand="1 − (largest value found / bound), worst case",
    unit="bounds",
    refuted_if="a value beyond the bound in one network",
)

ROUNDING = 1e-9
SMOOTH = ("identity", "tanh", "relu")
SEARCHED = "claims.sankararaman2020confusion.unit_networks:bounded_gradients"
EXPERIMENT = Experiment(
    arms={
        **{name: compute(SEARCHED, activation=name) for name in SMOOTH},
        "norm 2": compute(SEARCHED, activation="tanh", norm=2.0),
    },
    seeds=4,
)


def criterion(expected: Verdict = "CONFIRMED", reason=""):
    """A bound that holds or does not, up to rounding where equality is reached."""
    return Criterion(
        null=-ROUNDING,
        slack=ROUNDING,
        because="a bound holds or does not; a billionth is left to rounding",
        expected=expected,
        expected_reason=reason,
    )


FORMS = {
    "per-layer": Form(
        experiment=EXPERIMENT,
        sentence="In networks with identity, tanh or ReLU and matrices of norm at most 1, the "
        "gradient of the output by each single matrix is at most 1.",
        bearing="claim",
        criterion=criterion(),
    ),
    "all-layers": Form(
        experiment=EXPERIMENT,
        sentence="In networks with identity, tanh or ReLU and matrices of norm at most 1, the "
        "gradient of the output by all weights together is at most 1.",
        bearing="claim",
        criterion=criterion(
            "REFUTED",
            "each of β + 1 layers can have a gradient of norm 1: together √(β + 1)",
        ),
    ),
    "zeta": Form(
        experiment=EXPERIMENT,
        sentence="In networks with identity, tanh or ReLU and matrices of norm at most 1, the "
        "derivative ζ of the loss is at most 2 and its gradients at most 2√β.",
        bearing="claim",
        criterion=criterion(),
    ),
    "sigmoid": Form(
        experiment=Experiment(
            arms={"sigmoid": compute(SEARCHED, activation="sigmoid", examples=12)}, seeds=3
        ),
        sentence="In networks with sigmoids and matrices of norm at most 1, the gradient of the "
        "output by each single matrix is at most 1.",
        bearing="claim",
        criterion=criterion(
            "REFUTED",
            "σ(0) = ½ makes a signal of norm √ℓ/2, and the last layer's gradient up to √ℓ/8",
        ),
    ),
}

QUANTITY = {"per-layer": "layer", "all-layers": "all layers", "zeta": "ζ", "sigmoid": "layer"}


@claim(CLAIM, fast=FORMS)
def test_gradients_are_bounded_where_operator_norms_are_at_most_one(measured, judge, case_name):
    values = measured(QUANTITY[case_name])
    root = measured("all layers over root of depth")
    judged = np.concatenate([values[name] for name in values if name != "norm 2"])
    controls, mutants = [], {}
    if "norm 2" in values:
        doubled = values["norm 2"]
        mutants = {"operator norms of 2": worst_case(1 - doubled)}
        controls = [
            holds(
                "with operator norms of 2 the bound fails",
                expectation="a value beyond it on every seed",
                observed=f"smallest largest value {doubled.min():.3g}",
                held=doubled.min() > 1,
                when_failed="vacuous",
            )
        ]
    judge(
        worst_case(1 - judged, method="exact; worst case that Hypothesis found"),
        controls=controls,
        mutants=mutants,
        plots=[
            cases_plot(
                f"{QUANTITY[case_name]}: largest value found in each search",
                "value / bound",
                judged,
                threshold=1.0,
                threshold_name="the bound",
            )
        ],
        tables=[
            table(
                "Tightness: largest values found, over their bounds",
                ["networks", QUANTITY[case_name], "‖∇_W g‖ / √(β + 1)"],
                [[arm, values[arm].max(), root[arm].max()] for arm in values],
            )
        ],
    )
