"""Slopes per seed, Page's test, and the difference between a trend and a monotone rise."""

import numpy as np
import pytest
from scipy import stats

from dltheory.errors import SpecError
from dltheory.statistics import (
    difference_of_slopes,
    mean,
    monotone,
    page,
    slopes,
    trend,
    unpaired_difference,
)

AT = np.array([1.0, 2.0, 4.0, 8.0])
ROWS = np.random.default_rng(3).normal(size=(6, 4)) + 0.2 * AT


def bumpy(means, *, seeds=8, noise=0.1):
    """Rows that scatter about the given means of the levels."""
    return np.asarray(means) + noise * np.random.default_rng(0).normal(size=(seeds, len(means)))


def test_a_slope_is_per_unit_of_the_level():
    assert slopes([[0.0, 10.0], [5.0, 5.0]], at=[2.0, 4.0]).tolist() == [5.0, 0.0]


@pytest.mark.parametrize("seed", range(6))
def test_slopes_equal_those_of_scipy(seed):
    assert slopes(ROWS, AT)[seed] == pytest.approx(stats.linregress(AT, ROWS[seed]).slope)


def test_a_power_law_has_its_exponent_as_slope_of_logarithms():
    widths = np.array([16.0, 64.0, 256.0])

    assert slopes(np.log([3 * widths**0.7, widths**-1.5]), np.log(widths)) == pytest.approx(
        [0.7, -1.5]
    )


def test_a_trend_is_the_mean_of_the_slopes():
    assert trend(ROWS, AT).p_above(0.0) == mean(slopes(ROWS, AT)).p_above(0.0)


def test_a_difference_of_slopes_is_welch_on_slopes():
    expected = unpaired_difference(slopes(ROWS, AT), slopes(2 * ROWS[:4], AT))

    assert difference_of_slopes(ROWS, 2 * ROWS[:4], at=AT).interval(0.05) == expected.interval(0.05)


def test_slopes_may_differ_in_their_levels():
    evidence = difference_of_slopes(ROWS, ROWS, at=AT, at_b=2 * AT)

    assert evidence.estimate == pytest.approx(np.mean(slopes(ROWS, AT)) / 2)


def test_page_equals_that_of_scipy():
    assert page(ROWS) == stats.page_trend_test(ROWS).pvalue


def test_page_is_small_where_the_columns_rise():
    assert page(bumpy([0, 1, 2, 3])) < 1e-4


def test_page_is_large_where_the_columns_fall():
    assert page(bumpy([3, 2, 1, 0])) > 0.999


def test_two_seeds_in_order_over_three_levels_have_a_page_p_of_one_in_thirty_six():
    assert page([[1, 2, 3], [1, 2, 3]]) == pytest.approx(1 / 36)


def test_a_trend_does_not_see_a_reversed_step():
    assert monotone(bumpy([0, 2, 1, 3, 4]), margin=0.5, alpha=0.01).trend_p < 1e-6


def test_a_reversed_step_is_found():
    assert monotone(bumpy([0, 2, 1, 3, 4]), margin=0.5, alpha=0.01).reversed_steps == (1,)


def test_a_fall_within_the_margin_is_no_reversal():
    assert monotone(bumpy([0, 2, 1, 3, 4]), margin=1.5, alpha=0.01).reversed_steps == ()


def test_rising_steps_are_no_reversals():
    assert monotone(bumpy([0, 1, 2, 3]), margin=0.0, alpha=0.01).reversed_steps == ()


def test_steps_are_adjusted_by_holm():
    rows = bumpy([0, 2, 1, 3, 4])
    raw = stats.ttest_rel(rows[:, 2], rows[:, 1] - 0.5, alternative="less").pvalue

    assert monotone(rows, margin=0.5, alpha=0.01).step_p[1] == pytest.approx(4 * raw)


def test_a_level_missing_is_refused():
    with pytest.raises(SpecError, match=r"got 4 columns at \[1.0, 2.0, 4.0\]"):
        slopes(ROWS, AT[:3])


def test_levels_that_do_not_differ_are_refused():
    with pytest.raises(SpecError, match=r"levels that differ; got 4 columns at \[1.0, 1.0"):
        slopes(ROWS, np.ones(4))


@pytest.mark.parametrize("rows", [[1.0, 2.0, 3.0], [[1.0, 2.0, 3.0]], [[1.0], [2.0]]], ids=str)
def test_what_is_no_table_of_seeds_and_levels_is_refused(rows):
    with pytest.raises(SpecError, match=r"at least 2 seeds and 2 levels; got shape"):
        slopes(rows, [1.0, 2.0])


@pytest.mark.parametrize("method", [page, lambda v: monotone(v, margin=0.0, alpha=0.01)])
def test_an_order_needs_three_levels(method):
    with pytest.raises(SpecError, match=r"3 levels; got shape \(6, 2\)"):
        method(ROWS[:, :2])


def test_a_table_with_a_diverged_run_is_refused():
    with pytest.raises(SpecError, match="1 of its 4 numbers are not"):
        slopes([[1.0, 2.0], [np.nan, 3.0]], at=[1.0, 2.0])


def test_a_negative_margin_is_refused():
    with pytest.raises(SpecError, match=r"at least 0; got -0\.5"):
        monotone(ROWS, margin=-0.5, alpha=0.01)
