"""Power of the t test, against statsmodels and a table worked out beforehand."""

import pytest
from statsmodels.stats.power import TTestPower

from dltheory.errors import SpecError
from dltheory.statistics import power_of_mean

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
def test_the_table_of_the_fewest_seeds_is_reproduced(effect, alpha, power, n):
    assert power_of_mean(effect, n, alpha) >= power
    assert n == 2 or power_of_mean(effect, n - 1, alpha) < power


def test_a_single_seed_has_no_power_to_state():
    with pytest.raises(SpecError, match="at least 2 seeds; got 1"):
        power_of_mean(1.0, 1, 0.01)
