"""Printed accuracies of two networks on 10,000 images each: their order, and binomial tests of it.

Which of two printed numbers is larger is a matter of reading. A binomial test asks whether test
images alone could explain the difference; it leaves out that another training run differs too.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from scipy import stats

from dltheory.statistics import holm
from dltheory.verdicts import Control, holds, table

from .table_4 import Group

COUNTS = 10_000
LEVEL = 0.05


class Order(NamedTuple):
    """One printed pair, the first said to be larger; Holm's p is that among all rows."""

    name: str
    better: str
    worse: str
    z: float
    p: float
    adjusted: float = 1.0

    @property
    def lead(self) -> float:
        """By how many points the first is printed above the second."""
        return float(Decimal(self.better) - Decimal(self.worse))

    @property
    def significant(self) -> bool:
        """Whether the order is, among all rows."""
        return self.adjusted < LEVEL

    @property
    def whole(self) -> bool:
        """Whether both are counts of images."""
        return all((Decimal(v) * COUNTS / 100) % 1 == 0 for v in (self.better, self.worse))

    @property
    def disagreeing(self) -> float:
        """On how many images at most the networks may disagree, at p = 5 % of McNemar's test.

        z = (b − c)/√(b + c) with b − c printed: significant up to b + c = ((b − c)/z)².
        """
        lead = self.lead / 100 * COUNTS
        return (lead / float(stats.norm.isf(LEVEL))) ** 2 if lead > 0 else 0.0


def order_in_rows(
    groups: Mapping[str, Group], better: str, worse: str, column: str = "robust"
) -> list[Order]:
    """One-sided z-tests of two rows of each group, adjusted by Holm.

    `column` is "robust" (ε = 8/255), "robust_small" (ε = 1/255) or "clean".
    """
    found = []
    for group in groups.values():
        high, low = (getattr(getattr(group, which), column) for which in (better, worse))
        p, q = float(high) / 100, float(low) / 100
        z = (p - q) / ((p * (1 - p) + q * (1 - q)) / COUNTS) ** 0.5
        found.append(Order(group.name, high, low, z, float(stats.norm.sf(z))))
    return adjusted(found)


def adjusted(rows: Sequence[Order]) -> list[Order]:
    """The rows with Holm's p among them."""
    ps = holm([row.p for row in rows])
    return [row._replace(adjusted=float(p)) for row, p in zip(rows, ps, strict=True)]


def binomial_chance(printed: str) -> float:
    """The chance that an independent test of as good a network gives this very count."""
    p = float(printed) / 100
    return float(stats.binom.pmf(round(p * COUNTS), COUNTS, p))


def columns_are_told_apart(groups: Mapping[str, Group]) -> Control:
    """Whether a stronger attack leaves less in every printed row: no two columns are confused."""
    rows = [
        row for group in groups.values() for row in (group.plain, group.rank_max, group.rank_min)
    ]
    ordered = [Decimal(row.clean) > Decimal(row.robust_small) > Decimal(row.robust) for row in rows]
    return holds(
        "the columns are told apart",
        expectation="in every row the clean accuracy is the largest and that at 8/255 the smallest",
        observed=f"{sum(ordered)} of {len(rows)} rows",
        held=all(ordered),
    )


def orders_table(
    rows: Sequence[Order], what: str = "Robust accuracy at ε = 8/255"
) -> dict[str, object]:
    """Every row, and what pairing by image could do for it."""
    lines = [
        [
            row.name,
            row.better,
            row.worse,
            f"{row.z:.2f}",
            row.p,
            row.adjusted,
            "✓" if row.significant else "✕",
            f"{row.disagreeing:,.0f}",
        ]
        for row in rows
    ]
    columns = ["row", "first", "second", "z", "p", "Holm p", "significant"]
    columns.append("would be, if they disagree on at most … of 10,000 images")
    return table(f"{what}, recomputed from print", columns, lines)
