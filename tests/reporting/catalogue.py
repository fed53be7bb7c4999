"""Made-up records of every status, verdict, bearing, qualifier and plot, and copies of them."""

from tests.reporting.synthetic import (
    case_plot,
    claim,
    cloud_plot,
    condition,
    criterion,
    evidence,
    hill_plot,
    level_plot,
    lines_of,
    map_plot,
    printed_plot,
    strip_plot,
)


def every_kind_of_record():
    """Twenty-three records, sorted by claim: every status, verdict, bearing, qualifier and plot."""
    return sorted(
        [*_goldblum(), *_sankararaman(), *_liu(), *_worlds()],
        key=lambda r: (r["claim"], r["case"] or ""),
    )


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
            evidence=evidence(-0.0155, 0.004, p=0.9999, p_refute=1e-9),
            adjusted={"holm_p": 1.0, "q": 1.0},
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
            verdict="INCONCLUSIVE",
            reason="The control “rank matched by pruning” failed (the bounds alone say CONFIRMED).",
            qualifiers=["confounded"],
            criterion=criterion(0.0, 0.02),
            evidence=evidence(0.006, 0.004, p=0.0004),
            plots=[printed_plot(), hill_plot()],
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
            more_seeds=True,
            reason="The interval holds both θ₀ and θ₀ + δ.",
            criterion=criterion(0.0, 0.03, looks=[5, 10, 20]),
            evidence=evidence(0.018, 0.04, p=0.043),
            calibration={"false_confirm": 0.009, "power": 0.62, "stability": 0.51, "gates": False},
            sensitivity=[{"name": "exact sign-flip", "p": 0.061}],
            adjusted={"holm_p": 0.13, "q": 0.06},
        ),
        claim(
            "bound-on-confusion",
            paper,
            kind="bound",
            statement="The bound of Theorem 4.1 is never exceeded.",
            qualifiers=["vacuous"],
            supports=False,
            controls=[condition("networks at the start", held=False, when_failed="vacuous")],
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
            evidence=evidence(0.011, 0.01, p=0.0107, p_refute=1e-9),
            adjusted={"holm_p": 0.032, "q": 0.02},
            criterion=criterion(0.0, 0.05),
            unit="accuracy (fraction)",
            plots=[lines_of(), lines_of(log=True, places=8)],
        ),
        claim(
            "state-of-the-art-recovers",
            paper,
            kind="equivalence",
            statement="With data augmentation, both starts end in the same accuracy.",
            expected="INCONCLUSIVE",
            expected_reason="sixteen seeds are too few here.",
            verdict="INCONCLUSIVE",
            more_seeds=True,
            qualifiers=["smoke scale"],
            criterion=criterion(-0.02, 0.02),
            evidence=evidence(-0.008, 0.02, p=0.0121),
            plots=[cloud_plot(), map_plot()],
        ),
        claim("bare", paper, **dict.fromkeys(_OPTIONAL)),
    ]


def _worlds():
    """One claim in forms that bear on it in all ways, and words that are limited in all ways."""
    paper, told = "liu2020bad", {"statement": "Augmentation removes the bad minima."}
    small = {"bearing": "analogue", "sentence": "Two moons, flipped: a small net leaves the start."}
    refuted = {
        "verdict": "REFUTED",
        "expected": "REFUTED",
        "expected_reason": "the world is too small for it.",
        "criterion": criterion(0.0, 0.05),
        "evidence": evidence(0.001, 0.01, p=0.2, p_refute=1e-9),
    }
    power = "Rule “power”: the planned power at the smallest effect is 0.12, below 0.8"
    rules = f"{power}; rule “regime”: the form declares none (the bounds alone say REFUTED)."
    outside = condition("fits its data", held=False, observed="0.42")
    return [
        claim("augmentation", paper, case=case, **told | fields)
        for case, fields in {
            "smaller": {
                "verdict": "SMALLER",
                "criterion": criterion(0.0, 0.05),
                "evidence": evidence(0.02, 0.006),
                "regime": [condition("fits its data", held=True, observed="0.998")],
            },
            "not-seen": small | refuted,
            "seen": small | {"provisional": True, "supports": False, "calibration": UNSURE},
            "instance": {"bearing": "instance", **refuted},
            "by-rule": {"verdict": "INCONCLUSIVE", "reason": rules, "qualifiers": ["rule"]},
            "elsewhere": {
                "verdict": "INCONCLUSIVE",
                "reason": "Outside the regime: “fits its data” does not hold: 0.42.",
                "qualifiers": ["outside the regime"],
                "regime": [outside],
            },
            "unsure": {"provisional": True, "supports": False, "calibration": UNSURE},
            "lost": {
                "status": "lost",
                "verdict": None,
                "reason": "All 16 runs of “SGD” diverged.",
                "evidence": None,
                "regime": [{"name": "fits its data"}],
                "attrition": [{"arm": "SGD", "diverged": 16, "n": 16, "rate_upper": 1.0}],
            },
            "unbroken": {"qualifiers": ["no mutant"], "supports": False},
        }.items()
    ]


UNSURE = {
    "stability": 0.634,
    "gates": False,
    "power": 0.86,
    "false_confirm": 0.01,
    "false_refute": 0.009,
    "simulations": 20000,
    "mutants": [
        {"name": "sign turned", "verdict": "REFUTED", "caught": True, "counts": False},
        {"name": "labels shuffled", "verdict": "REFUTED", "caught": True, "counts": True},
    ],
}
"""A calibration of a word that fresh seeds would return in 63 of 100 cases."""


_OPTIONAL = (
    *("case", "expected", "expected_reason", "qualifiers", "locator", "kind", "formula"),
    *("estimand", "unit", "refuted_if", "licenses", "criterion", "evidence", "plots", "tables"),
    *("sensitivity", "controls", "magnitude", "calibration", "more_seeds", "attrition"),
    *("deviations", "adjusted", "plan", "runs", "seeds", "test", "command"),
)


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
