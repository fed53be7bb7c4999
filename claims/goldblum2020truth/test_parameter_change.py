"""Parameters of wider simple networks move less, those of wide ResNets do not (Fig. 1d, Fig. 5).

The average norm √(Σ_t mean (φ1 − φ0)²) over the tensors t of a network goes like w^−p, with

    simple         p > 0   for two- and four-layer MLPs and the ConvNet, each
    wide-resnet    |p| < m

in the mean over seeds. The entries of the initial weights shrink with width by themselves, so in
simple networks the change relative to them must fall too.

The authors' code computes three norms of the change, and the figure does not say which is drawn:
“average norm” is taken to be the one that averages. The widest wide ResNet of the small world has
the width of WRN-16-2; it trains for 160 steps instead of about 78,000.
"""

from typing import Any

from claims.dealt import dealt
from claims.seeds import LOOKS
from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, weakest
from dltheory.verdicts import Claim, Criterion, shown

from .kernel_recipes import (
    ACCURACY,
    AVERAGE,
    CODE,
    DIGITS,
    ENORMOUS,
    FILTERS,
    FITTED,
    LARGE,
    LARGE_DEVIATIONS,
    LARGE_IMAGES,
    PAPER,
    PARAMETERS,
    RELATIVE,
    RESNET_LOOKS,
    SMALL,
    SMALL_CONV,
    SMALL_CONV_WORLD,
    SMALL_FILTERS,
    SMALL_RESNET_WORLD,
    SMALL_WIDENINGS,
    SMALL_WIDTHS,
    SMALL_WORLD,
    WEIGHTS,
    WIDENINGS,
    WIDTHS,
    arms_of,
    seeds_of,
)
from .kernel_trends import LEARNS, across, by_width, falls, learns
from .paper import PAPER as TRUTH

CLAIM = Claim(
    paper=TRUTH,
    row="parameter-change",
    locator="Fig. 1d, Fig. 5",
    statement="The wider the network, the less parameters move in simple networks, while in wide "
    "ResNets width makes no difference.",
    kind="trend",
    formula="√(Σ_t mean (φ1 − φ0)²) ∝ w^−p; simple: p > 0, wide ResNet: |p| < m",
    estimand="mean over seeds of p, the smallest of three networks; or m − |p|",
    unit="exponent of the width",
    refuted_if="p is certainly smaller than the smallest effect in one simple network; or |p| > m",
    quantifier="every",
)

SIMPLE = ("two-layer", "four-layer", "conv")


WORLDS = {
    "fast": {
        "two-layer": (SMALL, SMALL_WIDTHS["two-layer"]),
        "four-layer": (SMALL, SMALL_WIDTHS["four-layer"]),
        "conv": (SMALL_CONV, SMALL_FILTERS),
        "wide-resnet": (FITTED, SMALL_WIDENINGS),
    },
    "full": {
        "two-layer": (LARGE, WIDTHS),
        "four-layer": (LARGE, WIDTHS),
        "conv": (LARGE, FILTERS),
        "wide-resnet": (LARGE, WIDENINGS),
    },
}
DEVIATIONS = {
    "simple": (SMALL_WORLD, SMALL_CONV_WORLD),
    "wide-resnet": (SMALL_RESNET_WORLD,),
}
CASES = {"simple": SIMPLE, "wide-resnet": ("wide-resnet", "four-layer")}
NUMBER = {
    ("simple", PAPER): 0.125,
    ("simple", CODE): 0.24,
    ("wide-resnet", PAPER): 0.115,
    ("wide-resnet", CODE): 0.1,
}
LARGE_NUMBER = 0.1
"""The smallest exponent of simple networks, and the margin of wide ResNets."""
WHICH_NORM = "of the three norms in the authors' code, the one that averages"
FALLS = "the change of a four-layer MLP's parameters falls with width"
EXPECTED: dict[Any, dict[str, Any]] = {
    ("wide-resnet", PAPER): {
        "expected": "REFUTED",
        "expected_reason": "in wide ResNets of depth 10 parameters move less with width, like "
        "others'",
    },
    ("wide-resnet", CODE): {
        "expected": "REFUTED",
        "expected_reason": "in wide ResNets of depth 10 parameters move less with width, like "
        "others'",
    },
    ("simple", CODE): {
        "expected": "INCONCLUSIVE",
        "expected_reason": "from PyTorch's weights a narrow ConvNet that has not learned has "
        "not moved either, which turns the slope of single seeds",
    },
}


def number_of(tier, case, by):
    """The smallest exponent or the margin of a form."""
    return LARGE_NUMBER if tier == "full" else NUMBER[case, by]


def sentence(tier, case, by):
    """What a form asserts, of which networks."""
    asserted = f"{number_of(tier, case, by):g}"
    full = tier == "full"
    if case == "simple":
        images = LARGE_IMAGES if full else "300 to 500 digits"
        return (
            f"In two-layer MLPs, in four-layer MLPs and in ConvNets with {WEIGHTS[by]}, each "
            f"trained on {images}, the average norm of the parameters' change falls with the width "
            f"by an exponent of at least {asserted}."
        )
    named = f"depth 16 on {LARGE_IMAGES}" if full else f"depth 10 on {DIGITS[case]}"
    first, *_, last = WORLDS[tier][case][1]
    return (
        f"In wide ResNets of {named} with {WEIGHTS[by]}, the average norm of the parameters' "
        f"change goes with the width from k = {first} to {last} by an exponent of less than "
        f"{asserted} in size."
    )


def form(tier, case, by):
    """Simple networks together, or the wide ResNet beside a simple one."""
    number, full = number_of(tier, case, by), tier == "full"
    reason = (
        "an exponent of 0.1 moves the average by a quarter over ten times the width"
        if number == LARGE_NUMBER
        else f"what {24 if case == 'simple' else 8} seeds decide with power 0.8, by pilots"
    )
    return Form(
        sentence=sentence(tier, case, by),
        bearing="claim" if full else "analogue",
        regime=(LEARNS,),
        experiment=Experiment(
            arms={
                name: run
                for network in CASES[case]
                for name, run in arms_of(network, by, *WORLDS[tier][network]).items()
            },
            measure=(PARAMETERS, ACCURACY),
            **seeds_of(tier, RESNET_LOOKS if case == "wide-resnet" else LOOKS),
        ),
        criterion=Criterion(
            because=reason,
            deviations=(*(LARGE_DEVIATIONS if full else DEVIATIONS[case]), WHICH_NORM),
            smallest_effect=number if case == "simple" else 0.0,
            power_at=None if case == "simple" else number,
            **({} if full else EXPECTED.get((case, by), {})),
        ),
    )


def forms(tier):
    """Both cases with both initialisations."""
    return {f"{case}-{by}": form(tier, case, by) for case in CASES for by in (PAPER, CODE)}


@claim(CLAIM, fast=forms("fast"), full=forms("full"))
def test_parameters_move_less_in_wider_simple_networks_and_not_in_resnets(
    measured, judge, tier, case_name
):
    case, by = case_name.rsplit("-", 1)
    worlds, margin = WORLDS[tier], number_of(tier, case, by)
    samples = measured(PARAMETERS.name, worst=ENORMOUS)
    average, relative = (
        {n: across(samples, worlds[n][1], number, f"{n} ") for n in CASES[case]}
        for number in (AVERAGE, RELATIVE)
    )
    exponents = {n: falls(average[n], worlds[n][1]) for n in CASES[case]}
    compared = {n: falls(relative[n], worlds[n][1]) for n in CASES[case]}

    if case == "simple":
        evidence = weakest(*exponents.values())
        mixed = [falls(dealt(average[n]), worlds[n][1]) for n in CASES[case]]
        mutants = {"widths dealt at random": weakest(*mixed)}
        controls = [
            shown(
                "the change relative to the initial parameters falls too",
                weakest(*compared.values()),
                when_failed="confounded",
            )
        ]
    else:
        evidence = equivalence(exponents["wide-resnet"], margin=margin)
        mutants = {"a four-layer MLP": equivalence(exponents["four-layer"], margin=margin)}
        controls = [shown(FALLS, exponents["four-layer"])]

    judge(
        evidence,
        controls=controls,
        regime=[learns(measured(ACCURACY.name, worst=0.0))],
        mutants=mutants,
        plots=[_plot(n, worlds[n][1], average[n], relative[n]) for n in CASES[case]],
    )


def _plot(network, widths, average, relative):
    return by_width(
        f"change of parameters by width, {network}",
        "change",
        widths,
        {"average norm": average, "relative to the initial norm": relative},
        log=True,
    )
