"""Outputs of normalised nets are near zero (Fig. 20, Appendix K).

On MNIST the output of the most likely class, max_j f_j(x)/ρ, averages 0.0267 ± 0.0071 as printed;
the outputs as trained average 60.56 ± 16.21, so ρ ≈ 2270. Near zero is what makes L = ln C − m:

    mean over images of max_j f_j(x)/ρ < 0.1,

a tenth of a nat, at which e^f is 1.1. It is a matter of the initial weights, which set ρ: on 500
images of MNIST nets from σ = 0.01 ended with ρ = 15 and a normalised train loss of 1.3, a whole
nat below ln 10, those from σ = 0.1 with ρ = 3,400 and a loss of 2.297.
"""

import numpy as np

from dltheory.experiments import Experiment, quantity
from dltheory.plugin import Form, claim
from dltheory.statistics import mean
from dltheory.verdicts import Claim, Criterion, density_plot, shown, table

from .families import FITS, FULL_SEEDS, MEASURED, sigma_name
from .nets import fits, nets, nets_table
from .paper import PAPER
from .recipes import MNIST_BY_SIGMA, MNIST_SHORT, SHORT_ON_MNIST

CLAIM = Claim(
    paper=PAPER,
    row="near-zero",
    locator="Appendix K, Fig. 20",
    statement="The outputs of nets normalised by layer are near zero.",
    kind="threshold",
    formula="mean over images of max_j f_j(x)/ρ < 0.1",
    estimand="0.1 − mean over seeds and images of the largest normalised output",
    unit="nats",
    refuted_if="the mean output is certainly 0.1 or more",
)
LARGEST = 0.1
PRINTED_MEAN, PRINTED_SD = "0.026683", "0.007144"
PRINTED_RAW_MEAN, PRINTED_RAW_SD = "60.564373", "16.214078"
IMAGES = 1000
NORMALISED = quantity("top_outputs", normalised=True, points=IMAGES)
RAW = quantity("top_outputs", points=IMAGES)
NET = sigma_name(0.1)


def form(training, seeds, deviations, images):
    """One net of Fig. 15; which of them Fig. 20 shows is not printed."""
    return Form(
        experiment=Experiment(
            arms={NET: training}, seeds=seeds, measure=(*MEASURED, NORMALISED, RAW)
        ),
        criterion=Criterion(
            power_at=0.07,
            because="e^0.1 is 1.1: softmax is linear within a tenth; printed is 0.0267",
            deviations=(
                "σ = 0.1: the paper does not print which net its histogram is of",
                f"the first {IMAGES:,} training images",
                *deviations,
            ),
        ),
        sentence=f"For the 34-filter net on {images} of MNIST from weights of σ = 0.1, normalised "
        "outputs of the likeliest class average less than 0.1.",
        bearing="claim" if seeds == FULL_SEEDS else "analogue",
        regime=(FITS,),
    )


@claim(
    CLAIM,
    full={
        "mnist": form(MNIST_BY_SIGMA[NET], FULL_SEEDS, (), "50,000 images"),
        "mnist-short": form(SHORT_ON_MNIST[NET], 3, MNIST_SHORT.deviations, "500 images"),
    },
)
def test_the_outputs_of_normalised_nets_are_near_zero(measured, judge):
    outputs = measured(NORMALISED.name, worst=1.0)[NET]
    raw = measured(RAW.name, worst=0.0)[NET]
    family = nets(measured, [NET])

    judge(
        mean(LARGEST - outputs.mean(axis=1)),
        regime=[fits(family)],
        controls=[
            shown(
                "as trained, outputs are not near zero",
                mean(raw.mean(axis=1) - LARGEST),
                when_failed="vacuous",
            )
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
                    ["product of norms", np.exp(family.log_norm).mean(), "(2270, their ratio)"],
                ],
            ),
            nets_table(family),
        ],
    )
