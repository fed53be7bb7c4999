"""Six series that can be told apart without colour, and the legend that names them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from markupsafe import Markup

from dltheory.reporting.axes import CHARACTER, clipped, dot, path, segment, text

WIDTH = 360
SERIES = 6
"""So many series are drawn: as many as have a colour, a dash and a shape of their own."""

At = tuple[float, float]
Sample = Callable[[float, float], Markup]

_OUTLINES = (
    (-3.5, 0, "a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z"),
    (-3, -3, "h6v6h-6z"),
    (0, -4, "l4 7h-8z"),
    (0, -5, "l4 5-4 5-4-5z"),
    (0, 4, "l4-7h-8z"),
    (-4, -4, "h8l-8 8h8z"),
)
"""Where the outline of a series' mark begins, from its centre, and how it goes on."""
DIAMOND, CIRCLE = -1, -2
"""Marks that belong to no series, in the colour of text."""
_NEUTRAL = {DIAMOND: 3, CIRCLE: 0}


def outline(series: int, x: float, y: float) -> str:
    """The step of a path that goes around the mark of a series."""
    right, down, steps = _OUTLINES[_NEUTRAL.get(series, series)]
    return f"M{x + right:.4g} {y + down:.4g}{steps}"


def filled(series: int, places: Iterable[At]) -> Markup:
    """Marks of a series, one per place; dots, the shortest to write, for the first series."""
    if series == 0:
        return path("dots s0", (dot(x, y) for x, y in places))
    return path(f"marks s{series}", (outline(series, x, y) for x, y in places))


def hollow(series: int, places: Iterable[At]) -> Markup:
    """The same marks, hollow: printed values."""
    colour = "" if series in _NEUTRAL else f" s{series}"
    return path(f"hollow{colour}", (outline(series, x, y) for x, y in places))


def sample(series: int) -> Sample:
    """A hollow mark for the legend."""
    return lambda x, y: hollow(series, [(x + 11, y)])


def mark_sample(series: int) -> Sample:
    """A filled mark for the legend."""
    return lambda x, y: filled(series, [(x + 11, y)])


def line_sample(series: int, *, marked: bool = False) -> Sample:
    """A piece of a series' line for the legend, with its mark where the line has marks."""
    return lambda x, y: (
        path(f"line s{series}", [segment(x, y, x + 22, y)])
        + (filled(series, [(x + 11, y)]) if marked else Markup())
    )


def legend(entries: Sequence[tuple[Sample, str]]) -> tuple[Markup, float]:
    """Samples with their names from the top, in as many rows as they need; and their height."""
    parts: list[Markup] = []
    x, y = 0.0, 7.0
    for draw, name in entries:
        words = clipped(name, WIDTH - 40)
        room = 28 + CHARACTER * 1.15 * len(words)
        if x and x + room > WIDTH:
            x, y = 0.0, y + 17
        parts += [draw(x, y), text(x + 27, y + 4, words)]
        x += room + 14
    return Markup().join(parts), y + 13 if entries else 0.0
