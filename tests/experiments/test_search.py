"""The search for a worst case."""

import importlib.util
import sys

import pytest
from hypothesis import strategies as st

from dltheory.experiments import search
from dltheory.experiments.search import worst
from tests.mutation import mutant

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


def check_blind_to_source(module, folder):
    """A module with numbers of its own is loaded between two searches."""

    def cases():
        seen = []
        module.worst(
            lambda x: seen.append(x) or 0.0,
            st.integers(0, 10**9) | st.floats(0, 1),
            seed_value=0,
            examples=300,
        )
        return seen

    before = cases()
    source = folder / "numbers_of_its_own.py"
    source.write_text("\n".join(f"A{i} = {7001 * i + 11}\nB{i} = 0.{i}{i}3" for i in range(40)))
    spec = importlib.util.spec_from_file_location(source.stem, source)
    sys.modules[source.stem] = importlib.util.module_from_spec(spec)
    try:
        assert cases() == before
    finally:
        del sys.modules[source.stem]


@pytest.fixture
def outside_of_tests(tmp_path_factory):
    """Hypothesis takes no numbers from folders that are called after tests."""
    return tmp_path_factory.getbasetemp()


def test_which_modules_are_loaded_does_not_change_the_cases(outside_of_tests):
    check_blind_to_source(search, outside_of_tests)


def test_numbers_from_the_source_of_modules_are_noticed(outside_of_tests):
    faulty = mutant(search, "with _blind_to_source():", "if True:")

    with pytest.raises(AssertionError):
        check_blind_to_source(faulty, outside_of_tests)


def test_an_error_in_the_measure_is_not_swallowed():
    with pytest.raises(ZeroDivisionError):
        worst(lambda x: 1 / 0 * x, st.integers(), seed_value=0, examples=5)
