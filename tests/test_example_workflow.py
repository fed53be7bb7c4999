"""The example of a workflow keeps the store that pytest uses, also when the check fails."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WORKFLOW = (ROOT / "examples" / "github-actions.yml").read_text(encoding="utf-8")
STEPS = {
    step.split("\n")[0].removeprefix("name: "): step for step in WORKFLOW.split("\n      - ")[1:]
}


def test_the_store_that_is_kept_is_the_one_that_is_used():
    used = re.search(r"--store=(\S+)", STEPS["Check the claims"])

    assert used is not None
    assert f"path: {used[1]}\n" in STEPS["Take the newest store"]
    assert f"path: {used[1]}\n" in STEPS["Keep the store"]


def test_the_store_is_kept_whatever_the_check_says():
    assert "if: always()" in STEPS["Keep the store"]


def test_every_run_keeps_a_store_of_its_own():
    keys = {
        re.search(r" key: (.*)", STEPS[name])[1]
        for name in ("Take the newest store", "Keep the store")
    }

    assert len(keys) == 1
    assert "github.run_id" in keys.pop()


def test_the_newest_store_is_taken_whatever_the_commit():
    kept = re.search(r" key: (.*)", STEPS["Keep the store"])[1]
    taken = re.search(r"restore-keys: (.*)", STEPS["Take the newest store"])[1]

    assert kept.startswith(taken)
    assert "sha" not in taken


@pytest.mark.parametrize("option", ["--store", "--inconclusive"])
def test_options_of_the_workflow_exist(option):
    declared = (ROOT / "dltheory" / "plugin" / "options.py").read_text(encoding="utf-8")

    assert f'"{option}"' in declared


def test_the_report_that_is_shown_is_the_one_that_is_written():
    target = re.search(r"cat (\S+)/summary.md", WORKFLOW)[1]

    assert f"path: {target}\n" in WORKFLOW
    assert target == "reports/fast"
