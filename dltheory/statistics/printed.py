"""Printed numbers, kept as strings because a trailing zero shows how far a number was rounded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import special

from dltheory.errors import SpecError
from dltheory.statistics.means import welch

ErrorMeans = Literal[
    "standard error",
    "standard deviation",
    "standard error by n",
    "standard deviation by n",
]
"""What stands after ±: s or s/√n, with the sum of squares over n − 1, or by n as NumPy's `std`."""

READINGS: tuple[ErrorMeans, ...] = get_args(ErrorMeans)

_NUMBER = re.compile(r"[+-]?(\d+(\.\d+)?|\.\d+)")
_STEPS = 21  # points over the rounding interval of each error


@dataclass(frozen=True, kw_only=True)
class Printed:
    """A printed number: its value, its number of decimals, and the interval that rounds to it.

    >>> Printed.parse("94.060").decimals
    3
    """

    text: str
    value: float
    decimals: int
    low: float
    high: float

    @classmethod
    def parse(cls, text: str) -> "Printed":
        """Parse a printed number; low and high are half a unit of the last digit from its value."""
        plain = text.strip().replace("−", "-")
        if not _NUMBER.fullmatch(plain):
            raise SpecError(
                "A printed number is a string of digits with at most one point, as '94.06'; got "
                f"{text!r}. Copy it as it stands, without unit, ± or thousands separator."
            )
        number = Decimal(plain)
        decimals = len(plain.partition(".")[2])
        half_unit = Decimal(5).scaleb(-decimals - 1)
        return cls(
            text=text,
            value=float(number),
            decimals=decimals,
            low=float(number - half_unit),
            high=float(number + half_unit),
        )


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell of a table: a printed mean and the printed number after its ±, over n runs."""

    mean: str
    error: str
    n: int

    def __post_init__(self) -> None:
        spread = Printed.parse(self.error)
        Printed.parse(self.mean)
        if self.n < 2 or spread.value < 0.0:
            raise SpecError(
                "A cell needs at least 2 runs and an error of at least 0; got "
                f"n={self.n} and ± {self.error}. Leave out cells of a single run."
            )


@dataclass(frozen=True, kw_only=True)
class PrintedWelch:
    """Welch's test recomputed from two cells; p is two-sided.

    Unrounded numbers that round to the printed digits have a p between p_low and p_high (up to the
    grid of errors that is tried). If both lie on one side of α, rounding cannot change the result.
    """

    difference: float
    t: float
    df: float
    p: float
    p_low: float
    p_high: float


def welch_from_printed(a: Cell, b: Cell, *, error: ErrorMeans = "standard error") -> PrintedWelch:
    """Welch's test of mean(a) − mean(b) from the printed means and errors alone.

    `error` says what the number after ± means, one of the four `READINGS`. Many papers do not say,
    and NumPy's `std` divides by n by default. p_low and p_high are the extremes over the rounding
    intervals of all four numbers. An error printed as 0.00 may be anything from 0 to half a unit.
    """
    means = Printed.parse(a.mean), Printed.parse(b.mean)
    errors = Printed.parse(a.error), Printed.parse(b.error)
    scales = [_to_standard_error(error, cell.n) for cell in (a, b)]
    centre = welch(
        difference=means[0].value - means[1].value,
        standard_errors=(errors[0].value * scales[0], errors[1].value * scales[1]),
        sizes=(a.n, b.n),
    )
    nearest, farthest = _distances(*means)
    grids = [_error_grid(printed) * scale for printed, scale in zip(errors, scales, strict=True)]
    smallest = float(np.min(_two_sided_p(farthest, *grids, sizes=(a.n, b.n))))
    largest = float(np.max(_two_sided_p(nearest, *grids, sizes=(a.n, b.n))))
    p = float(centre.estimate == 0.0)  # without any error
    if centre.standard_error > 0.0:
        p = min(1.0, 2.0 * min(centre.p_above(0.0), centre.p_below(0.0)))
    return PrintedWelch(
        difference=centre.estimate,
        t=_ratio(centre.estimate, centre.standard_error),
        df=centre.df,
        p=p,
        p_low=min(smallest, p),
        p_high=max(largest, p),
    )


def readings_that_turn(
    words: Mapping[ErrorMeans, object], assumed: ErrorMeans
) -> tuple[ErrorMeans, ...]:
    """The readings of ± under which an audit's result differs from that under the assumed reading.

    `words` maps each reading that was tried to the audit's result; it must contain `assumed`.

    >>> a, b = Cell(mean="2.0", error="0.6", n=5), Cell(mean="1.0", error="0.6", n=5)
    >>> p = {reading: welch_from_printed(a, b, error=reading).p for reading in READINGS}
    >>> readings_that_turn({reading: p[reading] < 0.05 for reading in READINGS}, "standard error")
    ('standard deviation', 'standard deviation by n')
    """
    if assumed not in words:
        raise SpecError(
            "An audit compares its word with that under the reading of ± that it assumes; got "
            f"words under {', '.join(words) or 'no reading'} and {assumed!r} assumed. Add that "
            "reading."
        )
    return tuple(reading for reading, word in words.items() if word != words[assumed])


def _to_standard_error(error: ErrorMeans, n: int) -> float:
    """The factor that turns the printed number after ± into a standard error s/√n."""
    factors = {
        "standard error": 1.0,
        "standard deviation": n**-0.5,
        "standard error by n": (n / (n - 1)) ** 0.5,
        "standard deviation by n": (n - 1) ** -0.5,
    }
    if error not in factors:
        raise SpecError(
            f"± means one of {', '.join(READINGS)}; got {error!r}. "
            "Where the paper does not say, run the test under each reading and show all."
        )
    return factors[error]


def _ratio(difference: float, standard_error: float) -> float:
    """difference / standard_error; ±∞ if only the standard error is 0, and 0 for no difference."""
    if difference == 0.0:
        return 0.0
    return float(np.divide(difference, standard_error)) if standard_error else difference * np.inf


def _distances(a: Printed, b: Printed) -> tuple[float, float]:
    """The smallest and the largest |a − b| over both rounding intervals."""
    low, high = a.low - b.high, a.high - b.low
    nearest = 0.0 if low <= 0.0 <= high else min(abs(low), abs(high))
    return nearest, max(abs(low), abs(high))


def _error_grid(printed: Printed) -> NDArray[np.float64]:
    """A grid of errors that round to the printed one, none below 0.

    The two ends are not enough: an error also changes the degrees of freedom, so p is not always
    largest at the largest error.
    """
    return np.linspace(max(0.0, printed.low), printed.high, _STEPS)


def _two_sided_p(
    distance: float,
    errors_a: NDArray[np.float64],
    errors_b: NDArray[np.float64],
    *,
    sizes: tuple[int, int],
) -> NDArray[np.float64]:
    """2·P(T ≥ distance / standard error) for every pair of errors."""
    if distance == 0.0:
        return np.ones(1)
    va, vb = np.meshgrid(errors_a**2, errors_b**2)
    total = va + vb
    positive = total > 0.0
    va, vb, total = va[positive], vb[positive], total[positive]
    df = total**2 / (va**2 / (sizes[0] - 1) + vb**2 / (sizes[1] - 1))
    p = 2.0 * special.stdtr(df, -distance / np.sqrt(total))
    return p if bool(np.all(positive)) else np.append(p, 0.0)
