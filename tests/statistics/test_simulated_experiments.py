"""Simulated experiments: drawn once, judged as the real one, and the same numbers as drawn anew."""

import numpy as np
import pytest
from scipy import special

from dltheory.statistics import (
    draws,
    equivalence,
    mean,
    over_seeds_and_images,
    single_look,
    standard_error,
    unpaired_difference,
)
from dltheory.statistics.draws import normal_moments, normal_tables, normals, places
from dltheory.statistics.looks import Looks
from dltheory.statistics.margins import Within
from dltheory.statistics.simulated import Plan, spread_of
from dltheory.statistics.standard_error import (
    moments_by_look,
    of_differences,
    of_means,
    of_tables,
    t_quantiles,
)
from tests.mutation import mutant

LOOKS = Looks(seeds=(8, 16, 24), alpha=0.0034)
MANY = 300


def plan(errors="normal", looks=LOOKS, judged_on=12):
    return Plan(
        looks=looks,
        experiments=MANY,
        errors=errors,
        generator=np.random.default_rng(7),
        judged_on=judged_on,
    )


def same(found, expected):
    assert found.estimate == pytest.approx(expected.estimate, rel=1e-10, abs=1e-10)
    assert found.standard_error == pytest.approx(expected.standard_error, rel=1e-9, abs=1e-12)
    assert found.df == pytest.approx(expected.df, rel=1e-9)


# ── what is drawn ─────────────────────────────────────────────────────────────────────────────────


def test_what_is_kept_is_what_a_generator_of_this_state_draws():
    first, second = (normals(np.random.default_rng(3), 50, 4) for _ in range(2))

    assert np.array_equal(first, np.random.default_rng(3).standard_normal((50, 4)).T)
    assert np.array_equal(first, second)


def test_a_generator_goes_on_as_if_it_had_drawn():
    for _ in range(2):
        generator = np.random.default_rng(3)
        normals(generator, 50, 4)
        alone = np.random.default_rng(3)
        alone.standard_normal((50, 4))
        assert generator.random() == alone.random()


def test_places_are_those_of_a_choice_with_replacement():
    found = np.arange(9.0)[places(np.random.default_rng(3), 50, 4, 9)]

    assert np.array_equal(found, np.random.default_rng(3).choice(np.arange(9.0), (50, 4)).T)


def test_kept_numbers_cannot_be_written():
    with pytest.raises(ValueError, match="read-only"):
        normals(np.random.default_rng(3), 50, 4)[0] = 0.0


def test_what_was_asked_for_longest_ago_is_dropped(monkeypatch):
    kept = draws._Kept()
    monkeypatch.setattr(draws, "MOST_BYTES", 3 * 8 * 100)
    for seed in range(10):
        kept.drawn("normals", np.random.default_rng(seed), (100, 1), draws._normals)

    assert len(kept._found) == 3
    assert kept._bytes == 3 * 8 * 100


# ── moments ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("sizes", [[8], [8, 16, 24], [2, 3, 24], [5, 5, 9]])
def test_moments_at_each_look_are_those_of_what_was_drawn_up_to_it(sizes):
    samples = np.random.default_rng(0).normal(5.0, 2.0, (24, 40))

    for found, n in zip(moments_by_look(samples, sizes), sizes, strict=True):
        assert found.mean == pytest.approx(samples[:n].mean(axis=0))
        assert found.sd == pytest.approx(samples[:n].std(axis=0, ddof=1))


def test_runs_that_all_agree_have_no_spread():
    [found] = moments_by_look(np.full((8, 3), 0.75), [8])

    assert np.array_equal(found.sd, np.zeros(3))


@pytest.mark.parametrize("alpha", [0.45, 0.01, 0.0034 / 2, 1e-6])
@pytest.mark.parametrize(("low", "high"), [(1.0, 2.0), (2.0, 7.0), (7.0, 14.0), (15.0, 400.0)])
def test_quantiles_between_many_degrees_of_freedom_are_exact_to_nine_digits(alpha, low, high):
    df = np.linspace(low, high, 1000)

    assert t_quantiles(1 - alpha, df) == pytest.approx(special.stdtrit(df, 1 - alpha), rel=1e-9)


def test_fewer_nodes_would_be_noticed():
    broken = mutant(standard_error, "_NODES = 32", "_NODES = 6")
    df = np.linspace(1.0, 2.0, 1000)

    exact = special.stdtrit(df, 0.9966)
    assert np.abs(broken.t_quantiles(0.9966, df) / exact - 1).max() > 1e-9


# ── the same experiments as drawn one by one ──────────────────────────────────────────────────────


@pytest.mark.parametrize("judged_on", [12, 6])
def test_experiments_about_a_mean_are_normal_ones(judged_on):
    evidence = mean(np.random.default_rng(1).normal(size=12))
    at = plan(judged_on=judged_on)
    sizes = at.sizes(12)

    drawn = 0.3 + evidence.sd * np.random.default_rng(7).standard_normal((MANY, sizes[-1]))

    for found, n in zip(spread_of(evidence).drawn(0.3, 1, at), sizes, strict=True):
        same(found, of_means(drawn[:, :n], 0.0))


def test_experiments_on_a_grid_are_rounded_to_it_at_random():
    evidence = mean(np.round(np.random.default_rng(1).normal(size=12), 1), step=0.1)
    draw = np.random.default_rng(7)
    errors = evidence.sd * draw.standard_normal((MANY, 24))
    drawn = 0.3 + 0.1 * np.floor(errors / 0.1 + draw.random((MANY, 24)))

    for found, n in zip(spread_of(evidence).drawn(0.3, 1, plan()), (8, 16, 24), strict=True):
        same(found, of_means(drawn[:, :n], 0.05))


def test_experiments_with_own_residuals_draw_them_with_replacement():
    evidence = mean(np.random.default_rng(1).normal(size=12))
    residuals = np.asarray(spread_of(evidence).residuals)
    drawn = 0.3 + np.random.default_rng(7).choice(residuals, (MANY, 24))

    for found, n in zip(spread_of(evidence).drawn(0.3, 1, plan("own")), (8, 16, 24), strict=True):
        same(found, of_means(drawn[:, :n], 0.0))


@pytest.mark.parametrize("second", [12, 9])
def test_experiments_about_two_arms_are_compared_as_the_real_ones(second):
    draw = np.random.default_rng(1)
    evidence = unpaired_difference(draw.normal(size=12), draw.normal(size=second))
    sds, at = spread_of(evidence).sds, plan()
    sizes = [at.sizes(12), at.sizes(second)]
    draw = np.random.default_rng(7)
    a, b = (
        sd * draw.standard_normal((MANY, size[-1])) for sd, size in zip(sds, sizes, strict=True)
    )

    found = spread_of(evidence).drawn(0.3, 1, at)

    for one, m, n in zip(found, *sizes, strict=True):
        same(one, of_differences(0.3 + a[:, :m], b[:, :n], 0.0))


def test_experiments_over_seeds_and_images_are_those_of_whole_tables():
    draw = np.random.default_rng(1)
    evidence = over_seeds_and_images(draw.normal(size=(12, 1)) + draw.normal(size=(12, 5)))
    spread, draw = spread_of(evidence), np.random.default_rng(7)
    tables = spread.rest * draw.standard_normal((MANY, 24, 5))
    tables += spread.seed * draw.standard_normal((MANY, 24, 1))
    tables += spread.block * draw.standard_normal((MANY, 1, 5))

    for found, n in zip(spread.drawn(0.3, 1, plan()), (8, 16, 24), strict=True):
        same(found, of_tables(0.3 + tables[:, :n], 0.0))


def test_a_table_that_forgets_the_blocks_would_be_noticed():
    broken = mutant(draws, "- of_rows - of_columns + whole", "- of_rows + whole")

    healthy = normal_tables(np.random.default_rng(7), MANY, [8], 5)
    faulty = broken.normal_tables(np.random.default_rng(7), MANY, [8], 5)

    assert not np.allclose(healthy.rest[0], faulty.rest[0])


def test_repetitions_of_a_mean_have_the_spread_that_was_drawn_for_them():
    evidence = mean(np.random.default_rng(1).normal(size=12))
    draw = np.random.default_rng(7)
    sigma = evidence.sd * np.sqrt(11 / draw.chisquare(11, (MANY, 1)))
    centre = evidence.estimate + sigma / np.sqrt(12) * draw.standard_normal((MANY, 1))
    drawn = centre + sigma * draw.standard_normal((MANY, 24))

    for found, n in zip(spread_of(evidence).again(plan()), (8, 16, 24), strict=True):
        same(found, of_means(drawn[:, :n], 0.0))


# ── the words ─────────────────────────────────────────────────────────────────────────────────────

ROWS = np.random.default_rng(5).normal(0.4, 1.0, (200, 9))
ALPHA, MARGIN, CENTRE = 0.05, 1.5, 0.2


@pytest.mark.parametrize("value", [-3.0, 0.0, 0.4, 0.9, 1.4, 1.5, 2.0])
def test_an_equivalence_lies_on_the_side_of_a_value_that_its_bounds_say(value):
    found = Within(found=of_means(ROWS, 0.0), margin=MARGIN, centre=CENTRE)
    intervals = [
        equivalence(mean(row), margin=MARGIN, centre=CENTRE).interval(ALPHA) for row in ROWS
    ]

    assert found.above(value, ALPHA).tolist() == [one.lower > value for one in intervals]
    assert found.below(value, ALPHA).tolist() == [one.upper < value for one in intervals]


def test_both_tails_decide_some_of_them():
    found = Within(found=of_means(ROWS, 0.0), margin=MARGIN, centre=CENTRE)
    own_tail = np.abs(found.found.estimate - CENTRE) - found.found.reach(ALPHA) > MARGIN - 1.4

    assert (own_tail & ~found.below(1.4, ALPHA)).any()


def test_looks_share_what_was_drawn():
    one = normal_moments(np.random.default_rng(7), MANY, (8, 16))
    other = normal_moments(np.random.default_rng(7), MANY, (8, 16))

    assert one[1].mean is other[1].mean


def test_one_look_is_the_first_of_several():
    spread = spread_of(mean(np.random.default_rng(1).normal(size=12)))
    [one] = spread.drawn(0.0, 1, plan(looks=single_look(24)))

    assert one.estimate == pytest.approx(spread.drawn(0.0, 1, plan())[2].estimate)
