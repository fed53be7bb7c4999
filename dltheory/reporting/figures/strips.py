"""A strip of dots per arm; lines between neighbouring strips join the runs of a seed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

from dltheory.reporting.axes import (
    Scale,
    bottom_axis,
    clipped,
    cross,
    dot,
    path,
    scale,
    segment,
    svg,
    text,
)
from dltheory.reporting.figures.marks import DIAMOND, WIDTH, hollow, legend, sample
from dltheory.reporting.numerals import count, short
from dltheory.reporting.plots import Arm, Plot

_SEEDS_DRAWN = 64
_LANE = 44


def drawn(plot: Plot) -> Markup:
    """A lane per arm, one below the other."""
    if all(value is None for arm in plot.arms for value in arm.values):
        return Markup()
    shown = [list(arm.values[:_SEEDS_DRAWN]) for arm in plot.arms]
    beside = [arm.printed for arm in plot.arms]
    across = scale(
        (value for row in (*shown, beside) for value in row), start=10, end=WIDTH - 10, log=plot.log
    )
    known = any(value is not None for value in beside)
    key, top = legend([(sample(DIAMOND), "printed")] if known else [])
    lanes = [top + 30 + _LANE * index for index in range(len(shown))]
    points = [
        [None if value is None else (across(value), y) for value in row]
        for row, y in zip(shown, lanes, strict=True)
    ]
    parts = [key, path("rule", (segment(10, y, WIDTH - 10, y) for y in lanes))]
    if plot.paired:
        parts.append(path("pair", _joins(points)))
    for index, (arm, y) in enumerate(zip(plot.arms, lanes, strict=True)):
        parts.append(path(f"dots s{min(index, 3)}", (dot(*at) for at in points[index] if at)))
        parts.append(path("lost", _lost(arm, across, y)))
        parts.append(text(10, y - 14, clipped(arm.name, WIDTH - 20), kind="halo"))
        if arm.printed is not None:
            parts.append(hollow(DIAMOND, [(across(arm.printed), y)]))
    parts.append(bottom_axis(across, lanes[-1] + 16, plot.axis))
    return svg(
        Markup().join(parts),
        width=WIDTH,
        height=lanes[-1] + 56,
        title=plot.title or plot.axis,
        desc="; ".join(_in_words(arm) for arm in plot.arms),
        kind="plot",
    )


def remarks(plot: Plot) -> list[str]:
    """What dots, lines, crosses and hollow marks are."""
    said = ["one dot per seed"]
    if plot.paired and len(plot.arms) > 1:
        said.append("a line joins the runs of one seed")
    if any(arm.diverged for arm in plot.arms):
        said.append("× marks a run that diverged")
    if any(len(arm.values) > _SEEDS_DRAWN for arm in plot.arms):
        said.append(f"the first {_SEEDS_DRAWN} seeds are drawn")
    return said


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


def _in_words(arm: Arm) -> str:
    """Number of runs and their range, for those who do not see the drawing."""
    values = [value for value in arm.values if value is not None]
    span = f"from {short(min(values))} to {short(max(values))}" if values else "without values"
    lost = f", {len(arm.diverged)} diverged" if arm.diverged else ""
    printed = "" if arm.printed is None else f", printed {short(arm.printed)}"
    return f"{arm.name}: {count(len(values), 'run')} {span}{lost}{printed}"
