"""Numbers as a reader wants them: few digits, a true minus sign, and never NaN."""

from __future__ import annotations

import math
from datetime import datetime

ABSENT = "–"
DIGITS = 4
"""So many significant digits of an estimate are shown at most."""
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power_of_ten(exponent: int) -> str:
    """10 raised to an exponent: ``10⁻⁶``."""
    return "10" + str(exponent).translate(_SUPERSCRIPT)


def number(value: float | None, digits: int = 3) -> str:
    """A number with so many significant digits, in powers of ten where it is tiny or huge."""
    if value is None or not math.isfinite(value):
        return ABSENT
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if isinstance(value, int) and abs(value) < 1_000_000:
        return _signed(f"{value:,}".replace(",", "\u2009" if abs(value) >= 10_000 else ""))
    if -4 < exponent < 6:
        rounded = float(f"{value:.{digits}g}")
        exponent = math.floor(math.log10(abs(rounded)))
        return _signed(f"{rounded:.{max(0, digits - 1 - exponent)}f}")
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
    return _signed(f"{mantissa}\u00a0×\u00a0") + power_of_ten(int(power))


def short(value: float | None) -> str:
    """A number without trailing zeros, for axes and for values fixed in advance."""
    text = number(value)
    mantissa, times, power = text.partition("\u00a0×\u00a0")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    if times and mantissa in ("1", "−1"):
        return mantissa.replace("1", "") + power
    return mantissa + times + power


def interval(estimate: float | None, lower: float | None, upper: float | None) -> str:
    """``estimate [lower, upper]`` to two significant digits of the interval's half-width.

    No number has more than `DIGITS` significant digits: further ones say nothing to a reader.
    Bounds that both are the estimate are not repeated.
    """
    estimate, lower, upper = (_representable(value) for value in (estimate, lower, upper))
    given = [value for value in (estimate, lower, upper) if value is not None]
    if not given:
        return ABSENT
    if lower is None and upper is None:
        return number(estimate)
    largest = max(abs(value) for value in given)
    spread = (max(given) - min(given)) * (0.5 if lower is not None and upper is not None else 1.0)
    exponent = 0
    if largest and not -4 < math.floor(math.log10(largest)) < 5:
        exponent = math.floor(math.log10(largest))
    decimals = 1 - math.floor(math.log10(spread or largest or 1.0)) + exponent
    if largest:
        decimals = min(decimals, DIGITS - 1 - math.floor(math.log10(largest)) + exponent)

    def fixed(value: float | None, open_end: str) -> str:
        if value is None:
            return open_end
        return _signed(f"{round(value / 10.0**exponent, decimals):.{max(0, decimals)}f}")

    body = f"{fixed(estimate, ABSENT)} [{fixed(lower, '−∞')}, {fixed(upper, '∞')}]"
    if estimate is not None and lower == estimate == upper:
        body = fixed(estimate, ABSENT)
    return f"{body}\u00a0×\u00a0{power_of_ten(exponent)}" if exponent else body


def p_value(p: float | None) -> str:
    """``p = 0.012``, ``p = 2.3 × 10⁻⁴``, or a bound where more digits would say nothing."""
    if p is None or not math.isfinite(p):
        return ""
    if p < 1e-6:
        return f"p\u00a0<\u00a0{power_of_ten(-6)}"
    if p > 0.99:
        return "p\u00a0>\u00a00.99"
    if p >= 1e-3:
        return f"p\u00a0=\u00a0{p:.2g}"
    return f"p\u00a0=\u00a0{number(p, 2)}"


def level(alpha: float | None) -> str:
    """An error level as statisticians print it: ``.01``."""
    return ABSENT if alpha is None else short(alpha).removeprefix("0")


def rate(fraction: float | None) -> str:
    """A fraction as a percentage with sensible digits."""
    if fraction is None or not math.isfinite(fraction):
        return ABSENT
    if 0.999 <= fraction < 1:
        return ">\u00a099.9\u00a0%"
    return f"{short(100 * fraction)}\u00a0%"


def probability(chance: float | None) -> str:
    """A probability with two decimals, which never says 1 or 0 where it is neither: ``0.63``."""
    if chance is None or not math.isfinite(chance):
        return ABSENT
    if 0.995 <= chance < 1:
        return ">\u00a00.99"
    return "<\u00a00.01" if 0 < chance < 0.005 else f"{chance:.2f}"


def duration(seconds: float) -> str:
    """Seconds in human units: ``42 s``, ``3 min 12 s``, ``2 h 05 min``, ``3.2 days``."""
    if seconds < 1:
        return "less than a second"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 172_800:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{seconds / 86_400:.1f} days"


def moment(date: str) -> str:
    """An ISO date as ``2 January 2026, 03:04 UTC``; anything else unchanged."""
    try:
        when = datetime.fromisoformat(date.replace("Z", "+00:00"))
    except ValueError:
        return date
    return f"{when.day} {when:%B %Y}, {when:%H:%M}" + (" UTC" if date.endswith("Z") else "")


def count(quantity: int, noun: str, plural: str = "") -> str:
    """A quantity with its noun in the right number: ``1 claim``, ``2 claims``."""
    return f"{number(quantity)} {noun if quantity == 1 else plural or noun + 's'}"


def _representable(value: float | None) -> float | None:
    """The value, kept where sums and powers of ten neither overflow nor vanish."""
    if value is None or abs(value) < 1e-300:
        return None if value is None else 0.0
    return min(max(value, -1e300), 1e300)


def _signed(text: str) -> str:
    """The same digits with a true minus sign; a zero has none."""
    bare = text.lstrip("-")
    negative = text.startswith("-") and any(digit in bare for digit in "123456789")
    return f"−{bare}" if negative else bare
