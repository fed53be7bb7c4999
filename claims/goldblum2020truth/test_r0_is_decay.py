"""With target 0 norm-bias is weight decay (eq. 2).

R_μ(φ) = |Σ φ² − μ²| at μ = 0 is Σ φ². With the authors' gradient ±c·φ, training with norm-bias c
and target 0 takes exactly the steps of coupled weight decay c; with the gradient 2c·φ of the
printed formula, those of weight decay 2c.
"""

from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, cases_plot, holds

from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="r0-is-decay",
    locator="§3, eq. 2",
    statement="Norm-bias with target norm 0 is weight decay.",
    kind="identity",
    formula="φ_t(norm-bias, μ = 0) = φ_t(weight decay) after every step",
    estimand="1 − (relative distance of the parameters after training / tolerance), worst case",
    unit="tolerances",
    refuted_if="a distance of ten tolerances or more after one training",
)

TOLERANCE = 1e-12

FAST = Form(
    sentence="Training an MLP on 500 digits with norm-bias of target 0 takes the steps of weight "
    "decay: the parameters after training agree to 10⁻¹², relative, by either gradient.",
    experiment=Experiment(
        arms={
            as_in: compute("claims.goldblum2020truth.penalties:distance_to_decay", as_in=as_in)
            for as_in in ("code", "formula")
        },
        seeds=4,
    ),
    criterion=Criterion(
        slack=9.0,
        because=f"tolerance {TOLERANCE:g}, a few thousand roundings of float64; ten to refute",
    ),
)


@claim(CLAIM, fast=FAST)
def test_norm_bias_with_target_zero_is_weight_decay(measured, judge):
    zero, one = measured("distance with target 0"), measured("distance with a positive target")
    distances = [*zero["code"], *zero["formula"]]
    moved = min(*one["code"], *one["formula"])

    judge(
        worst_case([1 - d / TOLERANCE for d in distances], method="exact, worst of all trainings"),
        controls=[
            holds(
                "a positive target gives another network",
                expectation="relative distance above 0.01",
                observed=f"smallest {moved:.3g}",
                held=moved > 0.01,
                when_failed="vacuous",
            )
        ],
        mutants={"target norm 100 instead of 0": worst_case([1 - moved / TOLERANCE])},
        plots=[
            cases_plot(
                "after 30 steps",
                "relative distance of parameters",
                distances,
                threshold=TOLERANCE,
                threshold_name="tolerance",
            )
        ],
    )
