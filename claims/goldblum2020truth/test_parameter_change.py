"""Parameters of wider simple networks move less, those of wide ResNets do not (Fig. 1d, Fig. 5).

The average norm √(Σ_t mean (φ1 − φ0)²) over the tensors t of a network goes like w^−p, with

    simple         p > 0   for two- and four-layer MLPs and the ConvNet, each
    wide-resnet    |p| < m

in the mean over seeds. The entries of the initial weights shrink with width by themselves, so in
simple networks the change relative to them must fall too.

The authors' code computes three norms of the change, and the figure does not say which is drawn:
“average norm” is taken to be the one that averages.
"""

from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import equivalence, opposite, weakest
from dltheory.verdicts import Claim, Criterion, shown

from .kernel_recipes import (
    AVERAGE,
    CODE,
    ENORMOUS,
    FILTERS,
    LARGE,
    LARGE_DEVIATIONS,
    LARGE_SEEDS,
    PAPER,
    PARAMETERS,
    RELATIVE,
    RESNET_SEEDS,
    SEEDS,
    SHORT,
    SMALL,
    SMALL_CONV,
    SMALL_CONV_WORLD,
    SMALL_FILTERS,
    SMALL_RESNET_WORLD,
    SMALL_WIDENINGS,
    SMALL_WIDTHS,
    SMALL_WORLD,
    WIDENINGS,
    WIDTHS,
    convolutional,
    mlps,
    wide_resnets,
)
from .kernel_trends import across, by_width, falls
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
)

MARGIN = 0.1
SIMPLE = ("two-layer", "four-layer", "conv")


def arms_of(worlds, network, by):
    """One arm for each width of one network."""
    training, widths = worlds[network]
    if network == "conv":
        runs = convolutional(by, training, widths)
    elif network == "wide-resnet":
        runs = wide_resnets(by, training, widths)
    else:
        runs = mlps(network, by, training, widths)
    return {f"{network} {width}": run for width, run in runs.items()}


SMALL_WORLDS = {
    "two-layer": (SMALL, SMALL_WIDTHS["two-layer"]),
    "four-layer": (SMALL, SMALL_WIDTHS["four-layer"]),
    "conv": (SMALL_CONV, SMALL_FILTERS),
    "wide-resnet": (SHORT, SMALL_WIDENINGS),
}
LARGE_WORLDS = {
    "two-layer": (LARGE, WIDTHS),
    "four-layer": (LARGE, WIDTHS),
    "conv": (LARGE, FILTERS),
    "wide-resnet": (LARGE, WIDENINGS),
}
CASES = {"simple": SIMPLE, "wide-resnet": ("wide-resnet", "four-layer")}
BECAUSE = "an exponent of 0.1 moves the average by a quarter over ten times the width"
WHICH_NORM = "of the three norms in the authors' code, the one that averages"


def forms(worlds, seeds, deviations, expected):
    """Simple networks together; the wide ResNet beside a simple one."""
    return {
        f"{case}-{by}": Form(
            experiment=Experiment(
                arms={
                    name: run
                    for network in networks
                    for name, run in arms_of(worlds, network, by).items()
                },
                seeds=seeds[case],
                measure=(PARAMETERS,),
            ),
            criterion=Criterion(
                smallest_effect=0.1 if case == "simple" else 0.0,
                because=BECAUSE,
                licenses=f"How far parameters move by width ({case}), {by} weights.",
                deviations=(*deviations[case], WHICH_NORM),
                **({} if case == "simple" else {"power_at": MARGIN}),
                **expected.get((case, by), {}),
            ),
        )
        for case, networks in CASES.items()
        for by in (PAPER, CODE)
    }


STEADY = {
    "expected": "REFUTED",
    "expected_reason": "in wide ResNets of depth 10 parameters move less with width, like others'",
}
FAST = forms(
    SMALL_WORLDS,
    {"simple": SEEDS, "wide-resnet": RESNET_SEEDS},
    {"simple": (SMALL_WORLD, SMALL_CONV_WORLD), "wide-resnet": (SMALL_RESNET_WORLD,)},
    {
        ("wide-resnet", PAPER): STEADY,
        ("wide-resnet", CODE): STEADY,
        ("simple", CODE): {
            "expected": "INCONCLUSIVE",
            "expected_reason": "from PyTorch's weights a narrow ConvNet that has not learned has "
            "not moved either, which turns the slope of single seeds",
        },
    },
)
FULL = forms(
    LARGE_WORLDS,
    dict.fromkeys(CASES, LARGE_SEEDS),
    dict.fromkeys(CASES, LARGE_DEVIATIONS),
    {},
)


@claim(CLAIM, fast=FAST, full=FULL)
def test_parameters_move_less_in_wider_simple_networks_and_not_in_resnets(
    measured, judge, tier, case_name
):
    case, _ = case_name.rsplit("-", 1)
    worlds = LARGE_WORLDS if tier == "full" else SMALL_WORLDS
    samples = measured(PARAMETERS.name, worst=ENORMOUS)
    average, relative = (
        {n: across(samples, worlds[n][1], number, f"{n} ") for n in CASES[case]}
        for number in (AVERAGE, RELATIVE)
    )
    exponents = {n: falls(average[n], worlds[n][1]) for n in CASES[case]}
    compared = {n: falls(relative[n], worlds[n][1]) for n in CASES[case]}

    if case == "simple":
        evidence = weakest(*exponents.values())
        mutants = {"widths in reverse": weakest(*map(opposite, exponents.values()))}
        controls = [
            shown(
                "the change relative to the initial parameters falls too",
                weakest(*compared.values()),
                when_failed="confounded",
            )
        ]
    else:
        evidence = equivalence(exponents["wide-resnet"], margin=MARGIN)
        mutants = {"a four-layer MLP": equivalence(exponents["four-layer"], margin=MARGIN)}
        controls = [shown("it falls in a four-layer MLP", exponents["four-layer"])]

    judge(
        evidence,
        controls=controls,
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
