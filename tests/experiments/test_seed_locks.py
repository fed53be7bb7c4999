"""Locks on seeds: who may train what at the same time, between processes."""

import time

import pytest

from dltheory.experiments import compute
from dltheory.experiments.plan import Group
from dltheory.experiments.seed_locks import holding_seeds
from dltheory.experiments.store import Store
from dltheory.file_lock import Held
from tests.experiments.tiny import process

RECIPE = compute("math:sqrt")

HOLD = """
import sys, time
from pathlib import Path
from dltheory.experiments import compute
from dltheory.experiments.plan import Group
from dltheory.experiments.seed_locks import holding_seeds
from dltheory.experiments.store import Store
store, seeds = Store(Path(sys.argv[1])), tuple(map(int, sys.argv[2].split(",")))
group = Group(recipe=compute("math:sqrt"), seeds=seeds, quantities=())
with holding_seeds(store, group, 0.0):
    print("held", flush=True)
    time.sleep(60)
"""


def group(*seeds):
    return Group(recipe=RECIPE, seeds=seeds, quantities=())


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


@pytest.fixture
def another(store):
    """Another process that holds the seeds 2 and 3."""
    holder = process(HOLD, store.folder, "2,3")
    assert holder.stdout.readline() == "held\n"
    yield holder
    holder.kill()
    holder.wait()
    holder.stdout.close()


@pytest.mark.usefixtures("another")
@pytest.mark.parametrize("seeds", [(0, 1), (4,), (9999,)])
def test_other_seeds_are_free(store, seeds):
    with holding_seeds(store, group(*seeds), 0.0):
        pass


@pytest.mark.usefixtures("another")
@pytest.mark.parametrize("seeds", [(2, 3), (3, 4), (0, 1, 2)])
def test_seeds_that_another_holds_are_taken(store, seeds):
    with pytest.raises(Held), holding_seeds(store, group(*seeds), 0.0):
        pass


@pytest.mark.usefixtures("another")
def test_who_did_not_get_all_seeds_holds_none(store):
    with pytest.raises(Held), holding_seeds(store, group(0, 1, 2), 0.0):
        pass

    third = process(HOLD, store.folder, "0,1")
    assert third.stdout.readline() == "held\n"
    third.kill()
    third.communicate()


@pytest.mark.usefixtures("another")
def test_nobody_gets_the_whole_recipe_while_seeds_are_held(store):
    with pytest.raises(Held), store.holding(group(0).recipe_name, 0.1):
        pass


def test_nobody_gets_seeds_while_the_whole_recipe_is_held(store):
    began = time.monotonic()

    with (
        store.holding(group(0).recipe_name, 0),
        pytest.raises(Held),
        holding_seeds(store, group(0), 0.2),
    ):
        pass

    assert 0.2 <= time.monotonic() - began < 5


@pytest.mark.faults
def test_when_the_holder_dies_its_seeds_are_free(store, another):
    another.kill()
    another.wait()

    with holding_seeds(store, group(2, 3), 0.0):
        pass


def test_afterwards_everything_is_free(store):
    with holding_seeds(store, group(0, 1), 0.0):
        pass

    with store.holding(group(0).recipe_name, 0):
        pass
    holder = process(HOLD, store.folder, "0,1")
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    holder.communicate()
