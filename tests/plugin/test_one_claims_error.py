"""An exception in one claim, wherever it comes from, is that claim's error alone."""

import pytest

OWN = """
from dataclasses import dataclass
from dltheory.data import DataSpec, Digits
from dltheory.models import MLP

@dataclass(frozen=True, kw_only=True)
class Torn(Digits):
    def load(self, *words, **fields):
        raise EOFError("the file ends in the middle")

@dataclass(frozen=True, kw_only=True)
class Broken(MLP):
    def build(self, *words, **fields):
        raise IndexError("no such layer")
"""

CLAIMS = """
from own import Broken, Torn

def of(**fields):
    return trained(arms={"a": SMALL.but(**fields), "b": DECAY.but(**fields)}, null=-1.0)

def accuracies(measured, judge):
    judge(paired_difference(*measured("accuracy on test").values()))

@claim(said("is-torn"), fast=of(data=Torn(train=50, test=20)))
def test_is_torn(measured, judge):
    accuracies(measured, judge)

@claim(said("is-broken"), fast=of(model=Broken(hidden=(4,))))
def test_is_broken(measured, judge):
    accuracies(measured, judge)

@claim(said("is-rude"), fast=audited())
def test_is_rude(judge):
    raise RuntimeError("before \\x1b[31mred \\u202eback \\udc80half")

class Mute(Exception):
    def __str__(self):
        raise ValueError("it says nothing")

@claim(said("is-mute"), fast=audited())
def test_is_mute(judge):
    raise Mute

@claim(said("is\\u2028long \\ud83d"), fast=audited())
def test_is_long(judge):
    judge(around(9.0))

@claim(said("is-misplaced"), fast=audited())
def test_is_misplaced(judge):
    judge(around(9.0), plots=[{"caption": "a table", "columns": ["n"], "rows": [[1]]}])

@claim(said("is-skipped"), fast=audited())
def test_is_skipped(judge):
    __import__("pytest").skip("not today")
"""


@pytest.fixture(scope="module", params=["0", "2"], ids=["one process", "two workers"])
def judged(request, tmp_path_factory):
    from tests.plugin.project import Project

    project = Project(tmp_path_factory.mktemp("errors")).claims(CLAIMS)
    (project.folder / "own.py").write_text(OWN)
    return project, project.pytest("-m", "fast", "-n", request.param)


def test_the_session_goes_on_to_its_report(judged):
    project, out = judged

    assert "INTERNALERROR" not in out.out + out.errors
    assert out.code == pytest.ExitCode.TESTS_FAILED
    assert len(project.records()) == 7


@pytest.mark.parametrize(
    ("row", "reason", "place"),
    [
        ("is-torn", "the file ends in the middle", "own.py:"),
        ("is-broken", "no such layer", "own.py:"),
        ("is-rude", "before ", "claims/test_claims.py:"),
        ("is-mute", "Mute", "claims/test_claims.py:"),
        ("is-misplaced", "tables to judge(tables=…)", ""),
    ],
)
def test_the_record_says_what_was_raised_and_where(judged, row, reason, place):
    project, _ = judged

    record = project.record(row)

    assert (record["status"], record["verdict"]) == ("error", None)
    assert reason in record["reason"]
    assert place in record["traceback"]


def test_any_text_survives_in_the_records(judged):
    project, _ = judged

    assert "\x1b[31mred \u202eback \udc80half" in project.record("is-rude")["reason"]
    assert project.record("is\u2028long \ud83d")["verdict"] == "CONFIRMED"


def test_what_steers_a_terminal_is_shown_written_out(judged):
    project, out = judged

    shown = [
        out.out,
        *(
            (project.folder / "reports/fast" / name).read_text("utf-8")
            for name in ("summary.md", "index.html", "junit.xml")
        ),
    ]

    for text in shown:
        assert not set(text) & {"\x1b", "\u202e", "\u2028"}
    assert r"\x1b[31mred \u202eback \udc80half" in out.out


def test_a_claim_that_was_skipped_is_still_in_the_report(judged):
    project, _ = judged

    record = project.record("is-skipped")

    assert (record["status"], record["reason"]) == ("not run", "The test was skipped: not today.")


def test_a_plan_goes_on_after_a_claim_that_cannot_be_planned(judged):
    project, _ = judged
    text = CLAIMS.replace("SMALL.but(**fields)", 'SMALL.but(**fields), "c": None')

    out = project.claims(text).pytest("-m", "fast", "--plan")
    project.claims(CLAIMS)

    assert out.code in (0, 1, 2)
    assert "INTERNALERROR" not in out.out + out.errors
