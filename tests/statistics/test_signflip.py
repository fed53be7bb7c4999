"""The sign-flip test, against counts by hand and scipy's permutation test."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dltheory.errors import SpecError
from dltheory.statistics import mean, sign_flip, smallest_p

searched = settings(max_examples=60, deadline=None, database=None, derandomize=True)
samples = st.lists(st.integers(-50, 50), min_size=1, max_size=9)


def test_three_of_eight_choices_of_signs_reach_the_sum():
    # The sums of ±1 ±2 ±3 that reach 2 are 6, 4 and 2.
    assert sign_flip([-1.0, 3.0, 0.0 + 2.0 - 2.0]) == 0.5
    assert sign_flip([1.0, -2.0, 3.0]) == 3 / 8


@pytest.mark.parametrize("n", [1, 5, 7, 20])
def test_values_all_above_the_null_give_the_smallest_p(n):
    assert sign_flip(np.arange(1.0, n + 1)) == smallest_p(n) == 2.0**-n


@pytest.mark.parametrize("null", [-0.4, 0.0, 0.3])
@pytest.mark.parametrize("n", [4, 8, 11])
def test_it_equals_the_permutation_test_of_scipy(n, null):
    values = np.random.default_rng(n).normal(size=n) + 0.3
    oracle = stats.permutation_test(
        (values - null,), np.sum, permutation_type="samples", alternative="greater"
    )

    assert sign_flip(values, null) == pytest.approx(oracle.pvalue, abs=1e-12)


def test_values_equal_to_the_null_say_nothing():
    assert sign_flip([2.0, 2.0, 2.0], null=2.0) == 1.0


def test_sums_that_tie_but_for_rounding_are_ties():
    # 0.1 + 0.2 ≥ 0.3 and 0.1 + 0.2 − 0.3 ≥ 0 must both count as equal.
    assert sign_flip([0.1, 0.2, -0.3]) == sign_flip([1.0, 2.0, -3.0])


@searched
@given(samples)
def test_it_does_not_see_the_scale(values):
    assert sign_flip(values) == sign_flip([0.1 * value for value in values])


@searched
@given(samples)
def test_both_tails_overlap_in_the_ties_only(values):
    assert sign_flip(values) + sign_flip([-value for value in values]) >= 1.0


def test_many_values_are_judged_by_draws_that_agree_with_the_t_test():
    values = np.random.default_rng(5).normal(size=40) + 0.3

    assert sign_flip(values) == pytest.approx(mean(values).p_above(0.0), rel=0.2)


def test_drawn_signs_are_the_same_on_every_call():
    values = np.random.default_rng(6).normal(size=25)

    assert sign_flip(values) == sign_flip(values)


def test_a_drawn_p_value_is_never_zero():
    assert sign_flip(np.ones(60)) == smallest_p(60) == 1 / (2**17 + 1)


def test_one_per_cent_takes_seven_seeds():
    assert smallest_p(7) < 0.01 < smallest_p(6)


def test_a_diverged_run_is_refused():
    with pytest.raises(SpecError, match="1 of its 2 numbers are not"):
        sign_flip([1.0, np.inf])
