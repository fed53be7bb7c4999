"""Test error does not rise as parameters pass the sample size (Fig. 3).

Nets of one shape with ever more filters, trained for as many epochs on the same N images. With
E the test error,

    E[ E(most parameters) − E(fewest parameters that are N or more) ]  ≤  0.02,

paired by seed: non-inferiority.
"""

from dltheory.experiments import Training
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, paired_difference
from dltheory.verdicts import Claim, Criterion, lines_plot, shown

from .families import FULL_SEEDS, SEEDS, experiment
from .nets import nets, nets_table
from .paper import PAPER
from .recipes import (
    ALL_EPOCHS,
    BY_WIDTH,
    CIFAR_BY_WIDTH,
    CIFAR_PARAMETERS,
    SMALL_PARAMETERS,
    TEN_THOUSAND,
    UNPRINTED,
    few_cifar,
    few_digits,
)

CLAIM = Claim(
    paper=PAPER,
    row="no-overfit",
    locator="§2, Fig. 3",
    statement="Test error does not rise as the parameters outnumber the training images.",
    kind="non-inferiority",
    formula="E[error(most parameters) − error(N parameters)] ≤ 0.02",
    estimand="0.02 − mean over seeds of the difference of test errors, paired by seed",
    unit="test error (fraction)",
    refuted_if="the largest net is certainly worse by more than 0.02",
)
MARGIN = 0.02
LARGEST_FITS = "the largest net fits its training images"
FEWER = "half of the images"
SETS: dict[str, tuple[int, tuple[int, ...], dict[str, Training], dict[str, Training]]] = {
    "fast": (500, SMALL_PARAMETERS, BY_WIDTH, {FEWER: ALL_EPOCHS.but(data=few_digits(250))}),
    "full": (
        50_000,
        CIFAR_PARAMETERS,
        CIFAR_BY_WIDTH,
        {FEWER: TEN_THOUSAND.but(data=few_cifar(25_000))},
    ),
}


def form(tier, seeds, deviations, sentence, bearing):
    """All widths, and one net on half of the images."""
    _, _, widths, fewer = SETS[tier]
    return Form(
        experiment=experiment(widths, fewer, seeds=seeds),
        criterion=Criterion(
            power_at=MARGIN,
            because="two percentage points: less would not be called overfitting in a plot of 0–1",
            deviations=deviations,
        ),
        sentence=sentence,
        bearing=bearing,
        regime=(LARGEST_FITS,),
    )


@claim(
    CLAIM,
    fast=form(
        "fast",
        SEEDS,
        ("136 to 10,816 parameters for 500 digits, 60 epochs",),
        "From 976 to 10,816 parameters, test error on digits, after training on 500, rises by no "
        "more than two points.",
        "analogue",
    ),
    full=form(
        "full",
        FULL_SEEDS,
        (UNPRINTED, "widths of 4 to 128 filters; the paper prints its range in a figure alone"),
        "From 122,826 to 466,826 parameters, test error on CIFAR-10 rises by no more than two "
        "points.",
        "claim",
    ),
)
def test_test_error_does_not_rise_as_parameters_pass_the_sample_size(measured, judge, tier):
    images, parameters, widths, _ = SETS[tier]
    family = nets(measured, widths)
    first = next(i for i, count in enumerate(parameters) if count >= images)
    fewer = 1 - measured("accuracy on test", worst=0.0)[FEWER]
    same = family.error[:, family.names.index("16 filters")]
    smallest, largest = family.error[:, 0], family.error[:, -1]

    judge(
        paired_difference(family.error[:, first] + MARGIN, largest),
        regime=[shown(LARGEST_FITS, mean(0.01 - family.train_error[:, -1], step=1 / images))],
        controls=[shown("fewer images are seen to hurt", paired_difference(fewer, same))],
        mutants={
            "the smallest net in the place of the largest": paired_difference(
                family.error[:, first] + MARGIN, smallest
            )
        },
        plots=[
            lines_plot(
                "error by number of parameters",
                "error",
                "parameters",
                {
                    "train": (parameters, family.train_error),
                    "test": (parameters, family.error),
                },
                x_log=True,
            )
        ],
        tables=[nets_table(family)],
    )
