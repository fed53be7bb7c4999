"""Later looks: what all open claims need is made at once, and nothing for decided ones."""

import pytest

CLAIMS = """
from draws import _remember

def look(name, measured, judge):
    values = measured("value")["a"]
    _remember(name, len(values))
    judge(mean(values), **CHECKED)

@claim(said("is-decided"), fast=drawn(30.0, seeds=(8, 24)))
def test_is_decided(measured, judge):
    look("decided", measured, judge)

@claim(said("is-open"), fast=drawn(0.6, seeds=(8, 24), smallest_effect=0.01))
def test_is_open(measured, judge):
    look("open", measured, judge)

@claim(said("is-open-too"), fast=drawn(0.61, seeds=(8, 24), smallest_effect=0.01))
def test_is_open_too(measured, judge):
    look("open-too", measured, judge)

@claim(said("falls-over"), fast=drawn(0.62, seeds=(8, 24), smallest_effect=0.01))
def test_falls_over(measured, judge):
    _remember("falls-over", len(measured("value")["a"]))
    raise ValueError("fell over")

@claim(said("asks-for-more"), fast=drawn(0.63, seeds=(8, 24), smallest_effect=0.01))
def test_asks_for_more(measured, judge, tmp_path):
    look("asks-for-more", measured, judge)
"""


@pytest.fixture(scope="module")
def judged(shared_project):
    """What the first session did, and the project."""
    shared_project.claims(CLAIMS)
    out = shared_project.pytest("-q", "-m", "fast")
    return shared_project, out, shared_project.calls()


@pytest.fixture(scope="module")
def judged_again(judged):
    """What a second session did, which found everything in the store."""
    project, _, before = judged
    project.pytest("-q", "-m", "fast")
    return project.calls()[len(before) :]


def looks(calls, name):
    return [int(line.split()[1]) for line in calls if line.startswith(f"{name} ")]


def test_second_looks_of_open_claims_are_made_together(judged):
    _, _, calls = judged
    second = [i for i, line in enumerate(calls) if line in ("around 8", "around 23")]
    together = calls[second[0] : second[3]]

    assert not [line for line in together if line.startswith("open")]


def test_a_claim_that_its_first_look_decides_gets_no_more_runs(judged):
    project, _, calls = judged

    assert set(looks(calls, "decided")) == {8}
    assert project.record("is-decided")["evidence"]["n"] == 8


@pytest.mark.parametrize("row", ["is-open", "is-open-too", "asks-for-more"])
def test_an_open_claim_is_judged_on_all_its_seeds(judged, row):
    project, _, _ = judged

    assert project.record(row)["evidence"]["n"] == 24


def test_a_test_that_falls_over_says_so_at_its_turn(judged):
    project, _, calls = judged

    assert project.record("falls-over")["status"] == "error"
    assert "fell over" in project.record("falls-over")["reason"]
    assert set(looks(calls, "falls-over")) == {8}


def test_a_test_that_asks_pytest_for_more_is_not_looked_at_ahead(judged):
    _, _, calls = judged

    assert looks(calls, "asks-for-more") == [8, 24]


def test_where_nothing_is_missing_no_claim_is_looked_at_ahead(judged_again):
    assert looks(judged_again, "decided") == [8]
    assert looks(judged_again, "open") == [8, 24]


def test_nothing_is_made_twice(judged_again):
    assert looks(judged_again, "around") == []
