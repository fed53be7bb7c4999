"""Made-up records, plots and measurements, and folders that hold them."""

import json
import random
from pathlib import Path

import numpy as np

from dltheory.reporting.papers import as_line, as_text
from dltheory.verdicts import arms_plot, density_plot, lines_plot, regions_plot, scatter_plot

PAPERS = {
    "goldblum2020truth": {
        "key": "goldblum2020truth",
        "title": "Truth or Backpropaganda? An Empirical Investigation of Deep Learning Theory",
        "authors": "Goldblum, Geiping, Schwarzschild, Moeller, Goldstein",
        "venue": "ICLR",
        "year": 2020,
        "version": "arXiv v2",
    },
    "sankararaman2020confusion": {
        "key": "sankararaman2020confusion",
        "title": "The Impact of Neural Network Overparameterization on Gradient Confusion",
        "authors": "Sankararaman, De, Xu, Huang, Goldstein",
        "venue": "ICML",
        "year": 2020,
        "version": None,
    },
    "liu2020bad": {
        "key": "liu2020bad",
        "title": "Bad Global Minima Exist and SGD Can Reach Them",
        "authors": "Liu, Papailiopoulos, Achlioptas",
        "venue": "NeurIPS",
        "year": 2020,
        "version": "2",
    },
}
SEEDS = list(range(100, 116))
CONCLUSIONS = {
    "goldblum2020truth": ("norm-bias-no-worse", "weight-decay-is-norm-bias-at-zero"),
    "sankararaman2020confusion": ("confusion-falls-with-width", "bound-on-confusion"),
    "liu2020bad": ("bad-minima-are-reached", "augmentation", "not-in-the-report"),
}


def write_papers(path, replies=""):
    """Put a ``papers.jsonl`` beside the verdicts: one conclusion a paper, and these replies."""
    lines = [as_line(told_paper(key, claims), replies) for key, claims in CONCLUSIONS.items()]
    (path / "papers.jsonl").write_text(as_text(lines), "utf-8")


def told_paper(key, claims, **fields):
    """A paper as a record tells it, with one conclusion that rests on these claims."""
    finding = {
        "name": "first",
        "conclusion": f"What {key} concludes.",
        "locator": "Abstract",
        "claims": list(claims),
        "picture": "",
    }
    return {**PAPERS[key], "findings": [{**finding, **fields}], "beside": []}


def claim(name, paper="goldblum2020truth", case="", **fields):
    """A complete, confirmed record; fields given replace its own."""
    record = {
        "schema": 2,
        "claim": f"{paper}/{name}",
        "case": case,
        "tier": "fast",
        "status": "judged",
        "reason": "",
        "verdict": "CONFIRMED",
        "expected": "CONFIRMED",
        "expected_reason": "",
        "qualifiers": [],
        "paper": PAPERS[paper],
        "statement": "Training towards a fixed norm generalises no worse than weight decay.",
        "sentence": "On digits, a small MLP with norm bias tests no worse than with weight decay.",
        "bearing": "claim",
        "regime": [],
        "quantifier": "",
        "provisional": False,
        "supports": True,
        "locator": "§3, Table 3",
        "kind": "non-inferiority",
        "formula": "E[acc(norm bias) − acc(weight decay)] > −m",
        "estimand": "the mean paired difference of test accuracies",
        "unit": "accuracy (fraction)",
        "refuted_if": "the upper bound of the mean difference lies below zero",
        "licenses": "Shows the mechanism in a small MLP on digits.",
        "criterion": {
            "null": -0.01,
            "smallest_effect": 0.01,
            "slack": 0.0,
            "printed_effect": None,
            "because": "a tenth of the gap between weight decay and none.",
            "alpha": 0.01,
            "looks": [16],
        },
        "evidence": evidence(0.004, 0.006),
        "plots": [strip_plot()],
        "tables": [],
        "sensitivity": [{"name": "exact sign-flip", "p": 0.0001}],
        "controls": [
            {
                "name": "shuffled labels",
                "expectation": "accuracy of chance",
                "observed": "0.101",
                "held": True,
                "when_failed": "inconclusive",
            }
        ],
        "magnitude": None,
        "calibration": {
            "false_confirm": 0.0101,
            "false_confirm_own_residuals": 0.012,
            "false_refute": 0.0098,
            "false_refute_own_residuals": 0.014,
            "simulations": 20000,
            "power": 0.93,
            "stability": 0.997,
            "gates": True,
            "mutants": [
                {"name": "arms swapped", "verdict": "REFUTED", "caught": True, "counts": True}
            ],
        },
        "more_seeds": False,
        "attrition": [{"arm": "weight decay", "diverged": 0, "n": 16, "rate_upper": 0.25}],
        "deviations": ["8×8 digits instead of CIFAR-10 (scaled down)"],
        "adjusted": {"holm_p": 0.0003, "holm_p_refute": 1.0, "q": 0.0004},
        "plan": "9f2c1ab7d004",
        "runs": [f"{index:02d}af9c{name[:4]}" for index in range(4)],
        "seeds": SEEDS,
        "test": f"claims/{paper}/test_{name.replace('-', '_')}.py::test_holds[fast]",
        "command": f'pytest -m fast "claims/{paper}/test_{name.replace("-", "_")}.py"',
        "a_field_of_the_future": {"ignored": True},
    }
    return {**record, **fields}


def old_claim(name, **fields):
    """The same record as it was written before sentences, bearings and conditions."""
    new = ("sentence", "bearing", "regime", "quantifier", "provisional", "supports", "more_seeds")
    record = {key: value for key, value in claim(name).items() if key not in new}
    return {**record, "schema": 1, "needs_seeds": 3, **fields}


def condition(name, *, held, when_failed="inconclusive", observed="0.101", **fields):
    """A control, or a condition of the paper's setting."""
    told = {"expectation": "above 0.9", "observed": observed, "stability": None}
    return {"name": name, "held": held, "when_failed": when_failed, **told, **fields}


def evidence(estimate, sd, n=16, p=2e-7, **fields):
    """Evidence whose bounds are two and a half standard errors away."""
    reach = 2.6 * (sd or 0.0) / (n or 1) ** 0.5
    measured = {
        "method": "Student’s t on differences paired by seed",
        "n": n,
        "estimate": estimate,
        "sd": sd,
        "lower": estimate - reach,
        "upper": estimate + reach,
        "p_confirm": p,
        "p_refute": 0.9987,
        "alpha": 0.01,
        "look": 1,
        "cases": None,
    }
    return {**measured, **fields}


def criterion(null, effect, **fields):
    """A criterion at level .01 with one look."""
    fixed = {"null": null, "smallest_effect": effect, "because": "half the printed effect."}
    return {**fixed, "alpha": 0.01, "looks": [16], **fields}


def strip_plot(names=("weight decay", "norm bias"), *, paired=True, diverged=(), log=False):
    """Dots per arm and seed."""
    noise = random.Random(len(names))
    base = [noise.gauss(0.93, 0.006) for _ in SEEDS]
    arms = [
        {
            "name": name,
            "values": [b + 0.004 * i + noise.gauss(0, 0.003) for b in base],
            "diverged": [],
        }
        for i, name in enumerate(names)
    ]
    for index in diverged:
        arms[-1]["values"][index] = None
        arms[-1]["diverged"].append(index)
    return {
        "kind": "arms",
        "title": "Test accuracy by way of regularising",
        "axis": "test accuracy",
        "log": log,
        "paired": paired,
        "arms": arms,
        "seeds": SEEDS,
    }


def level_plot():
    """A falling curve per seed over widths."""
    noise = random.Random(3)
    widths = [8, 16, 32, 64, 128, 256]
    return {
        "kind": "levels",
        "title": "Most negative cosine between two gradients",
        "axis": "min cosine",
        "log": False,
        "x_axis": "width",
        "x_log": True,
        "levels": widths,
        "seeds": SEEDS,
        "values": [[-2.1 / w**0.5 + noise.gauss(0, 0.02) for w in widths] for _ in SEEDS],
    }


def case_plot(cases):
    """Relative errors against a tolerance."""
    noise = random.Random(5)
    return {
        "kind": "cases",
        "title": "Largest relative error of every random network",
        "axis": "relative error",
        "log": True,
        "values": [10 ** noise.gauss(-14.6, 0.5) for _ in range(cases)],
        "threshold": 1e-12,
        "threshold_name": "tolerance",
    }


def printed_plot():
    """Dots per arm with the printed value beside two of them."""
    noise = np.random.default_rng(11)
    arms = {
        name: mean + 0.4 * noise.standard_normal(16)
        for name, mean in (("low rank", 91.2), ("rank kept", 92.0), ("full rank", 92.3))
    }
    return arms_plot(
        "Test accuracy by rank",
        "test accuracy (%)",
        arms,
        seeds=SEEDS,
        printed={"low rank": 90.1, "full rank": 92.4},
    )


def lines_of(names=("SGD", "SGD with momentum", "adversarial start"), *, places=60, log=False):
    """Falling curves over epochs with their range over six runs; two printed points."""
    noise = np.random.default_rng(12)
    x = np.arange(1, places + 1)
    lines = {
        name: (x, (0.4 + 0.5 * i) * x**-0.6 * np.exp(0.12 * noise.standard_normal((6, places))))
        for i, name in enumerate(names)
    }
    printed = {names[0]: ([x[0], x[-1]], [0.5, 0.05]), "their bound": ([x[-1]], [0.9])}
    return lines_plot("Training loss", "loss", "epoch", lines, printed=printed, x_log=log, log=log)


def cloud_plot(names=("random start", "adversarial start", "poisoned"), points=700):
    """Clouds of points with two lines across."""
    noise = np.random.default_rng(13)
    groups = {
        name: (x := noise.uniform(0, 10, points), i + x / 2 + noise.standard_normal(points))
        for i, name in enumerate(names)
    }
    lines = {"equal": (1.0, 0.0), "fitted": (0.5, 1.0)}
    return scatter_plot("Norm and distance", "distance from the start", "norm", groups, lines=lines)


def hill_plot(names=("trained", "at the start", "shuffled labels")):
    """Three overlapping hills, one with values that are not numbers."""
    noise = np.random.default_rng(14)
    groups = {name: noise.normal(i, 1 + i / 3, 4000) for i, name in enumerate(names)}
    groups[names[0]][:7] = np.nan
    return density_plot("Cosines of pairs of gradients", "cosine", groups)


def map_plot(classes=3, cells=60):
    """Sectors of a disc with the points of each class."""
    up, across = np.mgrid[-1 : 1 : cells * 1j, -1 : 1 : cells * 1j]
    turn = np.arctan2(up, across) + 2 * np.hypot(up, across)
    grid = np.floor(turn / (2 * np.pi) * classes) % classes
    noise = np.random.default_rng(15)
    points = {
        f"class {k}": 0.6 * np.array([np.cos(a), np.sin(a)]) + 0.08 * noise.standard_normal((40, 2))
        for k in range(classes)
        for a in [2 * np.pi * (k + 0.5) / classes - 1.2]
    }
    return regions_plot("Decision regions", grid, x=(-1, 1), y=(-1, 1), points=points)


def measurements():
    """A provenance, an earlier one, and 32 runs with two quantities each."""
    provenance = {
        "schema": 1,
        "provenance": "a1b2c3d4",
        "date": "2026-01-02T03:04:05Z",
        "commit": "abc1234",
        "dirty": True,
        "versions": {"python": "3.11.7", "torch": "2.13.0+cpu", "numpy": "2.3.1"},
        "os": "Linux 6.1",
        "cpu": "AMD EPYC 7B13",
        "cores": 2,
        "gpus": [],
        "data": ["handwritten digits of scikit-learn, 8×8"],
        "command": "pytest -m fast",
    }
    earlier = {**provenance, "provenance": "00ff", "date": "2026-01-01T00:00:00Z", "dirty": False}
    runs = [
        {
            "schema": 1,
            "run": f"key{run}",
            "seed": 100 + run,
            "recipe": "mlp",
            "quantity": quantity,
            "value": 0.93,
            "status": "ok",
            "seconds": 6.0,
            "device": "cpu",
            "provenance": "a1b2c3d4",
        }
        for run in range(32)
        for quantity in ("accuracy on test", "loss on train")
    ]
    return [earlier, provenance, *runs]


def folder(path: Path, records, measured=None):
    """A report folder with the records and measurements."""
    path.mkdir(parents=True, exist_ok=True)
    for name, lines in (
        ("verdicts.jsonl", records),
        ("measurements.jsonl", measurements() if measured is None else measured),
    ):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (path / name).write_text(text, encoding="utf-8")
    return path
