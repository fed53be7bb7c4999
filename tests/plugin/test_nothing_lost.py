"""A session and its store: readers write nothing, repairs are told, signals lose nothing."""

import fcntl
import os
import pty
import shutil
import signal
import subprocess
import sys
import termios
import time

import pytest

from tests.plugin.project import ROOT, Project

CLAIMS = """
@claim(said("holds"), fast=drawn(1.0))
def test_holds(measured, judge):
    judge(mean(measured("value")["a"]))

@claim(said("trains"), fast=trained())
def test_trains(measured, judge):
    judge(paired_difference(*measured("accuracy on test").values()))
"""

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def judged(shared_project):
    """A project whose store is full, and whose report is there."""
    shared_project.claims(CLAIMS)
    assert shared_project.pytest("-m", "fast").code in (0, 1)
    return shared_project


@pytest.fixture
def full(judged, tmp_path):
    """A copy of it."""
    shutil.copytree(judged.folder, tmp_path / "copy", dirs_exist_ok=True)
    return Project(tmp_path / "copy")


def tree(folder):
    """Everything below a folder, with what is in it."""
    return {p: p.read_bytes() if p.is_file() else None for p in folder.rglob("*")}


READERS = {
    "plan": ("-m", "fast", "--plan"),
    "collect-only": ("-m", "fast", "--collect-only"),
    "collect-only beside workers": ("-m", "fast", "--collect-only", "-n", "2"),
    "from measurements": ("-m", "fast", "--from-measurements=reports/fast"),
    "from measurements, with workers": (
        "-m",
        "fast",
        "--from-measurements=reports/fast",
        "-n",
        "2",
    ),
}
every_reader = pytest.mark.parametrize("words", READERS.values(), ids=READERS.keys())


@every_reader
def test_who_only_reads_makes_no_store(full, words):
    shutil.rmtree(full.folder / ".runs")

    assert full.pytest(*words).code in (0, 1)
    assert not (full.folder / ".runs").exists()


@every_reader
def test_who_only_reads_leaves_a_damaged_store_as_it_is(full, words):
    store = full.folder / ".runs"
    next(store.glob("runs/*/run.json")).write_bytes(b"{}")
    before = tree(store)

    assert full.pytest(*words).code in (0, 1)
    assert tree(store) == before


def test_a_repair_is_told_in_the_summary(full):
    path = next((full.folder / ".runs").glob("runs/*/run.json"))
    path.write_bytes(path.read_bytes()[:-20])

    outcome = full.pytest("-m", "fast")

    assert "notices" in outcome.line_with("notices")
    assert "is not a complete file of this store: not trusted, the run is made again" in outcome.out


def test_a_repair_by_a_worker_is_told_in_the_summary(full):
    path = next((full.folder / ".runs").glob("runs/*/run.json"))
    path.write_bytes(path.read_bytes()[:-20])

    outcome = full.pytest("-m", "fast", "-n", "2")

    assert "is not a complete file of this store: not trusted, the run is made again" in outcome.out


def test_without_a_repair_there_are_no_notices(full):
    assert "notices" not in full.pytest("-m", "fast").out


def test_a_provenance_that_was_cut_short_is_told_and_claims_are_judged(full):
    for path in (full.folder / ".runs").glob("provenance/*.json"):
        path.write_bytes(path.read_bytes()[:-20])

    outcome = full.pytest("-m", "fast")

    assert "that provenance is unknown" in outcome.out
    assert {record["status"] for record in full.records()} == {"judged"}


# ── signals ───────────────────────────────────────────────────────────────────────────────────

SLOW = """
import time

@claim(said("is quick"), fast=audited())
def test_is_quick(judge):
    judge(mean([1.0, 1.1, 0.9, 1.0] * 3))

@claim(said("is slow"), fast=audited())
def test_is_slow(judge):
    open("begun", "w").close()
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "with workers"])
def test_a_session_that_is_asked_to_end_reports_what_it_has(project, number, workers):
    project.claims(SLOW)
    child = begun(project, "-m", "fast", *workers)
    child.send_signal(number)
    child.communicate(timeout=60)

    assert child.returncode == pytest.ExitCode.INTERRUPTED
    assert judged_in(project) == ["k2020/is quick"]


def test_a_session_whose_terminal_was_closed_reports_what_it_has(project):
    project.claims(SLOW)
    ours, theirs = pty.openpty()
    child = begun(project, "-m", "fast", terminal=theirs)
    os.close(theirs)
    os.close(ours)
    child.wait(timeout=60)

    assert judged_in(project) == ["k2020/is quick"]


def judged_in(project):
    return [record["claim"] for record in project.records() if record["status"] == "judged"]


def begun(project, *words, terminal=None):
    """A session whose slow claim has begun, and whose quick one was judged."""

    def own_terminal():
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup around the tests would stay in force
        if terminal is not None:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    child = subprocess.Popen(
        [sys.executable, "-m", "pytest", *words],
        cwd=project.folder,
        env=environment | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)},
        stdin=terminal,
        stdout=subprocess.PIPE if terminal is None else terminal,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=own_terminal,
        text=True,
    )
    wait_until(lambda: (project.folder / "begun").exists())
    time.sleep(1.0)  # for what a worker has sent to arrive
    return child


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
