"""The Ray engine on a cluster of two nodes: what it makes, and what it outlives, for real."""

import os
import signal
import threading
import time
from dataclasses import replace
from itertools import chain
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from dltheory.errors import EngineError, RunFailed, StoreError
from dltheory.experiments import Experiment, compute, ray_engine
from dltheory.experiments.heartbeat import Heart
from dltheory.experiments.plan import plan
from dltheory.experiments.ray_engine import RayEngine
from dltheory.experiments.ray_task import Ended, make_part
from dltheory.experiments.run import Run
from dltheory.experiments.store import Store
from tests.experiments.ray_tasks import epochs, journal, journalled_part
from tests.experiments.tiny import (
    NEVER,
    TINY,
    assert_same_bits,
    final_states,
    groups,
    make,
    process,
    values,
)

ray = pytest.importorskip("ray")
pytestmark = [pytest.mark.ray, pytest.mark.faults]

LONG, LONGER = TINY.but(epochs=60), TINY.but(epochs=70)
ENDLESS = TINY.but(epochs=3000)
SECOND = TINY.but(epochs=3, warm_start=TINY)
THE_CLUSTER = SimpleNamespace(address=None)
SMALL = {"object_store_memory": 80 * 2**20, "include_dashboard": False}
QUICK_TO_NOTICE = {
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 300,
    "health_check_failure_threshold": 3,
    "health_check_timeout_ms": 2000,
}
CALCULATIONS = "tests.experiments.calculations"
SQUARE, BROKEN = compute(f"{CALCULATIONS}:seed_squared"), compute(f"{CALCULATIONS}:broken")


@pytest.fixture(scope="module")
def cluster():
    """Two nodes with a core each on this machine; this process is their driver."""
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_AUTH_MODE", "disabled")  # writes no token into the home folder
        environment.setenv("RAY_USAGE_STATS_ENABLED", "0")
        environment.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        head = {"num_cpus": 1, "_system_config": QUICK_TO_NOTICE, "include_log_monitor": False}
        cluster = Cluster(initialize_head=True, head_node_args=SMALL | head)
        try:
            cluster.add_node(num_cpus=1, **SMALL)
            environment.setattr(THE_CLUSTER, "address", cluster.address)
            yield cluster
        finally:
            ray.shutdown()
            cluster.shutdown()


@pytest.fixture
def two_nodes(cluster):
    """The cluster, after a test that lost a node too."""
    if not cluster.worker_nodes:
        cluster.add_node(num_cpus=1, **SMALL)
    return cluster


@pytest.fixture
def by_asking_alone(monkeypatch):
    """Tasks are asked to stop, and not ended with the connection."""
    monkeypatch.setattr(ray, "shutdown", lambda: None)


@pytest.fixture(autouse=True)
def _journalled(monkeypatch):
    monkeypatch.setattr(ray_engine, "make_part", journalled_part)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A store in which the local engine made everything, undisturbed."""
    return make(tmp_path_factory.mktemp("alone"), TINY, LONG, LONGER, SECOND)


def engine(folder, **options):
    given = {"checkpoint_seconds": 0.0, "threads": 1, "address": THE_CLUSTER.address}
    options = given | options
    return RayEngine(store=Store(folder), data_root=Path("/nonexistent"), **options)


def wait_for_each_other(folder, epoch):
    """Two tasks on this store go on together after this epoch; 0 is where they begin."""
    (folder / "together").write_text(str(epoch))


def make_by_ray(folder, *recipes, seeds=2, **options):
    """The store after the Ray engine made everything of these recipes."""
    folder = Path(folder)
    engine(folder, **options).make(groups(*recipes, seeds=seeds))
    return Store(folder)


def assert_as_alone(store, alone, *recipes):
    """Everything is there, with the bits of the local engine, and nobody seems to be at work."""
    for recipe in recipes:
        assert_same_bits(final_states(store, recipe), final_states(alone, recipe))
        assert values(store, recipe) == values(alone, recipe)
    for name in ("checkpoints", "progress"):
        assert list((store.folder / name).iterdir()) == []


def assert_only_the_last_epoch_was_repeated(folder, recipe):
    """An epoch counts as done before its checkpoint is written, so the last one may be lost."""
    by_process = epochs(folder, recipe)
    assert len(by_process) == 2
    first, second = by_process
    assert second[0] in (first[-1], first[-1] + 1)
    assert [*first[: second[0] - 1], *second] == list(range(1, recipe.epochs + 1))


def wait_for(condition, seconds=60):
    """Until it holds, or the time is over; the caller looks at what there is."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)


SHORT = TINY.but(epochs=5)
NOT_RESUMED = {
    "begun anew": [(1, 3), (2, 1), (2, 2), (2, 3), (2, 4), (2, 5)],
    "trained twice": [(1, e) for e in range(1, 6)] + [(2, e) for e in range(1, 6)],
    "an epoch left out": [(1, 1), (1, 2), (2, 4), (2, 5)],
    "not to the end": [(1, 1), (1, 2), (2, 3)],
    "never retried": [(1, 1), (1, 2)],
}


@pytest.mark.parametrize("lines", NOT_RESUMED.values(), ids=NOT_RESUMED)
def test_a_training_that_was_not_resumed_is_seen(tmp_path, lines):
    text = "".join(f"{pid} node {SHORT.epochs} 2 {epoch}\n" for pid, epoch in lines)
    (tmp_path / "journal").write_text(text)

    with pytest.raises(AssertionError):
        assert_only_the_last_epoch_was_repeated(tmp_path, SHORT)


class Meanwhile:
    """Does something once, as soon as a line of the journal gives reason to."""

    def __init__(self, folder, reason, action):
        self.thread = threading.Thread(target=self._watch, args=(folder, reason, action))
        self.done = False

    def _watch(self, folder, reason, action):
        deadline = time.monotonic() + 60
        while not self.done and time.monotonic() < deadline:
            for line in filter(reason, journal(folder)):
                action(line)
                self.done = True
                return
            time.sleep(0.01)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        acted, self.done = self.done, True
        self.thread.join()
        assert acted


def in_the_middle_of(recipe):
    return lambda line: line.length == recipe.epochs and line.epoch == 10


# ── undisturbed ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("cluster")
def test_runs_have_the_bits_of_the_local_engine(tmp_path, alone):
    store = make_by_ray(tmp_path, TINY, checkpoint_seconds=NEVER)

    assert_as_alone(store, alone, TINY)


@pytest.mark.usefixtures("cluster")
def test_what_the_store_has_is_not_made_again(tmp_path):
    make_by_ray(tmp_path)
    before = journal(tmp_path)

    make_by_ray(tmp_path)

    assert journal(tmp_path) == before


@pytest.mark.usefixtures("two_nodes")
def test_seeds_in_smaller_lots_train_at_the_same_time_with_the_same_numbers(tmp_path, alone):
    wait_for_each_other(tmp_path, 1)

    store = make_by_ray(tmp_path, LONG, seeds_per_task=1)

    order = [line.process for line in journal(tmp_path) if line.epoch]
    assert len({*order[:60]}) == 2
    assert epochs(tmp_path, LONG) == [list(range(1, 61))] * 2
    torch.testing.assert_close(
        final_states(store, LONG), final_states(alone, LONG), rtol=1e-3, atol=1e-4
    )


def check_a_warm_start_waits(folder):
    make_by_ray(folder, TINY, SECOND)
    lines = journal(folder)
    begun = [line.length for line in lines].index(SECOND.epochs)
    last_of_the_start = max(i for i, line in enumerate(lines) if line.length == TINY.epochs)
    assert begun > last_of_the_start


@pytest.mark.usefixtures("cluster")
def test_a_training_waits_until_what_it_starts_from_is_made(tmp_path, alone):
    check_a_warm_start_waits(tmp_path)

    assert_as_alone(Store(tmp_path), alone, TINY, SECOND)


@pytest.mark.usefixtures("two_nodes")
def test_that_it_waits_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(ray_engine, "_is_start", lambda *_: False)
    wait_for_each_other(tmp_path, 0)

    with pytest.raises(AssertionError):
        check_a_warm_start_waits(tmp_path)


# ── failures ──────────────────────────────────────────────────────────────────────────────────


def computations(*recipes):
    return plan((Experiment(arms={"a": recipe}, seeds=3), 3) for recipe in recipes)


def check_a_failure_is_told_and_the_others_are_made(folder):
    with pytest.raises(RunFailed, match=r"broken for seed 0.*ValueError: no such thing for seed 0"):
        engine(folder).make(computations(BROKEN, SQUARE))
    assert Store(folder).record(Run(SQUARE, 2)).values == {"square": 4.0}


@pytest.mark.usefixtures("cluster")
def test_a_group_that_fails_does_not_keep_the_others_from_being_made(tmp_path):
    check_a_failure_is_told_and_the_others_are_made(tmp_path)


@pytest.mark.usefixtures("cluster")
def test_that_failures_are_told_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(ray_engine, "_ended", lambda *_: Ended())

    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        check_a_failure_is_told_and_the_others_are_made(tmp_path)


@pytest.mark.usefixtures("two_nodes", "by_asking_alone")
def test_a_store_that_cannot_be_written_ends_it_at_once(tmp_path, monkeypatch):
    full = Ended(failure=StoreError("no room"))
    monkeypatch.setattr(ray_engine, "_ended", lambda *_: full)
    wait_for_each_other(tmp_path, 1)

    with pytest.raises(StoreError, match="no room"):
        make_by_ray(tmp_path, TINY, ENDLESS)

    assert Store(tmp_path).record(Run(TINY, 1)) is not None
    assert Store(tmp_path).record(Run(ENDLESS, 0)) is None
    assert list((tmp_path / "progress").iterdir()) == []


# ── deaths ────────────────────────────────────────────────────────────────────────────────────


def kill_the_process(line):
    os.kill(line.process, signal.SIGKILL)


def check_a_killed_worker_is_outlived(folder, alone):
    with Meanwhile(folder, in_the_middle_of(LONG), kill_the_process):
        store = make_by_ray(folder, LONG)
    assert_as_alone(store, alone, LONG)


@pytest.mark.usefixtures("cluster")
def test_when_a_worker_is_killed_its_task_goes_on_from_the_last_checkpoint(tmp_path, alone):
    check_a_killed_worker_is_outlived(tmp_path, alone)

    assert_only_the_last_epoch_was_repeated(tmp_path, LONG)


@pytest.mark.usefixtures("cluster")
def test_a_task_whose_worker_dies_too_often_is_a_failed_run(tmp_path, alone, monkeypatch):
    monkeypatch.setattr(ray_engine, "RETRIES", 0)

    with pytest.raises(RunFailed, match=r"MLP on digits.*gave it up after 0 retries.*start again"):
        check_a_killed_worker_is_outlived(tmp_path, alone)


def test_when_a_node_is_lost_its_task_goes_on_at_another(two_nodes, tmp_path, alone):
    (lost,) = two_nodes.worker_nodes
    wait_for_each_other(tmp_path, 1)

    def lose(line):
        two_nodes.remove_node(lost, allow_graceful=False)
        kill_the_process(line)  # which would notice by itself, a moment later

    with Meanwhile(tmp_path, lambda line: line.node == lost.node_id and line.epoch == 10, lose):
        store = make_by_ray(tmp_path, LONG, LONGER)

    assert_as_alone(store, alone, LONG, LONGER)
    (moved,) = {line.length for line in journal(tmp_path) if line.node == lost.node_id}
    recipe, other = (LONG, LONGER) if moved == LONG.epochs else (LONGER, LONG)
    assert_only_the_last_epoch_was_repeated(tmp_path, recipe)
    assert epochs(tmp_path, other) == [list(range(1, other.epochs + 1))]


DRIVER = """
import sys
import ray
from dltheory.experiments import ray_engine
from tests.experiments.ray_tasks import journalled_part
from tests.experiments.test_ray_engine import LONG, TINY, make_by_ray
ray_engine.make_part = journalled_part
for recipe in TINY, LONG:
    make_by_ray(sys.argv[1], recipe, address=sys.argv[2])
"""


def test_after_the_driver_was_killed_another_makes_what_is_left(cluster, tmp_path, alone):
    driver = process(DRIVER, tmp_path, cluster.address)
    wait_for(lambda: any(map(in_the_middle_of(LONG), journal(tmp_path))))
    driver.kill()
    assert driver.wait() == -signal.SIGKILL
    unfinished = Store(tmp_path).record(Run(LONG, 0)) is None
    store = make_by_ray(tmp_path, TINY, LONG)

    assert unfinished
    assert_as_alone(store, alone, TINY, LONG)
    assert epochs(tmp_path, TINY) == [[1, 2, 3, 4, 5, 6]]
    assert_only_the_last_epoch_was_repeated(tmp_path, LONG)


@pytest.mark.usefixtures("cluster", "by_asking_alone")
def test_after_ctrl_c_training_goes_on_after_the_epoch(tmp_path, alone):
    def press(_):
        os.kill(os.getpid(), signal.SIGINT)

    with (
        pytest.raises(KeyboardInterrupt),
        Meanwhile(tmp_path, in_the_middle_of(LONG), press),
    ):
        make_by_ray(tmp_path, LONG, checkpoint_seconds=NEVER)
    at_work = list((tmp_path / "progress").iterdir())
    unfinished = Store(tmp_path).record(Run(LONG, 0)) is None
    store = make_by_ray(tmp_path, LONG, checkpoint_seconds=NEVER)

    assert (at_work, unfinished) == ([], True)
    assert list(chain(*epochs(tmp_path, LONG))) == list(range(1, 61))
    assert_as_alone(store, alone, LONG)


# ── clusters that do not fit ──────────────────────────────────────────────────────────────────


def site(folder, **fields):
    store = Store(folder)
    mark = folder / "locks" / "mark"
    store.prepare()
    mark.touch()
    with engine(folder)._site([*groups(), *computations(SQUARE)]) as real:
        return replace(real, **({"mark": mark} | fields)), store


def test_a_node_with_another_store_is_refused(tmp_path):
    elsewhere, store = site(tmp_path, mark=tmp_path / "another")

    ended = make_part(elsewhere, groups()[0], (1, 1))

    assert isinstance(ended.failure, EngineError)
    assert "needs the same store at the same path" in str(ended.failure)
    assert "mount, and name it with --store=DIR" in str(ended.failure)
    assert store.record(Run(TINY, 0)) is None


def test_a_node_with_another_version_of_recipes_is_refused(tmp_path):
    older, _ = site(tmp_path, version=0)

    with pytest.raises(
        EngineError, match=r"same code; .* has \(\d+, .* has \(0, .*Install the same"
    ):
        raise make_part(older, groups()[0], (1, 1)).failure


def test_a_node_with_other_code_may_train_and_not_compute(tmp_path):
    real, _ = site(tmp_path)
    edited = replace(real, codes=tuple((n, code and "0" * 20) for n, code in real.codes))

    assert make_part(edited, groups()[0], (1, 1)).failure is None
    with pytest.raises(EngineError, match="do not change it meanwhile"):
        raise make_part(edited, computations(SQUARE)[0], (1, 1)).failure


def test_a_training_whose_start_failed_is_not_begun(tmp_path):
    here, store = site(tmp_path)
    failure = RunFailed("fell over")

    ended = make_part(here, groups()[0], (1, 1), Ended(), Ended(failure=failure))

    assert (ended.failure, store.record(Run(TINY, 0))) == (failure, None)


def test_what_a_task_warns_of_comes_back(tmp_path):
    here, store = site(tmp_path)
    store.folder_of(Run(TINY, 0)).mkdir()

    assert "run.json is missing: not trusted" in make_part(here, groups()[0], (1, 1)).warnings[0]


def test_a_beat_says_the_place_in_the_whole_plan(tmp_path):
    here, _ = site(tmp_path)
    seen = []

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Heart, "beat", lambda self, beat, **_: seen.append((self.path.stem, beat)))
        make_part(here, groups()[0], (2, 7))

    assert {(name, beat.group, beat.groups) for name, beat in seen} == {
        (f"ray-{groups()[0].name}", 2, 7)
    }


def test_a_cluster_that_does_not_answer_is_an_engine_error(tmp_path, monkeypatch):
    monkeypatch.setattr(ray, "is_initialized", lambda: False)

    with pytest.raises(EngineError, match=r"the cluster at 127.0.0.1:1; .*refused.*`ray status`"):
        make_by_ray(tmp_path, address="127.0.0.1:1")


def test_what_does_not_stop_in_time_is_ended_with_the_connection(tmp_path, monkeypatch):
    here, _ = site(tmp_path)
    ended = []
    monkeypatch.setattr(ray, "shutdown", lambda: ended.append(True))
    monkeypatch.setattr(ray_engine, "GRACE_SECONDS", 0.3)
    here.progress_of(groups()[0]).touch()  # of one that hangs

    ray_engine._stop(groups(), here)

    assert ended == [True]
    assert not here.is_current()


LISTENERS = """
import sys
from pathlib import Path
from dltheory.experiments.ray_engine import RayEngine
from dltheory.experiments.store import Store

folder = Path(sys.argv[1])
RayEngine(store=Store(folder), data_root=folder)._connect()

import psutil  # Ray brings one

own = {child.pid for child in psutil.Process().children(recursive=True)}
for connection in psutil.net_connections(kind="inet"):
    if connection.status == "LISTEN" and connection.pid in own:
        print(connection.laddr.ip.removeprefix("::ffff:"))
"""


def test_a_cluster_of_this_machine_alone_listens_on_the_loopback_address_alone(tmp_path):
    with process(LISTENERS, tmp_path) as started:
        said, _ = started.communicate(timeout=120)

    assert set(said.split()) == {"127.0.0.1"}
