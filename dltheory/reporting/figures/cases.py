"""A tick per case, or bars where there are many, against the threshold that decides."""

from __future__ import annotations

from markupsafe import Markup

from dltheory.reporting.axes import (
    Scale,
    bottom_axis,
    numbers,
    path,
    scale,
    segment,
    svg,
    text,
)
from dltheory.reporting.figures.marks import WIDTH
from dltheory.reporting.numerals import count, short
from dltheory.reporting.plots import Plot

_CASES_DRAWN = 150


def drawn(plot: Plot) -> Markup:
    """All cases on one axis."""
    values = [value for value in numbers(plot.values) if value is not None]
    if not values:
        return Markup()
    across = scale((*values, plot.threshold), start=10, end=WIDTH - 10, log=plot.log)
    if len(values) > _CASES_DRAWN:
        marks = path("bars", _bars(values, across))
    else:
        marks = path("case", (segment(across(v), 46, across(v), 66) for v in sorted(values)))
    parts = [marks, bottom_axis(across, 76, plot.axis)]
    if plot.threshold is not None:
        x = across(plot.threshold)
        name = f"{plot.threshold_name or 'threshold'} {short(plot.threshold)}"
        anchor = "start" if x < WIDTH / 2 else "end"
        parts.append(path("effect", [segment(x, 18, x, 76)]))
        parts.append(text(x, 12, name, kind="n", anchor=anchor))
    span = f"from {short(min(values))} to {short(max(values))}"
    limit = "" if plot.threshold is None else f"; threshold {short(plot.threshold)}"
    return svg(
        Markup().join(parts),
        width=WIDTH,
        height=116,
        title=plot.title or plot.axis,
        desc=f"{count(len(values), 'case')} {span}{limit}",
        kind="plot",
    )


def remarks(plot: Plot) -> list[str]:
    """What a tick or a bar is."""
    many = len(numbers(plot.values)) > _CASES_DRAWN
    return ["bars count the cases" if many else "one tick per case"]


def _bars(values: list[float], across: Scale, bins: int = 48) -> list[str]:
    """Counts of the cases in equal slots of the axis."""
    slot = (across.end - across.start) / bins
    counts = [0] * bins
    for value in values:
        counts[min(int((across(value) - across.start) / slot), bins - 1)] += 1
    tallest = max(counts)
    return [
        segment(x := across.start + slot * (index + 0.5), 76, x, 76 - 50 * height / tallest)
        for index, height in enumerate(counts)
        if height
    ]
