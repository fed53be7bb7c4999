"""Seeds that do not fit into a device's memory together."""

import pytest
import torch

from dltheory.errors import RunFailed
from dltheory.experiments import train_group
from tests.experiments.tiny import assert_same_bits, final_states, make, values

SEEDS = 5
pytestmark = pytest.mark.faults


@pytest.fixture
def room_for(monkeypatch):
    """`room_for(n)`: more than n seeds run out of memory in their second epoch; the attempts."""
    plain, attempts = train_group.train, []

    def limit(room):
        def limited(progress, *arguments, after_epoch, **options):
            attempts.append(progress.stack.seeds)

            def until_full(progress):
                after_epoch(progress)
                if progress.stack.seeds > room and progress.epoch == 2:
                    raise torch.OutOfMemoryError("CUDA out of memory")

            return plain(progress, *arguments, after_epoch=until_full, **options)

        monkeypatch.setattr(train_group, "train", limited)
        return attempts

    return limit


@pytest.mark.parametrize("seconds", [0, 1e9], ids=["checkpoints", "no checkpoints"])
def test_seeds_that_do_not_fit_together_are_halved_until_they_do(tmp_path, room_for, seconds):
    attempts = room_for(2)

    make(tmp_path, seeds=SEEDS, checkpoint_seconds=seconds)

    assert attempts == [5, 2, 3, 1, 2]


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
