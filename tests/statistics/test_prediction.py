"""The prediction interval of a printed difference, by hand."""

import math

import pytest

from dltheory.errors import SpecError
from dltheory.statistics import magnitude

# ResNet-18, norm-bias 94.99 ± 0.05 minus weight decay 94.76 ± 0.03, ten runs each.
PRINTED_SE = math.hypot(0.05, 0.03)


def resnet(measured, *, n=10, **changes):
    arguments = {"printed_se": PRINTED_SE, "printed_n": 10, "printed_decimals": 2}
    return magnitude(0.23, mean=measured, se=PRINTED_SE, n=n, **(arguments | changes))


def test_the_interval_has_the_pooled_t_quantile_and_both_errors():
    # t₀.₉₇₅(18) = 2.1009
    reach = 2.1009 * math.sqrt(2) * PRINTED_SE

    found = resnet(0.23)

    assert (found.low, found.high) == pytest.approx((0.23 - reach, 0.23 + reach), abs=1e-5)


def test_with_many_runs_the_interval_is_the_normal_one():
    found = resnet(0.23, n=100_000)

    assert (round(found.low, 2), round(found.high, 2)) == (0.07, 0.39)


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


def test_a_floor_does_not_widen_what_is_wider():
    assert resnet(0.0, printed_decimals=2) == resnet(0.0, printed_decimals=6)


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
