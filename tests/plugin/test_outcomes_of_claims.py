"""Verdicts as pytest shows them: letters, words, categories, exit codes, properties."""

import json

import pytest

CLAIMS = """
def one(measured):
    return mean(measured("value")["a"])

@claim(said("holds"), fast=drawn(9.0))
def test_holds(measured, judge):
    judge(one(measured))

@claim(said("fails"), fast=drawn(-9.0))
def test_fails(measured, judge):
    judge(one(measured))

@claim(said("is-open"), fast=drawn(0.5, smallest_effect=0.4))
def test_is_open(measured, judge):
    judge(one(measured))

@claim(said("is-known"), fast=drawn(-9.0, expected="REFUTED", expected_reason="too small a world"))
def test_is_known(measured, judge):
    judge(one(measured))

@claim(said("surprises"), fast=drawn(9.0, expected="REFUTED", expected_reason="thought so"))
def test_surprises(measured, judge):
    judge(one(measured))

@claim(said("opens-up"), fast=drawn(9.0, expected="INCONCLUSIVE", expected_reason="thought so"))
def test_opens_up(measured, judge):
    judge(one(measured))

@claim(said("barely-fails"), fast=drawn(-0.9))
def test_barely_fails(measured, judge):
    judge(one(measured))

@claim(said("crashes"), fast=drawn(9.0))
def test_crashes(measured, judge):
    measured("value")["b"]

@claim(said("crashes-known"), fast=drawn(9.0, expected="REFUTED", expected_reason="known"))
def test_crashes_known(measured, judge):
    raise RuntimeError("out of memory")

@claim(said("never-judges"), fast=drawn(9.0))
def test_never_judges(measured):
    measured("value")

@claim(said("judges-twice"), fast=drawn(9.0))
def test_judges_twice(measured, judge):
    judge(one(measured))
    judge(one(measured))

@claim(said("cannot-run"), fast=Form(
    experiment=Experiment(arms={"a": compute("draws:broken")}, seeds=12), criterion=rule()))
def test_cannot_run(measured, judge):
    judge(one(measured))

@claim(said("lacks-a-fixture"), fast=drawn(9.0))
def test_lacks_a_fixture(measured, judge, nothing_of_the_sort):
    judge(one(measured))

def test_is_an_ordinary_test():
    pass
"""


@pytest.fixture(scope="module")
def run(shared_project):
    shared_project.claims(CLAIMS)
    return shared_project.pytest("-v", "-m", "fast or not full", "--junit-xml=junit.xml")


@pytest.mark.parametrize(
    ("test", "word"),
    [
        ("holds", "CONFIRMED"),
        ("fails", "REFUTED"),
        ("is_open", "INCONCLUSIVE"),
        ("is_known", "REFUTED (known)"),
        ("surprises", "UNEXPECTEDLY CONFIRMED"),
        ("opens_up", "UNEXPECTEDLY CONFIRMED"),
        ("barely_fails", "REFUTED (not gating)"),
        ("crashes", "ERROR"),
        ("crashes_known", "ERROR"),
        ("never_judges", "ERROR"),
        ("judges_twice", "ERROR"),
        ("cannot_run", "ERROR"),
        ("lacks_a_fixture", "ERROR"),
    ],
)
def test_each_verdict_has_its_word(run, test, word):
    assert f"::test_{test}[fast] {word} " in run.line_with(f"::test_{test}[fast] ")


def test_the_built_in_categories_stay_underneath(run):
    counts = {c: run.count(c) for c in ("passed", "failed", "skipped", "xfailed", "errors")}

    assert counts == {"passed": 2, "failed": 3, "skipped": 2, "xfailed": 1, "errors": 6}


def test_a_refuted_claim_makes_the_run_fail(run):
    assert run.code == 1


def test_a_refutation_has_no_traceback(run):
    assert "test_claims.py:" not in run.out.split("_ test_fails[fast] _")[1].split("____")[0]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("crashes", "'b'"),
        ("crashes-known", "out of memory"),
        ("never-judges", "must call judge(evidence) once; it did not"),
        ("judges-twice", "may call judge only once"),
        ("cannot-run", "seed 0 fell over"),
        ("lacks-a-fixture", "nothing_of_the_sort"),
    ],
)
def test_a_crash_is_recorded_as_an_error_and_not_as_a_refutation(run, shared_project, row, reason):
    record = shared_project.record(row)

    assert (record["status"], record["verdict"]) == ("error", None)
    assert reason in record["reason"]


@pytest.mark.parametrize(
    ("row", "verdict"),
    [("holds", "CONFIRMED"), ("is-known", "REFUTED"), ("is-open", "INCONCLUSIVE")],
)
def test_the_report_has_every_verdict(run, shared_project, row, verdict):
    record = shared_project.record(row)

    assert (record["status"], record["verdict"]) == ("judged", verdict)
    assert record["seeds"] == list(range(12))


def test_an_open_claim_says_how_many_seeds_it_needs(run, shared_project):
    assert shared_project.record("is-open")["needs_seeds"] > 0


def test_the_terminal_ends_with_one_line_a_claim(run):
    assert run.line_with("CONFIRMED k2020/holds: 9 [").endswith("n = 12, θ₀ = 0")
    assert run.line_with("ERROR k2020/crashes-known").endswith("; out of memory")


def test_a_known_refutation_is_summed_up_with_its_reason(run):
    assert run.line_with("REFUTED k2020/is-known").endswith("; known: too small a world")


def test_the_terminal_says_where_the_report_is(run):
    assert run.line_with("report: ").endswith("reports/fast/index.html") or "reports" in run.out


def test_junit_carries_verdict_and_numbers(run, shared_project):
    found = shared_project.properties("test_holds[fast]")

    assert found["claim"] == "k2020/holds"
    assert found["verdict"] == "CONFIRMED"
    assert found["kind"] == "superiority"
    assert (float(found["estimate"]), found["n"]) == (9.0, "12")


def test_junit_carries_an_error_as_an_error(run, shared_project):
    assert shared_project.properties("test_crashes[fast]")["verdict"] == "error"


def test_the_letters_of_a_short_run(project):
    text = CLAIMS.replace("def test_is_an_ordinary_test", "def test_zero")
    chosen = "test_holds or test_fails or test_is or test_surprises or barely or test_crashes"

    out = project.claims(text).pytest("-q", "-k", chosen)

    letters = out.line_with("[100%]").split()[0]
    assert letters == "CRIr!rEE"


@pytest.mark.parametrize(
    ("how", "category", "word", "code"),
    [("fail", "failed", "INCONCLUSIVE", 1), ("xfail", "xfailed", "INCONCLUSIVE", 0)],
)
def test_an_open_claim_may_be_made_to_count_otherwise(project, how, category, word, code):
    out = project.claims(CLAIMS).pytest("-v", "-k", "is_open", f"--inconclusive={how}")

    assert f"test_is_open[fast] {word} " in out.line_with("::test_is_open[fast] ")
    assert (out.count(category), out.code) == (1, code)


def test_confirmed_open_and_known_claims_make_no_run_fail(project):
    out = project.claims(CLAIMS).pytest("-q", "-k", "holds or is_open or is_known or barely_fails")

    assert out.code == 0


REPORTED = """
import json

def pytest_runtest_logreport(report):
    if hasattr(report, "claim_record"):
        told = [report.user_properties, report.claim_record, report.claim_lines]
        with open("told.jsonl", "a") as file:
            file.write(json.dumps(told, allow_nan=False) + "\\n")
"""

NUMPY = """
import numpy as np

@claim(said("numpy"), fast=drawn(9.0, null=np.float64(0.0)))
def test_numpy(measured, judge):
    values = measured("value")["a"]
    control = holds("c", expectation="e", observed="o", held=values[0] > 0)
    judge(mean(values), controls=[control], tables=[{"caption": "t", "columns": ["c"],
          "rows": [[values[0], np.int64(3), np.nan]]}])
"""


@pytest.mark.parametrize("workers", ["0", "1"])
def test_everything_on_a_report_is_of_a_plain_type(project, workers):
    (project.folder / "conftest.py").write_text(REPORTED)

    out = project.claims(NUMPY).pytest("-q", "-n", workers)

    assert (out.code, out.count("passed")) == (0, 1)
    ((properties, record, lines),) = project.jsonl("told.jsonl")
    assert {name for name, _ in properties} >= {"claim", "verdict", "estimate", "n"}
    assert record["tables"][0]["rows"] == [[9.25, 3, None]]
    assert json.dumps(lines)
