"""Exact bounds on a probability of success, against closed forms and scipy."""

import pytest
from scipy import stats

from dltheory.errors import SpecError
from dltheory.statistics import RateEvidence, success_rate

COUNTS = pytest.mark.parametrize(("k", "n"), [(0, 5), (1, 5), (9, 10), (10, 10), (37, 59)])


@COUNTS
@pytest.mark.parametrize("alpha", [0.01, 0.05])
def test_bounds_equal_the_exact_ones_of_scipy(k, n, alpha):
    oracle = stats.binomtest(k, n).proportion_ci(1 - 2 * alpha, method="exact")

    interval = RateEvidence(successes=k, trials=n).interval(alpha)

    assert (interval.lower, interval.upper) == pytest.approx((oracle.low, oracle.high), abs=1e-9)


@COUNTS
@pytest.mark.parametrize("null", [0.0, 0.3, 0.95, 1.0])
def test_p_above_equals_the_binomial_test(k, n, null):
    oracle = stats.binomtest(k, n, null, alternative="greater").pvalue

    assert RateEvidence(successes=k, trials=n).p_above(null) == pytest.approx(oracle)


@COUNTS
@pytest.mark.parametrize("bound", [0.0, 0.3, 0.95, 1.0])
def test_p_below_equals_the_binomial_test(k, n, bound):
    oracle = stats.binomtest(k, n, bound, alternative="less").pvalue

    assert RateEvidence(successes=k, trials=n).p_below(bound) == pytest.approx(oracle)


@pytest.mark.parametrize(("n", "bound"), [(10, 0.74), (59, 0.95)])
def test_success_in_every_trial_bounds_the_rate_by_the_nth_root_of_alpha(n, bound):
    lower = RateEvidence(successes=n, trials=n).interval(0.05).lower

    assert lower == pytest.approx(0.05 ** (1 / n))
    assert lower == pytest.approx(bound, abs=0.005)


@pytest.mark.parametrize("null", [-0.1, -2.0])
def test_a_rate_surely_exceeds_a_negative_number(null):
    assert RateEvidence(successes=0, trials=3).p_above(null) == 0.0


@pytest.mark.parametrize("bound", [1.1, 2.0])
def test_a_rate_surely_falls_short_of_more_than_one(bound):
    assert RateEvidence(successes=3, trials=3).p_below(bound) == 0.0


@pytest.mark.parametrize("null", [1.0, 1.5])
def test_no_rate_is_shown_to_exceed_one(null):
    assert RateEvidence(successes=3, trials=3).p_above(null) == 1.0


def test_outcomes_are_counted():
    evidence = success_rate([True, False, True, True])

    assert (evidence.successes, evidence.n, evidence.estimate) == (3, 4, 0.75)


def test_the_plotted_values_average_to_the_rate():
    values = RateEvidence(successes=2, trials=5).values

    assert sum(values) / len(values) == 0.4


@pytest.mark.parametrize(("k", "n"), [(0, 0), (-1, 5), (6, 5)])
def test_impossible_counts_are_refused(k, n):
    with pytest.raises(SpecError, match=f"got {k} successes in {n} trials"):
        RateEvidence(successes=k, trials=n)
