"""Families of nets that fit the same data, and what is measured on each.

Two ways to make minima that are alike on the training set and not on the test set (appendix C):
weights drawn from N(0, σ²) with larger σ, and pretraining on corrupted labels.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

from claims.seeds import FIRST_SEED, LOOKS
from dltheory.data import CorruptedLabels, ShuffledLabels
from dltheory.experiments import Experiment, Training, quantity
from dltheory.models import Initialised, Normal
from dltheory.training import LastEpoch

from .fitted_lines import Line

RANDOM_LABELS = "random labels"
SEEDS, FULL_SEEDS = LOOKS, 5

# ── what is measured ──────────────────────────────────────────────────────────────────────────────

SPLITS = ("train", "test")


def on_both(probe: str, **options):
    """A quantity on the training and on the test split."""
    return tuple(quantity(probe, on=split, **options) for split in SPLITS)


MEASURED = (
    *on_both("loss"),
    *on_both("accuracy"),
    *on_both("normalised_loss"),
    *on_both("centred_margin"),
    quantity("log_norm_product"),
    quantity("smallest_margin", normalised=True),
)


def l1(unit: float):
    """The losses with every layer divided by its L1 norm over this unit."""
    return on_both("normalised_loss", p=1.0, unit=unit)


def folded():
    """As `MEASURED`, with batch normalisation folded into weights and biases before the norms."""
    return (
        *MEASURED[:4],
        *on_both("normalised_loss", folded=True),
        *MEASURED[6:8],
        quantity("log_norm_product", folded=True),
        quantity("smallest_margin", normalised=True, folded=True),
    )


# ── families of nets ──────────────────────────────────────────────────────────────────────────────


def sigma_name(sigma: float) -> str:
    """The arm whose weights begin with this standard deviation."""
    return f"σ = {sigma:g}"


def percent_name(fraction: float) -> str:
    """The arm pretrained with this share of redrawn labels."""
    return f"{100 * fraction:g} % corrupted"


def by_sigma(training: Training, sigmas: tuple[float, ...]) -> dict[str, Training]:
    """The same training from weights N(0, σ²)."""
    return {
        sigma_name(sigma): training.but(
            model=Initialised(model=training.model, by=Normal(sigma=sigma))
        )
        for sigma in sigmas
    }


def pretrained(training: Training, fraction: float, epochs: int) -> Training:
    """The same training after so many epochs on labels of which this share was redrawn."""
    data = CorruptedLabels(data=training.data, fraction=fraction) if fraction else training.data
    before = training.but(data=data, epochs=epochs, stopping=LastEpoch(), warm_start=None)
    return training.but(warm_start=before)


def by_corruption(
    training: Training, fractions: tuple[float, ...], epochs: int
) -> dict[str, Training]:
    """The same training after pretraining on ever more corrupted labels; none at 0 %."""
    return {
        percent_name(fraction): pretrained(training, fraction, epochs) if fraction else training
        for fraction in fractions
    }


def on_random_labels(training: Training, **changes) -> dict[str, Training]:
    """The same training with the labels of its data in random order."""
    return {RANDOM_LABELS: training.but(data=ShuffledLabels(data=training.data), **changes)}


def by_count(training: Training, data, counts: tuple[int, ...]) -> dict[str, Training]:
    """The same training on so many of the images."""
    return {f"N = {count:,}": training.but(data=data(count)) for count in counts}


# ── families with all that is known of them ───────────────────────────────────────────────────────


class World(NamedTuple):
    """A family of nets of one architecture on one data set, and how they are measured.

    Nets that are compared have train losses up to `target`, and from `least` on: by default a tenth
    of the target.
    """

    arms: Mapping[str, Training]
    deviations: tuple[str, ...]
    classes: int = 10
    folded: bool = False
    target: float = math.inf
    least: float | None = None
    printed: Line | None = None

    @property
    def measure(self):
        """What is measured on each net."""
        return folded() if self.folded else MEASURED

    def experiment(self, *others: Mapping[str, Training], seeds=SEEDS, measure=()) -> Experiment:
        """Its nets and others, with everything measured on each that claims need."""
        arms = {name: net for arms in (self.arms, *others) for name, net in arms.items()}
        return Experiment(
            arms=arms,
            seeds=seeds,
            first_seed=first_seed_of(seeds),
            measure=(*self.measure, *measure),
        )


def experiment(
    *families: Mapping[str, Training], seeds: int | tuple[int, ...] = SEEDS
) -> Experiment:
    """The nets of these families, with everything measured on each that claims need."""
    arms = {name: net for family in families for name, net in family.items()}
    return Experiment(arms=arms, seeds=seeds, first_seed=first_seed_of(seeds), measure=MEASURED)


def first_seed_of(seeds: int | tuple[int, ...]) -> int:
    """Where the seeds of a form begin: those of the small worlds have a block of their own."""
    return FIRST_SEED if seeds == SEEDS else 0


# ── worlds in words ───────────────────────────────────────────────────────────────────────────────

BY_KNOB = {
    "init": "nets of 3,104 parameters on 500 digits that differ by their initial scale alone",
    "pretraining": "nets of 3,104 parameters on 500 digits that differ by corrupted pretraining "
    "alone",
    "cifar10": "the 24-filter nets on CIFAR-10 that differ by corrupted pretraining",
    "cifar10-matched": "the 24-filter nets on CIFAR-10 stopped at one train loss",
    "cifar10-five": "the five-layer nets on CIFAR-10 that differ by corrupted pretraining",
    "cifar100-five": "the five-layer nets on CIFAR-100 that differ by corrupted pretraining",
    "cifar10-init": "the nets of Fig. 2 on CIFAR-10 that differ by initial scale",
    "cifar10-five-init": "the five-layer nets on CIFAR-10 that differ by initial scale",
    "cifar100-five-init": "the five-layer nets on CIFAR-100 that differ by initial scale",
    "mnist": "the 34-filter nets on MNIST that differ by initial scale",
    "mnist-short": "the 34-filter nets on 500 images of MNIST that differ by initial scale",
}
"""What nets of each family are, for the sentences of forms."""

FITS = "the nets fit their training images: a mean training error of at most 1 %"
