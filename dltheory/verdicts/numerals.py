"""Numbers as plain JSON types and as short text."""

from __future__ import annotations

import math


def number(value: float) -> str:
    """Four significant digits, with a true minus sign."""
    return f"{value:.4g}".replace("-", "−")


def finite(value: float | None) -> float | None:
    """A plain float, or None for what JSON cannot say (NaN, infinities)."""
    if value is None:
        return None
    plain = float(value)
    return plain if math.isfinite(plain) else None
