"""Outputs of normalised nets are near zero (Fig. 20, Appendix K).

On MNIST the output of the most likely class, max_j f_j(x)/ρ, averages 0.0267 ± 0.0071 as printed;
the outputs as trained average 60.56 ± 16.21, so ρ ≈ 2270. Near zero is what makes L = ln C − m:

    mean over images of max_j f_j(x)/ρ  <  0.1,

a tenth of a nat, at which e^f is 1.1. Which of the nets of Fig. 15 the histogram is of is not
printed, and it is a matter of the initial weights, which set ρ: on 500 images of MNIST nets from
σ = 0.01 ended with ρ = 15 and a normalised train loss of 1.3, a whole nat below ln 10, those from
σ = 0.1 with ρ = 3,400 and a loss of 2.297. So there is a form for each of several σ.

For σ = 0.01 we expect a refutation. The authors could object that their histogram is of another
net. It may be: the appendix speaks of normalised nets in general, explains by it why the losses in
all plots are near chance, and Fig. 15 has nets from σ = 0.001 on, with losses from 2.2.

Divided by the norms of nets of the other σ, dealt at random, outputs can be as near zero: then the
claim says that norms are large, and nothing of the net (*vacuous*).
"""

from typing import Any

import numpy as np

from dltheory.experiments import quantity
from dltheory.plugin import Form, claim
from dltheory.statistics import mean
from dltheory.verdicts import Claim, Criterion, density_plot, shown, table

from .families import FITS, FULL_SEEDS, SEEDS, sigma_name
from .nets import dealt, fits, nets, nets_table
from .paper import PAPER
from .recipes import FAST_INIT, FULL_INIT, MNIST_SHORT

CLAIM = Claim(
    paper=PAPER,
    row="near-zero",
    locator="Appendix K, Fig. 20",
    statement="Most outputs of nets normalised by layer are close to zero.",
    kind="threshold",
    formula="mean over images of max_j f_j(x)/ρ < 0.1",
    estimand="0.1 − mean over seeds and images of the largest normalised output",
    unit="nats",
    refuted_if="the mean output is certainly 0.1 or more",
)
LARGEST = 0.1
PRINTED_MEAN, PRINTED_SD = "0.026683", "0.007144"
PRINTED_RAW_MEAN, PRINTED_RAW_SD = "60.564373", "16.214078"
IMAGES = {"": 500, "mnist": 1000, "mnist-short": 500}
NETS = {
    "": "the net of 3,104 parameters on 500 digits",
    "mnist": "the 34-filter net on 50,000 images of MNIST",
    "mnist-short": "the 34-filter net on 500 images of MNIST",
}
WORLDS = {"": FAST_INIT, "mnist": FULL_INIT["mnist"], "mnist-short": MNIST_SHORT}
SIGMAS = {
    "": (0.05, 0.2, 0.4),
    "mnist": (0.01, 0.05, 0.1, 0.19),
    "mnist-short": (0.01, 0.05, 0.1),
}
LARGE: dict[str, Any] = {
    "expected": "REFUTED",
    "expected_reason": "weights that begin small end with a small product of norms",
}


def outputs_of(world):
    """The outputs of the most likely class, normalised and as trained."""
    points = IMAGES[world]
    return (
        quantity("top_outputs", normalised=True, points=points),
        quantity("top_outputs", points=points),
    )


def form(world, sigma):
    """The nets of one σ, among those of the others."""
    family = WORLDS[world]
    seeds = {"": SEEDS, "mnist": FULL_SEEDS, "mnist-short": 3}[world]
    return Form(
        experiment=family.experiment(seeds=seeds, measure=outputs_of(world)),
        criterion=Criterion(
            power_at=0.07,
            because="e^0.1 is 1.1: softmax is linear within a tenth; printed is 0.0267",
            deviations=(f"the first {IMAGES[world]:,} training images", *family.deviations),
            **(LARGE if sigma <= SMALL_SIGMA[world] else {}),
        ),
        sentence=f"For {NETS[world]} from weights of σ = {sigma:g}, normalised outputs of the "
        "likeliest class average less than 0.1.",
        bearing="claim" if world == "mnist" else "analogue",
        regime=(FITS,),
    )


SMALL_SIGMA = {"": 0.05, "mnist": 0.01, "mnist-short": 0.01}


@claim(
    CLAIM,
    fast={f"sigma-{sigma:g}": form("", sigma) for sigma in SIGMAS[""]},
    full={
        f"{world}-sigma-{sigma:g}": form(world, sigma)
        for world in ("mnist", "mnist-short")
        for sigma in SIGMAS[world]
    },
)
def test_the_outputs_of_normalised_nets_are_near_zero(measured, judge, case_name):
    world, _, sigma = case_name.rpartition("sigma-")
    world, net = world.removesuffix("-"), sigma_name(float(sigma))
    normalised, as_trained = outputs_of(world)
    outputs = measured(normalised.name, worst=1.0)[net]
    raw = measured(as_trained.name, worst=0.0)[net]
    everyone = nets(measured, list(WORLDS[world].arms))
    norms = np.exp(dealt(everyone.log_norm))[:, everyone.names.index(net)]
    strangers = raw.mean(axis=1) / norms

    judge(
        mean(LARGEST - outputs.mean(axis=1)),
        regime=[fits(everyone.only([net]))],
        controls=[
            shown(
                "divided by the norms of nets at random, the outputs average 0.1 or more",
                mean(strangers - LARGEST),
                when_failed="vacuous",
            ),
            shown(
                "the outputs as trained average ten times as much or more",
                mean(raw.mean(axis=1) - 10 * outputs.mean(axis=1)),
                when_failed="vacuous",
            ),
        ],
        mutants={"outputs as trained": mean(LARGEST - raw.mean(axis=1))},
        plots=[
            density_plot(
                "output of the most likely class, normalised",
                "max_j f_j(x)/ρ",
                {f"seed {i}": row for i, row in enumerate(outputs)},
            ),
            density_plot(
                "output of the most likely class, as trained",
                "max_j f_j(x)",
                {f"seed {i}": row for i, row in enumerate(raw)},
            ),
        ],
        tables=[
            table(
                "Mean and standard deviation over images",
                ["", "ours", "printed"],
                [
                    ["normalised, mean", outputs.mean(), PRINTED_MEAN],
                    ["normalised, sd", outputs.std(axis=1).mean(), PRINTED_SD],
                    ["as trained, mean", raw.mean(), PRINTED_RAW_MEAN],
                    ["as trained, sd", raw.std(axis=1).mean(), PRINTED_RAW_SD],
                    [
                        "product of norms",
                        np.exp(everyone.only([net]).log_norm).mean(),
                        "(2270, their ratio)",
                    ],
                ],
            ),
            nets_table(everyone),
        ],
    )
