"""Evidence without sampling error."""

import math

import pytest

from dltheory.errors import SpecError
from dltheory.statistics import ExactEvidence, worst_case


def test_an_exact_number_is_its_own_bounds():
    interval = ExactEvidence(value=0.25, cases=7).interval(0.01)

    assert (interval.lower, interval.estimate, interval.upper) == (0.25, 0.25, 0.25)


@pytest.mark.parametrize(("null", "p"), [(0.0, 0.0), (0.25, 1.0), (1.0, 1.0)])
def test_an_exact_number_exceeds_surely_or_not_at_all(null, p):
    assert ExactEvidence(value=0.25).p_above(null) == p


@pytest.mark.parametrize(("bound", "p"), [(0.0, 1.0), (0.25, 1.0), (1.0, 0.0)])
def test_an_exact_number_falls_short_surely_or_not_at_all(bound, p):
    assert ExactEvidence(value=0.25).p_below(bound) == p


@pytest.mark.parametrize(("alpha", "cases"), [(0.05, 59), (0.01, 10), (0.2, 1)])
def test_the_violation_rate_that_would_have_been_seen_is_bounded(alpha, cases):
    bound = ExactEvidence(value=1.0, cases=cases).violation_rate_bound(alpha)

    assert (1.0 - bound) ** cases == pytest.approx(alpha)


def test_the_violation_rate_bound_is_about_three_over_n():
    assert ExactEvidence(value=1.0, cases=3000).violation_rate_bound(0.05) == pytest.approx(
        3 / 3000, rel=2e-3
    )


def test_the_worst_case_is_the_smallest_margin():
    evidence = worst_case([3.0, -1.0, 2.0])

    assert (evidence.estimate, evidence.n, evidence.values) == (-1.0, 3, (3.0, -1.0, 2.0))


@pytest.mark.parametrize(("value", "cases"), [(math.nan, 3), (math.inf, 3), (1.0, 0)])
def test_what_is_no_exact_number_is_refused(value, cases):
    with pytest.raises(SpecError, match=f"got {value} from {cases} cases"):
        ExactEvidence(value=value, cases=cases)
