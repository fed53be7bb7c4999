"""The shapes of what a card draws. A field that is absent or null keeps its default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Arm:
    """Values of one arm, one per seed; ``diverged`` holds positions among them."""

    name: str = ""
    values: tuple[float | None, ...] = ()
    diverged: tuple[int, ...] = ()
    printed: float | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    """Mean and range over ``n`` runs, at some of ``of`` places; ``missing`` counts broken runs."""

    name: str = ""
    x: tuple[float | None, ...] = ()
    mean: tuple[float | None, ...] = ()
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    n: int = 0
    missing: int = 0
    of: int = 0


@dataclass(frozen=True, kw_only=True)
class Points:
    """Some of ``of`` points of the plane; ``missing`` more have no place."""

    name: str = ""
    x: tuple[float | None, ...] = ()
    y: tuple[float | None, ...] = ()
    of: int = 0
    missing: int = 0


@dataclass(frozen=True, kw_only=True)
class Guide:
    """A straight line y = slope · x + intercept."""

    name: str = ""
    slope: float | None = None
    intercept: float | None = None


@dataclass(frozen=True, kw_only=True)
class Density:
    """Densities of ``n`` values over a plot's bins."""

    name: str = ""
    densities: tuple[float | None, ...] = ()
    n: int = 0
    missing: int = 0


@dataclass(frozen=True, kw_only=True)
class Plot:
    """Numbers to be drawn: of kind arms, levels, cases, lines, scatter, density or regions."""

    kind: str = ""
    title: str = ""
    axis: str = ""
    log: bool = False
    paired: bool = False
    arms: tuple[Arm, ...] = ()
    seeds: tuple[int, ...] = ()
    x_axis: str = ""
    x_log: bool = False
    levels: tuple[float, ...] = ()
    values: Any = ()
    threshold: float | None = None
    threshold_name: str = ""
    lines: tuple[Line, ...] = ()
    printed: tuple[Points, ...] = ()
    groups: tuple[Points, ...] = ()
    guides: tuple[Guide, ...] = ()
    edges: tuple[float | None, ...] = ()
    densities: tuple[Density, ...] = ()
    rows: tuple[str, ...] = ()
    x_range: tuple[float | None, ...] = ()
    y_range: tuple[float | None, ...] = ()
