"""Errors of seeds and of test images together: by hand, by simulation, and with faults planted."""

import numpy as np
import pytest

from dltheory.errors import SpecError
from dltheory.statistics import crossed, mean, over_seeds_and_images
from tests.mutation import mutant

TABLE = np.array([[1.0, 2.0, 6.0], [3.0, 4.0, 8.0]])  # rows 3, 5; columns 2, 3, 7


def test_the_standard_error_adds_both_variances():
    found = over_seeds_and_images(TABLE)

    assert found.estimate == 4.0
    assert (found.sd**2 / 2) == pytest.approx(2.0 / 2 + 7.0 / 3)
    assert found.n == 2


def test_where_images_do_not_matter_it_is_students_t_on_seeds():
    seeds = np.array([1.0, 4.0, 2.5, 3.0])
    found, expected = over_seeds_and_images(np.repeat(seeds[:, None], 5, axis=1)), mean(seeds)

    assert found.interval(0.01) == pytest.approx(expected.interval(0.01))
    assert found.p_above(1.0) == pytest.approx(expected.p_above(1.0))
    assert found.p_below(3.0) == pytest.approx(expected.p_below(3.0))


def false_alarms(module, seed_sd, block_sd, rest_sd=0.1, repeats=2000):
    """How often the lower bound at 5 % exceeds a mean of 0 that is true for both draws."""
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(repeats):
        seeds, blocks = rng.normal(0, seed_sd, (8, 1)), rng.normal(0, block_sd, (1, 20))
        rows = seeds + blocks + rng.normal(0, rest_sd, (8, 20))
        hits += module.over_seeds_and_images(rows).interval(0.05).lower > 0
    return hits / repeats


@pytest.mark.parametrize(("seed_sd", "block_sd"), [(0.1, 1.0), (1.0, 0.1), (0.5, 0.8), (0.0, 0.0)])
def test_neither_draw_is_taken_for_an_effect(seed_sd, block_sd):
    assert false_alarms(crossed, seed_sd, block_sd) < 0.065


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("for axis in (1, 0)", "for axis in (1, 1)"),
        ("for axis in (1, 0)", "for axis in (0, 0)"),
        ("/ math.sqrt(len(m))", "/ len(m)"),
    ],
)
def test_a_forgotten_error_is_noticed(healthy, faulty):
    broken = mutant(crossed, healthy, faulty)

    assert max(false_alarms(broken, *sds) for sds in ((0.1, 1.0), (1.0, 0.1))) > 0.1


@pytest.mark.parametrize("wrong", [[1.0, 2.0], [[1.0, 2.0]], [[1.0], [2.0]], [[1.0, np.nan]] * 2])
def test_what_is_no_table_is_refused(wrong):
    with pytest.raises(SpecError):
        over_seeds_and_images(wrong)
