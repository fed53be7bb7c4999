"""What every form of the catalogue declares, whatever its paper."""

import importlib
import json
from collections import Counter
from pathlib import Path

import pytest

from dltheory.plugin.form import cases

ROOT = Path(__file__).parents[2]


def all_cases():
    for path in sorted((ROOT / "claims").glob("*/test_*.py")):
        module = importlib.import_module(f"claims.{path.parent.name}.{path.stem}")
        for value in vars(module).values():
            marks = getattr(value, "pytestmark", [])
            for mark in marks:
                if mark.name == "claim" and value.__module__ == module.__name__:
                    yield from cases(mark)


CASES = {f"{case.claim.id} [{case.id}]": case for case in all_cases()}
RECORDS = {
    f"{record['claim']} {record['case']}": record
    for line in (ROOT / "reports/fast/verdicts.jsonl").read_text().split("\n")
    if line
    for record in [json.loads(line)]
}
STATISTICAL = {
    name: record
    for name, record in RECORDS.items()
    if record["evidence"] and record["evidence"]["p_confirm"] is not None
}


def test_the_catalogue_is_found():
    assert len(CASES) > 800


def test_every_form_has_a_sentence_and_no_two_share_one():
    sentences = Counter(case.form.sentence for case in CASES.values())

    assert sentences[""] == 0
    assert [sentence for sentence, times in sentences.items() if times > 1] == []


def test_every_sentence_is_one():
    for case in CASES.values():
        assert case.form.sentence[0].isupper() or not case.form.sentence[0].isalpha()
        assert case.form.sentence.endswith(".")


@pytest.mark.parametrize("tier", ["fast", "full"])
def test_trained_forms_that_bear_on_a_paper_declare_a_regime(tier):
    trained = [
        name
        for name, case in CASES.items()
        if case.tier == tier
        and case.form.bearing == "instance"
        and any(type(arm).__name__ != "Computation" for arm in case.form.arms.values())
    ]

    assert [name for name in trained if not CASES[name].form.regime] == []


def test_statistical_forms_have_a_mutant_that_could_have_passed():
    lacking = [
        name
        for name, record in STATISTICAL.items()
        if not any(mutant["counts"] for mutant in record["calibration"]["mutants"])
    ]

    assert lacking == ["sankararaman2020confusion/width-theory bound"]  # a refutation


def test_no_word_is_said_by_a_plan_without_power():
    weak = {name for name, r in STATISTICAL.items() if (r["calibration"]["power"] or 1.0) < 0.8}

    assert {RECORDS[name]["verdict"] for name in weak} <= {"INCONCLUSIVE"}


def test_statistical_forms_have_pilots_of_what_they_run_now():
    unplanned = [
        name for name, record in STATISTICAL.items() if record["calibration"]["power"] is None
    ]

    assert unplanned == []


@pytest.mark.parametrize("name", CASES)
def test_the_unit_of_a_form_is_one_unit(name):
    case = CASES[name]
    unit = case.form.unit or case.claim.unit

    assert ";" not in unit
    assert " or " not in unit
