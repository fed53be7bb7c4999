"""A map of classes over a rectangle: tints, borders, the number of every class, and points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from markupsafe import Markup

from dltheory.reporting.axes import Scale, path, svg, text
from dltheory.reporting.figures.left_out import evenly, points_remarks, series_remark
from dltheory.reporting.figures.marks import SERIES, WIDTH, filled, legend, mark_sample
from dltheory.reporting.figures.plane import Plane, frame, left_of
from dltheory.reporting.figures.scatter import complete, in_words, places
from dltheory.reporting.numerals import short
from dltheory.reporting.plots import Plot

_CELLS = 60
_POINTS = 300
_BORDERS = 9_000
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_NONE = "."

Bounds = tuple[float, float]
Piece = tuple[int, int]
"""Where a stroke begins and how long it is."""


def drawn(plot: Plot) -> Markup:
    """Axes, cells and borders on a grid of their own, then points and numbers."""
    rows = _rows(plot)
    x, y = _bounds(plot.x_range), _bounds(plot.y_range)
    if x is None or y is None or not _classes(rows):
        return Markup()
    groups = [group for group in plot.groups[:SERIES] if complete(group)]
    key, top = legend([(mark_sample(index), group.name) for index, group in enumerate(groups)])
    on = _plane(x, y, top)
    points = [
        filled(index, places(complete(group), on, len(groups), _POINTS))
        for index, group in enumerate(groups)
    ]
    return svg(
        Markup().join([key, frame(on, "", "", grid=False), _grid(rows, on)])
        + Markup().join([*points, _numbers(rows, on)]),
        width=WIDTH,
        height=on.height - 14,
        title=plot.title or "Map of classes",
        desc="; ".join([_in_words(rows), *map(in_words, groups)]),
        kind="plot",
    )


def remarks(plot: Plot) -> list[str]:
    """What the tints are, how fine the map is, and what is left out."""
    rows = _rows(plot)
    fine = f"{len(rows)} × {len(rows[0])} cells" if rows else "no cells"
    return [
        f"a tint and a number per class, on {fine}",
        *points_remarks(plot.groups, _POINTS),
        *series_remark(plot.groups),
    ]


def _rows(plot: Plot) -> list[str]:
    """Rows of one length, few and short enough to be drawn; a dot where there is no class."""
    longest = max(map(len, plot.rows), default=0)
    rows = ["".join(evenly(row.ljust(longest, _NONE), _CELLS)) for row in plot.rows]
    known = ["".join(sign if sign in _DIGITS else _NONE for sign in row) for row in rows]
    return evenly(known, _CELLS) if longest else []


def _bounds(given: Sequence[float | None]) -> Bounds | None:
    """The ends of an axis, if there are two."""
    ends = sorted(min(max(end, -1e150), 1e150) for end in given if end is not None)
    return (ends[0], ends[1]) if len(ends) == 2 and ends[0] < ends[1] else None


def _plane(x: Bounds, y: Bounds, top: float) -> Plane:
    """Both axes to one scale, as far as the drawing is neither flat nor tall by that."""
    left = left_of(Scale(low=y[0], high=y[1], start=1, end=0))
    wide = WIDTH - 12 - left
    tall = min(max(wide * (y[1] - y[0]) / (x[1] - x[0]), 140.0), 300.0)
    up = Scale(low=y[0], high=y[1], start=round(top + 8 + tall), end=top + 8)
    across = Scale(low=x[0], high=x[1], start=left, end=WIDTH - 12)
    return Plane(across=across, up=up, top=top, bottom=up.start)


def _grid(rows: list[str], on: Plane) -> Markup:
    """Tints and borders in units of cells, upwards from the lower left corner."""
    wide = (on.across.end - on.across.start) / len(rows[0])
    tall = (on.up.start - on.up.end) / len(rows)
    tints = [
        path(f"cells s{_DIGITS.index(sign) % SERIES}", _strokes(rows, sign))
        for sign in _classes(rows)
    ]
    return Markup('<g transform="translate({:g} {:g}) scale({:.5g} {:.5g})">{}</g>').format(
        on.across.start, on.up.start, wide, -tall, Markup().join([*tints, _borders(rows)])
    )


def _strokes(rows: list[str], sign: str) -> list[str]:
    """A stroke per run of equal cells, along the middle of its row."""
    return [
        _pieces(
            f"M{{0}} {height}.5",
            "m{0} 0",
            "h{0}",
            [(s, n) for s, n, found in _runs(row) if found == sign],
        )
        for height, row in enumerate(rows)
    ]


def _borders(rows: list[str]) -> Markup:
    """Where neighbouring cells differ, in as few strokes as there are straight pieces.

    Where classes change so often that hardly a cell is without a border, none is drawn.
    """
    columns = ["".join(cells) for cells in zip(*rows, strict=True)]
    flat = [_pieces(f"M{{0}} {at}", "m{0} 0", "h{0}", edge) for at, edge in _edges(rows)]
    upright = [_pieces(f"M{at} {{0}}", "m0 {0}", "v{0}", edge) for at, edge in _edges(columns)]
    steps = "".join([*flat, *upright])
    return path("border", [steps]) if len(steps) < _BORDERS else Markup()


def _pieces(first: str, further: str, stroke: str, pieces: list[Piece]) -> str:
    """The steps of strokes along one line, each given by where it begins and how long it is."""
    steps, end = [], 0
    for start, length in pieces:
        move = further.format(start - end) if steps else first.format(start)
        steps.append(move + stroke.format(length))
        end = start + length
    return "".join(steps)


def _edges(rows: Sequence[str]) -> Iterable[tuple[int, list[Piece]]]:
    """Below every row but the lowest, the pieces of border to its neighbour."""
    for at in range(1, len(rows)):
        differ = [here != below for here, below in zip(rows[at], rows[at - 1], strict=True)]
        yield at, [(start, length) for start, length, differs in _runs(differ) if differs]


def _runs(cells: Iterable[object]) -> list[tuple[int, int, object]]:
    """Where equal neighbours begin, how many they are, and what they are."""
    runs, start = [], 0
    for value, equal in groupby(cells):
        length = len(list(equal))
        runs.append((start, length, value))
        start += length
    return runs


def _numbers(rows: list[str], on: Plane) -> Markup:
    """The number of every class, where the class is widest."""
    wide = (on.across.end - on.across.start) / len(rows[0])
    tall = (on.up.start - on.up.end) / len(rows)
    labels = []
    for sign in _classes(rows):
        height, column = _heart(rows, sign)
        x = round(on.across.start + wide * column, 1)
        y = round(on.up.start - tall * (height + 0.5) + 4, 1)
        labels.append(text(x, y, str(_DIGITS.index(sign)), kind="halo", anchor="middle"))
    return Markup().join(labels)


def _heart(rows: list[str], sign: str) -> tuple[int, float]:
    """Row and column of the middle of a run that has most cells of its class all around."""
    best = (-1.0, 0, 0.0)
    for height, row in enumerate(rows):
        for start, length, found in _runs(row):
            if found == sign:
                column = "".join(cells[start + length // 2] for cells in rows)
                below = len(column[:height]) - len(column[:height].rstrip(sign))
                above = len(column[height:]) - len(column[height:].lstrip(sign)) - 1
                room = min(length / 2, below + 0.5, above + 0.5)
                best = max(best, (room, height, start + length / 2))
    return best[1], best[2]


def _classes(rows: list[str]) -> list[str]:
    """The classes of a map, in their order."""
    return sorted(set("".join(rows)) - {_NONE})


def _in_words(rows: list[str]) -> str:
    """The share of every class."""
    cells = "".join(rows)
    shares = (
        f"class {_DIGITS.index(sign)} on {short(100 * cells.count(sign) / len(cells))} %"
        for sign in _classes(rows)
    )
    return ", ".join(shares)
