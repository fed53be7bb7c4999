"""Power and numbers of seeds, against statsmodels and a table worked out beforehand."""

import pytest
from statsmodels.stats.power import TTestPower

from dltheory.errors import SpecError
from dltheory.statistics import power_of_mean, seeds_for_power

TABLE = [
    (0.5, ((27, 45), (43, 66), (67, 95))),
    (0.8, ((12, 19), (19, 28), (29, 40))),
    (1.0, ((8, 13), (13, 19), (21, 28))),
    (1.5, ((5, 7), (8, 10), (12, 15))),
    (2.0, ((4, 5), (6, 7), (9, 11))),
    (3.0, ((3, 4), (4, 5), (6, 8))),
]
CELLS = [
    (effect, alpha, power, n)
    for effect, row in TABLE
    for alpha, pair in zip((0.05, 0.01, 0.001), row, strict=True)
    for power, n in zip((0.8, 0.95), pair, strict=True)
]


@pytest.mark.parametrize("effect", [-0.5, 0.3, 1.0, 3.0])
@pytest.mark.parametrize("n", [2, 5, 20])
@pytest.mark.parametrize("alpha", [0.001, 0.05])
def test_power_equals_that_of_statsmodels(effect, n, alpha):
    oracle = TTestPower().power(effect, n, alpha, alternative="larger")

    assert power_of_mean(effect, n, alpha) == pytest.approx(oracle, abs=1e-6)


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.2])
def test_without_an_effect_power_is_the_one_sided_level(alpha):
    assert power_of_mean(0.0, 6, alpha) == pytest.approx(alpha)


@pytest.mark.parametrize(("effect", "alpha", "power", "n"), CELLS)
def test_the_table_of_seeds_is_reproduced(effect, alpha, power, n):
    assert seeds_for_power(effect, alpha, power) == n


def test_an_overwhelming_effect_needs_the_fewest_seeds():
    assert seeds_for_power(1000.0, 0.01) == 2


@pytest.mark.parametrize(("largest", "found"), [(42, None), (43, 43), (44, 43)])
def test_the_largest_number_of_seeds_is_tried_and_not_passed(largest, found):
    assert seeds_for_power(0.5, 0.01, 0.8, largest=largest) == found


def test_no_number_of_seeds_shows_what_is_not_there():
    assert seeds_for_power(0.0, 0.01) is None


def test_a_single_seed_has_no_power_to_state():
    with pytest.raises(SpecError, match="at least 2 seeds; got 1"):
        power_of_mean(1.0, 1, 0.01)


@pytest.mark.parametrize("power", [0.0, 1.0, 80.0])
def test_a_power_that_is_no_probability_is_refused(power):
    with pytest.raises(SpecError, match=f"strictly between 0 and 1; got {power}"):
        seeds_for_power(1.0, 0.01, power)
