"""Student's t on one sample and Welch's on two, against closed forms and scipy."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from dltheory.errors import SpecError
from dltheory.statistics import (
    MeanEvidence,
    WelchEvidence,
    mean,
    paired_difference,
    unpaired_difference,
)

A = (93.1, 94.2, 93.8, 95.0, 92.7)
B = (92.0, 93.9, 92.1, 94.4, 92.9)
UNEQUAL = (90.0, 97.0, 91.5)
samples = st.lists(st.integers(-1000, 1000), min_size=2, max_size=8).filter(
    lambda values: len(set(values)) > 1
)
searched = settings(max_examples=60, deadline=None, database=None, derandomize=True)


def test_the_standard_deviation_divides_by_n_minus_one():
    assert mean([1.0, 3.0]).sd == pytest.approx(math.sqrt(2.0))


def test_two_values_give_the_cauchy_bound():
    # One degree of freedom: t₀.₇₅ = tan(π/4) = 1, and s/√n = 1.
    interval = mean([1.0, 3.0]).interval(0.25)

    assert (interval.lower, interval.upper) == pytest.approx((1.0, 3.0))


def test_the_textbook_quantile_is_one_sided():
    # t₀.₉₅(4) = 2.132; 2.776 would be the two-sided quantile.
    interval = mean([-2.0, -1.0, 0.0, 1.0, 2.0]).interval(0.05)

    assert interval.upper == pytest.approx(2.132 * math.sqrt(2.5 / 5), abs=1e-3)


@pytest.mark.parametrize("alpha", [0.01, 0.025, 0.2])
def test_mean_bounds_equal_those_of_scipy(alpha):
    oracle = stats.ttest_1samp(A, 0.0).confidence_interval(1 - 2 * alpha)

    interval = mean(A).interval(alpha)

    assert (interval.lower, interval.upper) == pytest.approx((oracle.low, oracle.high), rel=1e-9)


@pytest.mark.parametrize("null", [92.0, 93.76, 95.0])
def test_p_above_equals_that_of_scipy(null):
    assert mean(A).p_above(null) == pytest.approx(
        stats.ttest_1samp(A, null, alternative="greater").pvalue, rel=1e-9
    )


@pytest.mark.parametrize("bound", [92.0, 93.76, 95.0])
def test_p_below_equals_that_of_scipy(bound):
    assert mean(A).p_below(bound) == pytest.approx(
        stats.ttest_1samp(A, bound, alternative="less").pvalue, rel=1e-9
    )


def test_a_paired_difference_is_larger_minus_smaller():
    assert paired_difference(A, B).values == pytest.approx((1.1, 0.3, 1.7, 0.6, -0.2))


def test_a_paired_difference_has_the_p_value_of_scipy():
    oracle = stats.ttest_rel(A, B, alternative="greater").pvalue

    assert paired_difference(A, B).p_above(0.0) == pytest.approx(oracle, rel=1e-9)


@pytest.mark.parametrize("alpha", [0.01, 0.025, 0.2])
def test_welch_bounds_of_arms_of_one_size_equal_those_of_scipy(alpha):
    oracle = stats.ttest_ind(A, B, equal_var=False).confidence_interval(1 - 2 * alpha)

    interval = unpaired_difference(A, B).interval(alpha)

    assert (interval.lower, interval.upper) == pytest.approx((oracle.low, oracle.high), rel=1e-9)


def test_welch_p_values_equal_those_of_scipy():
    evidence = unpaired_difference(A, B)
    above = stats.ttest_ind(A, B, equal_var=False, alternative="greater").pvalue

    assert (evidence.p_above(0.0), evidence.p_below(0.0)) == pytest.approx((above, 1 - above))


def test_welch_degrees_of_freedom_of_arms_of_one_size_equal_those_of_scipy():
    oracle = stats.ttest_ind(A, B, equal_var=False).df

    assert unpaired_difference(A, B).df == pytest.approx(oracle)


def test_arms_of_different_sizes_have_the_degrees_of_freedom_of_the_smaller():
    assert unpaired_difference(A, UNEQUAL).df == 2.0


def test_arms_that_lean_against_each_other_have_the_error_of_their_differences():
    a, b = np.array(A), 186.0 - np.array(A)

    evidence = unpaired_difference(a, b)

    paired = paired_difference(a, b).interval(0.01)
    assert evidence.interval(0.01).lower == pytest.approx(paired.lower)
    assert evidence.interval(0.01).upper == pytest.approx(paired.upper)


def test_welch_sd_over_root_n_is_its_standard_error():
    evidence = unpaired_difference(A, UNEQUAL)
    expected = math.sqrt(np.var(A, ddof=1) / 5 + np.var(UNEQUAL, ddof=1) / 3)

    assert evidence.sd / math.sqrt(evidence.n) == pytest.approx(expected)


def test_welch_counts_the_smaller_arm():
    assert unpaired_difference(A, UNEQUAL).n == 3


def test_welch_survives_variances_that_underflow_when_squared():
    tiny = [value * 1e-90 for value in A]

    assert unpaired_difference(tiny, [0.0] * 5).df == pytest.approx(4.0, abs=0.1)


def test_values_that_all_agree_have_a_deviation_of_exactly_zero():
    # The mean of three times 0.1 is not 0.1 in binary arithmetic.
    assert (mean([0.1] * 3).estimate, mean([0.1] * 3).sd) == (0.1, 0.0)


@pytest.mark.parametrize(
    "same",
    [
        mean([0.1] * 3),
        paired_difference([0.3] * 4, [0.1 + 0.2] * 4),
        unpaired_difference([2.0, 2.0], [1.0, 1.0]),
    ],
    ids=["mean", "paired", "unpaired"],
)
def test_values_that_all_agree_leave_everything_open(same):
    interval = same.interval(0.01)

    assert (interval.lower, interval.upper) == (-math.inf, math.inf)
    assert (same.p_above(-9.0), same.p_below(9.0)) == (1.0, 1.0)


def test_the_step_of_a_grid_floors_the_deviation():
    # Seven of eight agree, and the eighth is one step of 0.02 away: s = 0.007, the floor 0.01.
    interval = mean([0.0] * 7 + [0.02]).interval(0.01)

    reach = stats.t.ppf(0.99, 7) * 0.01 / math.sqrt(8)
    assert interval.upper == pytest.approx(0.0025 + reach)


def test_a_given_step_speaks_where_all_values_agree():
    interval = mean([0.5] * 8, step=0.02).interval(0.01)

    assert interval.upper == pytest.approx(0.5 + stats.t.ppf(0.99, 7) * 0.01 / math.sqrt(8))


@searched
@given(samples, st.integers(-1000, 1000))
def test_a_shift_of_the_values_shifts_the_bounds(values, shift):
    shifted = mean([value + shift for value in values]).interval(0.05)

    interval = mean(values).interval(0.05)

    assert shifted.lower == pytest.approx(interval.lower + shift, abs=1e-6)


@searched
@given(samples, st.integers(1, 100))
def test_a_change_of_unit_scales_the_bounds(values, scale):
    scaled = mean([value * scale for value in values]).interval(0.05)

    interval = mean(values).interval(0.05)

    assert scaled.upper == pytest.approx(interval.upper * scale, rel=1e-9, abs=1e-6)


@searched
@given(samples)
def test_exchanging_the_arms_reverses_the_bounds(values):
    assume(values != values[::-1])
    forth = paired_difference(values, values[::-1]).interval(0.05)
    back = paired_difference(values[::-1], values).interval(0.05)

    assert (forth.lower, forth.upper) == pytest.approx((-back.upper, -back.lower), abs=1e-9)


@pytest.mark.parametrize("make", [mean, lambda v: MeanEvidence(values=v)], ids=["f", "class"])
def test_a_single_run_is_refused(make):
    with pytest.raises(SpecError, match=r"at least 2 independent runs; got shape \(1,\)"):
        make([1.0])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_diverged_run_must_be_replaced_first(bad):
    with pytest.raises(SpecError, match=r"1 of its 3 numbers are not\. Replace each diverged run"):
        mean([1.0, bad, 2.0])


def test_a_table_is_no_sample():
    with pytest.raises(SpecError, match=r"got shape \(2, 2\)"):
        mean([[1.0, 2.0], [3.0, 4.0]])


def test_paired_arms_of_unequal_length_are_refused():
    with pytest.raises(SpecError, match="need the same length; got 5 and 3"):
        paired_difference(A, UNEQUAL)


@pytest.mark.parametrize("side", ["a", "b"])
def test_welch_refuses_an_arm_of_a_single_run(side):
    with pytest.raises(SpecError, match=f"{side} must hold one number"):
        WelchEvidence(**{"a": A, "b": B, side: (1.0,)})
