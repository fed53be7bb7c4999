"""What is planned for several experiments, and what of it a store lacks."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dltheory.experiments import Experiment, compute
from dltheory.experiments.origins import Origins, code_behind
from dltheory.experiments.plan import missing, plan
from dltheory.experiments.record import Record
from dltheory.experiments.run import Run, plain
from dltheory.experiments.store import Store
from dltheory.training import NormBias, WeightDecay
from tests.experiments.tiny import ACCURACY, NORM, TINY

DECAYED = TINY.but(penalty=WeightDecay(coefficient=0.1))
SQUARE = compute("tests.experiments.calculations:seed_squared")


def experiment(*arms, seeds=4, measure=(ACCURACY,)):
    return Experiment(arms=dict(enumerate(arms)), seeds=seeds, measure=measure)


def blocks(*wanted):
    return [group.seeds for group in plan(wanted)]


def test_an_arm_shared_by_two_experiments_is_made_once():
    planned = plan([(experiment(TINY, DECAYED), 4), (experiment(DECAYED), 4)])

    assert [group.recipe for group in planned] == [TINY, DECAYED]


def test_a_shared_arm_is_measured_for_both_experiments():
    (group,) = plan([(experiment(TINY), 4), (experiment(TINY, measure=(NORM, ACCURACY)), 4)])

    assert group.quantities == (ACCURACY, NORM)


def test_each_look_is_a_group_of_its_own():
    assert blocks((experiment(TINY, seeds=(2, 5, 9)), 9)) == [(0, 1), (2, 3, 4), (5, 6, 7, 8)]


def test_looks_that_are_not_wanted_yet_are_not_planned():
    assert blocks((experiment(TINY, seeds=(2, 5, 9)), 5)) == [(0, 1), (2, 3, 4)]


def test_a_later_look_finds_the_groups_of_the_earlier_one():
    looks = experiment(TINY, DECAYED, seeds=(2, 5))

    assert {g.name for g in plan([(looks, 2)])} <= {g.name for g in plan([(looks, 5)])}


def test_seeds_that_another_experiment_needs_too_are_planned_once_and_together():
    eight, five = (experiment(TINY, seeds=8), 8), (experiment(TINY, seeds=5), 5)

    assert blocks(eight, five) == blocks(five, eight) == [tuple(range(8))]


all_looks = st.sets(st.integers(1, 12), min_size=1, max_size=3).map(lambda s: tuple(sorted(s)))


@given(st.lists(all_looks, min_size=1, max_size=4))
def test_every_seed_is_planned_exactly_once(several):
    planned = plan((experiment(TINY, seeds=looks), looks[-1]) for looks in several)

    seeds = Counter(seed for group in planned for seed in group.seeds)
    assert seeds == Counter(range(max(looks[-1] for looks in several)))


@pytest.mark.parametrize("norm", [2500, 2500.0], ids=repr)
def test_each_experiment_finds_its_runs_however_its_numbers_are_written(norm):
    penalties = [NormBias(coefficient=0.1, squared_norm=number) for number in (2500, 2500.0)]
    planned = plan((experiment(TINY.but(penalty=penalty)), 4) for penalty in penalties)

    wanted = Run(TINY.but(penalty=NormBias(coefficient=0.1, squared_norm=norm)), 0)

    assert wanted.key in {run.key for group in planned for run in group.runs}


# ── missing ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def add(store, recipe, seed, *, measured=True, **fields):
    run = Run(recipe, seed)
    store.add(Record(key=run.key, seed=seed, recipe=plain(recipe), **fields))
    if measured:
        store.add_measurement(run, ACCURACY, 0.5)


def absent(store, recipe):
    measure = (ACCURACY,) if recipe is TINY else ()
    (group,) = plan([(experiment(recipe, measure=measure), 4)])
    return missing(group, store, Origins(data_root=store.folder, cache=store.data))


def test_an_empty_store_misses_all_seeds(store):
    assert absent(store, TINY).seeds == (0, 1, 2, 3)


def test_a_run_that_is_there_and_measured_is_not_missing(store):
    add(store, TINY, 1)

    assert absent(store, TINY).seeds == (0, 2, 3)


def test_a_run_without_its_measurement_is_missing(store):
    add(store, TINY, 1, measured=False)

    assert absent(store, TINY).seeds == (0, 1, 2, 3)


def test_a_diverged_run_needs_no_measurement(store):
    add(store, TINY, 1, measured=False, status="diverged", diverged_at=2)

    assert absent(store, TINY).seeds == (0, 2, 3)


def test_a_computation_by_this_code_is_not_missing(store):
    add(store, SQUARE, 1, measured=False, code=code_behind(SQUARE))

    assert absent(store, SQUARE).seeds == (0, 2, 3)


def test_a_computation_by_older_code_is_missing(store):
    add(store, SQUARE, 1, measured=False, code="before")

    assert absent(store, SQUARE).seeds == (0, 1, 2, 3)


def test_nothing_is_missing_of_a_complete_group(store):
    _ = [add(store, TINY, seed) for seed in range(4)]

    assert absent(store, TINY) is None
