"""What the papers of the catalogue conclude, and the claims that bear on it."""

import importlib
from pathlib import Path

import pytest

from dltheory.plugin.form import cases
from dltheory.reporting.papers import gather

ROOT = Path(__file__).parents[2] / "claims"
PAPERS = {line["paper"]["key"]: line for line in gather(ROOT)}


def forms():
    """Claim and case of every form of the catalogue."""
    for path in sorted(ROOT.glob("*/test_*.py")):
        module = importlib.import_module(f"claims.{path.parent.name}.{path.stem}")
        for value in vars(module).values():
            for mark in getattr(value, "pytestmark", []):
                if mark.name == "claim" and value.__module__ == module.__name__:
                    yield from ((case.claim.id, case.name) for case in cases(mark))


FORMS = sorted(set(forms()))
NAMES = {claim for claim, _ in FORMS} | {f"{claim} · {case}" for claim, case in FORMS}


def bearing_on(line):
    return [claim for finding in line["findings"] for claim in finding["claims"]]


@pytest.mark.parametrize("key", PAPERS)
def test_a_paper_has_four_to_eight_conclusions(key):
    assert 4 <= len(PAPERS[key]["findings"]) <= 8


@pytest.mark.parametrize("key", PAPERS)
def test_every_claim_that_a_finding_names_exists(key):
    line = PAPERS[key]
    named = {*bearing_on(line), *(one["claim"] for one in line["beside"])}

    assert sorted(named - NAMES) == []


@pytest.mark.parametrize("key", PAPERS)
def test_every_form_bears_on_a_finding_of_its_paper_or_stands_beside(key):
    told = {*bearing_on(PAPERS[key]), *(one["claim"] for one in PAPERS[key]["beside"])}
    its = [(claim, case) for claim, case in FORMS if claim.split("/")[0] == key]

    untold = sorted(
        f"{claim} · {case}" if case else claim
        for claim, case in its
        if claim not in told and f"{claim} · {case}" not in told
    )
    assert untold == [], "name them in findings.py: in a finding, or in BESIDE with the reason"
