"""What every claim about attacked networks must show first."""

from dltheory.statistics import over_seeds_and_images
from dltheory.verdicts import holds, shown

from .rank_worlds import MIN, NOISE_MIN, PLAIN


def attack_without_length(clean, accuracy):
    """The attack with ε = 0 must be no attack: its accuracy is the accuracy, run by run."""
    gap = max(abs(clean[arm].mean(axis=1) - accuracy[arm]).max() for arm in clean)
    return holds(
        "with ε = 0 the attack finds nothing",
        expectation="accuracy by blocks at ε = 0 is the accuracy",
        observed=f"largest difference {gap:.2g}",
        held=gap < 1e-9,
    )


def more_than_clean(clean, robust, *, better, worse):
    """What is lost under attack must exceed what is lost on clean images."""
    lost = (robust[better] - robust[worse]) - (clean[better] - clean[worse])
    return shown(
        f"{worse} loses more under attack than on clean images",
        over_seeds_and_images(lost),
        when_failed="confounded",
    )


def more_than_noise(robust):
    """RankMin must lose more than random moves of the same length, or rank is not what costs."""
    return shown(
        "RankMin loses more than random moves of the same length",
        over_seeds_and_images(robust[NOISE_MIN] - robust[MIN]),
        when_failed="confounded",
    )


def projections_differ(clean, robust):
    """Whether the experiment can see a projection at all: RankMin changes something."""
    gap = max(abs((table[PLAIN] - table[MIN]).mean()) for table in (clean, robust))
    return holds(
        "assay: a projection changes what the network does",
        expectation="RankMin moves an accuracy, clean or attacked, by more than 0.2 points",
        observed=f"largest change {100 * gap:.2f} points",
        held=bool(gap > 0.002),
    )
