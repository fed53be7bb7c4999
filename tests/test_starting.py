"""`python -m dltheory new KEY`: a folder that is judged as it was written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dltheory.__main__ import main
from dltheory.errors import SpecError
from dltheory.starting import start
from tests.plugin.project import Project

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """A folder that was empty, with a new paper in it, judged."""
    folder = tmp_path_factory.mktemp("own") / "project"
    folder.mkdir()
    words = [sys.executable, "-m", "dltheory", "new", "cohen2021edge"]
    done = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    project = Project(folder)
    return project, done.stdout, project.pytest("-m", "fast", "-p", "dltheory.plugin.hooks")


def test_its_three_claims_are_confirmed(started):
    project, _, outcome = started

    assert outcome.code == 0, outcome.out
    assert [record["verdict"] for record in project.records()] == ["CONFIRMED"] * 3


def test_what_was_written_is_told(started):
    project, told, _ = started

    for path in ("claims/cohen2021edge/paper.py", "pyproject.toml", ".github/workflows/claims.yml"):
        assert f"wrote {path}\n" in told
        assert (project.folder / path).is_file()


def test_every_claim_file_says_what_to_replace(started):
    project, _, _ = started

    for path in (project.folder / "claims/cohen2021edge").glob("[!_]*.py"):
        assert "REPLACE: " in path.read_text("utf-8"), path.name


def test_files_that_exist_stay_as_they_are(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/own.yml").touch()

    told = start("cohen2021edge", tmp_path)

    assert (tmp_path / "pyproject.toml").read_text() == "[project]\n"
    assert [path.name for path in (tmp_path / ".github/workflows").iterdir()] == ["own.yml"]
    assert 'testpaths = ["claims"]' in told.advice[0]


def test_a_project_that_configures_pytest_needs_no_advice_for_it(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\n")

    assert start("cohen2021edge", tmp_path).advice == ()
    assert not (tmp_path / "pyproject.toml").exists()


@pytest.mark.parametrize("key", ["", "2021edge", "Cohen2021", "cohen-2021", "../cohen", "ä2021"])
def test_a_key_that_python_cannot_import_is_refused_with_an_example(tmp_path, key):
    with pytest.raises(SpecError, match=r"citation key.*Write for example cohen2021edge"):
        start(key, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_exists_is_refused(tmp_path, capsys):
    (tmp_path / "claims/cohen2021edge").mkdir(parents=True)

    assert main(["new", "cohen2021edge", "--in", str(tmp_path)]) == 2
    assert "must not exist" in capsys.readouterr().err
    assert list((tmp_path / "claims/cohen2021edge").iterdir()) == []


def test_the_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])

    assert capsys.readouterr().out.startswith("dltheory ")
