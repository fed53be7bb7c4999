"""Planned looks spend the error that they say."""

import math

import pytest

from dltheory.errors import SpecError
from dltheory.statistics import Looks, level_of_going_on, planned, single_look, spend

PATHS = 200_000
PLANS = [(8, 16, 24), (5, 10, 20), (8, 16), (5, 10, 15, 20), tuple(range(3, 21))]


def four_deviations(p):
    return 4 * math.sqrt(p * (1 - p) / PATHS)


@pytest.mark.parametrize("seeds", PLANS, ids=str)
@pytest.mark.parametrize("alpha", [0.01, 0.05])
def test_any_planned_looks_spend_nine_tenths_of_their_level(seeds, alpha):
    spent = spend(planned(seeds, alpha), PATHS, seed=0)

    assert spent == pytest.approx(0.9 * alpha, abs=four_deviations(0.9 * alpha) + 0.05 * alpha)


@pytest.mark.parametrize("alpha", [0.01, 0.05])
def test_planned_looks_and_going_on_spend_no_more_than_the_level(alpha):
    planned_part = spend(planned((8, 16, 24), alpha), PATHS, seed=1)

    assert planned_part + level_of_going_on(alpha) <= alpha + four_deviations(alpha)


def test_all_looks_have_one_level():
    looks = planned((8, 16, 24), 0.01)

    assert len({looks.alpha_at(i) for i in range(3)}) == 1


def test_looking_at_the_full_level_each_time_spends_more():
    assert spend(Looks(seeds=(5, 10, 20), alpha=0.05), 20_000, seed=0) > 0.08


def test_a_single_look_of_a_plan_has_nine_tenths_of_the_level():
    assert planned((12,), 0.01).alpha_at(0) == pytest.approx(0.009)
    assert single_look(12).alpha_at(0) == 0.01


def test_the_same_seed_gives_the_same_share():
    looks = planned((5, 10, 20), 0.01)

    assert spend(looks, 5_000, seed=4) == spend(looks, 5_000, seed=4)


@pytest.mark.parametrize("look", [-1, 3])
def test_a_look_that_was_not_planned_has_no_level(look):
    with pytest.raises(SpecError, match=rf"after \(5, 10, 20\) seeds; got look {look}"):
        planned((5, 10, 20), 0.01).alpha_at(look)


@pytest.mark.parametrize("seeds", [(), (1, 5), (10, 5), (5, 5)], ids=str)
def test_looks_that_do_not_rise_are_refused(seeds):
    with pytest.raises(SpecError, match="in rising order; got"):
        Looks(seeds=seeds, alpha=0.01)


def test_a_level_above_one_half_is_refused():
    with pytest.raises(SpecError, match=r"between 0 and 0\.5; got 5"):
        Looks(seeds=(5,), alpha=5)
