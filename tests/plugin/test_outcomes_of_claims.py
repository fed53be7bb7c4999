"""Verdicts as pytest shows them: letters, words, categories, exit codes, properties."""

import pytest

CLAIMS = """
REFUTED = {"expected": "REFUTED", "expected_reason": "too small a world"}
OPEN = {"expected": "INCONCLUSIVE", "expected_reason": "thought so"}

@claim(said("holds"), fast=audited())
def test_holds(judge):
    judge(around(9.0), **CHECKED)

@claim(said("fails"), fast=audited())
def test_fails(judge):
    judge(around(-9.0), **CHECKED)

@claim(said("is-open"), fast=audited(smallest_effect=0.4))
def test_is_open(judge):
    judge(around(0.5))

@claim(said("is-known"), fast=audited(**REFUTED))
def test_is_known(judge):
    judge(around(-9.0), **CHECKED)

@claim(said("surprises"), fast=audited(**REFUTED))
def test_surprises(judge):
    judge(around(9.0), **CHECKED)

@claim(said("opens-up"), fast=audited(**OPEN))
def test_opens_up(judge):
    judge(around(9.0), **CHECKED)

@claim(said("barely-fails"), fast=audited())
def test_barely_fails(judge):
    judge(around(-0.9))

@claim(said("is-smaller"), fast=audited(smallest_effect=20.0))
def test_is_smaller(judge):
    judge(around(9.0), **CHECKED)

@claim(said("is-unchecked"), fast=audited(**REFUTED))
def test_is_unchecked(judge):
    judge(around(9.0))

@claim(said("crashes"), fast=audited())
def test_crashes(judge):
    {}["b"]

@claim(said("crashes-known"), fast=audited(**REFUTED))
def test_crashes_known(judge):
    raise RuntimeError("out of memory")

@claim(said("never-judges"), fast=audited())
def test_never_judges():
    pass

@claim(said("judges-twice"), fast=audited())
def test_judges_twice(judge):
    judge(around(9.0))
    judge(around(9.0))

@claim(said("cannot-run"), fast=Form(
    experiment=Experiment(arms={"a": compute("draws:broken")}, seeds=12), criterion=rule()))
def test_cannot_run(measured, judge):
    judge(mean(measured("value")["a"]))

@claim(said("is-not-finite"), fast=Form(
    experiment=Experiment(arms={"a": compute("draws:infinite")}, seeds=12), criterion=rule()))
def test_is_not_finite(measured, judge):
    judge(mean(measured("value")["a"]))

@claim(said("lacks-a-fixture"), fast=audited())
def test_lacks_a_fixture(judge, nothing_of_the_sort):
    judge(around(9.0))

def test_is_an_ordinary_test():
    pass
"""


@pytest.fixture(scope="module")
def judged(shared_project):
    """The project, and how its run ended."""
    shared_project.claims(CLAIMS)
    out = shared_project.pytest("-v", "--junit-xml=junit.xml")
    return shared_project, out


@pytest.mark.parametrize(
    ("test", "word"),
    [
        ("holds", "CONFIRMED"),
        ("fails", "REFUTED"),
        ("is_open", "INCONCLUSIVE"),
        ("is_known", "REFUTED (known)"),
        ("surprises", "UNEXPECTEDLY CONFIRMED"),
        ("opens_up", "UNEXPECTEDLY CONFIRMED"),
        ("is_smaller", "SMALLER"),
        ("is_unchecked", "CONFIRMED (not gating)"),
        ("barely_fails", "REFUTED (not gating)"),
        ("crashes", "ERROR"),
        ("crashes_known", "ERROR"),
        ("never_judges", "ERROR"),
        ("judges_twice", "ERROR"),
        ("cannot_run", "ERROR"),
        ("is_not_finite", "ERROR"),
        ("lacks_a_fixture", "ERROR"),
    ],
)
def test_each_verdict_has_its_word(judged, test, word):
    _, out = judged

    assert f"::test_{test}[fast] {word} " in out.line_with(f"::test_{test}[fast] ")


def test_the_built_in_categories_stay_underneath(judged):
    _, out = judged

    counts = {c: out.count(c) for c in ("passed", "failed", "skipped", "xfailed", "errors")}

    assert counts == {"passed": 2, "failed": 4, "skipped": 3, "xfailed": 1, "errors": 7}


def test_a_refuted_claim_makes_the_run_fail(judged):
    _, out = judged

    assert out.code == 1


def test_a_refutation_has_no_traceback(judged):
    _, out = judged

    section = out.out.split(" test_fails[fast] ")[1].split("____\n")[1]

    assert section.startswith("REFUTED k2020/fails: -9 [")
    assert "test_claims.py:" not in section


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("crashes", "'b'"),
        ("crashes-known", "out of memory"),
        ("never-judges", "must call judge(evidence) once; it did not"),
        ("judges-twice", "may call judge only once"),
        ("cannot-run", "seed 0 fell over"),
        ("is-not-finite", "seed 1) gave none that is finite. Where that is an outcome"),
        ("lacks-a-fixture", "nothing_of_the_sort"),
    ],
)
def test_a_crash_is_recorded_as_an_error_and_not_as_a_refutation(judged, row, reason):
    project, _ = judged

    record = project.record(row)

    assert (record["status"], record["verdict"]) == ("error", None)
    assert reason in record["reason"]


@pytest.mark.parametrize(
    ("row", "verdict"),
    [("holds", "CONFIRMED"), ("is-known", "REFUTED"), ("is-open", "INCONCLUSIVE")],
)
def test_the_report_has_every_verdict(judged, row, verdict):
    project, _ = judged

    record = project.record(row)

    assert (record["status"], record["verdict"]) == ("judged", verdict)


def test_an_audit_lists_no_seeds_and_no_looks(judged):
    project, _ = judged

    record = project.record("holds")

    assert (record["seeds"], record["runs"], record["criterion"]["looks"]) == ([], [], [])


def test_an_open_claim_says_whether_more_seeds_may_decide_it(judged):
    project, _ = judged

    assert project.record("is-open")["more_seeds"] is True


def test_a_claim_without_control_or_mutant_says_so_in_the_terminal(judged):
    _, out = judged

    told = "CONFIRMED (no control; no mutant) k2020/is-unchecked: 9 ["
    assert [line for line in out.lines if line.startswith(told)]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("CONFIRMED k2020/holds: 9 [", "n = 12, θ₀ = 0"),
        ("ERROR k2020/crashes-known", "Error: out of memory"),
        ("REFUTED k2020/is-known", "; known: too small a world"),
        ("report: ", "index.html"),
    ],
    ids=["confirmed", "error", "known refutation", "where the report is"],
)
def test_the_terminal_ends_with_one_line_a_claim(judged, start, end):
    _, out = judged

    (line,) = [line for line in out.lines if line.startswith(start) and "reports/index" not in line]

    assert line.endswith(end)


def test_junit_carries_verdict_and_numbers(judged):
    project, _ = judged

    found = project.properties("test_holds[fast]")

    assert (found["claim"], found["verdict"]) == ("k2020/holds", "CONFIRMED")
    assert (found["kind"], found["n"]) == ("superiority", "12")
    assert float(found["estimate"]) == 9.0


@pytest.mark.parametrize("test", ["crashes", "lacks_a_fixture"])
def test_junit_carries_an_error_as_an_error(judged, test):
    project, _ = judged

    assert project.properties(f"test_{test}[fast]")["verdict"] == "error"


def test_confirmed_open_known_and_not_gating_claims_make_no_run_fail(project):
    out = project.claims(CLAIMS).pytest("-q", "-k", "holds or is_open or is_known or barely_fails")

    assert out.line_with("[100%]").split()[0] == "CIrr"
    assert out.code == 0


def test_an_open_claim_may_be_made_to_fail(project):
    out = project.claims(CLAIMS).pytest("-q", "-k", "is_open", "--inconclusive=fail")

    assert out.line_with("[100%]").split()[0] == "I"
    assert (out.count("failed"), out.code) == (1, 1)


SET_ASIDE = """
@claim(said("is-open"), fast=audited(smallest_effect=0.4))
def test_is_open(judge):
    judge(around(0.5))

@claim(said("set-aside"), fast=audited())
def test_set_aside(judge):
    judge(around(9.0), mutants={"broken": mean([9.0 + (i * i) % 7 for i in range(12)])})
"""


def test_a_run_that_gates_fails_for_a_verdict_that_was_set_aside_alone(project):
    out = project.claims(SET_ASIDE).pytest("-q", "-m", "fast", "--inconclusive=gate")

    assert (out.count("failed"), out.count("skipped"), out.code) == (1, 1, 1)
    assert "Broken experiments pass as well: broken" in out.out


REPORTED = """
import json, os

def pytest_runtest_logreport(report):
    if hasattr(report, "claim_record") and "PYTEST_XDIST_WORKER" not in os.environ:
        told = [report.user_properties, report.claim_record, report.claim_lines]
        with open("told.jsonl", "a") as file:
            file.write(json.dumps(told, allow_nan=False) + "\\n")
"""

NUMPY = """
import numpy as np

@claim(said("numpy"), fast=audited(null=np.float64(0.0)))
def test_numpy(judge):
    value = np.float64(9.25)
    control = holds("c", expectation="e", observed="o", held=value > 0)
    table = {"caption": "t", "columns": ["c"], "rows": [[value, np.int64(3), np.nan]]}
    judge(around(value), controls=[control], mutants=CHECKED["mutants"], tables=[table])
"""


def test_what_a_report_carries_from_a_worker_is_of_plain_types(project):
    (project.folder / "conftest.py").write_text(REPORTED)

    out = project.claims(NUMPY).pytest("-q", "-n", "1")

    assert (out.code, out.count("passed")) == (0, 1)
    ((properties, record, _),) = project.jsonl("told.jsonl")
    assert {name for name, _ in properties} >= {"claim", "verdict", "estimate", "n"}
    assert record["tables"][0]["rows"] == [[9.25, 3, None]]
