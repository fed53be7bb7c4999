"""Pilots of a grid of learning rates, which train side by side."""

from dataclasses import replace

import pytest
import torch

from dltheory.experiments import (
    PILOT_SEEDS_FROM,
    Experiment,
    Tuned,
    batches,
    local,
    plan,
    ray_engine,
    train_group,
)
from dltheory.experiments.checkpoint import Checkpoints
from dltheory.experiments.plan import pilot_plan
from dltheory.experiments.run import Run
from dltheory.experiments.store import Store
from dltheory.training import SGD
from tests.experiments.tiny import ACCURACY, TINY, assert_same_bits, made
from tests.mutation import mutant

RATES = (0.3, 0.1, 0.01)
TUNED = Tuned(training=TINY, learning_rates=RATES, pilots=2)


def grid_of(*tuned):
    """The one group of these grids."""
    arms = {f"arm {i}": one for i, one in enumerate(tuned)}
    (group,) = pilot_plan([Experiment(arms=arms, seeds=2, measure=(ACCURACY,))])
    return group


def states(store, group):
    return [store.final_state(run) for run in group.runs]


@pytest.fixture
def stacks(monkeypatch):
    """How many networks each training had that begins from now on."""
    plain, sizes = train_group.train, []

    def counted(progress, *arguments, **options):
        sizes.append(progress.stack.seeds)
        return plain(progress, *arguments, **options)

    monkeypatch.setattr(train_group, "train", counted)
    return sizes


@pytest.fixture(scope="module")
def side_by_side(tmp_path_factory):
    return made(tmp_path_factory.mktemp("grid"), grid_of(TUNED))


def test_a_grid_trains_in_one_stack(tmp_path, stacks):
    made(tmp_path, grid_of(TUNED))

    assert stacks == [6]


def test_pilots_side_by_side_come_out_as_each_rate_alone(tmp_path, side_by_side):
    group = grid_of(TUNED)

    alone = made(tmp_path, *group.apart)

    torch.testing.assert_close(
        states(side_by_side, group), states(alone, group), rtol=1e-4, atol=1e-5
    )


def test_every_pilot_is_recorded_as_a_run_of_its_own_rate(side_by_side):
    recorded = [
        side_by_side.record(run).recipe["optimiser"]["learning_rate"] for run in grid_of(TUNED).runs
    ]

    assert recorded == [0.3, 0.3, 0.1, 0.1, 0.01, 0.01]


def test_a_pilot_that_diverges_leaves_the_others_alone(tmp_path, side_by_side):
    wild = Tuned(training=TINY, learning_rates=(*RATES, 1e30), pilots=2)

    store = made(tmp_path, grid_of(wild))

    assert [store.record(run).status for run in grid_of(wild).runs] == ["ok"] * 6 + ["diverged"] * 2
    expected = states(side_by_side, grid_of(TUNED))
    torch.testing.assert_close(states(store, grid_of(TUNED)), expected, rtol=1e-4, atol=1e-5)


def test_only_the_rates_that_a_wider_grid_adds_are_trained(tmp_path, stacks):
    made(tmp_path, grid_of(TUNED))

    made(tmp_path, grid_of(Tuned(training=TINY, learning_rates=(1.0, *RATES), pilots=2)))

    assert stacks == [6, 2]


def test_only_the_pilots_that_more_of_them_add_are_trained(tmp_path, stacks):
    made(tmp_path, grid_of(TUNED))

    made(tmp_path, grid_of(Tuned(training=TINY, learning_rates=RATES, pilots=3)))

    assert stacks == [6, 3]


def test_an_interrupted_grid_ends_with_the_bits_of_an_undisturbed_one(
    tmp_path, monkeypatch, side_by_side
):
    plain = Checkpoints.save

    def then_die(self, progress, seconds):
        plain(self, progress, seconds)
        if progress.epoch == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(Checkpoints, "save", then_die)
        with pytest.raises(KeyboardInterrupt):
            made(tmp_path, grid_of(TUNED), checkpoint_seconds=0)
    store = made(tmp_path, grid_of(TUNED))

    assert_same_bits(states(store, grid_of(TUNED)), states(side_by_side, grid_of(TUNED)))


def test_a_grid_that_was_cut_before_its_last_run_was_kept_is_not_trained_again(
    tmp_path, monkeypatch, epochs_done
):
    plain = Store.add

    def then_die(self, record, state=None):
        plain(self, record, state)
        if len(list(self.folder.glob("runs/*"))) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(Store, "add", then_die)
        with pytest.raises(KeyboardInterrupt):
            made(tmp_path, grid_of(TUNED))
    epochs_done.clear()
    store = made(tmp_path, grid_of(TUNED))

    assert epochs_done == []
    assert all(store.record(run) for run in grid_of(TUNED).runs)


def test_networks_that_train_alone_are_a_group_for_each_rate(monkeypatch):
    monkeypatch.setitem(batches.ALONE_FROM, "cpu", 1)

    parts = batches.dealt(grid_of(TUNED), "cpu")

    assert [part.runs for part in parts] == [grid_of(TUNED).runs[i : i + 2] for i in (0, 2, 4)]


@pytest.mark.parametrize(("together", "sizes"), [(2000, [6]), (1000, [3, 3]), (700, [2, 2, 2])])
def test_a_grid_trains_with_as_many_seeds_as_its_parameters_allow(
    tmp_path, monkeypatch, stacks, together, sizes
):
    monkeypatch.setitem(batches.NUMBERS_TOGETHER, "cpu", together)  # TINY has 310

    made(tmp_path, grid_of(TUNED))

    assert stacks == sizes


def test_the_halves_of_one_seed_are_halves_of_the_grid():
    one = grid_of(TUNED).of_seeds((7,))

    first, second = one.halves

    assert (*first.runs, *second.runs) == one.runs
    assert len(first.runs) == 1


def test_a_grid_says_how_many_rates_it_has():
    grid = grid_of(TUNED)
    last = grid.with_runs({grid.runs[-1].key})

    assert local.describe(grid).endswith("3 learning rates, 2 seeds")
    assert local.describe(last).endswith("1 learning rate, 1 seed")


def test_rates_of_several_kinds_of_number_are_runs_of_their_own(tmp_path):
    whole = replace(TUNED, learning_rates=(1, 0.1))

    store = made(tmp_path, grid_of(whole, replace(TUNED, learning_rates=(1.0, 0.1))))

    grids = [whole.candidates, replace(TUNED, learning_rates=(1.0, 0.1)).candidates]
    assert all(store.record(Run(one, PILOT_SEEDS_FROM)) for grid in grids for one in grid)


def test_what_pilots_start_from_is_a_start_for_the_engine_of_a_cluster_too():
    later = Tuned(training=TINY.but(warm_start=TINY), learning_rates=RATES, pilots=2)

    start, grid = pilot_plan([Experiment(arms={"a": later}, seeds=2, measure=(ACCURACY,))])

    assert ray_engine._is_start(start, grid)
    assert not ray_engine._is_start(grid, start)


# ── planted faults ────────────────────────────────────────────────────────────────────────────


def check_parts(module):
    """The part of a grid with certain runs has them, and no rate or seed without one of them."""
    group = module.Group(recipe=TINY, seeds=(1, 2, 3, 4), rates=RATES)
    wanted = [run for run in group.runs if run.seed != 2 and run.recipe.optimiser != TINY.optimiser]

    part = group.with_runs({run.key for run in wanted})

    assert (part.seeds, part.rates) == ((1, 3, 4), (0.3, 0.01))
    assert list(part.runs) == wanted
    assert group.with_runs(()).runs == ()


def test_a_part_of_a_grid_has_the_rates_and_seeds_of_its_runs():
    assert TINY.optimiser == SGD(learning_rate=0.1, momentum=0.9, batch_size=10)
    check_parts(plan)


@pytest.mark.parametrize(
    ("healthy", "faulty"),
    [
        ("if wanted(self.runs[i * row : (i + 1) * row])", "if True"),
        ("if wanted(self.runs[i::row])", "if True"),
        ("any(run.key in keys for", "any(True for"),
        ("self.runs[i::row]", "self.runs[i * row : (i + 1) * row]"),
    ],
)
def test_a_fault_in_the_part_is_noticed(healthy, faulty):
    with pytest.raises(AssertionError):
        check_parts(mutant(plan, healthy, faulty))
