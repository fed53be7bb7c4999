"""Gaps between the two starts in Table 2, under every reading of what stands after its ±."""

from __future__ import annotations

from typing import NamedTuple

from scipy import stats

from dltheory.statistics import READINGS, Printed, PrintedWelch, holm, welch_from_printed

from .table_2 import Row


class Gap(NamedTuple):
    """Random minus adversarial start of one row of Table 2, in percentage points.

    `low` and `high` are its one-sided bounds at 1 %, the widest that a reading of ± gives.
    """

    name: str
    difference: float
    low: float
    high: float
    holm: tuple[float, ...]

    @property
    def sign(self) -> int:
        """1 where the gap is certainly positive, −1 where it is certainly negative, 0 if open."""
        return int(self.low > 0) - int(self.high < 0)

    def within(self, margin: float) -> int:
        """1 where the gap is certainly within ±margin, −1 where it is certainly beyond, else 0."""
        inside = -margin < self.low and self.high < margin
        return int(inside) - int(self.low > margin or self.high < -margin)


def gaps(rows: list[Row]) -> list[Gap]:
    """The gap of each row; p-values by Welch's test under each reading, corrected by Holm."""
    tests = {
        reading: [welch_from_printed(row.random, row.adversarial, error=reading) for row in rows]
        for reading in READINGS
    }
    corrected = {reading: holm([one.p for one in found]) for reading, found in tests.items()}
    return [
        Gap(
            name=row.name,
            difference=tests[READINGS[0]][i].difference,
            low=min(_bound(tests[reading][i], row, -1) for reading in READINGS),
            high=max(_bound(tests[reading][i], row, 1) for reading in READINGS),
            holm=tuple(corrected[reading][i] for reading in READINGS),
        )
        for i, row in enumerate(rows)
    ]


def _bound(found: PrintedWelch, row: Row, side: int) -> float:
    """The one-sided bound at 1 %, and half a unit of the last digit of both means beyond it."""
    rounding = sum(
        Printed.parse(cell.mean).high - Printed.parse(cell.mean).value
        for cell in (row.random, row.adversarial)
    )
    error = abs(found.difference / found.t) if found.t else _error_without_difference(row)
    return found.difference + side * (float(stats.t.isf(0.01, found.df)) * error + rounding)


def _error_without_difference(row: Row) -> float:
    """An upper bound of the standard error where both means agree: both ± added, by n − 1."""
    runs = row.random.n
    return (float(row.random.error) + float(row.adversarial.error)) * (runs / (runs - 1)) ** 0.5
