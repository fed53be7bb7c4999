"""Over independent points the expected inner product is not negative (appendix D.3).

h(x, x′) = ⟨∇_W f(x), ∇_W f(x′)⟩. The proof of Theorem 4.1 has

    expectation   E h = ‖E ∇f‖² ≥ 0 where x and x′ are independent and of one law;
    sensitivity   ‖∇_{(x, x′)} h‖ ≤ 4 ζ₀² (β + 2)², ζ₀ = 2√β, for matrices of norm at most 1, points
                  of length at most 1 and labels uᵀx.

Without independence the first fails: x and −x with the label 1 for both disagree (`width-theory`).
Reconstructed: the exponents of the second, which is damaged in our copy.
"""

from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, cases_plot, holds, table

from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="expected-confusion",
    locator="Proof of Theorem 4.1, appendix D.3",
    statement="Over independent data points the expected inner product of two gradients is not "
    "negative, and it does not change fast with the points.",
    kind="bound",
    formula="E h = ‖E ∇f‖² ≥ 0; ‖∇_{(x, x′)} h‖ ≤ 4 ζ₀² (β + 2)², ζ₀ = 2√β",
    estimand="1 − (error in rounding units, or largest value over its bound), worst case",
    unit="rounding units; bounds",
    quantifier="every",
    refuted_if="an error of ten rounding units or more; a value beyond the bound",
)

HERE = "claims.sankararaman2020confusion.pairs_of_points"
FORMS = {
    "expectation": Form(
        experiment=Experiment(arms={"search": compute(f"{HERE}:expected_products")}, seeds=4),
        unit="rounding units",
        sentence="In tanh networks with matrices of norm 1, the mean inner product of gradients "
        "over points drawn independently is the squared length of the mean gradient.",
        bearing="claim",
        criterion=Criterion(
            slack=9.0,
            because="an error beyond ten rounding units, ε E ‖∇f‖² (N + P) each, is no rounding",
        ),
    ),
    "sensitivity": Form(
        experiment=Experiment(
            arms={
                "norm 1": compute(f"{HERE}:sensitivity"),
                "norm 2": compute(f"{HERE}:sensitivity", norm=2.0),
            },
            seeds=4,
        ),
        unit="bounds",
        sentence="In networks with identity, tanh or ReLU and matrices of norm at most 1, the "
        "gradient of the inner product by the two points is at most 16 β (β + 2)².",
        bearing="claim",
        criterion=Criterion(because="a bound holds or does not"),
    ),
}
ACTIVATIONS = ("identity", "tanh", "relu")


@claim(CLAIM, fast=FORMS)
def test_the_expected_inner_product_of_independent_points_is_not_negative(
    measured, judge, case_name
):
    if case_name == "expectation":
        _expectation(measured, judge)
        return
    found = [measured(name)["norm 1"] for name in ACTIVATIONS]
    doubled = [measured(name)["norm 2"] for name in ACTIVATIONS]
    largest, beyond = (
        [max(v) for v in zip(*found, strict=True)],
        [max(v) for v in zip(*doubled, strict=True)],
    )
    judge(
        worst_case([1 - value for value in largest], method="exact; worst that Hypothesis found"),
        controls=[
            holds(
                "with operator norms of 2 the bound fails",
                expectation="a value beyond it on every seed",
                observed=f"smallest largest value {min(beyond):.3g}",
                held=min(beyond) > 1,
                when_failed="vacuous",
            )
        ],
        mutants={"operator norms of 2": worst_case([1 - value for value in beyond])},
        plots=[_plot("largest gradient found in each search", largest)],
        tables=[
            table(
                "Tightness: largest values found, over the bound",
                ["seed", *ACTIVATIONS],
                [[seed, *values] for seed, values in enumerate(zip(*found, strict=True))],
            )
        ],
    )


def _expectation(measured, judge):
    errors, lowest = measured("independent")["search"], measured("lowest")["search"]
    opposite = measured("opposite points")["search"]
    judge(
        worst_case(1 - errors, method="exact; worst case that Hypothesis found"),
        controls=[
            holds(
                "the expectation is not negative",
                expectation="minus the lowest is below 10⁻¹² of E ‖∇f‖²",
                observed=f"{lowest.max():.3g}",
                held=lowest.max() < 1e-12,
            ),
            holds(
                "over x and −x, which are not independent, it is",
                expectation="a mean inner product below −½ E ‖∇f‖² on every seed",
                observed=f"smallest largest {opposite.min():.3g}",
                held=opposite.min() > 0.5,
                when_failed="vacuous",
            ),
        ],
        plots=[_plot("error of the identity, in rounding units", errors)],
        tables=[
            table(
                "Largest values found",
                ["seed", "error", "−E h / E ‖∇f‖²", "the same over x and −x"],
                [[seed, *v] for seed, v in enumerate(zip(errors, lowest, opposite, strict=True))],
            )
        ],
    )


def _plot(name, values):
    return cases_plot(name, "value / bound", values, threshold=1.0, threshold_name="the bound")
