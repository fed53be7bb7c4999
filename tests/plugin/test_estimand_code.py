"""A digest of how a test makes its evidence: what changes it, and what does not."""

import importlib
import itertools
import sys

import pytest

from dltheory.plugin.estimand_code import estimand_code

CLAIM_FILE = '''
from dltheory.statistics import mean, opposite
from dltheory.verdicts import shown

from .more import SCALE, gap, finish


def test_claim(measured, judge):
    """A claim."""
    accuracy = measured("accuracy")
    found = gap(accuracy)  # a comment
    beside = accuracy["b"] - 1
    for name in ("a", "b"):
        table = accuracy[name]
    judge(
        mean(found / SCALE),
        controls=[shown("b", mean(beside), above=0.1), *[name for name in ("found",)]],
        plots=[table],
    )


def test_handed_on(measured, judge):
    finish(measured("accuracy"), judge, plots=["one"])
'''
MORE = '''
from dltheory.statistics import mean

SCALE = 2.0
WORDS = ("a sentence about the deviations of this form, which no number depends on",)
UNUSED = 1


def gap(accuracy):
    """What is compared."""
    return lower(accuracy["a"]) - accuracy["b"]


def lower(values):
    return values - 1


def finish(accuracy, judge, plots):
    spread = accuracy["a"]
    judge(mean(spread), controls=[accuracy["b"]], plots=plots)
'''
NUMBERS = itertools.count()


@pytest.fixture
def digest(tmp_path, monkeypatch):
    """The digests of both tests, after texts of the two files were exchanged."""

    def of(*changes):
        package = f"made_up_claims_{next(NUMBERS)}"
        folder = tmp_path / package
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        for name, text in (("test_it", CLAIM_FILE), ("more", MORE)):
            for old, new in changes:
                text = text.replace(old, new)
            (folder / f"{name}.py").write_text(text)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        module = importlib.import_module(f"{package}.test_it")
        return estimand_code(module.test_claim), estimand_code(module.test_handed_on)

    return of


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# a comment", "# another"),
        ('"""A claim."""', '"""Another docstring."""'),
        ('"""What is compared."""', '"""Something else."""'),
        ("above=0.1", "above=0.2"),
        ("plots=[table]", "plots=[]"),
        ('accuracy["b"] - 1\n    for', 'accuracy["b"] - 2\n    for'),
        ("table = accuracy[name]", "table = accuracy"),
        ('controls=[accuracy["b"]]', "controls=[]"),
        ('plots=["one"]', 'plots=["two"]'),
        ("UNUSED = 1", "UNUSED = 2"),
        ("deviations of this form", "deviations of that form"),
    ],
)
def test_what_is_not_the_evidence_changes_nothing(digest, old, new):
    assert digest() == digest((old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("mean(found / SCALE)", "opposite(mean(found / SCALE))"),
        ("found = gap(accuracy)", "found = 2 * gap(accuracy)"),
        ("SCALE = 2.0", "SCALE = 3.0"),
        ("return values - 1", "return values + 1"),
        ('measured("accuracy")\n    found', 'measured("loss")\n    found'),
    ],
)
def test_what_makes_the_evidence_changes_its_digest(digest, old, new):
    (before, other), (after, other_after) = digest(), digest((old, new))

    assert before != after
    assert other == other_after


def test_evidence_of_a_function_that_judge_is_handed_on_to_is_known(digest):
    before, after = digest(), digest(('spread = accuracy["a"]', 'spread = accuracy["c"]'))

    assert before[0] == after[0]
    assert before[1] != after[1]
