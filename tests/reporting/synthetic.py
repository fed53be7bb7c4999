"""Made-up records of every status, verdict, kind and plot, and folders that hold them."""

import json
import random
from pathlib import Path

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


def claim(name, paper="goldblum2020truth", case="", **fields):
    """A complete, confirmed record; fields given replace its own."""
    record = {
        "schema": 1,
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
        "locator": "§3, Table 3",
        "kind": "non-inferiority",
        "formula": "E[acc(norm bias) − acc(weight decay)] > −m",
        "estimand": "the mean paired difference of test accuracies",
        "unit": "accuracy (fraction)",
        "refuted_if": "the upper bound of the mean difference lies below zero",
        "licenses": "Shows the mechanism in a two-layer MLP on 8×8 digits; says nothing of ResNet-18.",
        "criterion": {
            "null": -0.01,
            "smallest_effect": 0.01,
            "because": "a tenth of the gap between weight decay and none.",
            "alpha": 0.01,
            "looks": [16],
        },
        "evidence": evidence(0.004, 0.006),
        "plots": [strip_plot()],
        "tables": [],
        "sensitivity": [{"name": "exact sign-flip", "p": 0.0001, "agrees": True}],
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
            "simulations": 20000,
            "power": 0.93,
            "stability": 0.997,
            "gates": True,
            "mutants": [{"name": "arms swapped", "verdict": "REFUTED", "caught": True}],
        },
        "needs_seeds": None,
        "attrition": [{"arm": "weight decay", "diverged": 0, "n": 16}],
        "deviations": ["8×8 digits instead of CIFAR-10 (scaled down)"],
        "adjusted": {"holm_p": 0.0003, "q": 0.0004},
        "plan": "9f2c1ab7d004",
        "runs": [f"{index:02d}af9c{name[:4]}" for index in range(4)],
        "seeds": SEEDS,
        "test": f"claims/{paper}/test_{name.replace('-', '_')}.py::test_holds[fast]",
        "command": f'pytest -m fast "claims/{paper}/test_{name.replace("-", "_")}.py"',
        "a_field_of_the_future": {"ignored": True},
    }
    return {**record, **fields}


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


def every_kind_of_record():
    """Fourteen records, sorted by claim: every status, verdict, qualifier and plot."""
    return sorted([*_goldblum(), *_sankararaman(), *_liu()], key=lambda r: (r["claim"], r["case"] or ""))


def _goldblum():
    exact = evidence(3.1e-15, None, None, None, lower=None, upper=None, method="", cases=400)
    long = "A longer sentence, since papers assert things with many conditions attached: " * 4
    return [
        claim(
            "norm-bias-no-worse",
            case="mlp",
            magnitude={
                "printed": "+0.18 pp",
                "locator": "Table 3, row MLP",
                "ours": "+0.40 pp",
                "verdict": "not comparable",
                "low": 0.07,
                "high": 0.39,
            },
        ),
        claim(
            "norm-bias-no-worse",
            case="resnet",
            evidence=evidence(-0.0155, 0.004, p=0.9999),
            verdict="REFUTED",
            expected="REFUTED",
            expected_reason="too narrow for the effect, see the pilot.",
            qualifiers=["contradicted"],
            plots=[strip_plot(("weight decay", "norm bias", "none"), diverged=(3,), paired=False)],
            attrition=[{"arm": "none", "diverged": 1, "n": 16}],
        ),
        claim(
            "weight-decay-is-norm-bias-at-zero",
            kind="identity",
            statement="Norm bias with target zero is weight decay.",
            formula="∇(‖θ‖² − 0)² … = ∇ λ‖θ‖²",
            tier="static",
            unit="relative error",
            evidence=exact,
            criterion=criterion(None, None, alpha=None, looks=[]),
            plots=[case_plot(60), case_plot(400)],
            adjusted=None,
            calibration=None,
        ),
        claim(
            "low-rank-hurts",
            statement=long,
            kind="superiority",
            verdict="CONFIRMED",
            qualifiers=["below smallest effect", "confounded"],
            criterion=criterion(0.0, 0.02),
            evidence=evidence(0.006, 0.004, p=0.0004),
            controls=[
                {
                    "name": "rank matched by pruning",
                    "expectation": "the effect remains",
                    "observed": "a difference of −0.001",
                    "held": False,
                    "when_failed": "confounded",
                }
            ],
        ),
        claim(
            "suboptimal-minima-exist",
            kind="existence",
            statement="There are local minima whose loss is above the global one.",
            evidence=None,
            verdict="INCONCLUSIVE",
            reason="No certificate within tolerance: the gradient norm is 2.1 × 10⁻³.",
            criterion=criterion(None, None, alpha=None, looks=[]),
            tables=[
                {
                    "caption": "Points searched",
                    "columns": ["start", "loss", "gradient norm", "least eigenvalue", "steps"],
                    "rows": [
                        ["linear classifier", 1.5702, 0.0021, -0.00042, 2000],
                        ["bias + 20", 2.3026, 1e-9, 0.0, 120000],
                        ["uniform ±50", None, 13.2, None, 0],
                    ],
                }
            ],
            plots=[],
            calibration=None,
            adjusted=None,
        ),
    ]


def _sankararaman():
    paper = "sankararaman2020confusion"
    return [
        claim(
            "confusion-falls-with-width",
            paper,
            kind="trend",
            statement="Gradients of different samples conflict less as layers become wider.",
            plots=[level_plot()],
            unit="slope per doubling",
            criterion=criterion(0.0, 0.05),
            evidence=evidence(0.121, 0.02),
        ),
        claim(
            "confusion-rises-with-depth",
            paper,
            case="tanh",
            kind="monotone",
            statement="Gradients conflict more with every further layer.",
            verdict="INCONCLUSIVE",
            needs_seeds=14,
            reason="The interval holds both θ₀ and θ₀ + δ.",
            criterion=criterion(0.0, 0.03, looks=[5, 10, 20]),
            evidence=evidence(0.018, 0.04, p=0.043),
            calibration={"false_confirm": 0.009, "power": 0.62, "stability": 0.51, "gates": False},
            sensitivity=[{"name": "exact sign-flip", "p": 0.061, "agrees": False}],
            adjusted={"holm_p": 0.13, "q": 0.06},
        ),
        claim(
            "bound-on-confusion",
            paper,
            kind="bound",
            statement="The bound of Theorem 4.1 is never exceeded.",
            qualifiers=["vacuous"],
            evidence=evidence(1.2e-5, 3e-6, lower=4e-6, upper=None),
            criterion=criterion(0.0, 0.00001),
        ),
        claim(
            "orthogonal-is-stable",
            paper,
            status="error",
            verdict=None,
            statement="Orthogonal initialisation keeps confusion constant in depth.",
            reason="RunFailed: run 4c21d0, arm “depth 64”, seed 107 ran out of memory.",
            evidence=None,
            plots=[],
        ),
        claim(
            "resnets-do-not-confuse",
            paper,
            tier="full",
            status="not run",
            verdict=None,
            statement="Skip connections and batch normalisation together lower confusion.",
            reason="Needs a GPU: about 31 GPU-hours. Run with --gpus.",
            evidence=None,
            plots=[],
            runs=[],
            seeds=[],
        ),
    ]


def _liu():
    paper = "liu2020bad"
    return [
        claim(
            "bad-minima-are-reached",
            paper,
            kind="threshold",
            statement="From an adversarial start, SGD reaches zero training error.",
            evidence=evidence(0.998, 0.001, method="exact Clopper–Pearson"),
            criterion=criterion(0.95, 0.04),
            plots=[strip_plot(("adversarial start",), paired=False)],
        ),
        claim(
            "bad-minima-generalise-worse",
            paper,
            kind="superiority",
            statement="They generalise far worse than those found from a random start.",
            verdict="REFUTED",
            evidence=evidence(0.011, 0.01, p=0.0007),
            criterion=criterion(0.0, 0.05),
            unit="accuracy (fraction)",
        ),
        claim(
            "state-of-the-art-recovers",
            paper,
            kind="equivalence",
            statement="With data augmentation, both starts end in the same accuracy.",
            expected="INCONCLUSIVE",
            expected_reason="sixteen seeds are too few here.",
            verdict="INCONCLUSIVE",
            needs_seeds=1,
            qualifiers=["smoke scale"],
            criterion=criterion(-0.02, 0.02),
            evidence=evidence(-0.008, 0.02, p=0.0121),
        ),
        claim("bare", paper, **dict.fromkeys(_OPTIONAL)),
    ]


_OPTIONAL = (
    "case expected expected_reason qualifiers locator kind formula estimand unit refuted_if "
    "licenses criterion evidence plots tables sensitivity controls magnitude calibration "
    "needs_seeds attrition deviations adjusted plan runs seeds test command"
).split()


def many_records(number):
    """So many records with two plots each, no two of the same name."""
    kinds = every_kind_of_record()
    return [
        {
            **(record := kinds[index % len(kinds)]),
            "claim": f"{record['claim']}-{index:03d}",
            "plots": [strip_plot(), level_plot()],
            "runs": [f"{index:04d}{run:08x}" for run in range(32)],
        }
        for index in range(number)
    ]


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
