"""What a drawing leaves out, and the words that say so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from dltheory.reporting.axes import clipped
from dltheory.reporting.figures.marks import SERIES
from dltheory.reporting.numerals import count, number
from dltheory.reporting.plots import Points

Item = TypeVar("Item")


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str:
        """As the legend has it."""
        ...


def evenly(items: Sequence[Item], most: int) -> list[Item]:
    """At most so many of the items, spread evenly from the first to the last."""
    if len(items) <= most:
        return list(items)
    return [items[round(k * (len(items) - 1) / max(most - 1, 1))] for k in range(most)]


def share(groups: int, most: int = 900, each: int = 300) -> int:
    """How many points of each group are drawn, so that a drawing stays small."""
    return min(each, most // max(groups, 1))


def points_remarks(groups: Sequence[Points], most: int = 900) -> list[str]:
    """How many points are drawn of how many, and how many have no place."""
    said = []
    room = share(min(len(groups), SERIES), most)
    shown = sum(min(len(group.x), room) for group in groups)
    given = sum(max(group.of, len(group.x)) for group in groups)
    if shown < given:
        said.append(f"{number(shown)} of {number(given)} points are drawn, spread evenly over them")
    if lost := sum(group.missing for group in groups):
        said.append(f"left out for want of a number: {count(lost, 'point')}")
    return said


def series_remark(names: Sequence[Named]) -> list[str]:
    """Which series are not drawn because there are too many."""
    if len(names) <= SERIES:
        return []
    rest = ", ".join(clipped(series.name, 170) for series in names[SERIES : 2 * SERIES])
    return [f"the first {SERIES} of {len(names)} are drawn, without {rest}"]


def edge_remark(values: Iterable[float | None], *, log: bool) -> list[str]:
    """On a logarithmic axis, where zero and below stand."""
    if not log or all(value is None or value > 0 for value in values):
        return []
    return ["values not above zero stand at the edge of the logarithmic axis"]
