"""Numbers as plain JSON types and as short text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np


def number(value: float) -> str:
    """Four significant digits, with a true minus sign."""
    return f"{value:.4g}".replace("-", "−")


def finite(value: float | None) -> float | None:
    """A plain float, or None for what JSON cannot say (NaN, infinities)."""
    if value is None:
        return None
    plain = float(value)
    return plain if math.isfinite(plain) else None


def plain(value: Any) -> Any:
    """A value as JSON types: NumPy's scalars and arrays as Python's, no NaN, no infinities."""
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
