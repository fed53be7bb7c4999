"""A report is a record: sealed, complete, and nothing that was not selected is dropped."""

import json
import shutil
import threading

import pytest

from dltheory.plugin.report_lock import alone_in
from dltheory.plugin.seals import is_edited, marked, sealed
from tests.plugin.project import Project

COUNTED = """
@claim(said("is-counted"), fast=drawn(9.0), full=audited())
def test_is_counted(measured, judge):
    judge(mean(measured("value")["a"]))
"""

OTHER = """
@claim(said("is-other"), fast=drawn(5.0))
def test_is_other(measured, judge):
    judge(mean(measured("value")["a"]))
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A project with two claim files and its report."""
    project = Project(tmp_path_factory.mktemp("whole") / "project")
    project.claims(COUNTED, "test_a.py").claims(OTHER, "test_b.py")
    assert project.pytest("-m", "fast").code == 0
    return project.folder


@pytest.fixture
def project(whole, tmp_path):
    """A copy of it."""
    return Project(shutil.copytree(whole, tmp_path / "project"))


def rows(project, report="reports/fast"):
    return [record["claim"].removeprefix("k2020/") for record in project.records(report)]


BOTH = ["is-counted", "is-other"]


# ── seals ─────────────────────────────────────────────────────────────────────────────────────


def rewritten(project, change):
    """The report's measurements, each changed."""
    path = project.folder / "reports/fast/measurements.jsonl"
    lines = [change(line) for line in project.jsonl("reports/fast/measurements.jsonl")]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_edited_measurements_are_judged_as_edited(project):
    rewritten(project, lambda line: {**line, "value": -line["value"]} if "run" in line else line)

    out = project.pytest("-m", "fast", "--from-measurements=reports/fast")

    record = project.record("is-counted")
    assert "edited measurements" in record["qualifiers"]
    assert "12 of 13 lines do not match their seals" in record["reason"]
    assert "(edited measurements)" in out.line_with("REFUTED (edited measurements)")
    assert "edited measurements" in (project.folder / "reports/fast/summary.md").read_text("utf-8")
    assert "edited measurements" in (project.folder / "reports/fast/index.html").read_text("utf-8")


def test_measurements_that_were_not_touched_carry_no_such_word(project):
    project.pytest("-m", "fast", "--from-measurements=reports/fast")

    assert [record["qualifiers"] for record in project.records()] == [
        [word for word in record["qualifiers"] if "measurements" not in word]
        for record in project.records()
    ]


@pytest.mark.parametrize("name", ["value", "seed", "status", "provenance"])
def test_a_line_with_another_value_does_not_match_its_seal(name):
    line = sealed({"run": "r", "value": 1.5, "seed": 1, "status": "ok", "provenance": "p"})

    assert not is_edited(json.loads(json.dumps(line)))
    assert is_edited({**line, name: "other"})


def test_a_line_without_a_seal_is_said_to_have_none():
    record = marked({"qualifiers": [], "reason": "why"}, [{"run": "r"}], [])

    assert record["qualifiers"] == ["unsealed measurements"]
    assert record["reason"].endswith("whether they were changed. why")


# ── nothing is dropped that was not selected ──────────────────────────────────────────────────


@pytest.mark.parametrize(
    "words",
    [
        ("-k", "is_other", "--out=reports/fast"),
        ("-k", "is_other", "--from-measurements=reports/fast", "--out=reports/fast"),
        ("--continue-on-collection-errors",),
        ("-n", "1"),
        ("-p", "no:cacheprovider", "claims/test_b.py"),
    ],
    ids=" ".join,
)
def test_a_session_that_did_not_judge_a_claim_keeps_its_record_and_measurements(project, words):
    if "-k" not in words and "claims/test_b.py" not in words:
        project.claims("import not_there\n" + COUNTED, "test_a.py")
    before = len(project.measurements())

    project.pytest("-m", "fast", *words)

    assert rows(project) == BOTH
    assert len(project.measurements()) == before


def test_a_claim_that_is_skipped_keeps_its_verdict(project):
    project.claims('import pytest\npytest.importorskip("not_there")\n' + COUNTED, "test_a.py")
    project.claims("import pytest\n@pytest.mark.skip\n" + OTHER.lstrip(), "test_b.py")

    project.pytest("-m", "fast")

    assert rows(project) == BOTH
    assert {record["verdict"] for record in project.records()} == {"CONFIRMED"}


def test_an_error_keeps_the_measurements_to_judge_again(project):
    before = len(project.measurements())
    project.claims(COUNTED.replace('measured("value")', 'measured("valeu")'), "test_a.py")

    project.pytest("-m", "fast", "--from-measurements=reports/fast")

    assert project.record("is-counted")["status"] == "error"
    assert len(project.measurements()) == before


@pytest.mark.parametrize("words", [(), ("claims",)], ids=["no arguments", "the folder"])
def test_the_records_of_a_deleted_file_go_with_it_without_testpaths(project, words):
    ini = project.folder / "pytest.ini"
    ini.write_text(ini.read_text().replace("testpaths = claims\n", ""))
    (project.folder / "claims/test_a.py").unlink()

    project.pytest("-m", "fast", *words)

    assert rows(project) == ["is-other"]


# ── sessions that end together ────────────────────────────────────────────────────────────────


def test_a_report_is_changed_by_one_at_a_time(tmp_path):
    free, order = threading.Event(), []

    def second():
        with alone_in(tmp_path):
            order.append("second")

    with alone_in(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        free.wait(0.3)
        order.append("first")
    thread.join(10)

    assert order == ["first", "second"]
    assert list(tmp_path.iterdir()) == []


def test_sessions_that_end_together_lose_no_record(project):
    shutil.rmtree(project.folder / "reports")
    threads = [
        threading.Thread(target=project.pytest, args=("-m", "fast", "-k", row))
        for row in ("is_counted", "is_other")
    ]
    folder = project.folder / "reports/fast"

    with alone_in(folder):  # both wait for it
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(4)
    for thread in threads:
        thread.join(100)

    assert rows(project) == BOTH


# ── the full tier ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("expression", "report"),
    [("fast and not (full or ray)", "fast"), ("not (fulldata)", "fast"), ("full", "full")],
)
def test_an_expression_is_evaluated_and_not_searched_for_letters(project, expression, report):
    shutil.rmtree(project.folder / "reports")

    marks = "markers=ray\nfulldata"

    project.pytest("-m", expression, "-k", "is_counted", "-o", marks)

    written = [path.parent.name for path in (project.folder / "reports").glob("*/junit.xml")]
    assert written == [report]


# ── papers ────────────────────────────────────────────────────────────────────────────────────

CONCLUDING = """
from dltheory import Finding, Paper

TOLD = Paper(key="k2020", title="T", authors="A", venue="V", year=2020, version="1",
             findings=(Finding(name="deep", conclusion="Deep nets win.", locator="Abstract",
                               claims=("is-concluded",)),))
CLAIM = Claim(paper=TOLD, row="is-concluded", locator="§1", statement="It wins.",
              kind="superiority", formula="θ > 0", estimand="a mean", unit="points",
              refuted_if="it does not")

@claim(CLAIM, static=audited())
def test_is_concluded(judge):
    judge(worst_case([1.0], method="counted"))
"""


@pytest.fixture
def concluding(tmp_path):
    """A project whose paper draws a conclusion that a form confirms, and has a reply."""
    project = Project(tmp_path / "project")
    project.claims(CONCLUDING)
    (project.folder / "claims/replies.md").write_text("## is-concluded: B\n\nAgreed.\n", "utf-8")
    return project


def test_the_conclusions_and_replies_of_a_paper_are_written_beside_its_verdicts(concluding):
    concluding.pytest("-m", "fast")

    (line,) = concluding.jsonl("reports/fast/papers.jsonl")
    assert line["findings"][0]["claims"] == ["k2020/is-concluded"]
    assert line["replies"][0]["text"] == "Agreed."
    assert "findings" not in concluding.record("is-concluded")["paper"]


def test_the_last_lines_say_what_holds_by_paper(concluding):
    lines = [line for line in concluding.pytest("-m", "fast").lines if line.strip()]

    start = next(i for i, line in enumerate(lines) if "what holds" in line)
    assert any("1 passed in" in line for line in lines[:start])
    told = "\n".join(lines[start:])
    assert "Deep nets win." in told
    assert "forms of this session:" in told
    assert "no form failed" in told
    assert lines[-1].startswith("report: ")


def test_a_plan_is_kept_where_a_report_folder_is_named(project):
    project.pytest("-m", "full", "--plan", "--out=reports/full")

    (line,) = project.jsonl("reports/full/plan.jsonl")
    assert (line["claim"], line["tier"], line["runs"]) == ("k2020/is-counted", "full", 0)
    assert line["test"].startswith("claims/test_a.py::")
    assert not (project.folder / "reports/full/verdicts.jsonl").exists()
