"""A session in which nothing ran leaves the place of JUnit's file as it was."""

import pytest

from tests.plugin.project import Project

TWICE = """
@claim(said("twice"), fast=audited())
def test_one(judge):
    judge(around(1))

@claim(said("twice"), fast=audited())
def test_other(judge):
    judge(around(1))
"""
ONCE = TWICE[: TWICE.rindex("@claim")]


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    """A project whose claims cannot be run, and the session that says so."""
    project = Project(tmp_path_factory.mktemp("refused")).claims(TWICE)
    return project, project.pytest("-m", "fast")


def test_a_usage_error_leaves_no_empty_file(refused):
    project, outcome = refused

    assert outcome.code == pytest.ExitCode.USAGE_ERROR
    assert "has two" in outcome.errors
    assert not (project.folder / "reports").exists()


def test_a_file_that_was_asked_for_is_written_all_the_same(refused):
    project, _ = refused

    project.pytest("-m", "fast", "--junit-xml=asked/for.xml")

    assert (project.folder / "asked" / "for.xml").exists()


def test_the_file_of_an_earlier_report_outlives_sessions_in_which_nothing_ran(project):
    project.claims(ONCE).pytest("-m", "fast")
    before = project.bytes("reports/fast/junit.xml")

    codes = [project.pytest("-m", "fast", "-k", "nothing").code]
    codes.append(project.claims(TWICE).pytest("-m", "fast").code)

    assert codes == [pytest.ExitCode.NO_TESTS_COLLECTED, pytest.ExitCode.USAGE_ERROR]
    assert b"test_one" in before
    assert project.bytes("reports/fast/junit.xml") == before
