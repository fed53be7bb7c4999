"""What is left in a store, and when it goes."""

import os
import shutil

import pytest

from dltheory.experiments.heartbeat import Beat, Heart
from dltheory.experiments.leftovers import DAY_SECONDS, MONTH_SECONDS
from dltheory.experiments.run import Run
from dltheory.experiments.sealed import temporary_beside
from dltheory.experiments.store import Store
from tests.experiments.tiny import TINY, make

NOBODY = 4_194_303
DAY, MONTH = DAY_SECONDS, MONTH_SECONDS
pytestmark = pytest.mark.faults


@pytest.fixture
def store(tmp_path, undisturbed):
    return Store(shutil.copytree(undisturbed.folder, tmp_path / "store"))


def aged(path, seconds):
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))
    return path


def left(store, name, seconds, *, pid=NOBODY, monkeypatch):
    """A file or folder that a process left so long ago."""
    with monkeypatch.context() as patched:
        patched.setattr(os, "getpid", lambda: pid)
        path = store.folder / name
        path = temporary_beside(path) if not path.suffix else path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("left")
    return aged(path, seconds)


TEMPORARY = [
    "runs/a/measured/b",
    "provenance/a",
    "checkpoints/a/000001",
    "checkpoints/a/snapshots/000001",
    "progress/4194303.json",
    "progress/4194303.tmp",
    "progress/ray-a.json",
    "data/pets.4194303.unfinished",
]
KEPT_LONGER = [
    "progress/claims-a.jsonl",
    "progress/told-4194303.jsonl",
    "runs/.a.1-00000000.damaged",
    "runs/a/measured/.b.json.1-00000000.damaged",
]
CASES = [(name, DAY) for name in TEMPORARY] + [(name, MONTH) for name in KEPT_LONGER]


@pytest.mark.parametrize(("name", "seconds"), CASES, ids=[name for name, _ in CASES])
def test_what_was_left_stays_for_its_time_and_then_goes(store, name, seconds, monkeypatch):
    path = left(store, name, seconds - 3600, monkeypatch=monkeypatch)

    store.sweep()
    there = path.exists()
    aged(path, 7200)
    store.sweep()

    assert (there, path.exists()) == (True, False)


def test_the_beat_of_a_process_that_is_there_stays(store, monkeypatch):
    path = left(store, f"progress/{os.getppid()}.json", 2 * DAY, monkeypatch=monkeypatch)

    store.sweep()

    assert path.exists()


def test_a_session_sweeps_when_it_makes_something(store, monkeypatch):
    path = left(store, "progress/4194303.json", 2 * DAY, monkeypatch=monkeypatch)

    make(store.folder, TINY.but(epochs=1), facts={"provenance": "0123abcd"})

    assert not path.exists()


def test_a_damaged_run_is_kept_for_a_month_from_when_it_was_set_aside(store):
    folder = store.folder_of(Run(TINY, 0))
    (folder / "run.json").write_bytes(b"{}")
    aged(folder, 2 * MONTH)

    make(store.folder, facts={"provenance": "0123abcd"})
    store.sweep()

    assert len(list(store.folder.glob("runs/.*.damaged"))) == 1


def test_only_sessions_that_made_something_leave_their_provenance(store):
    make(store.folder, facts={"provenance": "0123abcd"})
    none = list(store.folder.glob("provenance/*"))
    make(store.folder, TINY.but(epochs=1), facts={"provenance": "feed5678"})

    assert none == []
    assert [path.name for path in store.folder.glob("provenance/*")] == ["feed5678.json"]


def test_finished_runs_and_beats_are_not_swept(store):
    Heart(store.folder / "progress").beat(Beat(what="MLP"), force=True)
    before = sorted(store.folder.rglob("*"))

    store.sweep()

    assert sorted(store.folder.rglob("*")) == before
