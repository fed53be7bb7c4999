"""The prediction interval of a printed difference, by hand."""

import math

import numpy as np
import pytest
from scipy import stats

from dltheory.errors import SpecError
from dltheory.statistics import magnitude

# ResNet-18, norm-bias 94.99 ± 0.05 minus weight decay 94.76 ± 0.03, ten runs each.
PRINTED_SE = math.hypot(0.05, 0.03)


def resnet(measured, *, n=10, **changes):
    arguments = {"printed_se": PRINTED_SE, "printed_n": 10, "printed_decimals": 2}
    return magnitude(0.23, mean=measured, se=PRINTED_SE, n=n, **(arguments | changes))


def test_the_interval_has_welchs_t_quantile_both_errors_and_the_rounding():
    # Equal errors and sizes: t₀.₉₇₅(18) = 2.1009
    reach = 2.1009 * math.sqrt(2) * PRINTED_SE + 0.005

    found = resnet(0.23)

    assert (found.low, found.high) == pytest.approx((0.23 - reach, 0.23 + reach), abs=1e-5)


def test_degrees_of_freedom_are_welchs():
    # s² = 0.09 on 2 and 0.01 on 29 degrees of freedom: 0.1²/(0.09²/2 + 0.01²/29) = 2.467
    found = magnitude(0.0, 0.3, 3, 6, 0.0, 0.1, 30)

    reach = stats.t.ppf(0.975, 0.01 / (0.0081 / 2 + 0.0001 / 29)) * math.sqrt(0.1)
    assert found.high == pytest.approx(reach, abs=1e-5)


@pytest.mark.parametrize(
    ("sizes", "sds"), [((5, 20), (1, 1)), ((3, 20), (1, 1)), ((3, 30), (3, 1))]
)
def test_a_replication_of_the_truth_is_consistent_as_often_as_stated(sizes, sds):
    draws = np.random.default_rng(0)
    inside = 0
    for _ in range(4000):
        printed, ours = (sd * draws.standard_normal(n) for n, sd in zip(sizes, sds, strict=True))
        errors = [arm.std(ddof=1) / math.sqrt(len(arm)) for arm in (printed, ours)]
        found = magnitude(printed.mean(), errors[0], sizes[0], 3, ours.mean(), errors[1], sizes[1])
        inside += found.verdict == "consistent"

    assert inside / 4000 > 0.93


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_what_is_not_finite_is_not_compared(number):
    with pytest.raises(SpecError, match="compares two finite numbers"):
        magnitude(93.0, 0.1, 5, 2, number, 0.1, 5)


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        (-0.1, "smaller"),
        (0.05, "smaller"),
        (0.06, "consistent"),
        (0.40, "consistent"),
        (0.41, "larger"),
        (2.0, "larger"),
    ],
)
def test_a_mean_is_smaller_consistent_or_larger(measured, verdict):
    assert resnet(measured).verdict == verdict


@pytest.mark.parametrize(
    ("measured", "verdict"), [(0.2351, "larger"), (0.2349, "consistent"), (0.2249, "smaller")]
)
def test_without_any_spread_half_a_printed_unit_remains(measured, verdict):
    assert magnitude(0.23, 0.0, 10, 2, measured, 0.0, 10).verdict == verdict


def test_a_stricter_level_predicts_more_widely():
    assert resnet(0.0, alpha=0.005).low < resnet(0.0).low


@pytest.mark.parametrize(
    ("change", "number"),
    [({"printed_se": -0.1}, "-0.1"), ({"printed_n": 1}, "1"), ({"printed_decimals": -1}, "-1")],
    ids=["error", "runs", "decimals"],
)
def test_what_cannot_have_been_printed_is_refused(change, number):
    with pytest.raises(SpecError, match=f"standard errors ≥ 0.*got .*{number}"):
        resnet(0.2, **change)
