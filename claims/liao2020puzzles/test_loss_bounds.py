"""What §1, eq. 4 and eq. 9 say of the logistic loss, of classes of nets and of the softmax.

    loss-bounds-error        ln(1 + e^(−y f)) ≥ H(−y f) at every margin y f, H the error, 0 or 1
    softmax-sign             with p_i of eq. 9, e^(−f_i) / Σ e^(−f_j), the cross-entropy falls as
                             the margins f_y − max f_j grow, as eq. 11 says of it
    rademacher-homogeneous   R_N(F) = ρ R_N(F̃), eq. 4: F the nets whose layers have norms ρ_l of
                             product ρ, F̃ the same with norms 1

The first is refuted: just on the wrong side of 0 the error is 1 and the loss ln 2 = 0.693. The
authors could object that the bound holds up to the factor 1/ln 2, and that they need no more than
its monotony. It does hold with log₂. But §1, §3 and Appendix E say “upper bound” of the loss of
eq. 2, which has ln, and bound the error by it (§3); so the sentence is false as printed, and its
use in a bound lacks a factor.

The second is refuted too. The authors could object that it is a slip of the sign, since all that
follows, eq. 11 and the margin below it, has the other one. So it is: the sentence is about eq. 9 as
printed, and no result of the paper hangs on it.
"""

from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, Verdict, cases_plot, holds

from .paper import PAPER

BOUND = Claim(
    paper=PAPER,
    row="loss-bounds-error",
    locator="§1, §3, eq. 2",
    statement="The logistic loss is an upper bound of the classification error.",
    kind="bound",
    formula="ln(1 + e^(−y f)) ≥ H(−y f)",
    estimand="the least loss − error at one margin",
    unit="nats",
    refuted_if="the loss is smaller than the error at one margin",
)
SIGN = Claim(
    paper=PAPER,
    row="softmax-sign",
    locator="Appendix A, eq. 9 to 11",
    statement="With the softmax of eq. 9 the loss falls as the margins grow.",
    kind="identity",
    formula="L(2 f) < L(f) for p_i = e^(−f_i)/Σ e^(−f_j), where every margin is positive",
    estimand="smallest relative fall of the loss as all margins double, over draws",
    unit="relative",
    refuted_if="the loss rises for one draw",
)
COMPLEXITY = Claim(
    paper=PAPER,
    row="rademacher-homogeneous",
    locator="§2, eq. 4",
    statement="The Rademacher complexity of ReLU nets is the product of their norms times that of "
    "the unit nets.",
    kind="identity",
    formula="R_N(F) = ρ R_N(F̃), empirical, over classes of ten nets",
    estimand="1 − (gap / 10⁻¹²), worst case",
    unit="10⁻¹² of ρ times the largest output",
    refuted_if="a gap of 10⁻¹¹ or more for one class",
)
TOLERANCE = 1e-12


def form(function, sentence, because, *, slack=0.0, expected: Verdict = "CONFIRMED", reason=""):
    """Six searches or draws."""
    return Form(
        experiment=Experiment(
            arms={"worlds": compute(f"claims.liao2020puzzles.loss_bounds:{function}")}, seeds=6
        ),
        criterion=Criterion(
            slack=slack, because=because, expected=expected, expected_reason=reason
        ),
        sentence=sentence,
    )


@claim(
    BOUND,
    fast=form(
        "logistic_and_error",
        "The logistic loss of eq. 2, with ln, is at least the classification error at any margin.",
        "below or not: an upper bound holds at every margin",
        expected="REFUTED",
        reason="just on the wrong side of 0 the error is 1 and the loss ln 2 = 0.693",
    ),
)
def test_the_logistic_loss_bounds_the_error(measured, judge):
    least = measured("least loss − error")["worlds"]
    bits = measured("least loss − error in bits")["worlds"]

    judge(
        worst_case(least, method="exact; worst margin that Hypothesis found, per seed"),
        controls=[
            holds(
                "in bits it is an upper bound",
                expectation="log₂(1 + e^(−y f)) is at least the error, up to 10⁻¹²",
                observed=f"least difference {bits.min():.3g}",
                held=bits.min() >= -TOLERANCE,
            )
        ],
        plots=[_plot(least, "least loss − error")],
    )


@claim(
    SIGN,
    fast=form(
        "printed_softmax",
        "With the softmax as printed in eq. 9, the cross-entropy falls as all margins double.",
        "a fall or not",
        expected="REFUTED",
        reason="eq. 9 has e^(−f), by which the likeliest class is that of the smallest output",
    ),
)
def test_the_printed_softmax_rewards_margins(measured, judge):
    fall = measured("fall as printed")["worlds"]
    other = measured("fall with the sign of eq. 11")["worlds"]

    judge(
        worst_case(fall, method="exact; smallest of all draws"),
        controls=[
            holds(
                "with the sign of eq. 11 it falls",
                expectation="a fall for every draw with e^(f_i)",
                observed=f"smallest {other.min():.3g}",
                held=other.min() > 0,
            )
        ],
        plots=[_plot(fall, "(L(f) − L(2 f)) / L(f)")],
    )


@claim(
    COMPLEXITY,
    fast=form(
        "rademacher",
        "For classes of ten ReLU nets without hidden biases, the empirical Rademacher "
        "complexity is the product of the layers' norms times that of unit nets, up to rounding.",
        "a gap of 10⁻¹¹ is no rounding of sums over a dozen units",
        slack=9.0,
    ),
)
def test_the_rademacher_complexity_scales_with_the_norms(measured, judge):
    gap = measured("relative gap")["worlds"]
    biased = measured("relative gap with hidden biases")["worlds"]

    judge(
        worst_case(1 - gap / TOLERANCE, method="exact; worst case that Hypothesis found, per seed"),
        controls=[
            holds(
                "hidden biases break it",
                expectation="a relative gap above 10⁻⁶ for every class with hidden biases",
                observed=f"smallest {biased.min():.3g}",
                held=biased.min() > 1e-6,
                when_failed="vacuous",
            )
        ],
        mutants={"biases in hidden layers": worst_case(1 - biased / TOLERANCE)},
        plots=[_plot(gap, "relative gap")],
    )


def _plot(values, axis):
    return cases_plot("worst of each search", axis, values, threshold=0.0, threshold_name="0")
