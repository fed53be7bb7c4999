"""The drawings of a card, written by hand as small SVG that takes its colours from the page."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

from dltheory.reporting.figures import (
    cases,
    density,
    levels,
    lines,
    regions,
    scatter,
    strips,
)
from dltheory.reporting.plots import Plot

_DRAWN: dict[str, Callable[[Plot], Markup]] = {
    "arms": strips.drawn,
    "cases": cases.drawn,
    "density": density.drawn,
    "levels": levels.drawn,
    "lines": lines.drawn,
    "regions": regions.drawn,
    "scatter": scatter.drawn,
}
_REMARKS: dict[str, Callable[[Plot], list[str]]] = {
    "arms": strips.remarks,
    "cases": cases.remarks,
    "density": density.remarks,
    "levels": levels.remarks,
    "lines": lines.remarks,
    "regions": regions.remarks,
    "scatter": scatter.remarks,
}


def figure(plot: Plot) -> Markup:
    """The drawing of a plot; empty if it holds no number or is of a kind not known here."""
    return _DRAWN[plot.kind](plot) if plot.kind in _DRAWN else Markup()


def remark(plot: Plot) -> str:
    """What the reader of the drawing must know: its marks, and what is left out."""
    remarks = _REMARKS[plot.kind](plot) if plot.kind in _REMARKS else []
    words = "; ".join(remarks)
    return f"{words[0].upper()}{words[1:]}." if words else ""
