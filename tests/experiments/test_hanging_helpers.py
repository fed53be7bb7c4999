"""A helper that hangs is killed, and what it held is made by another; one that works is not."""

import logging
import math
import multiprocessing
import os
import signal
import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from dltheory.experiments import compute, crew
from dltheory.experiments.crew import Patience, Workplace
from dltheory.experiments.heartbeat import beats
from dltheory.experiments.plan import plan
from dltheory.experiments.run import Run
from dltheory.experiments.store import Store
from tests.experiments.calculations import HANGS
from tests.experiments.tiny import Experiment, LocalEngine, groups, make

pytestmark = pytest.mark.faults

CALCULATIONS = "tests.experiments.calculations"
BUSY = compute(f"{CALCULATIONS}:wait_for_helpers", of=tuple(HANGS))
HANGING = {how: compute(f"{CALCULATIONS}:hang_in_a_helper", how=how) for how in HANGS}


def computations(*recipes):
    seeds = [1 if recipe is BUSY else 2 for recipe in recipes]  # BUSY is for one process alone
    return plan(
        (Experiment(arms={"a": recipe}, seeds=n), n)
        for recipe, n in zip(recipes, seeds, strict=True)
    )


class OnceAllHang:
    """Patience that ends when every helper hangs, with the one that computes as the last.

    Before that, on a machine that has much to do, one of them may still be at its imports.
    """

    def __init__(self, marks, killed):
        self.marks, self.killed = marks, killed

    @property
    def idle(self):
        return 4 if all(mark.exists() for mark in self.marks) else math.inf

    @property
    def busy(self):
        return 6 if len(self.killed) == 2 else math.inf


@contextmanager
def rescued_after(seconds):
    """Where nobody else ends the helpers, they are ended here, so that the test can fail."""
    rescue = threading.Timer(seconds, end_children)
    rescue.start()
    yield
    rescue.cancel()


def end_children():
    for child in multiprocessing.active_children():
        child.kill()


@pytest.fixture(scope="module")
def survived(tmp_path_factory):
    """A store that was filled although every helper hung; and what was logged."""
    folder, said = tmp_path_factory.mktemp("hanging"), []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.append(record.getMessage())
    logging.getLogger("dltheory").addHandler(handler)
    store = Store(folder)
    patience = OnceAllHang([store.data / how for how in HANGS], killed=said)
    with pytest.MonkeyPatch.context() as patched, rescued_after(120):
        patched.setattr(crew, "LOOK_SECONDS", 0.25)
        patched.setattr(crew, "START_SECONDS", 0.0)
        engine = LocalEngine(store=store, data_root=folder, cores=4, patience=patience)
        engine.make(computations(BUSY, *HANGING.values()))
    logging.getLogger("dltheory").removeHandler(handler)
    return store, said


@pytest.mark.parametrize("how", HANGS)
def test_what_a_helper_hung_at_is_made_by_another(survived, how):
    store, _ = survived

    assert (store.data / how).exists(), "the helper must hang for this test to mean anything"
    assert [store.record(Run(HANGING[how], seed)).seed for seed in (0, 1)] == [0, 1]


def test_of_every_helper_that_hung_it_is_said_how(survived):
    _, said = survived

    assert ["killed. Others go on" in line for line in said] == [True] * 3
    assert sum("did nothing for" in line for line in said) == 2
    assert sum("computed for" in line for line in said) == 1


def test_nobody_seems_to_be_at_work_after_helpers_hung(survived):
    store, _ = survived

    assert list((store.folder / "progress").iterdir()) == []


# ── which signs count ─────────────────────────────────────────────────────────────────────────

PATIENCE = Patience(idle=10, busy=100)


class Watched:
    """A helper under the eyes of the test, one look a second."""

    def __init__(self, folder):
        self.path, self.used = folder / "7.json", SimpleNamespace(value=1.0)
        process = SimpleNamespace(pid=7)
        self.helper = crew._Helper(process=process, used=self.used, progress=folder)

    def seconds_until_it_hangs(self, at_most=1000, used=0.0, beat_every=0):
        for second in range(1, at_most):
            self.used.value += used
            if beat_every and second % beat_every == 0:
                self.path.write_text(f"beat {second}")
            self.helper.look(1.0)
            if self.helper.hangs(PATIENCE):
                return second
        return None


@pytest.mark.parametrize(
    ("signs", "hangs_after"),
    [
        ({}, 10),
        ({"used": 0.005}, 10),  # what polling takes
        ({"used": 0.05}, 100),  # a starved core
        ({"beat_every": 9}, None),
        ({"beat_every": 99, "used": 1.0}, None),
        ({"beat_every": 12}, 10),
    ],
    ids=["none", "polling", "work", "beats", "rare beats and work", "beats too rare"],
)
def test_a_helper_hangs_without_work_for_a_while_or_without_beat_for_long(
    tmp_path, signs, hangs_after
):
    watched = Watched(tmp_path)
    watched.path.write_text("the first")
    watched.helper.look(1.0)

    assert watched.seconds_until_it_hangs(**signs) == hangs_after


def test_a_helper_that_is_still_starting_does_not_hang(tmp_path):
    watched = Watched(tmp_path)
    watched.used.value = 0.0

    assert watched.seconds_until_it_hangs() is None


def test_who_waits_for_another_process_gives_signs_and_says_so(tmp_path):
    store, (group,) = Store(tmp_path), groups()
    worker = threading.Thread(target=make, args=(tmp_path,))
    seen = set()

    with store.holding(group.recipe_name, 0):
        worker.start()
        deadline = time.monotonic() + 30
        while len(seen) < 2 and time.monotonic() < deadline:
            found = [beat for _, beat in beats(tmp_path / "progress")]
            seen |= {beat.time for beat in found if beat.what.startswith("waiting for another")}
            time.sleep(0.05)
    worker.join()

    assert len(seen) == 2


# ── leaving ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("error", [None, KeyboardInterrupt], ids=["at the end", "by Ctrl-C"])
def test_a_stopped_helper_does_not_keep_the_process_from_ending(tmp_path, monkeypatch, error):
    monkeypatch.setattr(crew, "GRACE_SECONDS", 0.2)
    monkeypatch.setattr(crew, "START_SECONDS", 0.0)
    workplace = Workplace(
        store=tmp_path, data_root=tmp_path, download=False, provenance="", checkpoint_seconds=1
    )

    def leave():
        with crew.crew(workplace, computations(BUSY, *HANGING.values()), 2, Patience()):
            child = started_child()
            os.kill(child.pid, signal.SIGSTOP)
            os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
            if error:
                raise error
        ended.append("in order")

    def started_child():
        while not (children := multiprocessing.active_children()):
            time.sleep(0.01)
        return children[0]

    def quietly():
        try:
            leave()
        except KeyboardInterrupt:
            ended.append("by Ctrl-C")

    ended = []
    leaving = threading.Thread(target=quietly, daemon=True)
    leaving.start()
    leaving.join(timeout=20)
    in_time = not leaving.is_alive()
    end_children()

    assert in_time
    assert ended == ["by Ctrl-C" if error else "in order"]
