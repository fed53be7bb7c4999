"""A run that begins where another run ended: the plan is a graph."""

import copy

import pytest
import torch

from dltheory.attacks import Budget
from dltheory.data import CIFAR10, ShuffledLabels
from dltheory.errors import SpecError
from dltheory.experiments import Experiment, train_group
from dltheory.experiments.plan import plan
from dltheory.experiments.run import Run
from dltheory.models import MLP
from dltheory.training import SGD, AtTrainLoss
from tests.experiments.tiny import (
    ACCURACY,
    TINY,
    assert_same_bits,
    final_states,
    make,
    values,
)

FIRST = TINY.but(data=ShuffledLabels(data=TINY.data), epochs=3)
SECOND = TINY.but(warm_start=FIRST, epochs=2)
THIRD = SECOND.but(warm_start=SECOND, epochs=1)
STILL = TINY.but(warm_start=FIRST, epochs=0)


def experiment(*arms, seeds=2):
    return Experiment(
        arms={f"arm {i}": arm for i, arm in enumerate(arms)}, seeds=seeds, measure=(ACCURACY,)
    )


# ── the plan ──────────────────────────────────────────────────────────────────────────────────


def test_what_a_training_starts_from_is_planned_before_it():
    groups = plan([(experiment(THIRD), 2)])

    assert [group.recipe for group in groups] == [FIRST, SECOND, THIRD]


def test_a_start_that_several_trainings_share_is_planned_once():
    groups = plan([(experiment(SECOND, STILL), 2), (experiment(SECOND, seeds=4), 4)])

    assert [group.seeds for group in groups if group.recipe == FIRST] == [(0, 1, 2, 3)]


def test_nothing_is_measured_on_a_start_that_is_no_arm():
    groups = plan([(experiment(SECOND), 2)])

    assert [len(group.quantities) for group in groups] == [0, 1]


def test_a_start_that_is_an_arm_is_measured():
    groups = plan([(experiment(SECOND, FIRST), 2)])

    assert [len(group.quantities) for group in groups] == [1, 1]


# ── the runs ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return make(tmp_path_factory.mktemp("store"), THIRD, STILL)


def test_a_run_begins_with_the_parameters_that_the_same_seed_ended_with(store):
    assert_same_bits(final_states(store, STILL), final_states(store, FIRST))


def test_every_training_of_a_chain_is_in_the_store(store):
    assert all(store.record(Run(r, seed)) for r in (FIRST, SECOND, THIRD) for seed in range(2))


def test_a_chain_of_equal_trainings_ends_where_plain_continuation_would(store):
    by_hand = train_group.start(SECOND, (0, 1), torch.device("cpu"), store)
    splits = SECOND.data.load(store.folder, cache=store.data)

    train_group.train(by_hand, SECOND, splits.train.images, splits.train.labels, seeds=(0, 1))

    assert_same_bits([by_hand.state_of(0), by_hand.state_of(1)], final_states(store, SECOND))


def test_another_start_is_another_run():
    assert Run(SECOND, 0).key != Run(TINY.but(epochs=2), 0).key
    assert Run(SECOND, 0).key != Run(SECOND.but(warm_start=FIRST.but(epochs=4)), 0).key


def test_what_is_measured_depends_on_the_start(store, tmp_path):
    cold = make(tmp_path, TINY.but(epochs=0))

    assert values(store, STILL) != values(cold, TINY.but(epochs=0))


def test_a_run_after_one_that_diverged_has_diverged_before_it_began(tmp_path):
    hopeless = TINY.but(optimiser=SGD(learning_rate=1e30, batch_size=10))
    after = TINY.but(warm_start=hopeless)

    store = make(tmp_path, after)

    assert [store.record(Run(after, seed)).diverged_at for seed in range(2)] == [0, 0]


def test_a_start_that_was_damaged_is_made_again(tmp_path):
    store = make(tmp_path, FIRST)
    undamaged = copy.deepcopy(final_states(store, FIRST))  # what is loaded is mapped from the file
    path = store.folder_of(Run(FIRST, 1)) / "final.safetensors"
    path.write_bytes(path.read_bytes()[:-5])

    store = make(tmp_path, STILL)

    assert_same_bits(final_states(store, STILL), undamaged)


def test_a_start_is_trained_once_for_all_that_follow_it(tmp_path, monkeypatch):
    trained = []
    plain = train_group.train
    monkeypatch.setattr(
        train_group,
        "train",
        lambda p, recipe, *a, **k: trained.append(recipe) or plain(p, recipe, *a, **k),
    )

    make(tmp_path, SECOND)
    make(tmp_path, STILL)

    assert trained == [FIRST, SECOND, STILL]


# ── lengths ───────────────────────────────────────────────────────────────────────────────────


def test_smoke_scale_shrinks_the_start_too():
    assert THIRD.smoke().warm_start.warm_start.epochs == 1


def test_a_longer_training_has_a_longer_start():
    longer = THIRD.stretched(3)

    assert [longer.epochs, longer.warm_start.epochs, longer.warm_start.warm_start.epochs] == [
        3,
        6,
        9,
    ]


def test_no_epochs_stay_no_epochs_after_a_longer_start():
    longer = STILL.stretched(2)

    assert [longer.epochs, longer.warm_start.epochs] == [0, 6]


@pytest.mark.parametrize(
    "change",
    [{"model": MLP(hidden=(5,))}, {"data": CIFAR10()}],
    ids=["model", "data"],
)
def test_another_network_is_refused_as_a_start(change):
    with pytest.raises(SpecError, match="same model on data of the same shape"):
        SECOND.but(**change)


# ── stopping, through the store ───────────────────────────────────────────────────────────────

GOAL = TINY.but(model=MLP(hidden=(16,)), epochs=200, stopping=AtTrainLoss(loss=0.01))


def test_the_record_says_when_a_run_stopped(tmp_path):
    store = make(tmp_path, GOAL)

    for seed in range(2):
        record = store.record(Run(GOAL, seed))
        assert record.values["reached"] == 1
        assert record.values["epochs"] == len(record.losses) < 200


def test_the_record_says_that_a_goal_was_missed(tmp_path):
    missed = GOAL.but(epochs=1)

    store = make(tmp_path, missed)

    record = store.record(Run(missed, 0))
    assert record.values == {"epochs": 1, "reached": 0, "final loss": record.losses[-1]}


def test_a_training_cut_short_goes_on_with_the_seeds_that_had_stopped(tmp_path, monkeypatch):
    undisturbed = make(tmp_path / "whole", GOAL)
    first, last = sorted(len(undisturbed.record(Run(GOAL, s)).losses) for s in range(2))
    assert first < last, "the seeds must stop apart for this test to mean anything"
    plain = train_group.train

    def cut(progress, *arguments, after_epoch, **options):
        def until(progress):
            after_epoch(progress)
            if progress.epoch == last - 1:
                raise KeyboardInterrupt

        return plain(progress, *arguments, after_epoch=until, **options)

    monkeypatch.setattr(train_group, "train", cut)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "cut", GOAL, checkpoint_seconds=0)
    monkeypatch.setattr(train_group, "train", plain)
    store = make(tmp_path / "cut", GOAL)

    assert_same_bits(final_states(store, GOAL), final_states(undisturbed, GOAL))
    assert values(store, GOAL) == values(undisturbed, GOAL)


# ── training on attacks, through the engine ───────────────────────────────────────────────────


@pytest.mark.parametrize("mean", [(), (0.5,)], ids=["pixels", "normalised"])
def test_smoke_scale_executes_a_training_on_attacks(tmp_path, mean):
    budget = Budget(steps=7, restarts=2, mean=mean, std=mean)

    store = make(tmp_path, TINY.but(attack=budget).smoke())

    assert len(list((store.folder / "runs").iterdir())) == 2


def test_a_training_on_attacks_is_another_run():
    assert Run(TINY.but(attack=Budget()), 0).key != Run(TINY, 0).key


# ── precision ─────────────────────────────────────────────────────────────────────────────────


def test_a_whole_chain_is_trained_in_the_asked_for_precision():
    chain = THIRD.in_precision("bfloat16")

    trainings = (chain, chain.warm_start, chain.warm_start.warm_start)
    assert {training.precision for training in trainings} == {"bfloat16"}


def test_a_training_in_another_precision_is_another_run():
    assert Run(TINY.in_precision("bfloat16"), 0).key != Run(TINY, 0).key


def test_an_unknown_precision_is_refused():
    with pytest.raises(SpecError, match="one of float32, tf32, bfloat16; got 'float16'"):
        TINY.but(precision="float16")
