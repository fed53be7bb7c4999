"""A session that is killed while it writes its report, and a reader who looks meanwhile."""

import json
import os
import shutil
import threading

import pytest

from tests.plugin.project import Project

COUNTED = """
@claim(said("is-counted"), fast=drawn(9.0))
def test_is_counted(measured, judge):
    judge(mean(measured("value")["a"]))

@claim(said("is-other"), fast=drawn(5.0))
def test_is_other(measured, judge):
    judge(mean(measured("value")["a"]))
"""

KILLED_AT = """
import os, pathlib, signal

if not hasattr(pathlib.Path, "plain_replace"):
    pathlib.Path.plain_replace = pathlib.Path.replace
seen = []

def replace(self, target):
    if "reports" in pathlib.Path(target).parts:
        seen.append(target)
        if len(seen) == {at}:
            os.kill(os.getpid(), signal.SIGKILL)
    return self.plain_replace(target)

pathlib.Path.replace = replace
"""
FILES = (1, 2, 5)
"""Which of the report's files is about to take its place when the session is killed."""

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("whole") / "project")
    project.claims(COUNTED)
    assert project.pytest("-m", "fast").code == 0
    return project.folder


@pytest.fixture
def project(whole, tmp_path):
    return Project(shutil.copytree(whole, tmp_path / "project"))


@pytest.fixture(params=FILES)
def killed(project, request):
    """The project after a session that was killed while it wrote its report."""
    conftest = project.folder / "conftest.py"
    conftest.write_text(KILLED_AT.format(at=request.param))
    outcome = project.pytest("-m", "fast", "-k", "is_counted")
    conftest.unlink()
    assert outcome.code == -9
    return project


def test_after_a_kill_every_verdict_is_in_the_report(killed):
    assert [record["status"] for record in killed.records()] == ["judged", "judged"]


def test_after_a_kill_the_measurements_can_be_judged_again(killed):
    outcome = killed.pytest("-m", "fast", "--from-measurements=reports/fast", "--out=again")

    assert outcome.code == 0
    assert "edited measurements" not in outcome.out


def test_after_a_kill_the_next_session_writes_the_report(killed):
    assert killed.pytest("-m", "fast", "-k", "is_other").code == 0
    assert len(killed.records()) == 2


def test_what_a_killed_session_left_in_a_report_is_removed_later(killed):
    left = list((killed.folder / "reports").rglob(".*.tmp"))
    for path in left:
        os.utime(path, (0, 0))

    killed.pytest("-m", "fast", "-k", "is_other")

    assert len(left) == 1
    assert not left[0].exists()


def test_who_reads_a_report_while_it_is_written_reads_whole_records(project):
    path, ended, read = project.folder / "reports/fast/verdicts.jsonl", threading.Event(), []

    def look():
        while not ended.is_set():
            lines = path.read_text(encoding="utf-8").splitlines()
            read.append([json.loads(line)["claim"] for line in lines])

    reader = threading.Thread(target=look)
    reader.start()
    for _ in range(3):
        project.pytest("-m", "fast")
    ended.set()
    reader.join(10)

    assert len(read) > 100
    assert {len(claims) for claims in read} == {2}
