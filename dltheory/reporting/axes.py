"""Scales and ticks of the drawings, and the few SVG words that all of them use."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from dltheory.reporting.numerals import power_of_ten, short

CHARACTER = 5.6
"""Width of a character of figure text, in the units of the drawings."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Maps numbers to positions between ``start`` and ``end``; values outside are clamped."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """The position of a value; on a log scale, zero and below stand at the start."""
        if self.log:
            share = _share(math.log(max(value, self.low)), math.log(self.low), math.log(self.high))
        else:
            share = _share(value, self.low, self.high)
        return round(self.start + (self.end - self.start) * min(max(share, 0.0), 1.0), 1)

    def ticks(self, wanted: int = 5) -> tuple[tuple[float, str], ...]:
        """Positions and labels of round numbers within the range."""
        values = _decades(self.low, self.high, wanted) if self.log else ()
        values = values or _round_numbers(self.low, self.high, wanted)
        return tuple((self(value), _tick(value)) for value in values)


def scale(
    values: Iterable[float | None], *, start: float, end: float, log: bool, margin: float = 0.06
) -> Scale:
    """A scale that holds the finite values with a margin on either side."""
    finite = [min(max(v, -1e150), 1e150) for v in values if v is not None and math.isfinite(v)]
    positive = [value for value in finite if value > 1e-150]
    if log and positive:
        low, high = math.log10(min(positive)), math.log10(max(positive))
        room = max((high - low) * margin, 0.15)
        left = low - (3 * room if len(positive) < len(finite) else room)
        return Scale(low=10**left, high=10 ** (high + room), start=start, end=end, log=True)
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    room = (high - low) * margin or abs(high) * 0.1 or 1.0
    return Scale(low=low - room, high=high + room, start=start, end=end)


def svg(body: Markup, *, width: int, height: float, title: str, desc: str, kind: str) -> Markup:
    """A drawing with a title and a description for those who do not see it."""
    return Markup(
        '<svg class="{}" role="img" viewBox="0 0 {:g} {:g}" width="{:g}" height="{:g}">'
        "<title>{}</title><desc>{}</desc>"
        '<g fill="none" stroke="currentColor">{}</g></svg>'
    ).format(kind, width, height, width, height, title, desc, body)


def text(x: float, y: float, words: str, *, kind: str = "", anchor: str = "start") -> Markup:
    """A line of text."""
    aligned = Markup(' text-anchor="{}"').format(anchor) if anchor != "start" else ""
    return Markup('<text x="{:g}" y="{:g}" class="{}"{}>{}</text>').format(
        x, y, f"t {kind}".strip(), aligned, words
    )


def path(kind: str, steps: Iterable[str]) -> Markup:
    """One path of many steps, or nothing when there are none."""
    steps = "".join(steps)
    return Markup('<path class="{}" d="{}"/>').format(kind, steps) if steps else Markup()


def dot(x: float, y: float) -> str:
    """The step of a path that leaves a dot under a round line cap."""
    return f"M{x:g} {y:g}h0"


def segment(x1: float, y1: float, x2: float, y2: float) -> str:
    """The step of a path that draws a line."""
    return f"M{x1:g} {y1:g}L{x2:g} {y2:g}"


def cross(x: float, y: float, arm: float = 3) -> str:
    """The step of a path that draws a ×."""
    return segment(x - arm, y - arm, x + arm, y + arm) + segment(x - arm, y + arm, x + arm, y - arm)


def bottom_axis(across: Scale, y: float, name: str, at: Sequence[float] = ()) -> Markup:
    """A horizontal axis, its name at the right end below; ticks stand ``at`` values if they fit."""
    ticks = _apart(tuple((across(value), _tick(value)) for value in at)) or across.ticks()
    parts = [
        path("axis", [segment(across.start, y, across.end, y)]),
        path("axis", (segment(x, y, x, y + 4) for x, _ in ticks)),
        Markup('<g class="t n" text-anchor="middle">{}</g>').format(
            Markup().join(
                Markup('<text x="{:g}" y="{:g}">{}</text>').format(x, y + 16, label)
                for x, label in ticks
            )
        ),
        text(across.end, y + 33, clipped(name, across.end), kind="name", anchor="end"),
    ]
    return Markup().join(parts)


def _apart(ticks: tuple[tuple[float, str], ...]) -> tuple[tuple[float, str], ...]:
    """The ticks, or none of them if two labels would touch."""
    near = pairwise(ticks)
    touch = any(x2 - x1 < CHARACTER * (len(a) + len(b)) / 2 + 6 for (x1, a), (x2, b) in near)
    return () if touch else ticks


def clipped(words: str, room: float) -> str:
    """The words, cut with an ellipsis where they would not fit into so much room."""
    fitting = max(4, int(room / CHARACTER))
    return words if len(words) <= fitting else words[: fitting - 1].rstrip() + "…"


def numbers(values: Any) -> list[float | None]:
    """A list of numbers in which everything that is not a finite number is None."""
    if not isinstance(values, (list, tuple)):
        return []
    return [_number(value) for value in values]


def _number(value: Any) -> float | None:
    """The number, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None


def _share(value: float, low: float, high: float) -> float:
    """Where the value lies between low and high."""
    return (value - low) / (high - low) if high > low else 0.5


def _tick(value: float) -> str:
    """Tick label: a plain number, or a bare power of ten far from one."""
    exponent = round(math.log10(abs(value))) if value else 0
    if abs(exponent) >= 4 and math.isclose(abs(value), 10.0**exponent):
        return ("−" if value < 0 else "") + power_of_ten(exponent)
    return short(value)


def _round_numbers(low: float, high: float, wanted: int) -> tuple[float, ...]:
    """Multiples of 1, 2 or 5 times a power of ten within the range."""
    span = high - low
    if not span > 0 or not math.isfinite(span):
        return ()
    magnitude = 10.0 ** math.floor(math.log10(span / wanted))
    step = next(
        (m * magnitude for m in (1, 2, 5) if span / (m * magnitude) <= wanted), 10 * magnitude
    )
    first, last = math.ceil(low / step), math.floor(high / step)
    return tuple(float(f"{index * step:.10g}") for index in range(first, last + 1))


def _decades(low: float, high: float, wanted: int) -> tuple[float, ...]:
    """Powers of ten within the range, or their 1-2-5 multiples where there are fewer than two."""
    first, last = math.ceil(math.log10(low)), math.floor(math.log10(high))
    powers = range(first, last + 1)
    if len(powers) >= 2:
        return tuple(10.0**power for power in powers[:: -(-len(powers) // wanted)])
    steps = (m * 10.0**power for power in range(first - 1, last + 2) for m in (1, 2, 5))
    return tuple(step for step in steps if low <= step <= high)
