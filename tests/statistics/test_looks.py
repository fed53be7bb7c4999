"""Planned looks spend the error that they say."""

import math

import pytest

from dltheory.errors import SpecError
from dltheory.statistics import Looks, single_look, spend

PATHS = 200_000


def four_deviations(p):
    return 4 * math.sqrt(p * (1 - p) / PATHS)


@pytest.mark.parametrize(
    ("looks", "total"),
    [
        (Looks(), 0.01),
        (Looks(final_alpha=0.0486), 0.05),
        (Looks(seeds=(8, 16, 32)), 0.01),
        (Looks(seeds=(8, 16, 32), final_alpha=0.0493), 0.05),
        (single_look(10), 0.01),
    ],
    ids=["5/10/20 at .01", "5/10/20 at .05", "8/16/32 at .01", "8/16/32 at .05", "one look"],
)
def test_the_looks_spend_their_total(looks, total):
    assert spend(looks, PATHS, seed=0) == pytest.approx(total, abs=four_deviations(total))


def test_peeking_at_the_full_level_spends_more():
    peeking = Looks(early_alpha=0.05, final_alpha=0.05)

    assert spend(peeking, 20_000, seed=0) > 0.08


def test_the_last_look_has_its_own_level():
    assert [Looks().alpha_at(look) for look in (0, 1, 2)] == [0.001, 0.001, 0.0085]


def test_a_single_look_has_the_whole_level():
    assert (single_look(12).seeds, single_look(12).alpha_at(0)) == ((12,), 0.01)


def test_the_same_seed_gives_the_same_share():
    assert spend(Looks(), 5_000, seed=4) == spend(Looks(), 5_000, seed=4)


@pytest.mark.parametrize("look", [-1, 3])
def test_a_look_that_was_not_planned_has_no_level(look):
    with pytest.raises(SpecError, match=rf"after \(5, 10, 20\) seeds; got look {look}"):
        Looks().alpha_at(look)


@pytest.mark.parametrize("seeds", [(), (1, 5), (10, 5), (5, 5)], ids=str)
def test_looks_that_do_not_rise_are_refused(seeds):
    with pytest.raises(SpecError, match="in rising order; got"):
        Looks(seeds=seeds)


def test_a_level_above_one_half_is_refused():
    with pytest.raises(SpecError, match=r"between 0 and 0\.5; got 5"):
        Looks(final_alpha=5)
