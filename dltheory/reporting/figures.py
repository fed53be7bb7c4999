"""The drawings of a card, written by hand as small SVG that takes its colours from the page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

from dltheory.reporting.axes import (
    CHARACTER,
    Scale,
    bottom_axis,
    clipped,
    cross,
    dot,
    numbers,
    path,
    scale,
    segment,
    svg,
    text,
)
from dltheory.reporting.numerals import count, short
from dltheory.reporting.schema import Arm, Plot

WIDTH = 360
_SEEDS_DRAWN = 64
_CASES_DRAWN = 150
_LANE = 44


def figure(plot: Plot) -> Markup:
    """The drawing of a plot; empty if it holds no number or is of a kind not known here."""
    if plot.kind == "arms" and any(v is not None for arm in plot.arms for v in arm.values):
        return _arms(plot)
    if plot.kind == "levels" and any(v is not None for row in _rows(plot) for v in row):
        return _levels(plot)
    if plot.kind == "cases" and any(v is not None for v in numbers(plot.values)):
        return _cases(plot)
    return Markup()


def remark(plot: Plot) -> str:
    """What the reader of the drawing must know: crosses, lines, and what is left out."""
    remarks = []
    if plot.kind == "arms":
        remarks.append("One dot per seed")
        if plot.paired and len(plot.arms) > 1:
            remarks.append("a line joins the runs of one seed")
        if any(arm.diverged for arm in plot.arms):
            remarks.append("× marks a run that diverged")
        if any(len(arm.values) > _SEEDS_DRAWN for arm in plot.arms):
            remarks.append(f"the first {_SEEDS_DRAWN} seeds are drawn")
    elif plot.kind == "levels":
        remarks.append("One line per seed")
        if len(_rows(plot)) > _SEEDS_DRAWN:
            remarks.append(f"the first {_SEEDS_DRAWN} of {len(_rows(plot))} are drawn")
    elif plot.kind == "cases":
        many = len(numbers(plot.values)) > _CASES_DRAWN
        remarks.append("Bars count the cases" if many else "One tick per case")
    return "; ".join(remarks) + "." if remarks else ""


def _arms(plot: Plot) -> Markup:
    """A strip of dots per arm; lines between neighbouring strips join the runs of a seed."""
    drawn = [list(arm.values[:_SEEDS_DRAWN]) for arm in plot.arms]
    across = scale((v for row in drawn for v in row), start=10, end=WIDTH - 10, log=plot.log)
    lanes = [30 + _LANE * index for index in range(len(drawn))]
    points = [
        [None if v is None else (across(v), y) for v in row]
        for row, y in zip(drawn, lanes, strict=True)
    ]
    parts = [path("rule", (segment(10, y, WIDTH - 10, y) for y in lanes))]
    if plot.paired:
        parts.append(path("pair", _joins(points)))
    for index, (arm, y) in enumerate(zip(plot.arms, lanes, strict=True)):
        parts.append(path(f"dots s{min(index, 3)}", (dot(*at) for at in points[index] if at)))
        parts.append(path("lost", _lost(arm, across, y)))
        parts.append(text(10, y - 14, clipped(arm.name, WIDTH - 20), kind="halo"))
    parts.append(bottom_axis(across, lanes[-1] + 16, plot.axis))
    return svg(
        Markup().join(parts),
        width=WIDTH,
        height=lanes[-1] + 56,
        title=plot.title or plot.axis,
        desc="; ".join(_arm_in_words(arm) for arm in plot.arms),
        kind="plot",
    )


def _joins(points: Sequence[Sequence[tuple[float, float] | None]]) -> list[str]:
    """Lines between the same seed in neighbouring arms."""
    return [
        segment(*here, *there)
        for row, following in pairwise(points)
        for here, there in zip(row, following, strict=False)
        if here and there
    ]


def _lost(arm: Arm, across: Scale, y: float) -> list[str]:
    """Crosses for the diverged runs; where a run left no number they stand at the left edge."""
    crosses = []
    for order, index in enumerate(arm.diverged[:_SEEDS_DRAWN]):
        value = arm.values[index] if 0 <= index < len(arm.values) else None
        crosses.append(cross(across.start + 4 + 9 * order if value is None else across(value), y))
    return crosses


def _arm_in_words(arm: Arm) -> str:
    """Number of runs and their range, for those who do not see the drawing."""
    values = [value for value in arm.values if value is not None]
    span = f"from {short(min(values))} to {short(max(values))}" if values else "without values"
    lost = f", {len(arm.diverged)} diverged" if arm.diverged else ""
    return f"{arm.name}: {count(len(values), 'run')} {span}{lost}"


def _rows(plot: Plot) -> list[list[float | None]]:
    """Values per seed and level; anything that is not a number is None."""
    if not isinstance(plot.values, (list, tuple)):
        return []
    return [numbers(row)[: len(plot.levels)] for row in plot.values]


def _levels(plot: Plot) -> Markup:
    """A line per seed over the levels of what was varied."""
    rows = _rows(plot)
    up = scale((v for row in rows for v in row), start=190, end=22, log=plot.log)
    ticks = up.ticks(4)
    left = 14 + max((CHARACTER * len(label) for _, label in ticks), default=20)
    x_log = plot.x_log and min(plot.levels) > 0
    across = scale(plot.levels, start=left, end=WIDTH - 12, log=x_log, margin=0.04)
    lines = [_line(plot.levels, row, across, up) for row in rows[:_SEEDS_DRAWN]]
    parts = [
        path("grid", (segment(left, y, WIDTH - 10, y) for y, _ in ticks)),
        *(text(left - 8, y + 4, label, kind="n", anchor="end") for y, label in ticks),
        text(0, 11, clipped(plot.axis, WIDTH), kind="name"),
        path("seed", lines),
        bottom_axis(across, 198, plot.x_axis, sorted(plot.levels)),
    ]
    return svg(
        Markup().join(parts),
        width=WIDTH,
        height=238,
        title=plot.title or f"{plot.axis} over {plot.x_axis}",
        desc=_levels_in_words(plot, rows),
        kind="plot",
    )


def _line(levels: Sequence[float], row: list[float | None], across: Scale, up: Scale) -> str:
    """One seed's line, broken where a value is missing."""
    steps, pen_down = [], False
    for level, value in zip(levels, row, strict=False):
        if value is not None:
            place = f"{across(level):g} {up(value):g}"
            steps.append(f"L{place}" if pen_down else f"M{place}h0")
        pen_down = value is not None
    return "".join(steps)


def _levels_in_words(plot: Plot, rows: list[list[float | None]]) -> str:
    """Ranges at the first and the last level."""
    words = [f"{count(len(rows), 'seed')}"]
    for index in sorted({0, len(plot.levels) - 1}):
        column = [row[index] for row in rows if len(row) > index]
        values = [value for value in column if value is not None]
        if values:
            place = f"at {plot.x_axis} {short(plot.levels[index])}"
            words.append(f"{place} from {short(min(values))} to {short(max(values))}")
    return "; ".join(words)


def _cases(plot: Plot) -> Markup:
    """A tick per case, or bars where there are many, against a threshold."""
    values = [value for value in numbers(plot.values) if value is not None]
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
