"""The interval type refuses what is no interval."""

import math

import pytest

from dltheory.errors import SpecError
from dltheory.statistics import Interval, mean


@pytest.mark.parametrize(
    ("estimate", "lower", "upper"),
    [(0.0, 1.0, 2.0), (3.0, 1.0, 2.0), (1.5, 2.0, 1.0), (math.nan, 0.0, 1.0)],
    ids=["estimate below", "estimate above", "bounds swapped", "no number"],
)
def test_an_interval_out_of_order_is_refused(estimate, lower, upper):
    with pytest.raises(SpecError, match=r"lower ≤ estimate ≤ upper; got lower="):
        Interval(estimate=estimate, lower=lower, upper=upper)


@pytest.mark.parametrize("value", [1.0, 1.5, 2.0])
def test_an_interval_contains_its_ends(value):
    assert Interval(estimate=1.5, lower=1.0, upper=2.0).contains(value)


@pytest.mark.parametrize("value", [0.999, 2.001])
def test_an_interval_contains_nothing_beyond_its_ends(value):
    assert not Interval(estimate=1.5, lower=1.0, upper=2.0).contains(value)


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0, 5.0, -0.01, math.nan])
def test_a_level_outside_zero_and_one_half_is_refused(alpha):
    with pytest.raises(SpecError, match=f"between 0 and 0.5; got {alpha}"):
        mean([1.0, 2.0]).interval(alpha)


def test_an_infinite_bound_is_allowed():
    assert Interval(estimate=0.0, lower=-math.inf, upper=math.inf).contains(1e300)
