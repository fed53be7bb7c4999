"""Seeds, or images, that do not fit into a device's memory together."""

from functools import wraps
from importlib import import_module

import pytest
import torch

from dltheory.errors import RunFailed
from dltheory.experiments import quantity, train_group
from dltheory.experiments.measuring import pass_option
from dltheory.experiments.run import Run
from tests.experiments.test_midway import MIDDLE, measured
from tests.experiments.tiny import ACCURACY, TINY, assert_same_bits, final_states, make, values

SEEDS = 5
pytestmark = pytest.mark.faults


FULL = (
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory"),
    MemoryError(),
)
every_full = pytest.mark.parametrize("error", FULL, ids=lambda error: str(error)[-25:])


@pytest.fixture
def room_for(monkeypatch):
    """`room_for(n)`: more than n seeds run out of memory in their second epoch; the attempts."""
    plain, attempts = train_group.train, []

    def limit(room, error=FULL[0]):
        def limited(progress, *arguments, after_epoch, **options):
            attempts.append(progress.stack.seeds)

            def until_full(progress):
                after_epoch(progress)
                if progress.stack.seeds > room and progress.epoch == 2:
                    raise error

            return plain(progress, *arguments, after_epoch=until_full, **options)

        monkeypatch.setattr(train_group, "train", limited)
        return attempts

    return limit


@pytest.mark.parametrize("seconds", [0, 1e9], ids=["checkpoints", "no checkpoints"])
def test_seeds_that_do_not_fit_together_are_halved_until_they_do(tmp_path, room_for, seconds):
    attempts = room_for(2)

    make(tmp_path, seeds=SEEDS, checkpoint_seconds=seconds)

    assert attempts == [5, 2, 3, 1, 2]


@every_full
def test_whichever_library_had_too_little_memory_seeds_are_halved(tmp_path, room_for, error):
    attempts = room_for(3, error)

    make(tmp_path, seeds=SEEDS)

    assert attempts == [5, 2, 3]


def test_another_error_halves_nothing(tmp_path, room_for):
    attempts = room_for(2, RuntimeError("CUDNN_STATUS_EXECUTION_FAILED"))

    with pytest.raises(RunFailed, match="EXECUTION_FAILED"):
        make(tmp_path, seeds=SEEDS)

    assert attempts == [5]


def test_halved_seeds_end_with_the_numbers_of_the_whole(tmp_path, room_for):
    whole = make(tmp_path / "whole", seeds=SEEDS)
    room_for(1)

    halved = make(tmp_path / "halved", seeds=SEEDS, checkpoint_seconds=0)

    assert values(halved, seeds=SEEDS) == values(whole, seeds=SEEDS)
    assert_same_bits(final_states(halved, seeds=SEEDS), final_states(whole, seeds=SEEDS))


def test_halving_is_said(tmp_path, room_for, caplog):
    room_for(3)

    make(tmp_path, seeds=SEEDS)

    assert "5 networks do not fit into the memory of cpu: halved." in caplog.text


def test_nothing_of_a_batch_that_did_not_fit_is_left_behind(tmp_path, room_for):
    room_for(2)

    store = make(tmp_path, seeds=SEEDS, checkpoint_seconds=0)

    assert list((store.folder / "checkpoints").iterdir()) == []


def test_one_network_that_does_not_fit_is_a_failure_with_advice(tmp_path, room_for):
    room_for(0)

    with pytest.raises(RunFailed, match="cpu has too little for seed 0 alone"):
        make(tmp_path, seeds=SEEDS)


# ── measuring ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def pass_for(monkeypatch):
    """`pass_for(n)`: accuracy runs out of memory with more than n images a pass; the attempts."""
    module, attempts = import_module("dltheory.probes.accuracy"), []
    plain = module.accuracy

    def limit(room, error=FULL[0]):
        def limited(model, images, labels, *, batch=1000):
            attempts.append(batch)
            if min(batch, len(images)) > room:
                raise error
            return plain(model, images, labels, batch=batch)

        monkeypatch.setattr(module, "accuracy", limited)
        return attempts

    return limit


@every_full
def test_a_pass_that_does_not_fit_is_halved_until_it_does(tmp_path, pass_for, error, undisturbed):
    attempts = pass_for(6, error)

    store = make(tmp_path)

    assert attempts == [1000, 10, 5, 1000, 10, 5]  # 20 images, two seeds
    assert values(store) == values(undisturbed)


def test_halving_a_pass_is_said(tmp_path, pass_for, caplog):
    pass_for(6)

    make(tmp_path)

    said = "'accuracy on test' did not fit into the memory of cpu: measured in passes of 5."
    assert said in caplog.text


def test_while_measuring_too_little_memory_halves_no_training(tmp_path, pass_for, epochs_done):
    pass_for(0)

    with pytest.raises(RunFailed, match=r"Measuring 'accuracy on test' needs memory .* is kept"):
        make(tmp_path)

    assert epochs_done == [1, 2, 3, 4, 5, 6]


def test_a_training_is_kept_when_its_middle_could_not_be_measured(
    tmp_path, monkeypatch, epochs_done
):
    module = import_module("dltheory.probes.squared_norm")
    with monkeypatch.context() as patched:
        patched.setattr(module, "squared_norm", lambda *_: raise_full())
        with pytest.raises(RunFailed, match="Measuring 'squared norm on train after epoch 2'"):
            measured(tmp_path, MIDDLE)
    epochs_once = list(epochs_done)

    ((first,), _) = measured(tmp_path, MIDDLE)

    assert first > 0
    assert epochs_done == epochs_once == [1, 2, 3, 4, 5, 6]


def raise_full():
    raise FULL[0]


def test_what_was_measured_before_memory_ran_out_is_kept(tmp_path, pass_for, undisturbed):
    pass_for(0)
    with pytest.raises(RunFailed):
        make(tmp_path)
    attempts = pass_for(1000)

    store = make(tmp_path)

    assert values(store) == values(undisturbed)
    assert attempts[-1] == 1000
    assert store.measured(Run(TINY, 0), ACCURACY) is not None


@pytest.mark.parametrize(
    ("asked", "option"),
    [
        (quantity("accuracy"), "batch"),
        (quantity("tangent_kernel"), "batch"),
        (quantity("pgd_accuracy"), "batch"),
        (quantity("pgd_accuracy", bn="batch", batch=128), None),
        (quantity("gradient_cosines", pairs=100, batch=32), "together"),
        (quantity("gradient_confusion", batch=1), "together"),
        (quantity("squared_norm"), None),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_only_what_leaves_the_value_as_it_is_is_halved(asked, option):
    assert pass_option(asked) == option


@pytest.mark.parametrize(
    "asked",
    [
        quantity("loss"),
        quantity("gradient_norm"),
        quantity("tangent_kernel"),
        quantity("gradient_cosines", pairs=4, batch=8),
    ],
    ids=lambda asked: asked.name,
)
def test_in_smaller_passes_the_same_is_measured(tmp_path, asked, monkeypatch):
    ((whole,), _) = measured(tmp_path / "whole", asked)
    plain, sizes, option = asked.resolve(), [], pass_option(asked)

    @wraps(plain)
    def limited(*arguments, **options):
        sizes.append(options.get(option, 1000))
        if sizes[-1] > 5:
            raise FULL[0]
        return plain(*arguments, **options)

    monkeypatch.setattr(import_module(plain.__module__), asked.probe, limited)

    ((halved,), _) = measured(tmp_path / "halved", asked)

    assert sizes[-1] < 10
    assert halved == pytest.approx(whole, rel=1e-4, abs=1e-6)
