"""The frame of a drawing with two axes: values upwards, what they depend on across."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dltheory.reporting.axes import (
    CHARACTER,
    Scale,
    bottom_axis,
    clipped,
    path,
    scale,
    segment,
    text,
)
from dltheory.reporting.figures.marks import WIDTH, At


@dataclass(frozen=True, kw_only=True)
class Plane:
    """Two scales and where their frame begins and ends."""

    across: Scale
    up: Scale
    top: float
    bottom: float

    @property
    def height(self) -> float:
        """Of the whole drawing: below the frame stand the ticks and the name of the axis."""
        return self.bottom + 40

    def place(self, x: float | None, y: float | None) -> At | None:
        """Where a point stands; nowhere if a coordinate is missing."""
        return None if x is None or y is None else (self.across(x), self.up(y))

    def places(self, xs: Iterable[float | None], ys: Iterable[float | None]) -> list[At]:
        """Where the points stand that have both coordinates."""
        points = (self.place(x, y) for x, y in zip(xs, ys, strict=False))
        return [point for point in points if point is not None]


def plane(
    xs: Iterable[float | None],
    ys: Iterable[float | None],
    *,
    top: float,
    x_log: bool,
    log: bool,
    tall: float = 168,
) -> Plane:
    """A plane that holds the points with a margin, below ``top``."""
    up = scale(ys, start=top + 22 + tall, end=top + 22, log=log)
    return under(xs, up, top=top, bottom=top + 30 + tall, x_log=x_log)


def under(
    xs: Iterable[float | None], up: Scale, *, top: float, bottom: float, x_log: bool
) -> Plane:
    """A plane whose upward scale is given; its left edge leaves room for that scale's labels."""
    across = scale(xs, start=left_of(up), end=WIDTH - 12, log=x_log, margin=0.04)
    return Plane(across=across, up=up, top=top, bottom=bottom)


def left_of(up: Scale) -> float:
    """Where the frame begins, right of the labels of its upward scale."""
    return 14 + max((CHARACTER * len(label) for _, label in up.ticks(4)), default=20)


def frame(
    on: Plane, axis: str, x_axis: str, at: Sequence[float] = (), *, grid: bool = True
) -> Markup:
    """Grid lines with their labels, the names of both axes, and the axis below."""
    left = on.across.start
    ticks = on.up.ticks(4)
    parts = [
        path("grid", (segment(left, y, WIDTH - 10, y) for y, _ in ticks if grid)),
        *(text(left - 8, y + 4, label, kind="n", anchor="end") for y, label in ticks),
        text(0, on.top + 11, clipped(axis, WIDTH), kind="name"),
        bottom_axis(on.across, on.bottom, x_axis, at),
    ]
    return Markup().join(parts)


def polyline(places: Iterable[At | None]) -> str:
    """The steps of a line, broken where a place is missing."""
    steps, pen_down = [], False
    for place in places:
        if place is not None:
            steps.append(f"L{place[0]:g} {place[1]:g}" if pen_down else _start(place))
        pen_down = place is not None
    return "".join(steps)


def _start(place: At) -> str:
    """The start of a line; a line without end is a dot."""
    return f"M{place[0]:g} {place[1]:g}h0"
