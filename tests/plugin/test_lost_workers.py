"""A worker of xdist that is killed: its claim has a status, and the others are judged."""

import pytest

KILLED = """
import os, signal

@claim(said("dies"), fast=audited())
def test_dies(judge):
    os.kill(os.getpid(), signal.SIGKILL)

@claim(said("lives"), fast=audited())
def test_lives(judge):
    judge(mean([1.0, 1.1, 0.9, 1.0] * 3))
"""

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def judged(shared_project):
    shared_project.claims(KILLED)
    return shared_project, shared_project.pytest("-m", "fast", "-n", "2")


def test_the_claim_of_a_killed_worker_is_in_the_report_as_an_error(judged):
    project, _ = judged

    record = project.record("dies")

    assert (record["status"], record["verdict"]) == ("error", None)
    assert "was lost" in record["reason"]


def test_the_session_fails_and_says_so(judged):
    _, outcome = judged

    assert outcome.code == 1
    assert "ERROR k2020/dies" in outcome.out


def test_other_claims_are_judged(judged):
    project, _ = judged

    assert project.record("lives")["verdict"] == "CONFIRMED"


def test_nothing_is_left_in_the_folder_of_progress(judged):
    project, _ = judged

    assert list((project.folder / ".runs" / "progress").iterdir()) == []
