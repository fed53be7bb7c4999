"""Clouds of points, a mark per group, with straight lines drawn across."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from dltheory.reporting.axes import clipped, path, svg
from dltheory.reporting.figures.left_out import (
    edge_remark,
    evenly,
    points_remarks,
    series_remark,
    share,
)
from dltheory.reporting.figures.marks import (
    SERIES,
    WIDTH,
    At,
    filled,
    legend,
    line_sample,
    mark_sample,
)
from dltheory.reporting.figures.plane import Plane, frame, plane, polyline
from dltheory.reporting.numerals import count, short
from dltheory.reporting.plots import Plot, Points

_STEPS = 32

Straight = tuple[str, float, float]
"""A line's name, slope and intercept."""


def drawn(plot: Plot) -> Markup:
    """All groups on one plane; a line takes the number that follows those of the groups."""
    groups = [group for group in plot.groups[:SERIES] if complete(group)]
    clouds = [complete(group) for group in groups]
    if not clouds:
        return Markup()
    guides = list(enumerate(_guides(plot), start=len(groups)))[: SERIES - len(groups)]
    entries = [(mark_sample(index), group.name) for index, group in enumerate(groups)]
    key, top = legend([*entries, *((line_sample(index), guide[0]) for index, guide in guides)])
    xs = [x for cloud in clouds for x, _ in cloud]
    ys = [y for cloud in clouds for _, y in cloud]
    middle = _middle(xs, log=plot.x_log)
    ys += [slope * middle + intercept for _, (_, slope, intercept) in guides]
    on = plane(xs, ys, top=top, x_log=plot.x_log, log=plot.log)
    parts = [key, frame(on, plot.axis, plot.x_axis)]
    parts += [filled(index, places(cloud, on, len(clouds))) for index, cloud in enumerate(clouds)]
    parts += [path(f"line s{index}", [polyline(_across(guide, on))]) for index, guide in guides]
    return svg(
        Markup().join(parts),
        width=WIDTH,
        height=on.height,
        title=plot.title or f"{plot.axis} over {plot.x_axis}",
        desc="; ".join([*map(in_words, groups), *(_guide_in_words(g) for _, g in guides)]),
        kind="plot",
    )


def remarks(plot: Plot) -> list[str]:
    """What is left out."""
    points = [point for group in plot.groups for point in complete(group)]
    return [
        *(points_remarks(plot.groups) or ["one mark per point"]),
        *series_remark((*plot.groups, *plot.guides)),
        *edge_remark((y for _, y in points), log=plot.log),
        *edge_remark((x for x, _ in points), log=plot.x_log),
    ][:4]


def complete(group: Points) -> list[At]:
    """The points that have both coordinates."""
    pairs = zip(group.x, group.y, strict=False)
    return [(x, y) for x, y in pairs if x is not None and y is not None]


def places(cloud: Sequence[At], on: Plane, groups: int, most: int = 900) -> list[At]:
    """Where the points of one of so many groups stand, as many as can be drawn."""
    return [(on.across(x), on.up(y)) for x, y in evenly(cloud, share(groups, most))]


def in_words(group: Points) -> str:
    """How many points, and where they lie."""
    points = complete(group)
    if not points:
        return f"{clipped(group.name, WIDTH)}: no point"
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return (
        f"{clipped(group.name, WIDTH)}: {count(max(group.of, len(points)), 'point')}, "
        f"from {short(min(xs))} to {short(max(xs))} across "
        f"and from {short(min(ys))} to {short(max(ys))} upwards"
    )


def _guides(plot: Plot) -> list[Straight]:
    """The straight lines that have a slope and an intercept."""
    return [
        (guide.name, guide.slope, guide.intercept)
        for guide in plot.guides
        if guide.slope is not None and guide.intercept is not None
    ]


def _guide_in_words(guide: Straight) -> str:
    """The line's equation."""
    name, slope, intercept = guide
    return f"{clipped(name, WIDTH)}: the line {short(slope)} · x + {short(intercept)}"


def _middle(values: Sequence[float], *, log: bool) -> float:
    """The middle of the axis."""
    above = [value for value in values if value > 0]
    if log and above:
        return math.sqrt(min(above)) * math.sqrt(max(above))
    return min(values) / 2 + max(values) / 2


def _across(guide: Straight, on: Plane) -> list[At]:
    """The line from edge to edge of the frame; on a logarithmic axis it is bent."""
    _, slope, intercept = guide
    left, right = on.across.low, on.across.high
    if slope:
        ends = sorted((bound - intercept) / slope for bound in (on.up.low, on.up.high))
        left, right = max(left, ends[0]), min(right, ends[1])
    elif not on.up.low <= intercept <= on.up.high:
        return []
    if left > right:
        return []
    steps = _STEPS if on.across.log or on.up.log else 1
    return [
        (on.across(x), on.up(slope * x + intercept))
        for x in (_between(left, right, k / steps, log=on.across.log) for k in range(steps + 1))
    ]


def _between(left: float, right: float, share: float, *, log: bool) -> float:
    """A place between two others, evenly on the axis."""
    if log:
        return left * (right / left) ** share
    return left + (right - left) * share
