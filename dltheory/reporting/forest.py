"""An interval against its null point θ₀ and the smallest effect that matters, θ₀ + δ."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dltheory.reporting.axes import (
    Scale,
    bottom_axis,
    clipped,
    dot,
    path,
    scale,
    segment,
    svg,
    text,
)
from dltheory.reporting.numerals import interval, short
from dltheory.reporting.schema import Record


def row(record: Record, also: Sequence[float] = ()) -> Markup:
    """A small drawing of the record's interval; empty if nothing is measured.

    The axis is the row's own; it reaches to the values of ``also``, so that rows can share one.
    """
    if not _drawable(record):
        return Markup()
    across = _across(record, also, start=4, end=236)
    body = Markup().join(
        [
            path("rule", [segment(4, 14, 236, 14)]),
            _landmarks(record, across, top=3, bottom=25),
            _bar(record, across, y=14),
        ]
    )
    return svg(body, width=240, height=28, title=_title(record), desc=_desc(record), kind="row")


def figure(record: Record) -> Markup:
    """The same interval, large, with an axis and both landmarks named."""
    if not _drawable(record):
        return Markup()
    across = _across(record, (), start=8, end=352)
    landmarks = _points(record)
    names = [
        _named(across(value), 12 + 15 * line, label)
        for line, (value, label) in enumerate(zip(landmarks, _labels(landmarks), strict=False))
    ]
    top = 6 + 15 * len(landmarks)
    body = Markup().join(
        [
            *names,
            _landmarks(record, across, top=top, bottom=top + 36),
            _bar(record, across, y=top + 19),
            bottom_axis(across, top + 40, record.unit or record.estimand),
        ]
    )
    return svg(
        body, width=360, height=top + 80, title=_title(record), desc=_desc(record), kind="forest"
    )


def _drawable(record: Record) -> bool:
    """Whether there is an estimate and something to hold it against."""
    evidence = record.evidence
    if evidence is None or evidence.estimate is None:
        return False
    return record.criterion.null is not None or evidence.lower is not None


def _points(record: Record) -> tuple[float, ...]:
    """θ₀, then θ₀ + δ, as far as they are declared."""
    null, effect = record.criterion.null, record.criterion.smallest_effect
    if null is None:
        return ()
    return (null,) if not effect else (null, null + effect)


def _labels(points: tuple[float, ...]) -> tuple[str, ...]:
    """The names of the landmarks with their values."""
    names = ("null point θ₀", "smallest effect θ₀ + δ")
    return tuple(f"{name} = {short(at)}" for name, at in zip(names, points, strict=False))


def _across(record: Record, also: Sequence[float], *, start: float, end: float) -> Scale:
    """The row's own axis, wide enough for the interval and both landmarks."""
    evidence = record.evidence
    bounds = (evidence.lower, evidence.estimate, evidence.upper) if evidence else ()
    points = (*bounds, *_points(record), *also)
    return scale(points, start=start, end=end, log=False, margin=0.1)


def _landmarks(record: Record, across: Scale, *, top: float, bottom: float) -> Markup:
    """A solid line at θ₀ and a dashed one at θ₀ + δ."""
    lines = [
        path(kind, [segment(across(at), top, across(at), bottom)])
        for kind, at in zip(("null", "effect"), _points(record), strict=False)
    ]
    return Markup().join(lines)


def _bar(record: Record, across: Scale, *, y: float) -> Markup:
    """The interval with its estimate; an arrow where a side has no bound."""
    evidence = record.evidence
    if evidence is None or evidence.estimate is None:
        return Markup()
    steps: list[str] = []
    if evidence.lower is not None or evidence.upper is not None:
        left = across.start if evidence.lower is None else across(evidence.lower)
        right = across.end if evidence.upper is None else across(evidence.upper)
        steps.append(segment(left, y, right, y))
        if evidence.lower is None:
            steps.append(f"M{left + 5:g} {y - 4:g}L{left:g} {y:g}l5 4")
        if evidence.upper is None:
            steps.append(f"M{right - 5:g} {y - 4:g}L{right:g} {y:g}l-5 4")
    return path("bar", steps) + _mark(record, across(evidence.estimate), y)


def _mark(record: Record, x: float, y: float) -> Markup:
    """The estimate: a dot, a triangle for an effect that is smaller; hollow for an analogue."""
    hollow = " open" if record.analogue or record.standing else ""
    if record.word == "SMALLER":
        return path(f"point{hollow}", [f"M{x - 6:g} {y:g}l9-5.5v11z"])
    if hollow:
        return path(f"point{hollow}", [f"M{x - 4:g} {y:g}a4 4 0 1 0 8 0a4 4 0 1 0-8 0z"])
    return path("estimate", [dot(x, y)])


def _named(x: float, y: float, label: str) -> Markup:
    """A landmark's name, on the side of its line where there is room."""
    if x < 180:
        return text(x, y, clipped(label, 356 - x), kind="n", anchor="start")
    return text(x, y, clipped(label, x), kind="n", anchor="end")


def _title(record: Record) -> str:
    """What the drawing shows, in a few words."""
    evidence = record.evidence
    if evidence is None:
        return ""
    return f"Interval {interval(evidence.estimate, evidence.lower, evidence.upper)}"


def _desc(record: Record) -> str:
    """The landmarks in words."""
    return ", ".join(_labels(_points(record))) or "no null point declared"
