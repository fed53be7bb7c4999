"""A claim about a training whose learning rate is chosen on pilots, from file to report."""

import pytest

TUNED = """
from dltheory.experiments import Tuned

GRID = Tuned(training=SMALL.but(epochs=3), learning_rates=(1e-5, 0.1), pilots=2)

@claim(said("tuned"), fast=trained(seeds=3, arms={"a": GRID}, null=0.15, smallest_effect=0.1))
def test_tuned(measured, judge):
    judge(mean(measured("accuracy on test", worst=0.0)["a"]))
"""


@pytest.fixture(scope="module")
def judged(shared_project):
    shared_project.claims(TUNED)
    return shared_project, shared_project.pytest("-m", "fast")


def test_the_claim_is_judged_at_the_rate_that_trains(judged):
    project, outcome = judged

    assert outcome.code in (0, 1), outcome.out
    record = project.record("tuned")
    assert record["status"] == "judged"
    assert record["evidence"]["n"] == 3
    assert "learning rate 0.1 of “a” chosen on 2 pilots from 1e-05, 0.1" in record["deviations"]


def test_pilots_are_kept_with_the_measurements(judged):
    project, _ = judged

    pilots = [m for m in project.measurements() if m["quantity"] == "final loss"]
    assert sorted(m["seed"] for m in pilots) == [10_000, 10_000, 10_001, 10_001]


def test_it_can_be_judged_again_from_the_measurements_alone(judged):
    project, _ = judged
    before = project.bytes()

    outcome = project.pytest("--from-measurements=reports/fast", "--out=again", "-m", "fast")

    assert outcome.code in (0, 1), outcome.out
    assert project.bytes("again/verdicts.jsonl") == before


def test_a_plan_counts_the_pilots(judged):
    project, _ = judged

    out = project.pytest("--plan", "-m", "fast", "--store=other").out

    assert "3 runs, 9 epochs of training, after 4 pilots" in out
    assert "to be made: 7 runs, 21 epochs" in out
