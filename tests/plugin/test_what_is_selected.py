"""Markers, parameter ids, and reports that keep what was not selected."""

import shutil

import pytest

from tests.plugin.project import Project

CLAIMS = """
@claim(said("is-printed"), static=audited())
def test_is_printed(judge):
    judge(around(9.0))

@claim(said("is-small"), fast=audited(), full=audited())
def test_is_small(judge, tier, case_name):
    assert (tier, case_name) in [("fast", ""), ("full", "")]
    judge(around(9.0))

@claim(said("has-cases"), fast={"mlp": audited(), "resnet": audited()}, full={"mlp": audited()})
def test_has_cases(judge, case_name):
    assert case_name in ("mlp", "resnet")
    judge(around(9.0))
"""

FAST = ["is_small[fast]", "has_cases[fast-mlp]", "has_cases[fast-resnet]"]
STATIC = ["is_printed[static]"]
FULL = ["is_small[full]", "has_cases[full-mlp]"]


@pytest.fixture(scope="module")
def claims(shared_project):
    return shared_project.claims(CLAIMS)


def selected(out):
    return [line.split("::test_")[1].split(" ")[0] for line in out.lines if "::test_" in line]


@pytest.mark.parametrize(
    ("words", "items"),
    [
        ((), STATIC + FAST),
        (("-m", "static"), STATIC),
        (("-m", "full"), FULL),
        (("-m", "not full"), STATIC + FAST),
        (("-m", "fast or full"), STATIC + FAST + FULL),
    ],
    ids=lambda value: " ".join(value) or "nothing",
)
def test_tiers_are_selected_by_marker_and_the_full_one_only_if_asked_for(claims, words, items):
    out = claims.pytest("--collect-only", "-q", *words)

    assert sorted(selected(out)) == sorted(items)
    assert not (claims.folder / "reports").exists()


def rows(project, report="reports/fast"):
    return [(r["claim"].removeprefix("k2020/"), r["case"]) for r in project.records(report)]


ALL = [("has-cases", "mlp"), ("has-cases", "resnet"), ("is-printed", ""), ("is-small", "")]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder with a report on all quick claims."""
    folder = tmp_path_factory.mktemp("whole") / "project"
    project = Project(folder).claims(CLAIMS)
    project.pytest("-q")
    assert rows(project) == ALL
    return folder


@pytest.fixture
def reported(whole, tmp_path):
    """A copy of it, where one claim has been renamed."""
    copied = shutil.copytree(whole, tmp_path / "project")
    return Project(copied).claims(CLAIMS.replace('said("is-small")', 'said("is-tiny")'))


@pytest.mark.parametrize(
    "words",
    [("-k", "tiny or is_small"), ("-m", "static"), ("claims/test_claims.py",)],
    ids=" ".join,
)
def test_a_narrower_run_keeps_the_records_of_all_other_claims(reported, words):
    reported.pytest("-q", *words)

    assert set(rows(reported)) >= set(ALL)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_whole_run_drops_what_is_no_claim_any_more(reported, workers):
    reported.pytest("-q", "-n", workers)

    assert rows(reported) == [*ALL[:3], ("is-tiny", "")]


def test_a_run_that_stops_at_the_first_failure_keeps_the_rest(reported):
    text = CLAIMS.replace("judge(around(9.0))", "judge(around(-9.0))", 1)

    out = reported.claims(text).pytest("-q", "-x")

    assert out.code == 1
    assert rows(reported) == ALL


def test_the_full_tier_has_a_report_of_its_own_that_the_fast_one_leaves_alone(reported):
    reported.pytest("-q", "-m", "full")
    before = reported.bytes("reports/full/verdicts.jsonl")

    reported.pytest("-q")

    assert rows(reported, "reports/full") == [("has-cases", "mlp"), ("is-tiny", "")]
    assert reported.bytes("reports/full/verdicts.jsonl") == before


def test_a_report_that_cannot_be_read_is_named_and_left_as_it_is(reported):
    (reported.folder / "reports/fast/verdicts.jsonl").write_text("<<<<<<< HEAD\n")

    out = reported.pytest("-q", "-k", "is_printed")

    assert out.code == 3
    assert "the report was not written: reports/fast/verdicts.jsonl must hold one" in out.errors
    assert reported.bytes() == b"<<<<<<< HEAD\n"
