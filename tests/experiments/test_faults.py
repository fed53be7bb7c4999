"""Faults between and after trainings: kills, lost snapshots, NaN, other versions, a lost store."""

import os
import shutil
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp

import pytest
import torch
from safetensors.torch import load_file, save_file

from dltheory.errors import RunFailed, StoreError
from dltheory.experiments import plan, train_group
from dltheory.experiments import run as run_module
from dltheory.experiments.measuring import Networks
from dltheory.experiments.origins import Origins
from dltheory.experiments.run import Run, digest, plain
from dltheory.experiments.sealed import seal, unseal
from dltheory.experiments.snapshots import Snapshots
from dltheory.experiments.store import Store
from dltheory.training import loop
from tests.experiments import kills
from tests.experiments.test_midway import LATER, MIDDLE, cut_after, measured
from tests.experiments.test_warm_start import FIRST, SECOND, THIRD
from tests.experiments.tiny import (
    ACCURACY,
    NORM,
    TINY,
    assert_same_bits,
    final_states,
    groups,
    make,
    process,
    values,
)

pytestmark = pytest.mark.faults

RUN, OTHER = Run(TINY, 0), Run(TINY, 1)


@pytest.fixture
def copied(undisturbed, tmp_path):
    """A copy of a store in which the tiny training is finished and measured."""
    return Store(shutil.copytree(undisturbed.folder, tmp_path / "copy"))


def contents(folder):
    """Every file below a folder, with what is in it."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# ── killed while measuring, and between trainings ─────────────────────────────────────────────


@pytest.fixture(scope="module")
def killed_folder(tmp_path_factory):
    """Stores whose only process got SIGKILL, one for each way to die."""
    folder = tmp_path_factory.mktemp("killed")
    code = "import runpy; runpy.run_module('tests.experiments.kills', run_name='__main__')"
    assert process(code, folder).wait(timeout=120) == 0
    return folder


@pytest.fixture
def killed(killed_folder, tmp_path):
    return lambda way: shutil.copytree(killed_folder / way.__name__, tmp_path / "killed")


def test_after_a_kill_in_a_probe_nothing_is_trained_again(killed, epochs_done):
    make(killed(kills.while_measuring))

    assert epochs_done == []


def test_after_a_kill_in_a_probe_only_what_is_missing_is_measured(killed, undisturbed, monkeypatch):
    store = Store(killed(kills.while_measuring))
    assert len(list(store.folder.glob("runs/*/measured/*"))) == 3  # of four
    called = [counted(name, monkeypatch) for name in ("accuracy", "squared_norm")]

    make(store.folder)

    assert values(store) == values(undisturbed)
    assert [len(calls) for calls in called] == [0, 1]  # of the second seed


def counted(probe, monkeypatch):
    """A list that grows with every call of a probe from now on."""
    module, calls = import_module(f"dltheory.probes.{probe}"), []
    plain_probe = getattr(module, probe)
    monkeypatch.setattr(module, probe, lambda *a: calls.append(1) or plain_probe(*a))
    return calls


@pytest.fixture(scope="module")
def middle(tmp_path_factory):
    """What is measured in the middle of an undisturbed training."""
    return measured(tmp_path_factory.mktemp("middle"), MIDDLE, LATER)


def test_after_a_kill_in_the_probe_of_a_snapshot_nothing_is_trained_again(
    killed, epochs_done, middle
):
    folder = killed(kills.while_measuring_the_middle)
    epochs_done.clear()
    assert len(list(folder.glob("runs/*/measured/*"))) == 1  # of four

    assert measured(folder, MIDDLE, LATER) == middle
    assert epochs_done == []


def test_after_a_kill_in_a_chain_the_trainings_before_it_are_not_made_again(killed, epochs_done):
    store = Store(killed(kills.in_a_chain))
    there = [store.record(Run(recipe, 0)) is not None for recipe in (FIRST, SECOND, THIRD)]

    make(store.folder, THIRD)

    assert there == [True, False, False]
    assert epochs_done == [2, 1]  # the second training from its checkpoint on, then the third


def test_after_a_kill_in_a_chain_it_ends_with_the_same_bits(killed, tmp_path):
    store = make(killed(kills.in_a_chain), THIRD)

    assert_same_bits(final_states(store, THIRD), final_states(make(tmp_path / "w", THIRD), THIRD))
    assert values(store, THIRD) == values(Store(tmp_path / "w"), THIRD)


# ── damaged snapshots ─────────────────────────────────────────────────────────────────────────


def truncate(path):
    path.write_bytes(path.read_bytes()[:-20])


def shift(path):
    """Other networks, in a file that is sound in itself."""
    save_file({name: tensor + 1 for name, tensor in load_file(path).items()}, path)


def of_another_epoch(path):
    for suffix in (".safetensors", ".json"):
        shutil.copy(path.with_name(f"000004{suffix}"), path.with_suffix(suffix))


SNAPSHOT_DAMAGE = {
    "truncated": truncate,
    "other networks": shift,
    "of another epoch": of_another_epoch,
    "truncated checksum": lambda path: truncate(path.with_suffix(".json")),
}
LOST_SNAPSHOT = {
    "missing": Path.unlink,
    "missing checksum": lambda path: path.with_suffix(".json").unlink(),
}


@pytest.fixture
def with_snapshots(tmp_path, monkeypatch):
    """A store whose training is finished, cut short before the first snapshot was measured."""
    with monkeypatch.context() as patched:
        patched.setattr(train_group, "measure", lambda *_, **__: stop())
        with pytest.raises(KeyboardInterrupt):
            measured(tmp_path, MIDDLE, LATER)
    return tmp_path


def stop():
    raise KeyboardInterrupt


def snapshot(folder):
    (path,) = folder.glob("checkpoints/*/snapshots/000002.safetensors")
    return path


@pytest.mark.parametrize("damage", SNAPSHOT_DAMAGE.values(), ids=SNAPSHOT_DAMAGE.keys())
def test_a_damaged_snapshot_is_reported_and_made_again(with_snapshots, middle, damage, caplog):
    damage(snapshot(with_snapshots))

    assert measured(with_snapshots, MIDDLE, LATER) == middle
    assert "not trusted, the training begins anew" in caplog.text


@pytest.mark.parametrize("loss", LOST_SNAPSHOT.values(), ids=LOST_SNAPSHOT.keys())
def test_a_snapshot_that_was_lost_is_made_again(with_snapshots, middle, loss):
    loss(snapshot(with_snapshots))

    assert measured(with_snapshots, MIDDLE, LATER) == middle


@pytest.mark.parametrize(
    "damage", [*SNAPSHOT_DAMAGE.values(), *LOST_SNAPSHOT.values()], ids=lambda d: d.__name__
)
def test_the_end_of_a_training_never_stands_in_for_its_middle(with_snapshots, damage):
    networks = Networks(
        run=RUN,
        store=Store(with_snapshots),
        device=torch.device("cpu"),
        snapshots=Snapshots(snapshot(with_snapshots).parents[1]),
    )
    damage(snapshot(with_snapshots))

    with pytest.raises(RunFailed, match=rf"{RUN.key} \(seed 0\).*after epoch 2.*Start again"):
        networks.after(2)


# ── NaN ───────────────────────────────────────────────────────────────────────────────────────


def probe_returns(value, monkeypatch):
    module = import_module("dltheory.probes.squared_norm")
    monkeypatch.setattr(module, "squared_norm", lambda *_: value)


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("many", [False, True], ids=["a number", "many numbers"])
def test_what_a_probe_returns_is_finite_or_none(copied, monkeypatch, number, many):
    value = torch.tensor([1.0, float(number)]) if many else float(number)
    probe_returns(value, monkeypatch)
    store = measured_anew(copied)

    assert store.measured(RUN, NORM).value == ([1.0, None] if many else None)
    assert store.measured(RUN, ACCURACY).value is not None
    written = b"".join(contents(store.folder / "runs" / RUN.key / "measured").values())
    assert b"NaN" not in written
    assert b"Infinity" not in written


def measured_anew(store):
    for path in store.folder.glob("runs/*/measured/*"):
        path.unlink()
    return make(store.folder)


def test_a_probe_without_a_finite_number_is_not_asked_again(copied, monkeypatch):
    probe_returns(float("nan"), monkeypatch)
    measured_anew(copied)
    asked = counted("squared_norm", monkeypatch)

    make(copied.folder)

    assert asked == []


def with_nan(state, position=...):
    state = {name: tensor.clone() for name, tensor in state.items()}
    next(iter(state.values()))[position] = torch.nan
    return state


def test_a_loss_of_one_seed_that_is_not_a_number_is_its_own_affair(
    tmp_path, monkeypatch, undisturbed, undisturbed_bits
):
    plain_start = train_group.network_before_training

    def poisoned(training, seed, store):
        network = plain_start(training, seed, store)
        if seed == 1:
            network.load_state_dict(with_nan(network.state_dict()))
        return network

    monkeypatch.setattr(train_group, "network_before_training", poisoned)

    store = make(tmp_path)

    assert [store.record(run).diverged_at for run in (RUN, OTHER)] == [None, 0]
    assert store.record(OTHER).losses == (None,) * 6
    assert store.measured(OTHER, ACCURACY) is None
    assert_same_bits(store.final_state(RUN), undisturbed_bits[0])
    assert store.measured(RUN, NORM).value == undisturbed.measured(RUN, NORM).value


def test_parameters_of_one_seed_that_no_loss_saw_break_are_a_divergence_of_that_seed(
    tmp_path, monkeypatch, undisturbed_bits
):
    plain_train = train_group.train

    def poisoned(progress, *arguments, **options):
        plain_train(progress, *arguments, **options)
        progress.stack.parameters = with_nan(progress.stack.parameters, position=(1, 0))

    monkeypatch.setattr(train_group, "train", poisoned)

    store = make(tmp_path)

    assert [store.record(run).status for run in (RUN, OTHER)] == ["ok", "diverged"]
    assert store.record(OTHER).diverged_at == 6
    assert None not in store.record(OTHER).losses
    assert_same_bits(store.final_state(RUN), undisturbed_bits[0])


# ── a store from another version ──────────────────────────────────────────────────────────────


def raise_version(monkeypatch):
    version = run_module.RECIPE_VERSION + 1
    monkeypatch.setattr(run_module, "RECIPE_VERSION", version)
    monkeypatch.setattr(plan, "RECIPE_VERSION", version)


def test_runs_of_an_older_version_of_a_recipe_are_left_as_they_are_and_made_anew(
    copied, monkeypatch, epochs_done, caplog
):
    before = contents(copied.folder / "runs")
    raise_version(monkeypatch)

    absent = plan.missing(groups()[0], copied, Origins(data_root=copied.folder, cache=copied.data))
    make(copied.folder)

    assert absent.seeds == (0, 1)
    assert epochs_done == [1, 2, 3, 4, 5, 6]
    assert before.items() <= contents(copied.folder / "runs").items()
    assert len(list(copied.folder.glob("runs/*"))) == 4
    assert not caplog.records


def test_a_checkpoint_of_an_older_version_of_a_recipe_is_not_gone_on_from(
    tmp_path, monkeypatch, epochs_done
):
    mend = cut_after(3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path, checkpoint_seconds=0)
    mend()
    epochs_done.clear()
    raise_version(monkeypatch)

    make(tmp_path)

    assert epochs_done == [1, 2, 3, 4, 5, 6]


def test_a_run_of_a_recipe_that_had_fewer_fields_is_left_as_it_is(copied, epochs_done, caplog):
    fewer = {name: value for name, value in plain(TINY).items() if name != "attack"}
    version = run_module.RECIPE_VERSION
    key = digest({"recipe": fewer, "seed": 0, "version": version})
    copied.add(replace(copied.record(RUN), key=key, recipe=fewer), copied.final_state(RUN))
    shutil.rmtree(copied.folder_of(RUN))
    shutil.rmtree(copied.folder_of(OTHER))
    before = contents(copied.folder / "runs" / key)

    make(copied.folder)

    assert epochs_done == [1, 2, 3, 4, 5, 6]
    assert contents(copied.folder / "runs" / key) == before
    assert not caplog.records


def rewritten(store, **changes):
    """The record of a run with these fields instead, or without those that are None."""
    path = store.folder_of(RUN) / "run.json"
    body = {**unseal(path), **changes}
    path.write_bytes(seal({name: value for name, value in body.items() if value is not None}))


def test_a_record_from_before_some_fields_is_a_record(copied, epochs_done, caplog):
    rewritten(copied, data=None, code=None, device=None, values=None)

    make(copied.folder)

    assert epochs_done == []
    assert copied.record(RUN).data == ""
    assert not caplog.records


@pytest.mark.parametrize(
    "change",
    [{"schema": None}, {"schema": 0}, {"losses": None}, {"invented_later": 1}],
    ids=["no schema", "older schema", "no losses", "unknown field"],
)
def test_a_record_of_another_form_is_reported_kept_aside_and_made_again(
    copied, undisturbed, change, caplog
):
    rewritten(copied, **change)

    make(copied.folder)

    assert f"{RUN.key}" in caplog.text
    assert "not trusted, the run is made again" in caplog.text
    assert len(list(copied.folder.glob(f"runs/.{RUN.key}.*.damaged"))) == 1
    assert values(copied)[0] == pytest.approx(values(undisturbed)[0], rel=1e-5)


# ── a store that is taken away ────────────────────────────────────────────────────────────────


def in_epoch(number, event, monkeypatch):
    """Something happens once, at the beginning of the so-many-th epoch from now on."""
    order, calls = loop.batch_order, []

    def happens(*arguments):
        calls.append(1)
        if len(calls) == number:
            event()
        return order(*arguments)

    monkeypatch.setattr(loop, "batch_order", happens)


@pytest.mark.parametrize("place", ["", "locks", "runs", "checkpoints", "progress"])
def test_a_store_deleted_while_in_use_is_made_again(tmp_path, monkeypatch, place, undisturbed_bits):
    folder = tmp_path / "store"
    in_epoch(3, lambda: shutil.rmtree(folder / place), monkeypatch)

    store = make(folder, TINY, TINY.but(epochs=1), checkpoint_seconds=0)

    assert_same_bits(final_states(store), undisturbed_bits)
    assert len(values(store, TINY.but(epochs=1))) == 2


@pytest.mark.parametrize("place", ["", "locks", "runs", "checkpoints"])
def test_a_store_replaced_while_in_use_is_an_error_that_names_the_place(
    tmp_path, monkeypatch, place
):
    folder = tmp_path / "store"

    def replaced():
        shutil.rmtree(folder / place)
        (folder / place).write_text("something else")

    in_epoch(3, replaced, monkeypatch)

    with pytest.raises(StoreError, match=rf"writing {folder / place}.*failed: .*--store"):
        make(folder, TINY, TINY.but(epochs=1), checkpoint_seconds=0)


def test_nobody_waits_for_a_lock_whose_folder_was_deleted(tmp_path, undisturbed_bits):
    store, (group,) = Store(tmp_path), groups()

    with store.holding(group.recipe_name, 0):
        shutil.rmtree(tmp_path / "locks")
        make(tmp_path)

    assert_same_bits(final_states(store), undisturbed_bits)


# ── a store that may only be read ─────────────────────────────────────────────────────────────


class ReadOnly:
    """A folder that this process can make read-only for itself, and writable again.

    Root may write anywhere, so as root the process becomes somebody else meanwhile.
    """

    def __init__(self, folder):
        self.folder = folder

    def forbid(self):
        self._allow_writing(allowed=False)
        if os.getuid() == 0:
            os.setresuid(65534, 65534, 0)

    def allow(self):
        if os.getresuid()[2] == 0:
            os.setresuid(0, 0, 0)
        self._allow_writing(allowed=True)

    def _allow_writing(self, *, allowed):
        for path in (self.folder, *self.folder.rglob("*")):
            if path.is_dir():
                path.chmod(0o755 if allowed else 0o555)


@pytest.fixture
def read_only():
    """A store in a place where anybody may read."""
    place = Path(mkdtemp())
    place.chmod(0o755)
    (place / "store").mkdir()
    folder = ReadOnly(place / "store")
    yield folder
    folder.allow()
    shutil.rmtree(place)


def test_a_read_only_store_is_refused(read_only):
    make(read_only.folder)
    read_only.forbid()

    with pytest.raises(StoreError, match=f"must be writable; {read_only.folder} is not.*--store"):
        make(read_only.folder, TINY.but(epochs=1))


def test_what_is_in_a_read_only_store_can_be_used(read_only, epochs_done):
    first = values(make(read_only.folder))
    epochs_done.clear()
    read_only.forbid()

    assert values(make(read_only.folder)) == first
    assert epochs_done == []


def test_a_store_that_becomes_read_only_is_an_error_and_finished_runs_are_kept(
    read_only, monkeypatch, tmp_path
):
    first = TINY.but(epochs=1)
    store = make(read_only.folder, first)
    in_epoch(3, read_only.forbid, monkeypatch)

    with pytest.raises(StoreError, match=rf"writing {read_only.folder}/.*denied.*--store"):
        make(read_only.folder, checkpoint_seconds=0)

    read_only.allow()
    assert values(store, first) == values(make(tmp_path, first), first)


def test_when_a_store_may_be_written_again_the_work_goes_on(
    read_only, monkeypatch, epochs_done, undisturbed_bits
):
    make(read_only.folder, TINY.but(epochs=1))
    with monkeypatch.context() as patched:
        in_epoch(4, read_only.forbid, patched)
        with pytest.raises(StoreError):
            make(read_only.folder, checkpoint_seconds=0)
    read_only.allow()
    epochs_done.clear()

    store = make(read_only.folder)

    assert epochs_done == [4, 5, 6]
    assert_same_bits(final_states(store), undisturbed_bits)
