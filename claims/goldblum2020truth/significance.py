"""Which pairs of printed cells differ significantly, as one family."""

from __future__ import annotations

from collections.abc import Iterable

from dltheory.statistics import Cell, holm, welch_from_printed

LEVEL = 0.05


def significant(pairs: Iterable[tuple[Cell, Cell]]) -> list[bool]:
    """Whether the first cell lies above the second, Welch's p Holm-adjusted over all pairs."""
    tests = [welch_from_printed(better, worse) for better, worse in pairs]
    adjusted = holm([test.p for test in tests])
    return [p < LEVEL and t.difference > 0 for p, t in zip(adjusted, tests, strict=True)]
