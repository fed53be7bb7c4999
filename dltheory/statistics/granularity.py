"""GRIM: can a printed mean be the mean of n numbers that come in steps?"""

from dataclasses import dataclass
from fractions import Fraction

from dltheory.errors import SpecError
from dltheory.statistics.printed import Printed


@dataclass(frozen=True, kw_only=True)
class Grim:
    """Whether the mean can exist, and the probability that the check would catch one that cannot.

    A mean that passes a check of power 0 has passed nothing.
    """

    possible: bool
    power: float


def grim(mean: str, n: int, granule: str) -> Grim:
    """Whether the printed mean can be the mean of n numbers, each a multiple of the granule.

    Such means are the multiples of granule/n; the printed one is possible where a multiple rounds
    to it, halves up or down (Brown and Heathers 2017). The power is the share of numbers with
    those decimals to which no multiple rounds. Five runs, each in percent of 10 000 images:

    >>> grim("84.838", n=5, granule="0.01"), grim("84.837", n=5, granule="0.01")
    (Grim(possible=True, power=0.5), Grim(possible=False, power=0.5))
    """
    printed, step = Printed.parse(mean), Fraction(Printed.parse(granule).text.strip())
    if n < 1 or step <= 0:
        raise SpecError(
            "GRIM needs at least 1 number and a granule above 0; got "
            f"n={n} and granule {granule}. The granule of an accuracy is one over the images."
        )
    # In units of the last printed digit the printed mean is whole and possible means are k·ratio.
    unit = Fraction(1, 10**printed.decimals)
    ratio = step / n / unit
    target = Fraction(printed.text.strip().replace("−", "-")) / unit
    nearest = round(target / ratio) * ratio
    return Grim(possible=abs(nearest - target) <= Fraction(1, 2), power=_power(ratio))


def _power(ratio: Fraction) -> float:
    """The share of whole numbers farther than ½ from every multiple of the ratio.

    The pattern repeats after ratio.numerator whole numbers, that is ratio.denominator multiples.
    """
    if ratio <= 1:
        return 0.0
    period = ratio.numerator
    half = Fraction(1, 2)
    multiples = [k * ratio for k in range(ratio.denominator)]
    up = {int(m + half) % period for m in multiples}
    down = {-int(-(m - half) // 1) % period for m in multiples}
    return 1.0 - len(up | down) / period
