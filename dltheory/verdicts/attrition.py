"""Runs that were lost: they diverged, or gave a number that is not finite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LARGEST_ATTRITION = 0.1
"""The share of an arm's runs that may be lost before neither word is said."""


@dataclass(frozen=True, kw_only=True)
class Attrition:
    """How many of an arm's n runs were lost.

    Performance is judged among the runs that train; `rate_upper` is the largest rate of losses that
    these counts leave possible (Clopper and Pearson, one-sided at α).
    """

    arm: str
    diverged: int
    n: int
    rate_upper: float | None = None


def lost_in(attrition: Sequence[Attrition]) -> str:
    """The arms that lost more than a tenth of their runs, in words; "" where there is none."""
    lost = [a for a in attrition if a.diverged > LARGEST_ATTRITION * a.n]
    return ", ".join(f"{a.diverged} of {a.n} in “{a.arm}”" for a in lost)
