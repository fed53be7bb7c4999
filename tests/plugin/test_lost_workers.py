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
    (shared_project.folder / "temporary").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(shared_project.folder / "temporary"))
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


def test_what_the_workers_wrote_down_is_removed(judged):
    project, _ = judged

    assert list((project.folder / "temporary").rglob("dltheory-*")) == []


SILENCED = """
import pytest

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if "is_silenced" in item.nodeid and report.when == "call":
        raise RuntimeError("an error of another plugin")
    return report
"""

TWO = """
@claim(said("is-silenced"), fast=audited())
def test_is_silenced(judge):
    judge(mean([1.0, 1.1, 0.9, 1.0] * 3))

@claim(said("lives"), fast=audited())
def test_lives(judge):
    judge(mean([1.0, 1.1, 0.9, 1.0] * 3))
"""


def test_a_claim_of_which_nothing_is_heard_is_an_error_and_the_session_fails(project):
    (project.folder / "conftest.py").write_text(SILENCED)

    outcome = project.claims(TWO).pytest("-m", "fast", "-n", "2")

    assert outcome.code != 0
    assert project.record("is-silenced")["status"] == "error"
    assert "Nothing was heard of this claim" in project.record("is-silenced")["reason"]
    assert project.record("lives")["status"] in ("judged", "error")  # xdist may end before it


SKIPPED_SILENTLY = """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item):
    return True if "is_silenced" in item.nodeid else None
"""


def test_a_claim_that_another_plugin_leaves_out_silently_is_an_error(project):
    (project.folder / "conftest.py").write_text(SKIPPED_SILENTLY)

    outcome = project.claims(TWO).pytest("-m", "fast")

    assert outcome.code == pytest.ExitCode.TESTS_FAILED
    assert "ERROR k2020/is-silenced" in outcome.out
    assert project.record("is-silenced")["status"] == "error"
