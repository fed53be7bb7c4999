"""Width and confusion at random initialisation (Theorem 4.2, strategy 4.1).

Weights are independent N(0, 1/(κ ℓ)) (reconstructed; N(0, 1/d) in W_0), and

    1 − β exp(−c₁ κ² ℓ²) − N² exp(−c ℓ² β (η − 4)²/(64 ζ₀⁴ (β + 2)⁴))

bounds from below the probability of confusion below η, for η > 4 and fixed data. Its steps:

    norms         ‖W_p‖ ≤ 1 with high probability at the usual initialisations. A matrix of variance
                  1/(κ ℓ) has norm near 2/√κ: 2 for Glorot and LeCun, 2.8 for He. The exponent ℓ² in
                  the probability fits a *standard deviation* of 1/(κ ℓ);
    deviation     the same for that reading, which no usual initialisation is: norms 2/(κ√ℓ);
    expectation   E ⟨∇f_i, ∇f_j⟩ ≥ −4 over initialisations. The points x and −x with the label 1
                  for both, which the paper admits, disagree: for tanh the inner product is
                  −(1 − g²)‖∇g‖². The proof drops terms in which W_β occurs twice;
    bound         the theorem itself, at ℓ = 1,000, d = 64, β = 3, N = 2 and η = 20, where with the
                  largest c that there can be it promises a probability of 1 up to 10⁻²⁸. As ℓ/d
                  grows the expectation falls without bound, so a smaller c only asks for wider
                  networks;
    wider         that wider nets have less confusion at initialisation, by inner products, as in
                  definition 2.1;
    wider-cosine  the same by cosines, as in the paper's experiments.

The strongest objections: of `norms`, that κ may be chosen so large, above 4, that norms are below
1. The paper names the initialisations of Glorot and He, which have κ = 1 and ½; with κ above 4
signals halve from layer to layer. Of `expectation` and `bound`, that the proof conditions
on norms of at most 1; at these initialisations that event practically never happens, and
the theorem's probability is over all draws. Of both, that a data set with x and −x is contrived:
part 1 is for arbitrary data. Of `wider`, that the claim is about the probability of large
confusion, not about its size; but here narrow networks exceed any η less often than wide ones.
"""

import numpy as np

from claims.dealt import dealt
from claims.seeds import FIRST_SEED, LOOKS
from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import opposite, success_rate, trend, worst_case
from dltheory.verdicts import Claim, Criterion, Verdict, holds, lines_plot, shown, table

from .concentration import violation
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="width-theory",
    locator="Theorem 4.2, strategy 4.1, appendix D.4",
    statement="At random initialisation weight matrices have norm at most 1 and wider networks "
    "have lower gradient confusion.",
    kind="trend",
    formula="P(‖W_p‖ ≤ 1) → 1; E h ≥ −4; P(h ≥ −η) → 1 for η > 4; confusion falls with ℓ",
    estimand="rate of nets whose hidden matrices all have norm at most 1; lowest expected inner "
    "product plus 4; rate of nets that keep the promise; minus the slope of log₂ confusion, or "
    "the slope of the lowest cosine, over log₂ ℓ",
    unit="rate; inner product; rate; doublings, or cosine, per doubling of the width",
    refuted_if="a rate is certainly below 0.9; an expectation below −4; confusion certainly does "
    "not fall",
)

WIDTHS, DEPTH, POINTS, INPUTS = (16, 32, 64, 128, 256), 3, 64, 64
HERE = "claims.sankararaman2020confusion.unit_networks"
READINGS = {"variance": "variance 1/ℓ", "deviation": "standard deviation 1/ℓ"}


def networks(*readings):
    """Nets of three hidden layers at initialisation, and N random points."""
    return Experiment(
        arms={
            f"{reading}, ℓ = {width}": compute(
                f"{HERE}:random_confusion", depth=DEPTH, width=width, weights=reading
            )
            for reading in readings
            for width in WIDTHS
        },
        seeds=LOOKS,
        first_seed=FIRST_SEED,
    )


def norms(reading, expected: Verdict = "CONFIRMED", reason=""):
    """How often all hidden matrices of a net have norm at most 1."""
    return Form(
        experiment=networks(*READINGS),
        unit="rate",
        sentence="With high probability, in nine nets of ten, all hidden matrices with independent "
        f"Gaussian entries of {READINGS[reading]} have operator norm at most 1, for ℓ from 16 to "
        "256.",
        bearing="claim" if reading == "variance" else "analogue",
        criterion=Criterion(
            null=0.9,
            power_at=0.999,
            because="“with high probability”: nine nets of ten, over all widths",
            expected=expected,
            expected_reason=reason,
        ),
    )


PROMISE = {"width": 1000, "depth": 3, "inputs": 64}
ETA = 20.0
WITNESSES = (
    {"width": 32, "depth": 1, "inputs": 16},
    {"width": 32, "depth": 3, "inputs": 16},
    {"width": 32, "depth": 6, "inputs": 16},
    {"width": 256, "depth": 3, "inputs": 4},
)
FORMS = {
    "norms": norms(
        "variance", "REFUTED", "random matrices of variance 1/ℓ have norm near 2, at every width"
    ),
    "deviation": norms("deviation"),
    "expectation": Form(
        experiment=Experiment(
            arms={
                "ℓ = {width}, β = {depth}, d = {inputs}".format(**net): compute(
                    f"{HERE}:expected_product", **net
                )
                for net in WITNESSES
            },
            seeds=3,
        ),
        unit="inner product",
        sentence="For tanh networks with weights of variance 1/fan_in and labels that are 1 for "
        "every point, the expected inner product of any two gradients is at least −4.",
        bearing="claim",
        criterion=Criterion(
            because="it holds or it does not; four standard errors are left to the sampled "
            "networks",
            expected="REFUTED",
            expected_reason="for x and −x every layer adds a term below 0, so that the expectation "
            "falls with depth and with the width over the dimension of the data",
        ),
    ),
    "bound": Form(
        experiment=Experiment(
            arms={
                "ℓ = 1000, β = 3, d = 64": compute(f"{HERE}:products_at_the_start", **PROMISE),
            },
            seeds=LOOKS,
            first_seed=FIRST_SEED,
        ),
        unit="rate",
        sentence=f"In tanh networks 1,000 wide with three hidden layers, at the usual "
        f"initialisation and on two points with the label 1, gradient confusion is below {ETA:g} "
        "with probability above 0.9.",
        bearing="claim",
        criterion=Criterion(
            null=0.9,
            power_at=0.999,
            because="the theorem promises all but 10⁻²⁸; 0.9 is far below that",
            expected="REFUTED",
            expected_reason="the expected inner product of x and −x is near −40 there",
        ),
    ),
    "wider": Form(
        experiment=networks("variance"),
        unit="doublings of confusion per doubling of the width",
        sentence="In tanh networks of three hidden layers at the usual initialisation on random "
        "data, gradient confusion, by inner products, falls by at least 0.24 doublings per "
        "doubling of the width.",
        bearing="instance",
        criterion=Criterion(
            smallest_effect=0.24,
            because="what 24 seeds decide with power 0.8, by the spread of pilots",
            expected="REFUTED",
            expected_reason="as ℓ grows inner products tend to those of the tangent kernel, which "
            "are not 0; narrow nets have smaller gradients and so smaller inner products",
        ),
    ),
    "wider-cosine": Form(
        experiment=networks("variance"),
        unit="cosine per doubling of the width",
        sentence="In tanh networks of three hidden layers at the usual initialisation on random "
        "data, the lowest cosine between the gradients of two points rises by at least 0.02 per "
        "doubling of the width.",
        bearing="analogue",
        criterion=Criterion(
            smallest_effect=0.02,
            because="0.02 per doubling: 0.08 over the range of widths",
        ),
    ),
}


@claim(CLAIM, fast=FORMS)
def test_wider_networks_have_lower_confusion_at_initialisation(measured, judge, case_name):
    if case_name == "expectation":
        _expectation(measured, judge)
    elif case_name == "bound":
        _bound(measured, judge)
    elif case_name in READINGS or case_name == "norms":
        _norms(measured, judge, "variance" if case_name == "norms" else "deviation")
    else:
        _wider(measured, judge, case_name)


def _norms(measured, judge, reading):
    """Whether all hidden matrices of each net have norm at most 1, in either reading."""
    largest = {arm: found[:, 1:-1].max(axis=1) for arm, found in measured("operator norms").items()}
    below = {
        one: np.concatenate([v <= 1 for arm, v in largest.items() if arm.startswith(one)])
        for one in READINGS
    }
    mixed = [
        largest[f"{'variance' if width >= 64 else 'deviation'}, ℓ = {width}"] <= 1
        for width in WIDTHS
    ]
    smaller = shown(
        "with a standard deviation of 1/ℓ most nets have norms of at most 1",
        success_rate(list(below["deviation"])),
        above=0.8,
    )
    judge(
        success_rate(list(below[reading])),
        controls=[smaller] if reading == "variance" else [],
        mutants={"wide nets with variance 1/ℓ": success_rate(list(np.concatenate(mixed)))},
        plots=[
            _plot(
                "largest operator norm of a hidden matrix",
                {one: _of(largest, one) for one in READINGS},
            )
        ],
        tables=[
            table(
                "Largest operator norms of hidden matrices, means over nets",
                ["networks", "norm"],
                [[arm, found.mean()] for arm, found in largest.items()],
            )
        ],
    )


def _expectation(measured, judge):
    lowest, error = measured("lowest expected product"), measured("standard error")
    other = np.concatenate(list(measured("lowest, by deviation").values()))
    margins = np.concatenate([lowest[arm] + 4 * error[arm] + 4 for arm in lowest])
    judge(
        worst_case(margins, method="means over 100 networks, and four standard errors"),
        controls=[
            holds(
                "with a standard deviation of 1/fan_in, norms below 1, no expectation is below −4",
                expectation="above −4 in all networks",
                observed=f"lowest {other.min():.3g}",
                held=other.min() > -4,
            )
        ],
        tables=[
            table(
                "The lowest expected inner product, beside −4",
                ["networks", "lowest", "standard error"],
                [[arm, found.min(), error[arm].max()] for arm, found in lowest.items()],
            )
        ],
    )


def _bound(measured, judge):
    (products,), (other,) = (
        list(measured(name).values()) for name in ("inner products", "by deviation")
    )
    width, depth = PROMISE["width"], PROMISE["depth"]
    allowed = violation(2, width**2 * depth, depth, ETA - 4, factor=64)
    judge(
        success_rate(list((products >= -ETA).ravel())),
        controls=[
            holds(
                "the theorem promises it",
                expectation="a violation allowed with probability below 10⁻⁶, at c = ½",
                observed=f"{allowed:.2g}",
                held=allowed < 1e-6,
            ),
            shown(
                "with a standard deviation of 1/fan_in networks keep the promise",
                success_rate(list((other >= -ETA).ravel())),
                above=0.8,
            ),
        ],
        plots=[],
        tables=[
            table(
                "Inner products of the gradients at x and −x",
                ["networks", "mean", "largest"],
                [
                    ["variance 1/fan_in", products.mean(), products.max()],
                    ["standard deviation 1/fan_in", other.mean(), other.max()],
                ],
            )
        ],
    )


def _wider(measured, judge, case_name):
    confusion = _of(measured("confusion"), "variance")
    cosines = _of(measured("lowest cosine"), "variance")
    logs, doublings = np.log2(confusion), np.log2(WIDTHS)
    judged, broken = opposite(trend(logs, doublings)), opposite(trend(dealt(logs), doublings))
    if case_name == "wider-cosine":
        judged, broken = trend(cosines, doublings), trend(dealt(cosines), doublings)
    rows = zip(WIDTHS, confusion.mean(axis=0), cosines.mean(axis=0), strict=True)
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
        mutants={"widths dealt at random": broken},
        plots=[
            _plot("confusion", {"tanh, β = 3": confusion}, log=True),
            _plot("lowest cosine", {"tanh, β = 3": cosines}),
        ],
        tables=[
            table(
                "By width, β = 3",
                ["ℓ", "mean confusion", "mean lowest cosine"],
                [list(row) for row in rows],
            )
        ],
    )


def _of(arms, reading):
    """The columns of one reading, by width."""
    return np.column_stack([found for arm, found in arms.items() if arm.startswith(reading)])


def _plot(axis, lines, *, log=False):
    drawn = {name: (WIDTHS, values) for name, values in lines.items()}
    return lines_plot(f"{axis} by width", axis, "ℓ", drawn, x_log=True, log=log)
