"""A session that finds everything in the store looks for each run once, and reads it once."""

from collections import Counter

import pytest

from dltheory.experiments.run import Run
from dltheory.plugin.source import StoreSource
from tests.experiments.tiny import NORM, TINY, make

CLAIMS = """
@claim(said("is-open"), fast=drawn(0.6, seeds=(4, 8, 24), smallest_effect=0.01))
def test_is_open(measured, judge):
    measured("value")
    judge(mean(measured("value")["a"]), **CHECKED)
"""

COUNTED = """
from dltheory.experiments.store import Store

plain = Store.record

def record(self, run):
    with open("reads.txt", "a") as file:
        file.write(f"{run.key}\\n")
    return plain(self, run)

Store.record = record
"""


@pytest.fixture(scope="module")
def reads(shared_project):
    """How often each run was read by a session that made nothing."""
    shared_project.claims(CLAIMS).pytest("-q", "-m", "fast")
    (shared_project.folder / "conftest.py").write_text(COUNTED)
    shared_project.pytest("-q", "-m", "fast")
    return Counter((shared_project.folder / "reads.txt").read_text().split())


def test_every_run_is_read(reads):
    assert len(reads) == 24


def test_runs_of_the_first_look_are_not_looked_for_at_every_look(reads):
    # Once for what is missing at each later look, and once for the claim.
    assert max(reads.values()) <= 4


def test_a_measurement_is_read_from_the_store_once(tmp_path, monkeypatch):
    source = StoreSource(make(tmp_path, TINY))
    first = source.find(Run(TINY, 0), NORM.name)
    monkeypatch.setattr(source.store, "record", None)

    assert source.find(Run(TINY, 0), NORM.name) is first
