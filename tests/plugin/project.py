"""Small projects of claims on disk, judged by pytest in a process of their own."""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

CONFIG = """
[pytest]
testpaths = claims
pythonpath = .
addopts =
    --import-mode=importlib --strict-markers -ra
    -p xdist.plugin -p dltheory.plugin.hooks -p no:cacheprovider
xfail_strict = true
"""

# Numbers that no network made; each call leaves a line in calls.txt.
DRAWS = """
import os, pathlib

def around(seed, context, centre, spread=1.0):
    _remember("around", seed)
    return {"value": centre + spread * (-1) ** seed * (1 + seed // 2) / 4}

def broken(seed, context):
    raise ZeroDivisionError(f"seed {seed} fell over")

def infinite(seed, context):
    return {"value": float("inf") if seed == 1 else 1.0}

def _remember(name, seed):
    with pathlib.Path("calls.txt").open("a") as file:
        file.write(f"{name} {seed}\\n")
"""

WORDS = """
from dltheory import (
    MLP, SGD, Claim, Criterion, Digits, Experiment, Form, Paper, Training, WeightDecay, claim,
    compute, holds, mean, paired_difference, quantity, worst_case,
)

PAPER = Paper(key="k2020", title="T", authors="A", venue="V", year=2020, version="1")

def said(row, kind="superiority"):
    return Claim(paper=PAPER, row=row, locator="Table 1", statement=f"It {row}.", kind=kind,
                 formula="x > 0", estimand="x", unit="units", refuted_if="x is small")

def rule(**fields):
    return Criterion(because="made up", licenses="nothing", **fields)

def audited(**fields):
    return Form(criterion=rule(**fields))

def around(centre, n=12):
    return mean([centre + (-1) ** i * (1 + i // 2) / 4 for i in range(n)])

# What could have turned a word: a control that held, and another experiment that was caught.
CHECKED = {
    "controls": [holds("assay", expectation="sees it", observed="it does", held=True)],
    "mutants": {"another arm": mean([-20.0 + (i * i) % 7 for i in range(12)])},
}

def drawn(centre, *, seeds=12, spread=1.0, **fields):
    arms = {"a": compute("draws:around", centre=centre, spread=spread)}
    return Form(experiment=Experiment(arms=arms, seeds=seeds), criterion=rule(**fields))

SMALL = Training(data=Digits(train=50, test=20), model=MLP(hidden=(4,)), epochs=1,
                 optimiser=SGD(learning_rate=0.1, batch_size=25))
DECAY = SMALL.but(penalty=WeightDecay(coefficient=0.1))
ACCURACY = quantity("accuracy", on="test")

def trained(*, seeds=3, arms=None, **fields):
    arms = arms or {"none": SMALL, "decay": DECAY}
    experiment = Experiment(arms=arms, seeds=seeds, measure=(ACCURACY,))
    return Form(experiment=experiment, criterion=rule(**fields))
"""

HEAD = "from words import *\n\n"


@dataclass
class Outcome:
    """How one run of pytest ended."""

    code: int
    out: str
    errors: str
    folder: Path

    @property
    def lines(self):
        return self.out.splitlines()

    def line_with(self, text):
        return next((line for line in self.lines if text in line), "")

    def count(self, word):
        """How many pytest's own count has of a category: "passed", "failed", "xfailed"."""
        counted = [line for line in self.lines if re.search(r" in \d+\.\d+s", line)]
        words = counted[-1].replace(",", "").replace("=", "").split() if counted else []
        return int(words[words.index(word) - 1]) if word in words else 0


class Project:
    """A folder with claim files, and pytest over it."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        for name, text in (("pytest.ini", CONFIG), ("draws.py", DRAWS), ("words.py", WORDS)):
            (folder / name).write_text(text)
        (folder / "claims").mkdir(exist_ok=True)

    def claims(self, text, name="test_claims.py"):
        """Write a claim file."""
        (self.folder / "claims" / name).write_text(HEAD + text)
        return self

    def pytest(self, *words, path=()):
        """Run pytest in the folder; `path` comes before all else on PYTHONPATH."""
        places = [*map(str, path), str(ROOT), str(self.folder)]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
        environment |= {"PYTHONPATH": os.pathsep.join(places), "OMP_NUM_THREADS": "1"}
        environment |= {"CUDA_VISIBLE_DEVICES": "", "COLUMNS": "250"}
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # a second less for each run
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr, self.folder)

    def record(self, row, report="reports/fast", case=""):
        """The record of one claim in a report."""
        return next(
            r for r in self.records(report) if r["claim"] == f"k2020/{row}" and r["case"] == case
        )

    def records(self, report="reports/fast"):
        return self.jsonl(f"{report}/verdicts.jsonl")

    def measurements(self, report="reports/fast"):
        return [line for line in self.jsonl(f"{report}/measurements.jsonl") if "run" in line]

    def jsonl(self, path):
        lines = (self.folder / path).read_text("utf-8").split("\n")
        return [json.loads(line) for line in lines if line]

    def bytes(self, path="reports/fast/verdicts.jsonl"):
        return (self.folder / path).read_bytes()

    def runs(self):
        """The keys of the runs in the store."""
        return sorted(path.name for path in (self.folder / ".runs" / "runs").glob("[!.]*"))

    def calls(self):
        """Which computations were made, in order."""
        path = self.folder / "calls.txt"
        return path.read_text().splitlines() if path.exists() else []

    def properties(self, test, path="junit.xml"):
        """The properties of one test case in a JUnit file."""
        cases = ElementTree.parse(self.folder / path).getroot().iter("testcase")
        found = next(case for case in cases if case.get("name") == test)
        return {p.get("name"): p.get("value") for p in found.iter("property")}
