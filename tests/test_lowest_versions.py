"""What `make test-lowest` installs is what pyproject.toml admits, and no newer."""

import re
from pathlib import Path

import pytest

tomllib = pytest.importorskip("tomllib", reason="Python 3.10 reads no TOML")

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOWEST = (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8")
NEEDED = {"beartype", "pytest-timeout", "statsmodels"}  # of "dev", by the tests that are run


def bounds(requirements):
    """The lowest version that each requirement admits, by name; None where it admits all."""
    found = {}
    for requirement in requirements:
        name = re.match(r"[\w-]+", requirement).group()
        bound = re.search(r">=\s*([\d.]+)", requirement)
        found[name] = bound and bound[1]
    return found


def test_every_dependency_has_a_lowest_version():
    assert [name for name, bound in bounds(PROJECT["dependencies"]).items() if bound is None] == []


def test_the_lowest_environment_has_the_lowest_version_of_each_dependency():
    dev = bounds(PROJECT["optional-dependencies"]["dev"])
    admitted = bounds(PROJECT["dependencies"]) | {name: dev[name] for name in NEEDED}

    installed = dict(re.findall(r"^([\w-]+)==([\d.]+)$", LOWEST, flags=re.MULTILINE))

    assert installed == admitted


def test_the_makefile_installs_what_the_tests_of_the_lowest_environment_need():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = re.search(r"^LOWEST_TOOLS *= *(.+)$", makefile, flags=re.MULTILINE)

    assert set(named[1].split()) == NEEDED
