"""Dividing the layers of a ReLU net by their norms divides its outputs by ρ (eq. 1, 7, Fig. 2).

With a bias in the first layer alone, a column of weights from a constant input, and any norms ρ_l,

    F(x) = ρ F̃(x),   ρ = ρ_1 … ρ_L,   F̃ the net of the layers W_l/ρ_l,

so argmax F = argmax F̃ for every x. Measured in units of what rounding can move an output by, in
float64, on nets, scales and norms that Hypothesis chooses to be bad. With biases in hidden layers
the same division changes the function.
"""

from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, cases_plot, holds

from .paper import PAPER

EQUAL = Claim(
    paper=PAPER,
    row="homogeneity",
    locator="eq. 1 and 7",
    statement="A ReLU net without hidden biases is the product of its norms times its unit net.",
    kind="identity",
    formula="max |F(x) − ρ F̃(x)| / rounding bound ≤ 1, any norm",
    estimand="1 − (gap / its rounding bound), worst case",
    unit="rounding bounds",
    refuted_if="a gap of ten rounding bounds or more for one net",
)
SAME_CLASS = Claim(
    paper=PAPER,
    row="same-class",
    locator="§2, Fig. 2",
    statement="Normalising a net by layer changes the class of no example.",
    kind="identity",
    formula="argmax F̃(x) = argmax F(x), beyond rounding",
    estimand="1 − (lead of another class in ρ F̃ / rounding bound), worst case",
    unit="rounding bounds",
    refuted_if="another class leads by ten rounding bounds or more for one example",
)

NETS = Experiment(
    arms={"nets": compute("claims.liao2020puzzles.identities:homogeneity")},
    seeds=6,
)


def form(sentence):
    """Six searches; the bound is Higham's, carried through the layers."""
    return Form(
        experiment=NETS,
        criterion=Criterion(
            slack=9.0,
            because="a gap beyond ten rounding bounds cannot be rounding",
        ),
        sentence=sentence,
        bearing="claim",
    )


@claim(
    EQUAL,
    fast=form(
        "For ReLU nets without hidden biases of any widths, scales and L_p norms, outputs are the "
        "product of the norms times those of the unit net, up to rounding."
    ),
)
def test_a_net_is_its_norm_product_times_its_unit_net(measured, judge):
    gap = measured("gap in rounding bounds")["nets"]
    biased = measured("relative gap with hidden biases")["nets"]

    judge(
        worst_case(1 - gap, method="exact; worst case that Hypothesis found, per seed"),
        controls=[_biases_break(biased, "relative gap", 0.1)],
        mutants={"biases in hidden layers": worst_case(1 - biased / 1e-12)},
        plots=[_plot(gap, "|F − ρ F̃| / rounding bound")],
    )


@claim(
    SAME_CLASS,
    fast=form(
        "For ReLU nets without hidden biases, dividing layers by any norms changes the class of no "
        "example beyond rounding."
    ),
)
def test_normalising_changes_no_class(measured, judge):
    lead = measured("preference for another class in rounding bounds")["nets"]
    changed = measured("share classified otherwise with hidden biases")["nets"]

    judge(
        worst_case(1 - lead, method="exact; worst case that Hypothesis found, per seed"),
        controls=[_biases_break(changed, "share of points that change class", 0.05)],
        mutants={"biases in hidden layers": worst_case(1 - changed / 1e-12)},
        plots=[_plot(lead, "lead of another class / rounding bound")],
    )


def _biases_break(values, what, above):
    return holds(
        "hidden biases break it",
        expectation=f"{what} above {above:g} for every net with biases in hidden layers",
        observed=f"smallest {values.min():.3g}",
        held=values.min() > above,
        when_failed="vacuous",
    )


def _plot(values, axis):
    name = "one rounding bound"
    return cases_plot("worst of each search", axis, values, threshold=1.0, threshold_name=name)
