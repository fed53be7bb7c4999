"""Helpers that are kept from one list of groups to the next, and end with the engine."""

import multiprocessing
import os
import signal
import time

import pytest

from dltheory.experiments import compute
from dltheory.experiments.plan import plan
from dltheory.experiments.run import Run
from dltheory.experiments.store import Store
from tests.experiments.tiny import Experiment, LocalEngine

pytestmark = pytest.mark.faults

CALCULATIONS = "tests.experiments.calculations"
WHO, SQUARE = f"{CALCULATIONS}:process_after_a_helper", f"{CALCULATIONS}:seed_squared"


def recipes(number):
    """Two computations: whoever takes one waits until another process has taken the other."""
    return [compute(WHO, meeting=number, side=side) for side in (0, 1)]


def make(engine, number):
    arms = {str(i): recipe for i, recipe in enumerate(recipes(number))}
    engine.make(plan([(Experiment(arms=arms, seeds=1), 1)]))
    return {
        int(engine.store.record(Run(recipe, 0)).values["process"]) for recipe in recipes(number)
    }


def children():
    return {child.pid for child in multiprocessing.active_children()}


@pytest.fixture
def engine(tmp_path):
    engine = LocalEngine(store=Store(tmp_path), data_root=tmp_path, cores=2, keeps_helpers=True)
    yield engine
    engine.close()


def test_the_same_helper_works_on_the_next_list(engine):
    first, second = make(engine, 1), make(engine, 2)

    assert first == second
    assert os.getpid() in first
    assert len(first) == 2


def test_helpers_end_with_the_engine(engine):
    before = children()
    make(engine, 1)
    assert len(children() - before) == 1

    engine.close()

    assert children() == before


def test_without_being_kept_helpers_end_with_their_list(engine):
    before, engine.keeps_helpers = children(), False
    make(engine, 1)

    assert children() == before


def test_a_helper_that_died_is_replaced_for_the_next_list(engine):
    first = make(engine, 1)
    (helper,) = first - {os.getpid()}
    os.kill(helper, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while helper in children() and time.monotonic() < deadline:
        time.sleep(0.02)

    second = make(engine, 2)

    assert os.getpid() in second
    assert len(second) == 2
    assert helper not in second


def test_what_is_over_soon_starts_no_helper(engine):
    before = children()
    arms = {str(times): compute(SQUARE, times=times) for times in (1, 2, 3)}
    engine.make(plan([(Experiment(arms=arms, seeds=2), 2)]))

    assert children() == before


def test_seeds_of_one_computation_are_spread_over_processes(engine):
    meeting = compute(f"{CALCULATIONS}:process_of_two_seeds")
    engine.make(plan([(Experiment(arms={"a": meeting}, seeds=2), 2)]))
    found = {engine.store.record(Run(meeting, seed)).values["process"] for seed in (0, 1)}

    assert len(found) == 2


def test_a_kept_helper_that_rests_does_not_hang(engine):
    make(engine, 1)
    (helper,) = engine._crew._helpers.values()
    deadline = time.monotonic() + 10
    while not helper.rests and time.monotonic() < deadline:
        time.sleep(0.02)

    assert helper.rests
