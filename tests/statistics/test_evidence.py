"""What every kind of evidence has in common, and evidence built from other evidence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dltheory.errors import SpecError
from dltheory.statistics import (
    ExactEvidence,
    RateEvidence,
    correlation,
    equivalence,
    mean,
    opposite,
    paired_difference,
    rank_correlation,
    trend,
    unpaired_difference,
    weakest,
)

A = (93.1, 94.2, 93.8, 95.0, 92.7)
B = (92.0, 93.9, 92.1, 94.4, 92.9)
EVERY = {
    "mean": mean(A),
    "paired": paired_difference(A, B),
    "Welch": unpaired_difference(A, B),
    "rate": RateEvidence(successes=7, trials=10),
    "correlation": correlation(A, B),
    "ranks": rank_correlation(A, B),
    "exact": ExactEvidence(value=0.3),
    "equivalence": equivalence(paired_difference(A, B), margin=2.0),
    "opposite": opposite(mean(A)),
    "weakest": weakest(mean(A), mean(B)),
    "trend": trend(np.outer(A, [1.0, 2.0, 4.0]), at=[1, 2, 3]),
}
every = pytest.mark.parametrize("evidence", EVERY.values(), ids=EVERY.keys())
levels = st.floats(1e-4, 0.49)
searched = settings(max_examples=40, deadline=None, database=None, derandomize=True)


@every
@pytest.mark.parametrize("alpha", [0.001, 0.01, 0.05, 0.4])
def test_the_estimate_lies_between_its_bounds(evidence, alpha):
    interval = evidence.interval(alpha)

    assert interval.lower <= evidence.estimate == interval.estimate <= interval.upper


@every
@searched
@given(levels, levels)
def test_a_stricter_level_gives_a_wider_interval(evidence, one, other):
    strict, lax = evidence.interval(min(one, other)), evidence.interval(max(one, other))

    assert strict.lower <= lax.lower
    assert lax.upper <= strict.upper


@every
@searched
@given(levels, st.floats(-3.0, 3.0))
def test_the_lower_bound_exceeds_a_null_only_where_p_is_below_alpha(evidence, alpha, distance):
    null = evidence.estimate + distance
    lower = evidence.interval(alpha).lower

    assert not (lower > null and evidence.p_above(null) > alpha + 1e-9)
    assert not (lower < null and evidence.p_above(null) < alpha - 1e-9)


@every
@searched
@given(levels, st.floats(-3.0, 3.0))
def test_the_upper_bound_falls_short_only_where_p_is_below_alpha(evidence, alpha, distance):
    bound = evidence.estimate + distance
    upper = evidence.interval(alpha).upper

    assert not (upper < bound and evidence.p_below(bound) > alpha + 1e-9)
    assert not (upper > bound and evidence.p_below(bound) < alpha - 1e-9)


@every
@searched
@given(st.floats(-3.0, 3.0), st.floats(0.0, 3.0))
def test_a_larger_null_is_harder_to_exceed(evidence, distance, further):
    null = evidence.estimate + distance

    assert evidence.p_above(null) <= evidence.p_above(null + further)


@every
def test_everything_reported_is_a_plain_type(evidence):
    numbers = (evidence.estimate, *evidence.values, evidence.p_above(0.5), evidence.p_below(0.5))

    assert {type(number) for number in numbers} == {float}


@every
def test_the_method_and_the_number_of_units_are_stated(evidence):
    assert evidence.method
    assert type(evidence.n) is int


def test_the_opposite_exchanges_and_negates_the_bounds():
    interval = mean([1.0, 2.0, 4.0]).interval(0.05)

    reverse = opposite(mean([1.0, 2.0, 4.0])).interval(0.05)

    assert (reverse.lower, reverse.upper) == (-interval.upper, -interval.lower)


def test_the_opposite_exceeds_where_the_original_falls_short():
    assert opposite(mean([1.0, 2.0, 4.0])).p_above(-3.0) == mean([1.0, 2.0, 4.0]).p_below(3.0)


def test_all_parts_must_pass_for_the_weakest_to_pass():
    strong, weak = mean([9.0, 10.0, 11.0]), mean([0.0, 1.0, 2.0])

    assert weakest(strong, weak).p_above(0.0) == weak.p_above(0.0)


def test_refuting_any_of_three_parts_is_paid_for_threefold():
    part = mean([0.0, 1.0, 2.0])

    assert weakest(part, part, part).p_below(4.0) == pytest.approx(3 * part.p_below(4.0))


def test_no_parts_are_refused():
    with pytest.raises(SpecError, match="at least 1 part; got 0"):
        weakest()
