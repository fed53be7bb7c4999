"""Ctrl-C again while a session ends after the first."""

import pytest

from dltheory.plugin.second_interrupt import ENDING

AGAIN = """
import os, signal

def pytest_keyboard_interrupt():
    for _ in range({times}):
        os.kill(os.getpid(), signal.SIGINT)
"""

CLAIMS = """
@claim(said("holds"), fast=audited())
def test_holds(judge):
    judge(around(9.0))

@claim(said("is-interrupted"), fast=audited())
def test_is_interrupted(judge):
    raise KeyboardInterrupt
"""

pytestmark = pytest.mark.faults


def test_the_second_is_answered_by_a_line_and_the_report_is_written(project):
    (project.folder / "conftest.py").write_text(AGAIN.format(times=1))

    out = project.claims(CLAIMS).pytest("-m", "fast")

    assert out.code == pytest.ExitCode.INTERRUPTED
    assert ENDING in out.errors
    assert "Traceback" not in out.out + out.errors
    assert project.record("holds")["verdict"] == "CONFIRMED"


def test_the_third_ends_it_at_once(project):
    (project.folder / "conftest.py").write_text(AGAIN.format(times=2))

    out = project.claims(CLAIMS).pytest("-m", "fast")

    assert out.code == 130
    assert "Traceback" not in out.out + out.errors
