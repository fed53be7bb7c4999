"""Equivalence: two one-sided tests to confirm, both tails to refute."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import ttost_ind, ttost_paired

from dltheory.errors import SpecError
from dltheory.statistics import (
    ExactEvidence,
    RateEvidence,
    equivalence,
    mean,
    paired_difference,
    unpaired_difference,
)

A = np.array([93.1, 94.2, 93.8, 95.0, 92.7])
B = np.array([93.0, 93.9, 94.1, 94.9, 92.9])
searched = settings(max_examples=60, deadline=None, database=None, derandomize=True)
samples = st.lists(st.integers(-100, 100), min_size=2, max_size=8)


@pytest.mark.parametrize("margin", [0.1, 0.3, 1.0])
def test_p_above_equals_paired_tost(margin):
    evidence = equivalence(paired_difference(A, B), margin=margin)

    assert evidence.p_above(0.0) == pytest.approx(ttost_paired(A, B, -margin, margin)[0])


@pytest.mark.parametrize("margin", [0.5, 1.0, 3.0])
def test_p_above_equals_unpaired_tost(margin):
    evidence = equivalence(unpaired_difference(A, B), margin=margin)

    assert evidence.p_above(0.0) == pytest.approx(
        ttost_ind(A, B, -margin, margin, usevar="unequal")[0]
    )


def test_a_null_above_zero_asks_for_a_narrower_margin():
    wide = equivalence(paired_difference(A, B), margin=1.0).p_above(0.4)
    narrow = equivalence(paired_difference(A, B), margin=0.6).p_above(0.0)

    assert wide == pytest.approx(narrow)


def test_the_lower_bound_is_the_margin_minus_the_farther_bound():
    inner = mean([1.0, 2.0, 3.0]).interval(0.05)

    interval = equivalence(mean([1.0, 2.0, 3.0]), margin=5.0).interval(0.05)

    assert interval.lower == pytest.approx(5.0 - inner.upper)


def test_the_upper_bound_is_the_margin_where_the_difference_may_be_zero():
    assert equivalence(mean([-1.0, 0.0, 1.5]), margin=0.7).interval(0.05).upper == 0.7


def test_far_from_zero_the_upper_bound_is_the_margin_minus_the_nearer_bound():
    values = [10.0, 10.1, 9.9, 10.05, 9.95, 10.0, 10.02]
    inner = mean(values).interval(0.01)

    interval = equivalence(mean(values), margin=1.0).interval(0.01)

    assert interval.upper == pytest.approx(1.0 - inner.lower, abs=1e-9)


def test_against_no_difference_at_all_the_refuting_p_value_is_two_sided():
    evidence = equivalence(mean([1.0, 2.0, 4.0]), margin=0.5)

    assert evidence.p_below(0.5) == pytest.approx(stats.ttest_1samp([1.0, 2.0, 4.0], 0.0).pvalue)


@pytest.mark.parametrize("bound", [0.1, 0.3, 0.45])
def test_the_upper_bound_falls_short_exactly_where_its_p_value_is_below_alpha(bound):
    evidence = equivalence(mean([0.9, 1.0, 1.7, 0.4]), margin=0.5)
    p = evidence.p_below(bound)

    assert evidence.interval(p * 1.001).upper < bound < evidence.interval(p * 0.999).upper


def test_nothing_shows_that_a_distance_is_negative():
    assert equivalence(mean([0.0, 0.0]), margin=1.0).p_above(1.0) == 1.0


def test_theta_beyond_the_margin_is_impossible():
    assert equivalence(mean([0.0, 1.0]), margin=1.0).p_below(1.1) == 0.0


@searched
@given(samples)
def test_equivalence_does_not_see_the_sign_of_the_difference(values):
    plus = equivalence(mean(values), margin=3.0).interval(0.05)
    minus = equivalence(mean([-value for value in values]), margin=3.0).interval(0.05)

    assert (plus.lower, plus.upper) == pytest.approx((minus.lower, minus.upper), abs=1e-9)


@searched
@given(samples, st.integers(-50, 50))
def test_a_centre_is_a_shift(values, centre):
    around = equivalence(mean(values), margin=3.0, centre=centre).interval(0.05)
    shifted = equivalence(mean([v - centre for v in values]), margin=3.0).interval(0.05)

    assert (around.lower, around.upper) == pytest.approx((shifted.lower, shifted.upper), abs=1e-6)


def test_a_rate_can_be_equivalent_to_one_half():
    evidence = equivalence(RateEvidence(successes=500, trials=1000), margin=0.1, centre=0.5)

    assert evidence.p_above(0.0) < 1e-6


@pytest.mark.parametrize(("value", "p"), [(0.5, 0.0), (-0.5, 0.0), (1.0, 1.0), (-2.0, 1.0)])
def test_an_exact_difference_is_equivalent_surely_or_not_at_all(value, p):
    assert equivalence(ExactEvidence(value=value), margin=1.0).p_above(0.0) == p


@pytest.mark.parametrize("margin", [0.0, -1.0, float("inf"), float("nan")])
def test_a_margin_that_is_no_size_is_refused(margin):
    with pytest.raises(SpecError, match=f"must be finite and above 0; got {margin}"):
        equivalence(mean([1.0, 2.0]), margin=margin)
