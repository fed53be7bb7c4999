"""Scaling, permuting and rotating hidden units leaves the embedded network alone (§2).

With every ReLU open on the data, hidden layer z ↦ Q z + c′ (Q orthogonal, c′ keeping the units
open), followed by any permutation and any positive scaling of units, can be undone by the next
layer:  F_{φ′}(x) = F_φ(x) for all x of the training set. So one linear minimum is inherited by a
continuum of parameter vectors.
"""

from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, cases_plot, holds

from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="symmetry",
    locator="§2, after Theorem 1",
    statement="Scaling, permuting and rotating hidden units does not change what the embedded "
    "network computes on the data.",
    kind="identity",
    formula="F_{φ′}(x) = F_φ(x), x in Ω",
    estimand="1 − (relative gap / its rounding bound), worst case",
    unit="rounding bounds",
    refuted_if="a gap of ten rounding bounds or more in one world",
)

FAST = Form(
    sentence="For random embedded networks of any sizes, ranks and scales tried, scaling, "
    "permuting and rotating the hidden units together changes no output on the data beyond "
    "rounding in float64.",
    experiment=Experiment(
        arms={"construction": compute("claims.goldblum2020truth.symmetries:symmetry")}, seeds=10
    ),
    criterion=Criterion(
        slack=9.0,
        because="a gap beyond ten times the rounding bound cannot be rounding",
    ),
)


@claim(CLAIM, fast=FAST)
def test_symmetries_of_hidden_units_leave_the_function_unchanged(measured, judge):
    gap = measured("gap in rounding bounds")["construction"]
    moved = measured("distance moved in parameters")["construction"]
    closed = measured("gap when a ReLU closes")["construction"]

    judge(
        worst_case(1 - gap, method="exact; worst case that Hypothesis found, per seed"),
        controls=[
            holds(
                "the parameters did move",
                expectation="‖φ′ − φ‖ / ‖φ‖ above 0.01 in every world",
                observed=f"smallest {moved.min():.3g}",
                held=moved.min() > 0.01,
                when_failed="vacuous",
            ),
            holds(
                "a rotation that closes ReLUs changes F",
                expectation="relative gap above 1e-6 in some world",
                observed=f"above in {(closed > 1e-6).sum()} of {closed.size}, "
                f"largest {closed.max():.3g}",
                held=bool(closed.max() > 1e-6),
            ),
        ],
        mutants={"a rotation that closes ReLUs": worst_case(1 - closed / 1e-12)},
        plots=[
            cases_plot(
                "worst gap of each search",
                "relative gap / rounding bound",
                gap,
                threshold=1.0,
                threshold_name="rounding bound",
                log=True,
            )
        ],
    )
