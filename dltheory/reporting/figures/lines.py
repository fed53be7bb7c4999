"""A line per series, the mean over runs, with their range as a band and printed points beside."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from dltheory.reporting.axes import clipped, path, svg
from dltheory.reporting.figures.left_out import edge_remark, evenly, series_remark
from dltheory.reporting.figures.marks import (
    CIRCLE,
    DIAMOND,
    SERIES,
    WIDTH,
    At,
    Sample,
    filled,
    hollow,
    legend,
    line_sample,
    sample,
)
from dltheory.reporting.figures.plane import Plane, frame, plane, polyline
from dltheory.reporting.numerals import count, number, short
from dltheory.reporting.plots import Line, Plot, Points

_PLACES = 100
_PLACES_MARKED = 12
_PRINTED = 40


def drawn(plot: Plot) -> Markup:
    """Bands below, then lines with marks where the places are few, then printed points."""
    lines = plot.lines[:SERIES]
    printed = _printed(plot)
    values = list(_values(plot))
    if not values:
        return Markup()
    key, top = legend(_entries(lines, printed))
    xs = [x for series in (*lines, *(points for _, points in printed)) for x in series.x]
    on = plane(xs, values, top=top, x_log=plot.x_log, log=plot.log)
    parts = [key, frame(on, plot.axis, plot.x_axis, _few(lines))]
    parts += [path(f"band s{index}", _band(line, on)) for index, line in enumerate(lines)]
    for index, line in enumerate(lines):
        points = [on.place(*point) for point in _thinned(line, line.mean)]
        parts.append(path(f"line s{index}", [polyline(points)]))
        if _marked(line):
            parts.append(filled(index, [point for point in points if point]))
    for index, points in printed:
        parts.append(hollow(index, on.places(points.x[:_PRINTED], points.y)))
    return svg(
        Markup().join(parts),
        width=WIDTH,
        height=on.height,
        title=plot.title or f"{plot.axis} over {plot.x_axis}",
        desc="; ".join([*map(_in_words, lines), *(_printed_in_words(p) for _, p in printed)]),
        kind="plot",
    )


def remarks(plot: Plot) -> list[str]:
    """What line and band are, and what is left out."""
    lines = plot.lines[:SERIES]
    said = []
    runs = {line.n for line in lines if line.n > 1}
    if runs:
        many = count(max(runs), "run") if len(runs) == 1 else "runs"
        said.append(f"a line is the mean over {many}, the band their range")
    if broken := sum(line.missing for line in lines):
        many = count(broken, "run")
        said.append(f"{many} without a number in places, where the others make the mean")
    places = max((line.of for line in lines), default=0)
    kept = max((min(len(line.x), _PLACES) for line in lines), default=0)
    if kept < places:
        said.append(f"drawn at {number(kept)} of {number(places)} places")
    said += series_remark(plot.lines)
    said += edge_remark(_values(plot), log=plot.log)
    return said


def _printed(plot: Plot) -> list[tuple[int, Points]]:
    """Printed series with the number of the line of that name, or with the next free one."""
    names = [line.name for line in plot.lines[:SERIES]]
    free = iter(range(len(names), SERIES))
    return [
        (names.index(points.name) if points.name in names else next(free, DIAMOND), points)
        for points in plot.printed[:SERIES]
    ]


def _values(plot: Plot) -> Iterator[float]:
    """Every number the drawing shows."""
    series = [line.mean for line in plot.lines[:SERIES]]
    series += [bound for line in plot.lines[:SERIES] for bound in (line.low, line.high)]
    series += [points.y for _, points in _printed(plot)]
    return (value for row in series for value in row if value is not None)


def _entries(
    lines: tuple[Line, ...], printed: list[tuple[int, Points]]
) -> list[tuple[Sample, str]]:
    """A line per series; one hollow mark for all printed points that have their line."""
    entries = [
        (line_sample(index, marked=_marked(line)), line.name) for index, line in enumerate(lines)
    ]
    alone = [(index, points) for index, points in printed if not 0 <= index < len(lines)]
    if len(alone) < len(printed):
        entries.append((sample(0 if len(lines) == 1 else CIRCLE), "printed"))
    return entries + [(sample(index), f"{points.name}, printed") for index, points in alone]


def _few(lines: tuple[Line, ...]) -> list[float]:
    """The places of all lines, where they are few enough to be ticks."""
    places = {x for line in lines for x in line.x if x is not None}
    return sorted(places) if len(places) <= _PLACES_MARKED else []


def _marked(line: Line) -> bool:
    """Whether every place of the line gets a mark."""
    return len(line.x) <= _PLACES_MARKED


def _thinned(
    line: Line, values: tuple[float | None, ...]
) -> list[tuple[float | None, float | None]]:
    """Places and values, few enough to be drawn."""
    return evenly(list(zip(line.x, values, strict=False)), _PLACES)


def _band(line: Line, on: Plane) -> list[str]:
    """The range over runs: a closed outline per unbroken stretch."""
    if line.n < 2:
        return []
    stretches: list[list[tuple[At, At]]] = [[]]
    for low, high in zip(_thinned(line, line.low), _thinned(line, line.high), strict=False):
        bottom, top = on.place(*low), on.place(*high)
        if bottom and top:
            stretches[-1].append((bottom, top))
        elif stretches[-1]:
            stretches.append([])
    return [_outline(stretch) for stretch in stretches if stretch]


def _outline(stretch: list[tuple[At, At]]) -> str:
    """Along the upper ends and back along the lower ones."""
    corners = [top for _, top in stretch] + [bottom for bottom, _ in reversed(stretch)]
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in corners) + "z"


def _in_words(line: Line) -> str:
    """Name, first and last mean."""
    points = [(x, y) for x, y in zip(line.x, line.mean, strict=False) if None not in (x, y)]
    if not points:
        return f"{clipped(line.name, WIDTH)}: without values"
    (x1, y1), (x2, y2) = points[0], points[-1]
    runs = count(max(line.n, 1), "run")
    first = f"{clipped(line.name, WIDTH)}: {runs}, {short(y1)} at {short(x1)}"
    return first if len(points) == 1 else f"{first}, {short(y2)} at {short(x2)}"


def _printed_in_words(points: Points) -> str:
    """Printed values with their places."""
    pairs = list(zip(points.x, points.y, strict=False))[:_PRINTED]
    said = ", ".join(f"{short(y)} at {short(x)}" for x, y in pairs)
    return f"{clipped(points.name, WIDTH)}, printed: {said or 'without values'}"
