"""Projects of claims; see project.py."""

import pytest

from tests.plugin.project import Project


@pytest.fixture
def project(tmp_path):
    """An empty project."""
    return Project(tmp_path)


@pytest.fixture(scope="module")
def shared_project(tmp_path_factory):
    """An empty project that the tests of a file share, and only read once it has been judged."""
    return Project(tmp_path_factory.mktemp("project"))
