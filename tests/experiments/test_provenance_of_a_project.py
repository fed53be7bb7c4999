"""Provenance in a repository of one's own: its commit, and the version of this library."""

import subprocess

import pytest

from dltheory.experiments.provenance import provenance

WHEN = {"gpus": [], "command": "pytest", "date": "2026-01-01T00:00:00Z"}


def git(folder, *words):
    named = ("-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *named, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path):
    """A repository with one file, committed."""
    git(tmp_path, "init", "-q")
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims" / "test_a.py").write_text("")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def test_the_commit_is_that_of_the_root(repository):
    facts = provenance(root=repository, **WHEN)

    assert facts["commit"] == git(repository, "rev-parse", "--short=10", "HEAD")
    assert facts["dirty"] is False


def test_a_root_below_the_top_of_its_repository_has_its_commit(repository):
    facts = provenance(root=repository / "claims", **WHEN)

    assert facts["commit"] == git(repository, "rev-parse", "--short=10", "HEAD")


def test_a_root_with_changes_is_dirty(repository):
    (repository / "claims" / "test_a.py").write_text("changed = True\n")

    assert provenance(root=repository, **WHEN)["dirty"] is True


def test_a_folder_that_the_repository_around_it_does_not_have_has_no_commit(repository):
    (repository / "apart").mkdir()

    assert provenance(root=repository / "apart", **WHEN)["commit"] == "unknown"


def test_the_version_of_the_library_stands_with_the_others(repository):
    assert provenance(root=repository, **WHEN)["versions"]["dltheory"][0].isdigit()


def test_one_session_has_one_identifier(repository):
    first, second = (provenance(root=repository, **WHEN) for _ in range(2))

    assert first["provenance"] == second["provenance"]
