"""Forms that were not run say so, with what they would cost and how to run them."""

import json

import pytest

from dltheory.reporting import join, read_verdicts, render
from dltheory.reporting.planned import Planned, cost, read_not_run, summed
from tests.reporting.synthetic import claim, folder, write_papers


def planned(name, case="", runs=10, hours=2.5):
    return {
        "schema": 2,
        "claim": f"liu2020bad/{name}",
        "case": case,
        "tier": "full",
        "bearing": "claim",
        "test": f"claims/liu2020bad/test_{name}.py::test_it[full-{case}]",
        "runs": runs,
        "hours": {"cpu": hours},
    }


@pytest.fixture
def report(tmp_path):
    path = folder(tmp_path / "full", [claim("a", "liu2020bad", case="1", tier="full")])
    write_papers(path)
    lines = [planned("a", "1"), planned("a", "2"), planned("b", hours=100.0), planned("b", "3")]
    (path / "plan.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


def test_a_planned_form_without_a_verdict_was_not_run(report):
    groups = read_not_run(report, read_verdicts(report / "verdicts.jsonl"))["liu2020bad"]

    assert {g.name: [f.case for f in g.forms] for g in groups} == {"a": ["2"], "b": ["", "3"]}


def test_forms_that_were_not_run_are_summed_with_their_cost(report):
    groups = read_not_run(report, ())["liu2020bad"]

    assert summed(groups) == (
        "4 forms of 2 claims not run: 40 runs, about 108 h on cpu, if each ran alone"
    )


def test_many_hours_are_told_in_millions():
    form = Planned(claim="k/a", runs=1, hours={"cpu": 12_100_000})

    assert cost([form]) == "1 run, about 12.1 million h on cpu"


def test_a_claim_that_was_not_run_has_its_command(report):
    (_, group) = read_not_run(report, ())["liu2020bad"]

    assert group.command == "pytest -m full --gpus claims/liu2020bad/test_b.py"


def test_a_folder_without_a_plan_tells_nothing(tmp_path):
    assert read_not_run(folder(tmp_path, [claim("a")]), ()) == {}


def test_page_and_joined_page_tell_what_was_not_run(report):
    render(report)
    join(report.parent)

    for page in (report / "index.html", report.parent / "index.html"):
        html = page.read_text("utf-8")
        assert "3 forms of 2 claims not run: 30 runs, about 105 h on cpu" in html
        assert "<code>pytest -m full --gpus claims/liu2020bad/test_a.py</code>" in html
