"""Attrition: runs that were lost because they diverged or gave a number that is not finite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LARGEST_ATTRITION = 0.1
"""The share of an arm's runs that may be lost before neither word is said."""


@dataclass(frozen=True, kw_only=True)
class Attrition:
    """How many of an arm's n runs were lost (`diverged`).

    `rate_upper` is the one-sided upper bound at α of the probability that a run is lost (Clopper
    and Pearson); None if it was not computed.
    """

    arm: str
    diverged: int
    n: int
    rate_upper: float | None = None


def lost_in(attrition: Sequence[Attrition]) -> str:
    """The arms that lost more than `LARGEST_ATTRITION` of their runs, as text; "" if none did."""
    lost = [a for a in attrition if a.diverged > LARGEST_ATTRITION * a.n]
    return ", ".join(f"{a.diverged} of {a.n} in “{a.arm}”" for a in lost)
