"""Outlines of histograms over common bins, one above the other."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dltheory.reporting.axes import Scale, clipped, path, svg
from dltheory.reporting.figures.left_out import series_remark
from dltheory.reporting.figures.marks import SERIES, WIDTH, legend, line_sample
from dltheory.reporting.figures.plane import Plane, frame, under
from dltheory.reporting.numerals import count, short
from dltheory.reporting.plots import Density, Plot

_BINS = 200
_TALL = 150


def drawn(plot: Plot) -> Markup:
    """A step line per group over a faint area."""
    edges = [edge for edge in plot.edges if edge is not None]
    groups = [group for group in plot.densities[:SERIES] if any(group.densities)]
    if len(edges) < 2 or len(edges) < len(plot.edges) or not groups:
        return Markup()
    edges, outlines = _merged(edges, [group.densities for group in groups])
    key, top = legend([(line_sample(i), group.name) for i, group in enumerate(groups)])
    tallest = max(height for heights in outlines for height in heights)
    bottom = top + 22 + _TALL
    up = Scale(low=0.0, high=1.06 * tallest, start=bottom, end=top + 22)
    on = under(edges, up, top=top, bottom=bottom, x_log=False)
    steps = [_outline(edges, heights, on) for heights in outlines]
    parts = [key, frame(on, "density", plot.axis)]
    parts += [path(f"band s{index}", [outline]) for index, outline in enumerate(steps)]
    parts += [path(f"line s{index}", [outline]) for index, outline in enumerate(steps)]
    return svg(
        Markup().join(parts),
        width=WIDTH,
        height=on.height,
        title=plot.title or plot.axis,
        desc="; ".join(_in_words(group, plot.edges) for group in groups),
        kind="plot",
    )


def remarks(plot: Plot) -> list[str]:
    """What the area is, and what is left out."""
    said = ["histograms over common bins, each of area one"]
    if lost := sum(group.missing for group in plot.densities):
        said.append(f"left out because not finite: {count(lost, 'value')}")
    if empty := [clipped(g.name, WIDTH) for g in plot.densities[:SERIES] if not any(g.densities)]:
        said.append(f"without a number: {', '.join(empty)}")
    return said + series_remark(plot.densities)


def _merged(
    edges: list[float], groups: Sequence[Sequence[float | None]]
) -> tuple[list[float], list[list[float]]]:
    """Bins put together, by their mean density, until they are few enough to be drawn."""
    width = -(-(len(edges) - 1) // _BINS)
    starts = range(0, len(edges) - 1, width)
    merged = [
        [sum(h or 0.0 for h in heights[k : k + width]) / width for k in starts]
        for heights in groups
    ]
    return [*(edges[k] for k in starts), edges[-1]], merged


def _outline(edges: list[float], heights: list[float], on: Plane) -> str:
    """Up, along every bin and down again; bins of one height are passed in one step."""
    steps = [f"M{on.across(edges[0]):g} {on.up(0):g}"]
    level = on.up(0)
    for left, height in zip(edges, heights, strict=False):
        if on.up(height) != level:
            level = on.up(height)
            steps.append(f"H{on.across(left):g}V{level:g}")
    return "".join(steps) + f"H{on.across(edges[-1]):g}V{on.up(0):g}"


def _in_words(group: Density, edges: Sequence[float | None]) -> str:
    """How many values, and where the density is largest."""
    heights = [height or 0.0 for height in group.densities][: len(edges) - 1]
    peak = max(range(len(heights)), key=heights.__getitem__)
    where = f"densest from {short(edges[peak])} to {short(edges[peak + 1])}"
    return f"{clipped(group.name, WIDTH)}: {count(group.n, 'value')}, {where}"
