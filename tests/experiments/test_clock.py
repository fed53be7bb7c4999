"""The clock on the wall is set, a year forward or back, while work is under way."""

import json
import os
import threading
import time

import pytest

from dltheory.experiments.heartbeat import STALE_SECONDS, Beat, Heart, beats
from dltheory.experiments.run import Run
from dltheory.experiments.sealed import temporary_beside
from dltheory.experiments.store import Store
from dltheory.file_lock import Held
from dltheory.training import loop
from tests.experiments.tiny import TINY, assert_same_bits, final_states, make, values

pytestmark = pytest.mark.faults

YEAR = 365 * 86_400.0
either_way = pytest.mark.parametrize("jump", [YEAR, -YEAR], ids=["forward", "back"])
NOBODY = 2**22 + 1  # the system gives no process a number as large


@pytest.fixture
def set_clock(monkeypatch):
    """Set the clock by so many seconds."""
    now = time.time

    def by(seconds):
        monkeypatch.setattr(time, "time", lambda: now() + seconds)

    return by


# ── training ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def jumped(tmp_path, set_clock, monkeypatch, jump):
    """A store filled while the clock jumped in the third epoch, and the beats of each epoch."""
    order, found = loop.batch_order, []

    def happens(*arguments):
        found.extend(beat for _, beat in beats(tmp_path / "progress"))
        if len(found) == 3:
            set_clock(jump)
        return order(*arguments)

    monkeypatch.setattr(loop, "batch_order", happens)
    return make(tmp_path, checkpoint_seconds=0), found


@either_way
def test_training_comes_to_the_same_end_when_the_clock_is_set(
    jumped, undisturbed, undisturbed_bits
):
    store, _ = jumped

    assert_same_bits(final_states(store), undisturbed_bits)
    assert values(store) == values(undisturbed)


@either_way
def test_the_time_that_a_run_took_does_not_depend_on_the_clock(jumped):
    store, _ = jumped

    assert 0 < store.record(Run(TINY, 0)).seconds < 100


# ── beats ─────────────────────────────────────────────────────────────────────────────────────


@either_way
def test_beats_go_on_when_the_clock_is_set(tmp_path, set_clock, jump):
    heart = Heart(tmp_path)
    heart.beat(Beat(what="MLP", done=1), force=True)
    set_clock(jump)
    time.sleep(0.6)

    heart.beat(Beat(what="MLP", done=2))

    assert [beat.done for _, beat in beats(tmp_path)] == [2]


@either_way
def test_the_time_that_is_left_does_not_depend_on_the_clock(tmp_path, set_clock, jump):
    heart = Heart(tmp_path)
    beat = Beat(what="MLP", done=5, total=10, started=time.monotonic() - 20)
    set_clock(jump)

    heart.beat(beat, force=True)

    ((_, found),) = beats(tmp_path)
    assert str(found).endswith(", about 20 s left")


@either_way
def test_the_beat_of_a_dead_process_is_not_shown_after_the_clock_was_set(tmp_path, set_clock, jump):
    Heart(tmp_path, name=str(NOBODY)).beat(Beat(what="MLP"), force=True)

    set_clock(jump)

    assert list(beats(tmp_path)) == []


def test_of_a_process_that_is_there_and_silent_it_is_said_for_how_long(tmp_path, set_clock):
    Heart(tmp_path).beat(Beat(what="MLP", done=1, total=9), force=True)

    set_clock(STALE_SECONDS + 120)

    ((_, beat),) = beats(tmp_path)
    assert str(beat) == "[0/0] MLP: epoch 1/9, no sign for 3 min"


def test_a_beat_of_an_older_version_is_passed_over(tmp_path):
    (tmp_path / "1.json").write_text(json.dumps({"what": "MLP", "colour": "red"}))

    assert list(beats(tmp_path)) == []


# ── what killed writers left behind ───────────────────────────────────────────────────────────


def prepared(folder):
    store = Store(folder)
    store.prepare()
    return store


def left_by(pid, store, monkeypatch, age=0.0):
    """A half-written run of this process, dated by the file system."""
    with monkeypatch.context() as patched:
        patched.setattr(os, "getpid", lambda: pid)
        folder = temporary_beside(store.folder / "runs" / "name")
    folder.mkdir()
    then = folder.stat().st_mtime - age
    os.utime(folder, (then, then))
    return folder


def test_what_is_being_written_stays_when_only_our_clock_is_ahead(tmp_path, set_clock, monkeypatch):
    """As where another machine writes to the store."""
    written = left_by(NOBODY, prepared(tmp_path), monkeypatch)

    set_clock(YEAR)
    Store(tmp_path).sweep()

    assert written.exists()


def test_what_a_process_may_be_writing_stays_when_the_file_system_is_ahead(tmp_path, monkeypatch):
    written = left_by(os.getppid(), prepared(tmp_path), monkeypatch, age=YEAR)

    Store(tmp_path).sweep()

    assert written.exists()


@pytest.mark.parametrize("pid", [NOBODY, os.getpid()], ids=["a dead process", "our number"])
def test_what_was_left_a_day_ago_goes_when_our_clock_is_behind(
    tmp_path, set_clock, monkeypatch, pid
):
    left = left_by(pid, prepared(tmp_path), monkeypatch, age=100_000)

    set_clock(-YEAR)
    Store(tmp_path).sweep()

    assert not left.exists()


# ── locks ─────────────────────────────────────────────────────────────────────────────────────


@either_way
def test_a_lock_is_waited_for_as_long_as_was_said(tmp_path, set_clock, jump):
    store, begun = Store(tmp_path), time.monotonic()
    threading.Timer(0.1, set_clock, (jump,)).start()

    with store.holding("name", 0), pytest.raises(Held), store.holding("name", 0.4):
        pass

    assert 0.3 < time.monotonic() - begun < 20
