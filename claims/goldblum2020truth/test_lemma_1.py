"""A ReLU MLP no narrower than an affine map's rank equals it on any finite set (Lemma 1, A.1).

For every G(x) = A x + b of rank s and every finite Ω, an MLP whose hidden layers all have at least
s units has parameters with

    F(x) = G(x)   for all x in Ω,

and the proof's construction keeps every hidden pre-activation at 1 or more. `affine_mlp` is that
construction; equality holds up to rounding, so it is measured in units of a rounding bound
(Higham's, carried through the layers), in float64, on worlds that Hypothesis chooses to be bad.

A.1 words it as c or more, c = max |A₁x| + 1, which is not so in the first layer: A₁x + c lies below
c wherever A₁x is negative. The authors could call it a slip, since the conclusion needs inputs
above 0 alone. It is one; the claim is judged as it is worded, and Lemma 1 does not fall with it.
"""

import numpy as np

from dltheory.data import CIFAR10
from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import worst_case
from dltheory.verdicts import Claim, Criterion, cases_plot, holds

from .paper import PAPER

EQUALS = Claim(
    paper=PAPER,
    row="lemma-1",
    locator="Lemma 1, A.1",
    statement="A ReLU MLP at least as wide as the rank of an affine map equals it on finite data.",
    kind="identity",
    formula="max |F(x) − G(x)| / max |G(x)| < rounding bound, x in Ω",
    estimand="1 − (relative gap / its rounding bound), worst case",
    unit="rounding bounds",
    refuted_if="a gap of ten rounding bounds or more in one world",
)

OPEN = Claim(
    paper=PAPER,
    row="lemma-1-open",
    locator="Appendix A.1",
    statement="The construction keeps every ReLU open on the data: no input is below 1.",
    kind="bound",
    formula="min over layers, units and x in Ω of the pre-activation ≥ 1",
    estimand="lowest pre-activation minus 1, in units of what rounding can move it by, worst case",
    unit="rounding units",
    refuted_if="a pre-activation ten rounding units or more below 1",
)

AT_LEAST_C_CLAIM = Claim(
    paper=PAPER,
    row="lemma-1-at-least-c",
    locator="Appendix A.1, last sentence of the proof",
    statement="In the construction every activation on the data is c or more, c the constant in "
    "its biases.",
    kind="bound",
    formula="min over layers, units and x in Ω of the pre-activation ≥ c, c = max |A₁x| + 1",
    estimand="lowest pre-activation over c, minus 1, worst case",
    unit="c",
    refuted_if="a pre-activation certainly below c in one world",
)

ANY_WORLD = Experiment(
    arms={"construction": compute("claims.goldblum2020truth.lemma_1:lemma_1")}, seeds=10
)
IMAGES = Experiment(
    arms={
        str(hidden): compute(
            "claims.goldblum2020truth.lemma_1:lemma_1_on",
            data=CIFAR10(normalised=True),
            hidden=hidden,
            points=2000,
        )
        for hidden in ((10,), (64, 32), (512, 512, 512))
    },
    seeds=3,
)

TEN_BOUNDS = "a gap beyond ten times the rounding bound cannot be rounding"
ONE_UNIT = "one rounding unit of room, ten to refute"
TRAINED = ("random affine maps instead of one trained on the images",)
AT_LEAST_C = (
    "A.1 says that all activations are c or more; by its own b₁ = c 1, c = max |A₁x| + 1, those of "
    "the first layer are 1 or more, and its conclusion needs no more than that",
)


@claim(
    EQUALS,
    fast=Form(
        sentence="For random affine maps and finite data of any sizes, ranks and scales tried, the "
        "constructed MLP equals the map on the data up to rounding in float64.",
        experiment=ANY_WORLD,
        criterion=Criterion(slack=9.0, because=TEN_BOUNDS),
    ),
    full=Form(
        sentence="For random affine maps of 3,072 inputs and 10 outputs, the constructed MLP "
        "equals the map on 2,000 CIFAR-10 images up to rounding in float64.",
        experiment=IMAGES,
        criterion=Criterion(slack=9.0, because=TEN_BOUNDS, deviations=TRAINED),
    ),
)
def test_a_wide_enough_mlp_equals_an_affine_map_on_the_data(measured, judge):
    gap = _all(measured("gap in rounding bounds"))
    far = _all(measured("gap far from the data"))
    narrow = _all(measured("best fit of one rank less"))
    refused = _all(measured("narrower layer refused"))

    judge(
        worst_case(1 - gap, method="exact; worst case that Hypothesis found, per seed"),
        controls=[
            holds(
                "far from the data the MLP is not affine",
                expectation="relative gap above 0.1 in some world; an affine network has none",
                observed=f"largest {far.max():.3g}, above 0.1 in {(far > 0.1).sum()} of {far.size}",
                held=bool(far.max() > 0.1),
                when_failed="vacuous",
            ),
            holds(
                "a map of one rank less cannot fit",
                expectation="s-th singular value above 0, so every narrower fit has a gap",
                observed=f"smallest σ_s/σ_1 = {narrow.min():.3g}",
                held=bool(narrow.min() > 1e-9),
                when_failed="vacuous",
            ),
            holds(
                "a layer narrower than the rank is refused",
                expectation="the construction refuses every such network",
                observed=f"refused in {(refused > 0).sum()} of {refused.size}",
                held=bool(refused.min() > 0),
            ),
        ],
        mutants={"ReLUs closed by a low offset": worst_case(1 - _faulty(measured))},
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


@claim(
    OPEN,
    fast=Form(
        sentence="For random affine maps and finite data of any sizes, ranks and scales tried, "
        "every ReLU of the constructed MLP has an input of at least 1 on the data, up to one "
        "rounding unit.",
        experiment=ANY_WORLD,
        criterion=Criterion(null=-1.0, slack=9.0, because=ONE_UNIT, deviations=AT_LEAST_C),
    ),
    full=Form(
        sentence="For random affine maps of 3,072 inputs and 10 outputs, every ReLU of the "
        "constructed MLP has an input of at least 1 on 2,000 CIFAR-10 images, up to one rounding "
        "unit.",
        experiment=IMAGES,
        criterion=Criterion(
            null=-1.0, slack=9.0, because=ONE_UNIT, deviations=(*AT_LEAST_C, *TRAINED)
        ),
    ),
)
def test_every_relu_of_the_construction_is_open_on_the_data(measured, judge):
    room = _all(measured("hidden inputs above 1, in rounding units"))
    low = _all(measured("lowest hidden input with a low offset"))

    judge(
        worst_case(room, method="exact; worst case that Hypothesis found, per seed"),
        controls=[
            holds(
                "with a low offset some ReLUs close",
                expectation="lowest hidden input below 0 in every world",
                observed=f"below 0 in {(low < 0).sum()} of {low.size}, lowest {low.min():.3g}",
                held=bool(low.max() < 0),
            )
        ],
        mutants={"offset lowered until ReLUs close": worst_case((low - 1) * 1e12)},
        plots=[
            cases_plot(
                "lowest pre-activation of each search, minus 1",
                "rounding units",
                room,
                threshold=-1.0,
                threshold_name="one rounding unit below",
            )
        ],
    )


def at_least_c(where, deviations=()):
    """The bound as A.1 words it; it trains nothing."""
    return Criterion(
        null=-1e-9,
        slack=1e-6,
        because="rounding of float64 is far below 1e-9 of c, and a millionth of c is no rounding",
        expected="REFUTED",
        expected_reason=where,
        deviations=deviations,
    )


NEGATIVE = "A₁x + c is below c wherever A₁x is negative"


@claim(
    AT_LEAST_C_CLAIM,
    fast=Form(
        sentence="For random affine maps and finite data of any sizes, ranks and scales tried, "
        "every ReLU of the constructed MLP has an input of at least c on the data.",
        experiment=ANY_WORLD,
        criterion=at_least_c(NEGATIVE),
    ),
    full=Form(
        sentence="For random affine maps of 3,072 inputs and 10 outputs, every ReLU of the "
        "constructed MLP has an input of at least c on 2,000 CIFAR-10 images.",
        experiment=IMAGES,
        criterion=at_least_c(NEGATIVE, TRAINED),
    ),
)
def test_every_activation_of_the_construction_is_c_or_more(measured, judge):
    over_c = _all(measured("lowest hidden input over c"))
    room = _all(measured("hidden inputs above 1, in rounding units"))

    judge(
        worst_case(over_c - 1, method="exact; the worst world of each search"),
        controls=[
            holds(
                "the construction is that of the proof: no input is below 1",
                expectation="at most a rounding unit below 1, every world",
                observed=f"lowest {room.min():.3g} rounding units above 1",
                held=bool(room.min() >= -1.0),
            )
        ],
        plots=[
            cases_plot(
                "lowest pre-activation over c",
                "c",
                over_c,
                threshold=1.0,
                threshold_name="c",
            )
        ],
    )


def _all(arms):
    """Every arm and seed in one row."""
    return np.concatenate(list(arms.values()))


def _faulty(measured):
    return _all(measured("gap with closed ReLUs")) / 1e-12
