"""Where numbers were made."""

import json
import re
from pathlib import Path

import pytest

from dltheory.experiments import provenance

ROOT = Path(__file__).parents[2]


def made(command):
    return provenance.provenance(root=ROOT, gpus=[], command=command, date="2020-02-20T20:20:20Z")


FACTS = made("pytest -m fast")


def test_the_facts_are_json():
    assert json.loads(json.dumps(FACTS)) == FACTS


@pytest.mark.parametrize(
    ("fact", "pattern"),
    [
        ("provenance", r"[0-9a-f]{8}"),
        ("date", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
        ("commit", r"[0-9a-f]{10,}|unknown"),
        ("command", "pytest -m fast"),
    ],
)
def test_each_fact_has_its_form(fact, pattern):
    assert re.fullmatch(pattern, FACTS[fact])


@pytest.mark.parametrize("package", ["python", "torch", "numpy"])
def test_versions_are_named(package):
    assert re.match(r"\d+\.\d+", FACTS["versions"][package])


def test_another_command_has_another_identifier():
    other = made("pytest -m full")

    assert other["provenance"] != FACTS["provenance"]


def test_without_git_the_commit_is_unknown(monkeypatch):
    monkeypatch.setenv("PATH", "")

    assert made("")["commit"] == "unknown"
