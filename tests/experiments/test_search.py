"""The search for a worst case."""

import pytest
from hypothesis import strategies as st

from dltheory.experiments.search import worst

PARABOLA = {"measure": lambda x: -((x - 300) ** 2), "over": st.integers(0, 1000)}


def test_the_worst_case_is_the_largest_value_with_its_case():
    value, case = worst(lambda x: 2.0 * x, st.integers(0, 10), seed_value=0, examples=200)

    assert (value, case) == (20.0, 10)


def test_the_search_climbs():
    value, case = worst(**PARABOLA, seed_value=0, examples=400)

    assert abs(case - 300) <= 20
    assert value == -((case - 300) ** 2)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_seed_finds_the_same_case(seed):
    found = [worst(**PARABOLA, seed_value=seed, examples=50) for _ in range(2)]

    assert found[0] == found[1]


def test_an_error_in_the_measure_is_not_swallowed():
    with pytest.raises(ZeroDivisionError):
        worst(lambda x: 1 / 0 * x, st.integers(), seed_value=0, examples=5)
