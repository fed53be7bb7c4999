"""A line per seed over the levels of what was varied."""

from __future__ import annotations

from markupsafe import Markup

from dltheory.reporting.axes import numbers, path, svg
from dltheory.reporting.figures.marks import WIDTH
from dltheory.reporting.figures.plane import frame, plane, polyline
from dltheory.reporting.numerals import count, short
from dltheory.reporting.plots import Plot

_SEEDS_DRAWN = 64


def drawn(plot: Plot) -> Markup:
    """All seeds in one colour; what matters is where they go."""
    rows = _rows(plot)
    if all(value is None for row in rows for value in row):
        return Markup()
    on = plane(
        plot.levels,
        (value for row in rows for value in row),
        top=0,
        x_log=plot.x_log and min(plot.levels) > 0,
        log=plot.log,
    )
    lines = [
        polyline(on.place(*point) for point in zip(plot.levels, row, strict=False))
        for row in rows[:_SEEDS_DRAWN]
    ]
    return svg(
        frame(on, plot.axis, plot.x_axis, sorted(plot.levels)) + path("seed", lines),
        width=WIDTH,
        height=on.height,
        title=plot.title or f"{plot.axis} over {plot.x_axis}",
        desc=_in_words(plot, rows),
        kind="plot",
    )


def remarks(plot: Plot) -> list[str]:
    """What a line is, and how many are drawn."""
    said = ["one line per seed"]
    if len(_rows(plot)) > _SEEDS_DRAWN:
        said.append(f"the first {_SEEDS_DRAWN} of {len(_rows(plot))} are drawn")
    return said


def _rows(plot: Plot) -> list[list[float | None]]:
    """Values per seed and level; anything that is not a number is None."""
    if not isinstance(plot.values, (list, tuple)):
        return []
    return [numbers(row)[: len(plot.levels)] for row in plot.values]


def _in_words(plot: Plot, rows: list[list[float | None]]) -> str:
    """Ranges at the first and the last level."""
    words = [f"{count(len(rows), 'seed')}"]
    for index in sorted({0, len(plot.levels) - 1}):
        column = [row[index] for row in rows if len(row) > index]
        values = [value for value in column if value is not None]
        if values:
            place = f"at {plot.x_axis} {short(plot.levels[index])}"
            words.append(f"{place} from {short(min(values))} to {short(max(values))}")
    return "; ".join(words)
