"""The gaps between test and train fall with the sample size N (Figs 1, 19).

    natural   nets trained on N images with their true labels,
    random    nets that memorised N images with random labels,

each to zero training error: slope of L_test(F̃) − L_train(F̃) over log₂ N < 0. Both losses lie
between some L and ln C, and norms grow with N, which alone pushes both towards ln C. So the gap
is also taken as a share of ln C − L_train, which scale cannot change: if that share does not
fall, the nets have not come to generalise, they have grown.

The gap of classification errors, test minus train, falls too (Fig. 1a): its slope over log₂ N < 0.
"""

import numpy as np

from dltheory.plugin import Form, claim
from dltheory.statistics import mean, opposite, slopes, trend
from dltheory.verdicts import Claim, Criterion, lines_plot, shown

from .families import FITS, RANDOM_LABELS, SEEDS, by_count, experiment
from .nets import dealt, fits, nets, nets_table
from .paper import PAPER
from .recipes import (
    CIFAR_COUNTS,
    COUNTS,
    MEMORISED,
    RANDOM_COUNTS,
    SMALL,
    SMALL_WORLD,
    TARGET,
    TEN_THOUSAND,
    UNPRINTED,
    few_cifar,
    few_digits,
    few_shuffled_cifar,
    few_shuffled_digits,
)
from .relations import relative_gap

CLAIM = Claim(
    paper=PAPER,
    row="gap-shrinks",
    locator="Appendix I, Figs 1 and 19",
    statement="The gap of normalised losses shrinks as the sample grows, for random labels too.",
    kind="trend",
    formula="slope of L_test(F̃) − L_train(F̃) over log₂ N < 0",
    estimand="−(mean over seeds of the slope of the gap per doubling of N)",
    unit="nats per doubling",
    refuted_if="the gap certainly does not fall by the smallest effect per doubling",
)
ERRORS = Claim(
    paper=PAPER,
    row="classification-gap",
    locator="§1, Fig. 1a",
    statement="The gap of classification errors falls as the sample grows.",
    kind="trend",
    formula="slope of test error − training error over log₂ N < 0",
    estimand="−(mean over seeds of the slope of the gap per doubling of N)",
    unit="error (fraction) per doubling",
    refuted_if="the gap certainly falls by less than the smallest effect per doubling",
)
LONG = SMALL.but(epochs=400)
RESTING = MEMORISED[RANDOM_LABELS]  # its rate falls, or some nets would be thrown off their labels
SETS = {
    ("fast", "natural"): (COUNTS, by_count(LONG, few_digits, COUNTS)),
    ("fast", "random"): (RANDOM_COUNTS, by_count(RESTING, few_shuffled_digits, RANDOM_COUNTS)),
    ("full", "natural"): (CIFAR_COUNTS, by_count(TEN_THOUSAND, few_cifar, CIFAR_COUNTS)),
    ("full", "random"): (CIFAR_COUNTS, by_count(TEN_THOUSAND, few_shuffled_cifar, CIFAR_COUNTS)),
}
SMALLEST = {
    ("fast", "natural"): 0.001,
    ("fast", "random"): 0.002,
    ("full", "natural"): 0.001,
    ("full", "random"): 0.001,
}
NETS = {
    "fast": "nets of 3,104 parameters on 62 to 1,000 digits",
    "full": "nets of ten thousand parameters on 100 to 50,000 images of CIFAR-10",
}


def form(tier, labels, seeds, deviations):
    """Natural or random labels."""
    return Form(
        experiment=experiment(SETS[tier, labels][1], seeds=seeds),
        criterion=Criterion(
            smallest_effect=SMALLEST[tier, labels],
            because="one or two thousandths of a nat per doubling, where the paper's picture spans "
            "hundredths; in the small world what 24 seeds decide with power 0.8, by pilots",
            deviations=deviations,
        ),
        sentence=f"For {NETS[tier]} with {labels} labels, the gap of normalised losses falls by at "
        f"least {SMALLEST[tier, labels]:g} nats per doubling of the sample.",
        bearing="analogue" if tier == "fast" else "claim",
        regime=(FITS,),
    )


@claim(
    CLAIM,
    fast={
        labels: form("fast", labels, SEEDS, (*SMALL_WORLD, "62 to 1,000 images, not 100 to 50,000"))
        for labels in ("natural", "random")
    },
    full={
        labels: form("full", labels, 5, (UNPRINTED, "filters and strides as far as printed"))
        for labels in ("natural", "random")
    },
)
def test_the_gap_of_normalised_losses_shrinks_with_the_sample(measured, judge, tier, case_name):
    counts, arms = SETS[tier, case_name]
    family = nets(measured, arms)
    doublings = np.log2(counts)
    gap = family.test - family.train
    share = relative_gap(family.train, family.test, family.classes)
    raw = family.raw_test - family.raw_train

    judge(
        opposite(trend(gap, doublings)),
        regime=[fits(family)],
        controls=[
            shown(
                "the gap falls as a share of ln C − L_train too, by a hundredth per doubling",
                opposite(mean(slopes(share, doublings))),
                above=0.01,
                when_failed="vacuous",
            )
        ],
        mutants={"sample sizes dealt at random": opposite(trend(dealt(gap), doublings))},
        plots=[
            lines_plot(
                "gap of normalised losses",
                "test − train loss",
                "N",
                {"normalised": (counts, gap)},
                x_log=True,
            ),
            lines_plot(
                "normalised losses",
                "loss",
                "N",
                {"train": (counts, family.train), "test": (counts, family.test)},
                x_log=True,
            ),
            lines_plot(
                "as a share of what train loss lies below ln C",
                "share lost",
                "N",
                {"normalised": (counts, share)},
                x_log=True,
            ),
            lines_plot(
                "gap of losses as trained",
                "test − train loss",
                "N",
                {"as trained": (counts, raw)},
                x_log=True,
            ),
            lines_plot(
                "errors",
                "error",
                "N",
                {"train": (counts, family.train_error), "test": (counts, family.error)},
                x_log=True,
            ),
        ],
        tables=[nets_table(family, target=TARGET if tier == "fast" else np.inf)],
    )


def form_of_errors(tier, seeds, deviations):
    """The nets with true labels, and those with random ones beside them."""
    arms = {**SETS[tier, "natural"][1], **_random_arms(tier)}
    return Form(
        experiment=experiment(arms, seeds=seeds),
        criterion=Criterion(
            smallest_effect=0.02,
            because="two points per doubling; less would hardly be seen in Fig. 1a, whose axis is "
            "that of errors from 0 to 1",
            deviations=deviations,
        ),
        sentence=f"For {NETS[tier]} with true labels, test error minus training error falls by at "
        "least two points per doubling of the sample.",
        bearing="analogue" if tier == "fast" else "claim",
        regime=(GENERALISES,) if tier == "full" else (FITS,),
    )


GENERALISES = "with most images the nets classify most test images"


def _random_arms(tier):
    counts, arms = SETS[tier, "random"]
    return {
        _with_random_labels(count): arm for count, arm in zip(counts, arms.values(), strict=True)
    }


def _with_random_labels(count):
    return f"random labels, N = {count:,}"


@claim(
    ERRORS,
    fast=form_of_errors("fast", SEEDS, (*SMALL_WORLD, "62 to 1,000 images, not 100 to 50,000")),
    full=form_of_errors("full", 5, (UNPRINTED, "filters and strides as far as printed")),
)
def test_the_gap_of_errors_shrinks_with_the_sample(measured, judge, tier):
    counts, arms = SETS[tier, "natural"]
    few = SETS[tier, "random"][0]
    family = nets(measured, arms)
    random = nets(measured, [_with_random_labels(count) for count in few])
    gap = family.error - family.train_error
    chance = random.error - random.train_error
    doublings = np.log2(counts)

    judge(
        opposite(trend(gap, doublings)),
        regime=[
            shown(GENERALISES, mean(0.5 - family.error[:, -1])) if tier == "full" else fits(family)
        ],
        controls=[
            shown(
                "the gap falls faster than with random labels",
                mean(slopes(chance, np.log2(few)) - slopes(gap, doublings)),
            )
        ],
        mutants={
            "sample sizes dealt at random": opposite(trend(dealt(gap), doublings)),
            "random labels": opposite(trend(chance, np.log2(few))),
        },
        plots=[
            lines_plot(
                "gap of errors",
                "test − training error",
                "N",
                {"true labels": (counts, gap), "random labels": (few, chance)},
                x_log=True,
            )
        ],
        tables=[nets_table(family), nets_table(random)],
    )
