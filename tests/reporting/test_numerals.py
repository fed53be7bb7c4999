"""Numbers as they are printed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dltheory.reporting import numerals

ANY_FLOAT = st.floats() | st.none()


def plain(text):
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (0, "0"),
        (-0.0, "0"),
        (0.93, "0.930"),
        (-0.0155, "−0.0155"),
        (9.999, "10.0"),
        (20000, "20\u2009000"),
        (2000, "2000"),
        (3.1e-15, "3.10 × 10⁻¹⁵"),
        (-2.5e9, "−2.50 × 10⁹"),
        (None, "–"),
        (math.nan, "–"),
        (math.inf, "–"),
    ],
)
def test_a_number_has_three_significant_digits_and_a_true_minus_sign(value, printed):
    assert plain(numerals.number(value)) == printed


@pytest.mark.parametrize(
    ("bounds", "printed"),
    [
        ((0.004, 0.0003, 0.008), "0.0040 [0.0003, 0.0080]"),
        ((0.018, -0.008, 0.044), "0.018 [−0.008, 0.044]"),
        ((4e-5, 3e-6, 8e-5), "4.0 [0.3, 8.0] × 10⁻⁵"),
        ((0.5, 0.2, None), "0.50 [0.20, ∞]"),
        ((0.5, None, 0.7), "0.50 [−∞, 0.70]"),
        ((0.5, None, None), "0.500"),
        ((1.0, 1.0, 1.0), "1.0"),
        ((0.0970801, 0.0970794, 0.0970809), "0.09708 [0.09708, 0.09708]"),
        ((84.838, 84.6381, 85.0379), "84.84 [84.64, 85.04]"),
        ((None, None, None), "–"),
    ],
)
def test_an_interval_shares_its_decimals(bounds, printed):
    assert plain(numerals.interval(*bounds)) == printed


@pytest.mark.parametrize(
    ("p", "printed"),
    [
        (2e-9, "p < 10⁻⁶"),
        (0.00023, "p = 2.3 × 10⁻⁴"),
        (0.0121, "p = 0.012"),
        (0.9999, "p > 0.99"),
        (None, ""),
    ],
)
def test_a_p_value_is_a_bound_where_digits_say_nothing(p, printed):
    assert plain(numerals.p_value(p)) == printed


@pytest.mark.parametrize(
    ("seconds", "printed"),
    [
        (0.2, "less than a second"),
        (42, "42 s"),
        (192, "3 min 12 s"),
        (7500, "2 h 05 min"),
        (280_000, "3.2 days"),
    ],
)
def test_a_duration_is_in_human_units(seconds, printed):
    assert numerals.duration(seconds) == printed


@pytest.mark.parametrize(("alpha", "printed"), [(0.01, ".01"), (0.0085, ".0085"), (None, "–")])
def test_a_level_has_no_leading_zero(alpha, printed):
    assert numerals.level(alpha) == printed


@given(ANY_FLOAT, ANY_FLOAT, ANY_FLOAT)
def test_no_number_is_printed_as_nan(estimate, lower, upper):
    finite = [v if v is not None and math.isfinite(v) else None for v in (estimate, lower, upper)]

    printed = numerals.number(estimate) + numerals.p_value(lower) + numerals.interval(*finite)

    assert not {"nan", "inf", "-"} & set(printed.lower())
    assert "nan" not in printed.lower()


@pytest.mark.parametrize(
    ("bounds", "printed"),
    [
        ((4321.0, 4000.0, 4700.0), "4320 [4000, 4700]"),
        ((0.61, 0.55, 0.67), "0.610 [0.550, 0.670]"),
        ((12.34, 11.0, 14.0), "12.3 [11.0, 14.0]"),
        ((-71.3, -1200.0, 900.0), "−100 [−1200, 900]"),
    ],
)
def test_an_interval_has_two_significant_digits_of_its_half_width(bounds, printed):
    assert plain(numerals.interval(*bounds)) == printed


@pytest.mark.parametrize(
    ("chance", "printed"),
    [(0.634, "0.63"), (0.999, "> 0.99"), (0.001, "< 0.01"), (0.0, "0.00"), (1.0, "1.00")],
)
def test_a_probability_is_certain_only_where_it_is(chance, printed):
    assert plain(numerals.probability(chance)) == printed
