"""The engine for one machine: what it makes, what it makes again, and how it fails."""

import math
import os
import signal
from pathlib import Path

import pytest
import torch

from dltheory.errors import RunFailed, StoreError
from dltheory.experiments import batches, compute, crew, local, origins, train_group
from dltheory.experiments.crew import Workplace
from dltheory.experiments.heartbeat import STALE_SECONDS, Beat, Heart, beats
from dltheory.experiments.interrupt import Interruptible
from dltheory.experiments.plan import plan
from dltheory.experiments.run import Run
from dltheory.experiments.store import Store
from dltheory.models import ResNet
from dltheory.probes.accuracy import accuracy
from dltheory.training import SGD, WeightDecay, loop
from tests.experiments.tiny import (
    ACCURACY,
    NEVER,
    TINY,
    Experiment,
    LocalEngine,
    assert_same_bits,
    final_states,
    groups,
    make,
    values,
)

WILD = TINY.but(optimiser=SGD(learning_rate=1e30))
CALCULATIONS = "tests.experiments.calculations"
SQUARE, BROKEN = compute(f"{CALCULATIONS}:seed_squared"), compute(f"{CALCULATIONS}:broken")


# ── trainings ─────────────────────────────────────────────────────────────────────────────────


def test_a_measurement_is_the_probe_of_the_trained_network(undisturbed):
    model = TINY.model.build((1, 8, 8), 10).eval()
    model.load_state_dict(undisturbed.final_state(Run(TINY, 1)))
    test = TINY.data.load(undisturbed.folder, cache=undisturbed.data).test

    assert values(undisturbed)[1][0] == accuracy(model, test.images, test.labels)


def test_a_record_says_how_the_training_went(undisturbed):
    record = undisturbed.record(Run(TINY, 1))

    assert (record.status, record.seed, len(record.losses)) == ("ok", 1, 6)
    assert record.losses[-1] < record.losses[0]
    assert "digits" in record.data


def test_a_training_of_no_epochs_keeps_the_network_at_initialisation(tmp_path):
    untrained = TINY.but(epochs=0)

    store = make(tmp_path, untrained)

    fresh = train_group.start(untrained, (0, 1), torch.device("cpu")).stack
    assert_same_bits(final_states(store, untrained), [fresh.state_of(0), fresh.state_of(1)])


def test_what_the_store_has_is_not_trained_again(tmp_path, epochs_done):
    make(tmp_path)
    epochs_done.clear()

    make(tmp_path)

    assert epochs_done == []


def test_a_quantity_added_later_needs_no_training(tmp_path, epochs_done):
    make(tmp_path)
    next(Store(tmp_path).folder_of(Run(TINY, 0)).glob("measured/*")).unlink()
    epochs_done.clear()

    store = make(tmp_path)

    assert epochs_done == []
    assert len(values(store)) == 2


def test_checkpoints_are_gone_when_the_runs_are_in_the_store(undisturbed):
    assert list((undisturbed.folder / "checkpoints").iterdir()) == []


def test_seeds_too_many_for_one_batch_train_one_batch_after_the_other(
    tmp_path, monkeypatch, undisturbed_bits
):
    monkeypatch.setitem(batches.NUMBERS_TOGETHER, "cpu", 1)

    store = make(tmp_path)

    torch.testing.assert_close(final_states(store), undisturbed_bits, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("together", "sizes"), [(1, [1] * 5), (650, [2, 2, 1]), (9999, [5])])
def test_batches_hold_as_many_seeds_as_their_parameters_allow(monkeypatch, together, sizes):
    monkeypatch.setitem(batches.NUMBERS_TOGETHER, "cpu", together)  # TINY has 310

    parts = batches.batches(groups(seeds=5)[0], "cpu")

    assert [len(part.seeds) for part in parts] == sizes


TINY_STEP = (64 * 4 + 4 * 10) * 10  # multiply-adds of a forward pass of one batch


@pytest.mark.parametrize(("alone_from", "sizes"), [(TINY_STEP, [1] * 5), (TINY_STEP + 1, [5])])
def test_a_network_that_keeps_the_device_busy_trains_by_itself(monkeypatch, alone_from, sizes):
    monkeypatch.setitem(batches.ALONE_FROM, "cpu", alone_from)

    parts = batches.batches(groups(seeds=5)[0], "cpu")

    assert [len(part.seeds) for part in parts] == sizes


def test_by_itself_a_network_ends_as_it_does_beside_others(tmp_path, monkeypatch, undisturbed_bits):
    monkeypatch.setitem(batches.ALONE_FROM, "cpu", 1)

    store = make(tmp_path)

    torch.testing.assert_close(final_states(store), undisturbed_bits, rtol=1e-4, atol=1e-5)


def test_a_network_with_batch_normalisation_is_kept_with_its_statistics(tmp_path):
    recipe = TINY.but(model=ResNet(width=2, blocks=(1,)), epochs=1)

    (state, _) = final_states(make(tmp_path, recipe), recipe)

    assert int(state["1.num_batches_tracked"]) == 5


# ── divergence ────────────────────────────────────────────────────────────────────────────────


def test_a_diverged_run_is_a_status(tmp_path):
    record = make(tmp_path, WILD).record(Run(WILD, 0))

    assert record.status == "diverged"
    assert record.losses[record.diverged_at] is None


def test_a_diverged_run_is_not_measured(tmp_path):
    assert make(tmp_path, WILD).measured(Run(WILD, 0), ACCURACY) is None


def test_a_diverged_run_is_not_made_again(tmp_path, epochs_done):
    make(tmp_path, WILD)
    epochs_done.clear()

    make(tmp_path, WILD)

    assert epochs_done == []


def test_a_run_that_diverges_in_its_last_step_is_a_diverged_run(tmp_path):
    one_step = TINY.but(
        epochs=1,
        optimiser=SGD(learning_rate=1e38, batch_size=50),
        penalty=WeightDecay(coefficient=1e6),
    )

    record = make(tmp_path, one_step).record(Run(one_step, 0))

    assert math.isfinite(record.losses[0])
    assert (record.status, record.diverged_at) == ("diverged", 1)


def test_a_run_of_finite_weights_whose_outputs_overflow_is_a_diverged_run(tmp_path):
    one_step = TINY.but(epochs=1, optimiser=SGD(learning_rate=1e30, batch_size=50))

    store = make(tmp_path, one_step)

    record, (state, _) = store.record(Run(one_step, 0)), final_states(store, one_step)
    assert math.isfinite(record.losses[0])
    assert all(bool(tensor.isfinite().all()) for tensor in state.values())
    assert (record.status, record.diverged_at) == ("diverged", 1)
    assert store.measured(Run(one_step, 0), ACCURACY) is None


# ── computations ──────────────────────────────────────────────────────────────────────────────


def compute_in(folder, *computations, seeds=3):
    engine = LocalEngine(store=Store(folder), data_root=folder)
    engine.make(plan((Experiment(arms={"a": c}, seeds=seeds), seeds) for c in computations))
    return engine.store


def calls(folder):
    return len((folder / "data" / "calls").read_text())


def test_a_computation_is_kept_seed_by_seed(tmp_path):
    store = compute_in(tmp_path, SQUARE)

    assert [store.record(Run(SQUARE, seed)).values for seed in (0, 1, 2)] == [
        {"square": 0.0},
        {"square": 1.0},
        {"square": 4.0},
    ]


def test_a_computation_may_return_lists_of_numbers(tmp_path):
    lists = compute(f"{CALCULATIONS}:squares_below")

    store = compute_in(tmp_path, lists)

    assert store.record(Run(lists, 2)).values == {"squares": [0.0, 1.0]}


def test_a_computation_is_not_made_twice(tmp_path):
    compute_in(tmp_path, SQUARE)

    compute_in(tmp_path, SQUARE)

    assert calls(tmp_path) == 3


def test_a_computation_is_made_again_when_the_code_has_changed(tmp_path, monkeypatch):
    compute_in(tmp_path, SQUARE)

    monkeypatch.setattr(origins, "code_behind", lambda _: "changed")
    store = compute_in(tmp_path, SQUARE)

    assert calls(tmp_path) == 6
    assert store.record(Run(SQUARE, 2)).code == "changed"


def test_an_error_in_a_computation_names_function_and_seed(tmp_path):
    with pytest.raises(RunFailed, match=r"broken for seed 0.*ValueError: no such thing for seed 0"):
        compute_in(tmp_path, BROKEN)


def test_a_group_that_fails_does_not_keep_the_others_from_being_made(tmp_path):
    with pytest.raises(RunFailed):
        compute_in(tmp_path, BROKEN, SQUARE)

    assert Store(tmp_path).record(Run(SQUARE, 2)).values == {"square": 4.0}


def test_an_error_in_a_training_names_the_group(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "cross_entropy", lambda *_: 1 / 0)

    with pytest.raises(RunFailed, match=r"MLP on digits, NoPenalty, 2 seeds.*ZeroDivisionError"):
        make(tmp_path)


# ── interruption ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def interrupted(tmp_path, monkeypatch):
    """A store on which Ctrl-C was pressed during the fourth epoch."""
    order = loop.batch_order

    def press_in_the_fourth(*arguments):
        if arguments[-1] == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return order(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(loop, "batch_order", press_in_the_fourth)
        with pytest.raises(KeyboardInterrupt):
            make(tmp_path)
    return Store(tmp_path)


@pytest.mark.faults
def test_ctrl_c_lets_the_epoch_end_and_training_goes_on_after_it(interrupted, epochs_done):
    make(interrupted.folder)

    assert epochs_done == [5, 6]


@pytest.mark.faults
def test_after_ctrl_c_training_ends_with_the_same_bits(
    interrupted, undisturbed, undisturbed_bits, caplog
):
    make(interrupted.folder)

    assert_same_bits(final_states(interrupted), undisturbed_bits)
    assert values(interrupted) == values(undisturbed)
    assert not caplog.records


@pytest.mark.faults
def test_after_ctrl_c_nobody_seems_to_be_at_work(interrupted):
    assert list((interrupted.folder / "progress").iterdir()) == []


def test_the_first_ctrl_c_is_remembered():
    with pytest.raises(KeyboardInterrupt), Interruptible() as interrupt:  # noqa: PT012  raised on leaving
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupt.asked


def test_the_second_ctrl_c_acts_at_once():
    reached = []

    with pytest.raises(KeyboardInterrupt), Interruptible():  # noqa: PT012  which of the two is the point
        os.kill(os.getpid(), signal.SIGINT)
        reached.append("after the first")
        os.kill(os.getpid(), signal.SIGINT)
        reached.append("after the second")

    assert reached == ["after the first"]


def test_afterwards_ctrl_c_does_what_it_did_before():
    before = signal.getsignal(signal.SIGINT)

    with Interruptible():
        pass

    assert signal.getsignal(signal.SIGINT) is before


# ── heartbeat ─────────────────────────────────────────────────────────────────────────────────


def test_while_the_engine_works_its_beat_can_be_read(tmp_path, monkeypatch):
    seen, order = [], loop.batch_order

    def look(*arguments):
        seen.extend(beats(tmp_path / "progress"))
        return order(*arguments)

    monkeypatch.setattr(loop, "batch_order", look)
    make(tmp_path)

    assert {name for name, _ in seen} == {str(os.getpid())}
    assert {beat.what for _, beat in seen} == {"MLP on digits, NoPenalty, 2 seeds"}


def test_when_the_work_is_done_the_beat_is_gone(undisturbed):
    assert list((undisturbed.folder / "progress").iterdir()) == []


def test_after_an_error_the_beat_is_gone(tmp_path):
    with pytest.raises(RunFailed):
        compute_in(tmp_path, BROKEN)

    assert list((tmp_path / "progress").iterdir()) == []


def test_a_beat_says_how_long_it_will_take():
    beat = Beat(what="MLP", done=2, total=10, group=1, groups=3, loss=0.5, spent=30)

    assert str(beat) == "[1/3] MLP: epoch 2/10, loss 0.5, about 2 min left"


def test_the_beat_of_a_dead_process_grows_stale(tmp_path, monkeypatch):
    Heart(tmp_path, name="of the dead").beat(Beat(what="MLP"), force=True)
    now = local.time.time()

    monkeypatch.setattr(local.time, "time", lambda: now + STALE_SECONDS + 1)

    assert list(beats(tmp_path)) == []


def test_a_damaged_beat_is_passed_over(tmp_path):
    (tmp_path / "1.json").write_text('{"what": "ML')

    assert list(beats(tmp_path)) == []


# ── places that cannot be written ─────────────────────────────────────────────────────────────


def test_a_store_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match=f"{tmp_path}/file/store failed: Not a directory.*--store"):
        Store(tmp_path / "file" / "store").prepare()


@pytest.mark.faults
def test_helpers_make_the_numbers_of_one_process(
    tmp_path, undisturbed, undisturbed_bits, monkeypatch
):
    monkeypatch.setattr(crew, "START_SECONDS", 0.0)
    store = make(tmp_path, TINY, *(TINY.but(epochs=epochs) for epochs in (1, 2)), cores=2)

    assert_same_bits(final_states(store), undisturbed_bits)
    assert values(store) == values(undisturbed)
    assert list((tmp_path / "progress").iterdir()) == []


def test_the_engine_begins_with_the_longest_group(tmp_path):
    recipes = [TINY.but(epochs=epochs) for epochs in (0, 1)]

    make(tmp_path, *recipes)

    begun = [Store(tmp_path).folder_of(Run(recipe, 0)).stat().st_mtime_ns for recipe in recipes]
    assert begun[1] < begun[0]


def test_processes_are_dealt_the_devices_in_turn():
    place = Workplace(
        store=Path(),
        data_root=Path(),
        download=False,
        provenance="",
        checkpoint_seconds=1.0,
        devices=("cuda:0", "cuda:2"),
    )

    assert [place.of(number).devices for number in range(4)] == [
        ("cuda:0",),
        ("cuda:2",),
        ("cuda:0",),
        ("cuda:2",),
    ]


def test_every_device_is_given_work(tmp_path, monkeypatch):
    monkeypatch.setattr(crew, "START_SECONDS", 0.0)
    arms = [TINY.but(epochs=epochs) for epochs in range(200, 206)]

    store = make(tmp_path, *arms, cores=2, other_devices=("cpu:0",), checkpoint_seconds=NEVER)

    devices = {store.record(Run(arm, 0)).device for arm in arms}
    assert devices == {"cpu", "cpu:0"}
