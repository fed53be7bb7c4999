"""GRIM: a test whether a printed mean can be the mean of n multiples of a granule."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from dltheory.errors import SpecError
from dltheory.statistics.printed import Printed

Shortened = Literal["rounded", "truncated"]

_RATIO = re.compile(r"[+-]?\d+/\d+")


@dataclass(frozen=True, kw_only=True)
class Grim:
    """Whether the printed mean is possible, and the power of this check.

    `power` is the share of numbers with these decimals that are impossible. With power 0 every
    printed mean passes, so that a pass says nothing.
    """

    possible: bool
    power: float


def grim(mean: str, n: int, granule: str, *, shortened: Shortened = "rounded") -> Grim:
    """Whether the printed mean can be the mean of n numbers, each a multiple of the granule.

    Such means are the multiples of granule/n. With "rounded", the printed mean is possible if a
    multiple rounds to it, where halves may go up or down (Brown and Heathers 2017). With
    "truncated", it is possible if a multiple becomes it when its further digits are cut off. The
    granule is a decimal number or a fraction. The examples are five accuracies in percent of
    10 000 images, and three accuracies in percent of 1797 images:

    >>> grim("84.838", n=5, granule="0.01"), grim("84.837", n=5, granule="0.01")
    (Grim(possible=True, power=0.5), Grim(possible=False, power=0.5))
    >>> grim("97.013", n=3, granule="100/1797").possible
    False
    """
    printed, step = Printed.parse(mean), _granule(granule)
    if n < 1 or step <= 0:
        raise SpecError(
            "GRIM needs at least 1 number and a granule above 0; got "
            f"n={n} and granule {granule}. The granule of an accuracy is one over the images."
        )
    if shortened not in get_args(Shortened):
        raise SpecError(
            f"A printed mean is one of {', '.join(get_args(Shortened))}; got {shortened!r}. Where "
            'the paper does not say, take "rounded".'
        )
    # In units of the last printed digit, the printed mean is a whole number (target), and possible
    # means are multiples of `ratio`.
    unit = Fraction(1, 10**printed.decimals)
    ratio = step / n / unit
    target = Fraction(printed.text.strip().replace("−", "-")) / unit
    if shortened == "rounded":
        return Grim(possible=_rounds_to(target, ratio), power=_power(ratio, _rounding(ratio)))
    return Grim(possible=_truncates_to(target, ratio), power=_power(ratio, ratio.denominator))


def _granule(text: str) -> Fraction:
    """The granule as an exact fraction, from the text of a decimal number or a fraction."""
    plain = text.strip().replace("−", "-")
    if _RATIO.fullmatch(plain) and int(plain.partition("/")[2]):
        return Fraction(plain)
    if "/" in plain:
        raise SpecError(
            "A granule is a decimal number, as '0.01', or a fraction of whole numbers, as "
            f"'100/1797'; got {text!r}. In percent of 1797 images it is '100/1797'."
        )
    return Fraction(Printed.parse(plain).text)


def _rounds_to(target: Fraction, ratio: Fraction) -> bool:
    """Whether a multiple of the ratio lies within ½ of the target."""
    return abs(round(target / ratio) * ratio - target) <= Fraction(1, 2)


def _truncates_to(target: Fraction, ratio: Fraction) -> bool:
    """Whether a multiple of the ratio is the target or less than 1 further from 0."""
    outwards = -(-abs(target) // ratio) * ratio  # the first multiple that is not nearer to 0
    return outwards < abs(target) + 1


def _rounding(ratio: Fraction) -> int:
    """How many of p consecutive whole numbers t are within ½ of a multiple of ratio = p/q.

    The fraction p/q is in lowest terms. |t − k p/q| ≤ ½ means that q t is at most q/2 away from a
    multiple of p. While t takes every residue modulo p once, so does q t. Therefore the number of
    such t is 2⌊q/2⌋ + 1, or p if that is less.
    """
    return 2 * (ratio.denominator // 2) + 1


def _power(ratio: Fraction, reached: int) -> float:
    """The share of whole numbers that are impossible: 1 − reached/p for ratio = p/q, at least 0."""
    return float(1 - Fraction(min(reached, ratio.numerator), ratio.numerator))
