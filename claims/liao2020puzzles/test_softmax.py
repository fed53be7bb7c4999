"""Two-class softmax is the logistic loss, and scale lowers the loss of separated data (App. A).

    −log softmax(−f/2, f/2)_y = ln(1 + e^(−y f)),  y = ±1,
    L(ρ f) falls in ρ where every label's output is the largest:  dL/dρ = −mean E[α] < 0,

with α the lead of the label over the other outputs. Where one point is on the wrong side, the
loss rises again from some ρ on.
"""

from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, cases_plot, holds

from .paper import PAPER

LOGISTIC = Claim(
    paper=PAPER,
    row="softmax-logistic",
    locator="Appendix A, eq. 9 and 10",
    statement="The softmax loss of two classes is the logistic loss of their difference.",
    kind="identity",
    formula="cross-entropy of (−f/2, f/2) = ln(1 + e^(−y f))",
    estimand="1 − (gap / its rounding unit), worst case",
    unit="rounding units",
    refuted_if="a gap of ten rounding units or more at one output",
)
FALLS = Claim(
    paper=PAPER,
    row="loss-falls-with-rho",
    locator="Appendix A, eq. 11",
    statement="On separated data the cross-entropy of ρ f falls as ρ grows.",
    kind="monotone",
    formula="L(ρ′ f) < L(ρ f) for ρ′ = 1.1 ρ, on ever larger ρ",
    estimand="smallest relative fall of the loss from one ρ to the next, worst case",
    unit="relative",
    refuted_if="the loss stays or rises at one step",
)
OUTPUTS = Experiment(
    arms={"outputs": compute("claims.liao2020puzzles.identities:softmax")}, seeds=6
)


@claim(
    LOGISTIC,
    fast=Form(
        experiment=OUTPUTS,
        criterion=Criterion(
            slack=9.0,
            because="a gap beyond ten rounding units cannot be rounding",
        ),
        sentence="For any outputs −f/2 and f/2, the softmax loss is the logistic loss of f, up to "
        "rounding.",
    ),
)
def test_two_class_softmax_is_the_logistic_loss(measured, judge):
    gap = measured("gap in rounding units")["outputs"]
    other = measured("gap with outputs −f and f")["outputs"]

    judge(
        worst_case(1 - gap, method="exact; worst case that Hypothesis found, per seed"),
        controls=[
            holds(
                "another pair of outputs is not the logistic loss",
                expectation="a gap of a million rounding units with outputs −f and f",
                observed=f"smallest {other.min():.3g}",
                held=other.min() > 1e6,
                when_failed="vacuous",
            )
        ],
        mutants={"outputs −f and f": worst_case(1 - other)},
        plots=[_plot(gap, "gap / rounding unit", 1.0, "one rounding unit")],
    )


@claim(
    FALLS,
    fast=Form(
        experiment=OUTPUTS,
        criterion=Criterion(
            because="a fall or not: it is a statement about every ρ",
        ),
        sentence="For separated outputs of up to twelve classes, the cross-entropy falls with each "
        "step of ρ until it is about e^−30.",
    ),
)
def test_the_loss_of_separated_data_falls_as_the_norm_grows(measured, judge):
    fall = measured("smallest relative fall")["outputs"]
    wrong = measured("smallest relative fall where one point is wrong")["outputs"]

    judge(
        worst_case(fall, method="exact; worst case that Hypothesis found, per seed"),
        controls=[
            holds(
                "where one point is wrong the loss rises",
                expectation="a rise somewhere along ρ in every such world",
                observed=f"smallest relative rise {-wrong.max():.3g}",
                held=wrong.max() < 0,
                when_failed="vacuous",
            )
        ],
        mutants={"data that are not separated": worst_case(wrong)},
        plots=[_plot(fall, "smallest (L(ρ) − L(1.1 ρ)) / L(ρ)", 0.0, "no fall")],
    )


def _plot(values, axis, threshold, name):
    title = "worst of each search"
    return cases_plot(title, axis, values, threshold=threshold, threshold_name=name)
