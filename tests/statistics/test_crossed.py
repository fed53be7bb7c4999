"""Errors of seeds and of test images together: by hand, by simulation, and with faults planted."""

import numpy as np
import pytest

from dltheory.errors import SpecError
from dltheory.statistics import crossed, mean, over_seeds_and_images, standard_error
from tests.mutation import mutant

TABLE = np.add.outer(np.arange(8.0), [0.0, 1.0, 5.0])  # seeds and blocks alone, no rest
TABLE[0, 0] += 0.6


def test_the_variance_of_the_mean_is_that_of_the_mean_squares():
    found = over_seeds_and_images(TABLE)
    seed = 3 * TABLE.mean(axis=1).var(ddof=1)
    block = 8 * TABLE.mean(axis=0).var(ddof=1)
    rest = TABLE - TABLE.mean(axis=1)[:, None] - TABLE.mean(axis=0)[None] + TABLE.mean()

    expected = (seed + block - (rest**2).sum() / (7 * 2)) / (8 * 3)

    assert found.estimate == pytest.approx(TABLE.mean())
    assert found.sd**2 / 8 == pytest.approx(expected)
    assert found.n == 8


def test_where_images_do_not_matter_it_is_students_t_on_seeds():
    seeds = np.random.default_rng(0).standard_normal(8)
    found, expected = over_seeds_and_images(np.repeat(seeds[:, None], 20, axis=1)), mean(seeds)

    assert found.sd == pytest.approx(expected.sd)
    assert found.interval(0.01).lower == pytest.approx(expected.interval(0.01).lower)


def test_fewer_than_eight_seeds_decide_nothing():
    interval = over_seeds_and_images(TABLE[:7]).interval(0.01)

    assert (interval.lower, interval.upper) == (-np.inf, np.inf)


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
        ("np.maximum(total, larger)", "squares[0]"),
        ("np.maximum(total, larger)", "squares[1]"),
        ("/ (seeds * blocks))", "/ (seeds * blocks) ** 2)"),
    ],
)
def test_a_forgotten_error_is_noticed(healthy, faulty):
    broken = mutant(standard_error, healthy, faulty)
    crossed_with_it = mutant(crossed, "of_tables(table", "FAULTY(table")
    crossed_with_it.FAULTY = broken.of_tables

    worlds = ((0.1, 1.0), (1.0, 0.1), (0.0, 0.0))
    assert max(false_alarms(crossed_with_it, *sds) for sds in worlds) > 0.1


@pytest.mark.parametrize("wrong", [[1.0, 2.0], [[1.0, 2.0]], [[1.0], [2.0]], [[1.0, np.nan]] * 2])
def test_what_is_no_table_is_refused(wrong):
    with pytest.raises(SpecError):
        over_seeds_and_images(wrong)
