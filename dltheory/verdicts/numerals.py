"""Conversion of numbers to plain JSON types and to short text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np


def number(value: float) -> str:
    """The number as text with four significant digits and a true minus sign."""
    return f"{value:.4g}".replace("-", "−")


def finite(value: float | None) -> float | None:
    """The value as a plain float; None for NaN and infinities, which JSON cannot hold, and None."""
    if value is None:
        return None
    plain = float(value)
    return plain if math.isfinite(plain) else None


def plain(value: Any) -> Any:
    """The value as plain JSON types: NumPy values converted, NaN and infinities become None."""
    if isinstance(value, (np.generic, np.ndarray)):
        return plain(cast("Any", value).tolist())
    if isinstance(value, Mapping):
        named = cast("Mapping[Any, Any]", value)
        return {str(key): plain(item) for key, item in named.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in cast("Sequence[Any]", value)]
    if isinstance(value, float):
        return finite(value)
    return value
