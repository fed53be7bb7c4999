"""Claims whose models and computations are of their own project, edited, mistaken, or alone."""

import re

import pytest

from tests.plugin.project import DRAWS, Project

NETS = '''
from dataclasses import dataclass

import numpy as np
from torch import nn


@dataclass(frozen=True)
class Net:
    """A small network, with as much dropout as wanted."""

    dropout: float = 0.0
    broken: bool = False

    def build(self, shape, classes):
        if self.broken:
            raise KeyError("no such layer")
        layers = [nn.Flatten(), nn.Linear(64, 4), nn.Linear(4, classes)]
        return nn.Sequential(*layers, *([nn.Dropout(self.dropout)] if self.dropout else []))

    def narrowed(self):
        return self


def with_norm():
    return nn.BatchNorm1d(4)


@dataclass(frozen=True)
class Normed(Net):
    def build(self, shape, classes):
        return nn.Sequential(nn.Flatten(), nn.Linear(64, 4), nn.BatchNorm1d(4), nn.Linear(4, 10))
'''

PROBES = '''
def largest_weight(model, images, labels, *, power=1.0):
    """max |φ|ᵖ over all parameters."""
    return max(float(p.detach().abs().max()) for p in model.parameters()) ** power
'''

MEASURES = """
WEIGHT = quantity("probes:largest_weight", at=1)

@claim(said("measures"), fast=Form(
    experiment=Experiment(arms={"a": SMALL}, seeds=6, measure=(WEIGHT,)), criterion=rule()))
def test_measures(measured, judge):
    judge(mean(measured(WEIGHT.name)["a"]))
"""

GOOD = """
from nets import *

@claim(said("good"), fast=drawn(5.0))
def test_good(measured, judge):
    judge(mean(measured("value")["a"]))
"""

LEARNS = """
import numpy as np

@claim(said("learns"), fast=trained(arms={{"a": SMALL.but({changes})}}, seeds=6))
def test_learns(measured, judge):
    judge(mean(measured("accuracy on test")["a"]))
"""


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path / "own")
    (made.folder / "nets.py").write_text(NETS)
    return made


def judged(project, changes, *words):
    return project.claims(GOOD + LEARNS.format(changes=changes)).pytest("-m", "fast", *words)


MISTAKES = {
    "model=Net(broken=True)": "KeyError: 'no such layer'",
    "model=Net(dropout=0.5)": "as dropout does.*alone=True",
    "model=Net(dropout=lambda: 0.5)": "Write it as a frozen dataclass, or name it",
    "model=Normed(), data=Digits(train=26)": "26 training .* in batches of 25 leave a rest of 1",
}


@pytest.mark.parametrize(("changes", "words"), MISTAKES.items())
def test_a_mistake_in_one_claim_s_model_is_that_claim_s_error(project, changes, words):
    outcome = judged(project, changes)

    mistaken = project.record("learns")
    assert (project.record("good")["verdict"], mistaken["status"]) == ("CONFIRMED", "error")
    assert "INTERNALERROR" not in outcome.out
    assert re.search(words, " ".join(mistaken["reason"].split()))


def test_a_plan_says_which_claim_cannot_be_run_and_counts_the_others(project):
    outcome = judged(project, "model=Normed(), data=Digits(train=26)", "--plan")

    assert "cannot be planned: Every batch must be" in outcome.line_with("k2020/learns")
    assert "12 runs" in outcome.line_with("k2020/good")


def test_smoke_scale_sees_a_rest_that_it_does_not_have_itself(project):
    judged(project, "model=Normed(), data=Digits(train=26)", "--scale=smoke")

    assert "leave a rest of 1" in project.record("learns", "reports/smoke")["reason"]


def test_dropout_is_trained_alone(project):
    judged(project, "model=Net(dropout=0.1), alone=True")

    assert project.record("learns")["status"] == "judged"


def test_widths_from_a_numpy_array_are_found_under_python_s(project):
    judged(project, "model=MLP(hidden=(np.array([3])[0],))")
    before = sorted(line["run"] for line in project.measurements())

    judged(project, "model=MLP(hidden=(3,))")

    assert sorted(line["run"] for line in project.measurements()) == before


def test_an_edited_computation_of_the_project_is_judged_by_its_new_value(project):
    judged(project, "")
    (project.folder / "draws.py").write_text(DRAWS.replace("centre + spread", "-centre + spread"))

    judged(project, "")

    assert project.record("good")["verdict"] == "REFUTED"


# ── a probe of the project ────────────────────────────────────────────────────────────────────


@pytest.fixture
def measuring(project):
    (project.folder / "probes.py").write_text(PROBES)
    project.claims(MEASURES).pytest("-m", "fast")
    return project


def test_a_probe_of_the_project_is_measured_in_the_middle_of_training(measuring):
    assert measuring.record("measures")["status"] == "judged"
    assert {line["quantity"] for line in measuring.measurements()} == {
        "largest weight on train after epoch 1"
    }


def test_an_edited_probe_of_the_project_is_judged_by_its_new_value(measuring):
    before = measuring.record("measures")["evidence"]["estimate"]
    (measuring.folder / "probes.py").write_text(PROBES.replace("return max", "return 2 * max"))

    measuring.pytest("-m", "fast")

    assert measuring.record("measures")["evidence"]["estimate"] == pytest.approx(2 * before)
