"""What the numbers of a certificate of a local minimum come to: tolerances, margins, a table."""

from collections.abc import Iterable, Mapping

import numpy as np

from dltheory.verdicts import Control, holds, table

LOSS_TOLERANCE = 1e-9  # nats; ten thousand times the rounding of a float64 mean over 1,000 points
GRADIENT_TOLERANCE = 1e-8
EIGENVALUE_TOLERANCE = 1e-6  # relative to the largest eigenvalue

BECAUSE = (
    f"tolerances: loss {LOSS_TOLERANCE:g} nats, gradient {GRADIENT_TOLERANCE:g}, eigenvalue "
    f"{EIGENVALUE_TOLERANCE:g} of the largest; a certificate that fails leaves the claim open"
)

RANDOM, DESCENT = "lowest change at random in the ball", "lowest change by descent in the ball"
NAMES = (
    "loss",
    "loss above the linear minimum",
    "gradient norm",
    "smallest eigenvalue",
    "residual of the smallest",
    "largest eigenvalue",
    RANDOM,
    DESCENT,
)

Parts = Mapping[str, Mapping[str, np.ndarray]]


def margins(parts: Parts, arm: str) -> np.ndarray:
    """1 − violation / tolerance, the smallest over the parts, for each seed."""
    gap = np.abs(parts["loss above the linear minimum"][arm]) / LOSS_TOLERANCE
    slope = parts["gradient norm"][arm] / GRADIENT_TOLERANCE
    below = parts["residual of the smallest"][arm] - parts["smallest eigenvalue"][arm]
    bent = below / parts["largest eigenvalue"][arm] / EIGENVALUE_TOLERANCE
    random, descent = (-parts[name][arm] / LOSS_TOLERANCE for name in (RANDOM, DESCENT))
    return 1 - np.max([gap, slope, bent, random, descent], axis=0)


def leads_down(parts: Parts, arm: str) -> Control:
    """Whether a way down is found from a point that is no minimum."""
    lowest = np.minimum(parts[RANDOM][arm], parts[DESCENT][arm])
    return holds(
        f"{arm}: a way down is found",
        expectation=f"loss lower by more than {LOSS_TOLERANCE:g} inside the ball, every seed",
        observed=f"lowest changes between {lowest.min():.3g} and {lowest.max():.3g}",
        held=bool(lowest.max() < -LOSS_TOLERANCE),
    )


def certificate_table(parts: Parts, arms: Iterable[str]) -> dict[str, object]:
    """Every number at seed 0."""
    names = list(arms)
    rows = [[name, *(f"{values[arm][0]:.4g}" for arm in names)] for name, values in parts.items()]
    return table("The certificate at seed 0", ["", *names], rows)
