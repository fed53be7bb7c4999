"""Processes that are killed, that meet on one store, and that run out of room, for real."""

import errno
import fcntl
import shutil
import signal
import subprocess
import time
from itertools import chain

import pytest
import torch
from safetensors.torch import load_file, save_file

from dltheory.errors import StoreError
from dltheory.experiments import batches, crew, train_group
from dltheory.experiments.checkpoint import Checkpoints
from dltheory.experiments.run import Run
from dltheory.experiments.sealed import file_digest, seal, unseal
from dltheory.experiments.store import Store
from dltheory.models import MLP
from tests.experiments.tiny import (
    TINY,
    assert_same_bits,
    final_states,
    groups,
    leftovers,
    make,
    process,
    values,
)

pytestmark = pytest.mark.faults

LONG = TINY.but(epochs=60)
WIDE = TINY.but(model=MLP(hidden=(2000,)), epochs=1)  # a checkpoint of 2.4 MB
ARMS = tuple(TINY.but(epochs=epochs) for epochs in (20, 21, 22, 23))


@pytest.fixture(scope="module")
def long_undisturbed(tmp_path_factory):
    return make(tmp_path_factory.mktemp("long"), LONG)


def newest_epoch(folder):
    """The epoch of the newest checkpoint in a store, 0 if there is none."""
    paths = sorted(folder.glob("checkpoints/*/[0-9]*/progress.json"))
    return unseal(paths[-1])["epoch"] if paths else 0


def wait_for(condition, seconds=60):
    """Until it holds, or the time is over; the caller looks at what there is."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)


def copy_of(folder, target):
    shutil.copytree(folder, target)
    return target


# ── killed while training ─────────────────────────────────────────────────────────────────────

TRAIN = """
import sys
from pathlib import Path
from tests.experiments.tiny import make
from tests.experiments.test_kills_and_full_disks import LONG
make(Path(sys.argv[1]), LONG, checkpoint_seconds=0)
"""


@pytest.fixture(scope="module")
def killed_folder(tmp_path_factory):
    """A store whose only process got SIGKILL after a few epochs of sixty."""
    folder = tmp_path_factory.mktemp("killed") / "store"
    child = process(TRAIN, folder)
    while child.poll() is None and not list(folder.glob("checkpoints/*/00000[3-9]")):
        time.sleep(0.002)
    child.kill()
    assert child.wait() == -signal.SIGKILL
    return folder


@pytest.fixture
def killed(killed_folder, tmp_path):
    return copy_of(killed_folder, tmp_path / "store")


def test_a_kill_leaves_no_run_behind(killed):
    assert Store(killed).record(Run(LONG, 0)) is None
    assert newest_epoch(killed) >= 3


def test_after_a_kill_only_the_epochs_since_the_checkpoint_are_repeated(killed, epochs_done):
    reached = newest_epoch(killed)

    make(killed, LONG)

    assert epochs_done == list(range(reached + 1, 61))


def test_after_a_kill_training_ends_with_the_same_bits(killed, long_undisturbed):
    store = make(killed, LONG)

    assert_same_bits(final_states(store, LONG), final_states(long_undisturbed, LONG))
    assert values(store, LONG) == values(long_undisturbed, LONG)


def test_after_a_kill_the_losses_of_all_epochs_are_known(killed, long_undisturbed):
    store = make(killed, LONG)

    assert store.record(Run(LONG, 1)).losses == long_undisturbed.record(Run(LONG, 1)).losses


# ── damaged checkpoints ───────────────────────────────────────────────────────────────────────


def checkpoint(folder):
    return sorted(folder.glob("checkpoints/*/[0-9]*"))[-1]


def truncate(path):
    path.write_bytes(path.read_bytes()[:-20])


def shift(path):
    """Another network under a checksum that does not know it."""
    save_file({name: tensor + 1 for name, tensor in load_file(path).items()}, path)


def of_another_group(path):
    (path / "progress.json").write_bytes(
        seal({**unseal(path / "progress.json"), "group": "another"})
    )


def of_more_networks(path):
    """As if it came from a version that trains on what has stopped."""
    state = load_file(path / "state.safetensors")
    save_file({k: torch.cat([v, v]) for k, v in state.items()}, path / "state.safetensors")
    body = {
        **unseal(path / "progress.json"),
        "state_sha256": file_digest(path / "state.safetensors"),
    }
    (path / "progress.json").write_bytes(seal(body))


CHECKPOINT_DAMAGE = {
    "truncated tensors": lambda path: truncate(path / "state.safetensors"),
    "missing tensors": lambda path: (path / "state.safetensors").unlink(),
    "other tensors": lambda path: shift(path / "state.safetensors"),
    "truncated progress": lambda path: truncate(path / "progress.json"),
    "missing progress": lambda path: (path / "progress.json").unlink(),
    "another group": of_another_group,
    "more networks": of_more_networks,
}
every_damage = pytest.mark.parametrize(
    "damage", CHECKPOINT_DAMAGE.values(), ids=CHECKPOINT_DAMAGE.keys()
)


@every_damage
def test_a_damaged_checkpoint_is_reported(killed, damage, caplog):
    damaged = checkpoint(killed)
    damage(damaged)

    make(killed, LONG)

    assert str(damaged) in caplog.text
    assert "not trusted, the training goes on from before it" in caplog.text


@every_damage
def test_with_a_damaged_checkpoint_training_ends_with_the_same_bits(
    killed, damage, long_undisturbed
):
    damage(checkpoint(killed))

    store = make(killed, LONG)

    assert_same_bits(final_states(store, LONG), final_states(long_undisturbed, LONG))


def test_behind_a_damaged_checkpoint_an_older_sound_one_counts(killed, epochs_done):
    newest = checkpoint(killed)
    shutil.copytree(newest, newest.with_name("000099"))
    truncate(newest.with_name("000099") / "state.safetensors")
    reached = newest_epoch(killed)

    make(killed, LONG)

    assert epochs_done[0] == reached + 1


def test_a_new_checkpoint_outlives_a_damaged_one_of_a_later_epoch(tmp_path):
    (group,) = groups()
    checkpoints = Checkpoints(tmp_path / "checkpoints", group)
    (checkpoints.folder / "000099").mkdir(parents=True)

    checkpoints.save(started(group), 0.0)

    assert [path.name for path in checkpoints.folder.iterdir()] == ["000000"]


def started(group):
    return train_group.start(group.recipe, group.seeds, torch.device("cpu"))


# ── killed while adding finished runs ─────────────────────────────────────────────────────────

KILL_WHILE_ADDING = """
import os, signal, sys
from pathlib import Path
from dltheory.experiments.store import Store
from tests.experiments.tiny import make
add = Store.add
added = []
def add_one(self, *arguments):
    if added:
        os.kill(os.getpid(), signal.SIGKILL)
    added.append(add(self, *arguments))
Store.add = add_one
make(Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def half_added_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("half added") / "store"
    assert process(KILL_WHILE_ADDING, folder).wait(timeout=60) == -signal.SIGKILL
    return folder


@pytest.fixture
def half_added(half_added_folder, tmp_path):
    return copy_of(half_added_folder, tmp_path / "store")


def test_runs_of_a_finished_group_that_are_not_yet_added_need_no_training(half_added, epochs_done):
    store = make(half_added)

    assert epochs_done == []
    assert [store.record(Run(TINY, seed)).seed for seed in (0, 1)] == [0, 1]


def test_runs_added_after_a_kill_have_the_same_bits(half_added, undisturbed, undisturbed_bits):
    store = make(half_added)

    assert_same_bits(final_states(store), undisturbed_bits)
    assert values(store) == values(undisturbed)


def test_a_run_that_was_added_before_the_kill_is_not_added_again(half_added):
    before = Store(half_added).record(Run(TINY, 0))

    assert make(half_added, provenance="later").record(Run(TINY, 0)) == before


def test_the_checkpoint_of_a_larger_group_is_not_trained_to_its_end(killed, epochs_done):
    one_seed = make(killed, LONG, seeds=1)

    assert epochs_done == list(range(1, 61))
    assert one_seed.record(Run(LONG, 1)) is None


def test_batches_of_a_group_are_dealt_in_the_same_way_after_a_kill(
    half_added, epochs_done, monkeypatch
):
    monkeypatch.setitem(batches.NUMBERS_TOGETHER, "cpu", 620)  # two seeds of TINY

    store = make(half_added, seeds=3)

    assert epochs_done == [1, 2, 3, 4, 5, 6]  # the third seed alone: the second is found
    assert [store.record(Run(TINY, seed)).seed for seed in (0, 1, 2)] == [0, 1, 2]


# ── asked to end ──────────────────────────────────────────────────────────────────────────────

TRAIN_UNTIL_ASKED = """
import sys
from pathlib import Path
from dltheory.experiments.heartbeat import Heart
from tests.experiments.tiny import make
from tests.experiments.test_kills_and_full_disks import LONG
beat = Heart.beat
def counted(self, state, **options):
    if state.done:
        print(state.done, flush=True)
    beat(self, state, **options)
Heart.beat = counted
try:
    make(Path(sys.argv[1]), LONG.but(epochs=100_000))
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_who_is_asked_to_end_keeps_every_epoch(tmp_path, number):
    child = process(TRAIN_UNTIL_ASKED, tmp_path)
    while child.stdout.readline() != "5\n":
        pass
    child.send_signal(number)
    last, said = ["5", *child.communicate(timeout=60)[0].split()][-2:]

    assert said == "interrupted"
    assert newest_epoch(tmp_path) == int(last)


def test_who_ignores_a_signal_is_not_ended_by_it(tmp_path):
    ignoring = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)" + TRAIN_UNTIL_ASKED
    child = process(ignoring, tmp_path)
    while child.stdout.readline() != "5\n":
        pass
    child.send_signal(signal.SIGHUP)
    goes_on = [child.stdout.readline() for _ in range(5)]
    child.kill()
    child.communicate()

    assert goes_on == ["6\n", "7\n", "8\n", "9\n", "10\n"]


def test_a_helper_that_dies_is_done_without(tmp_path, undisturbed_bits, monkeypatch):
    plain_help = crew._Helper.look

    def dying(self, seconds):
        self.process.kill()
        plain_help(self, seconds)

    monkeypatch.setattr(crew._Helper, "look", dying)
    monkeypatch.setattr(crew, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(crew, "START_SECONDS", 0.0)

    store = make(tmp_path, TINY, *ARMS, cores=2)

    assert_same_bits(final_states(store), undisturbed_bits)
    assert all(store.record(Run(arm, 1)) is not None for arm in ARMS)


# ── two processes on one store ────────────────────────────────────────────────────────────────

MEET = """
import sys, time
from pathlib import Path
from dltheory.experiments.heartbeat import Heart
from tests.experiments.tiny import make
from tests.experiments.test_kills_and_full_disks import ARMS
store, name = Path(sys.argv[1]), sys.argv[2]
beat = Heart.beat
def counted(self, state, **options):
    if state.done:
        print(state.total, state.done)
    beat(self, state, **options)
Heart.beat = counted
(store / name).touch()
while not all((store / other).exists() for other in "ab"):
    time.sleep(0.001)
make(store, *ARMS, provenance=name)
"""


@pytest.fixture(scope="module")
def meeting(tmp_path_factory):
    """A store that two processes filled at once, and the epochs that each of them trained."""
    folder = tmp_path_factory.mktemp("meeting")
    children = [process(MEET, folder, name) for name in "ab"]
    epochs = [child.communicate(timeout=120)[0].splitlines() for child in children]
    assert [child.returncode for child in children] == [0, 0]
    return Store(folder), epochs


def test_two_processes_train_each_epoch_once(meeting):
    _, epochs = meeting

    expected = [f"{arm.epochs} {epoch}" for arm in ARMS for epoch in range(1, arm.epochs + 1)]
    assert sorted(chain(*epochs)) == sorted(expected)


def test_a_process_goes_on_with_what_no_other_holds(tmp_path):
    store, (longest,) = Store(tmp_path), groups(ARMS[-1])
    (tmp_path / "b").touch()  # the process waits for a companion

    with store.holding(longest.recipe_name, 0):
        worker = process(MEET, tmp_path, "a")
        others = [store.folder_of(Run(arm, 0)) / "run.json" for arm in ARMS[:-1]]
        wait_for(lambda: all(path.exists() for path in others))
        there = [path.exists() for path in others]
    worker.communicate(timeout=120)

    assert there == [True] * len(others)


SEEDS_OF = """
import sys
from pathlib import Path
from tests.experiments.tiny import make
from tests.experiments.test_kills_and_full_disks import LONG
make(Path(sys.argv[1]), LONG, seeds=int(sys.argv[2]))
"""


def test_plans_that_cut_the_seeds_of_a_recipe_differently_wait_for_each_other(tmp_path):
    store, (whole,) = Store(tmp_path), groups(LONG, seeds=3)

    with store.holding(whole.recipe_name, 0):
        children = [process(SEEDS_OF, tmp_path, seeds) for seeds in (2, 3)]
        wait_for(lambda: len(list((tmp_path / "progress").glob("*.json"))) == 2)
        time.sleep(0.5)  # each has said what it is at and met the lock
        while_held = list((tmp_path / "runs").iterdir())
    assert [child.wait(timeout=120) for child in children] == [0, 0]

    assert while_held == []
    assert [store.record(Run(LONG, seed)) is not None for seed in range(3)] == [True] * 3


@pytest.mark.parametrize("arm", ARMS, ids=lambda arm: f"{arm.epochs} epochs")
def test_two_processes_make_the_numbers_of_one(meeting, arm, tmp_path):
    store, _ = meeting

    alone = make(tmp_path, arm)

    assert values(store, arm) == values(alone, arm)
    assert_same_bits(final_states(store, arm), final_states(alone, arm))


def test_two_processes_leave_a_store_in_order(meeting):
    store, _ = meeting

    assert leftovers(store) == []
    assert list((store.folder / "progress").iterdir()) == []
    assert list((store.folder / "checkpoints").iterdir()) == []


# ── no room ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(params=["size=1m"])
def small_disk(tmp_path, request):
    """A file system of 1 MB, or of another size."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", request.param, "tmpfs", str(place)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a small file system is not permitted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_a_store_error_that_names_the_place(small_disk):
    message = f"{small_disk}/store/checkpoints/.*No space left on device.*--store"

    with pytest.raises(StoreError, match=message):
        make(small_disk / "store", WIDE)


def test_on_a_full_disk_finished_runs_are_kept(small_disk, undisturbed_bits):
    make(small_disk / "store", TINY)
    with pytest.raises(StoreError):
        make(small_disk / "store", WIDE)

    assert_same_bits(final_states(Store(small_disk / "store")), undisturbed_bits)


def test_on_a_full_disk_nothing_half_written_stays(small_disk):
    with pytest.raises(StoreError):
        make(small_disk / "store", TINY, WIDE)

    assert not [path for path in small_disk.rglob("*") if path.name.endswith(".tmp")]


def test_when_there_is_room_again_the_work_goes_on(small_disk, undisturbed_bits):
    (small_disk / "ballast").write_bytes(bytes(shutil.disk_usage(small_disk).free))
    with pytest.raises(StoreError):
        make(small_disk / "store")

    (small_disk / "ballast").unlink()
    store = make(small_disk / "store")

    assert_same_bits(final_states(store), undisturbed_bits)


few_files = pytest.mark.parametrize("small_disk", ["nr_inodes=40"], indirect=True)


@few_files
def test_a_disk_that_takes_no_more_files_is_a_store_error(small_disk):
    with pytest.raises(StoreError, match=f"{small_disk}/store/.*No space left on device.*--store"):
        make(small_disk / "store", TINY, *ARMS)


@few_files
def test_on_a_disk_that_takes_no_more_files_finished_runs_are_kept(small_disk, undisturbed_bits):
    make(small_disk / "store", TINY)
    with pytest.raises(StoreError):
        make(small_disk / "store", *ARMS)

    assert_same_bits(final_states(Store(small_disk / "store")), undisturbed_bits)
    assert not [path for path in small_disk.rglob("*") if path.name.endswith(".tmp")]


WITH_SMALL_FILES = """
import resource, sys
from pathlib import Path
from dltheory.errors import StoreError
from tests.experiments.tiny import TINY, make
from tests.experiments.test_kills_and_full_disks import WIDE
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    make(Path(sys.argv[1]), TINY)
    make(Path(sys.argv[1]), WIDE)
except StoreError as error:
    print(error)
"""


def test_a_file_that_may_not_grow_is_a_store_error_and_finished_runs_are_kept(
    tmp_path, undisturbed_bits
):
    printed, _ = process(WITH_SMALL_FILES, tmp_path).communicate(timeout=60)

    assert f"writing {tmp_path}/checkpoints/" in printed
    assert "File too large" in printed
    assert_same_bits(final_states(Store(tmp_path)), undisturbed_bits)


# ── no locks ──────────────────────────────────────────────────────────────────────────────────

WITHOUT_LOCKS = """
import errno, fcntl, sys
from pathlib import Path
from dltheory.errors import StoreError
from tests.experiments.tiny import make
def refuse(*_):
    raise OSError(getattr(errno, sys.argv[2]), "as the file system says")
setattr(fcntl, sys.argv[3], refuse)
try:
    make(Path(sys.argv[1]))
except StoreError as error:
    print(error)
"""


@pytest.mark.parametrize("error", ["ENOLCK", "ENOSYS", "EOPNOTSUPP"])
def test_a_file_system_without_locks_is_an_error_that_says_so(tmp_path, error):
    begun = time.monotonic()
    child = process(WITHOUT_LOCKS, tmp_path, error, "flock")
    printed, _ = child.communicate(timeout=60)

    assert "must be on a file system with locks" in printed
    assert f"locking {tmp_path}/locks/" in printed
    assert "docs/running.md" in printed
    assert list((tmp_path / "runs").iterdir()) == []
    assert time.monotonic() - begun < 50


def test_a_store_without_locks_is_refused_before_data_are_read(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)

    with pytest.raises(StoreError, match=r"with locks.*No locks available"):
        Store(tmp_path).prepare()
