"""In wider MLPs training changes the tangent kernel less (§4, Fig. 1a–c).

With Φ0 and Φ1 the kernel on 25 images before and after training, over widths w,

    change        ‖Φ1 − Φ0‖ / ‖Φ0‖ ∝ w^−p,      p > 0,
    correlation   1 − corr(Φ0, Φ1) ∝ w^−p,      p > 0;

the estimand is the mean over seeds of p, from a least-squares slope of logarithms. In the
parametrisation of theory, p is 1/2 for the change. In the usual one the kernel itself grows with
width, so that one learning rate trains wide networks faster; with a rate ∝ 1/w it does not.
"""

from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import opposite
from dltheory.verdicts import Claim, Criterion, shown

from .kernel_recipes import (
    CHANGE,
    CODE,
    CORRELATION,
    COSINE,
    ENORMOUS,
    KERNEL,
    LARGE,
    LARGE_DEVIATIONS,
    LARGE_SEEDS,
    PAPER,
    SEEDS,
    SMALL,
    SMALL_WIDTHS,
    SMALL_WORLD,
    WIDTHS,
    mlps,
    shuffled,
    slowed,
)
from .kernel_trends import across, by_width, falls
from .paper import PAPER as TRUTH

CLAIM = Claim(
    paper=TRUTH,
    row="ntk-mlp",
    locator="§4, Fig. 1a–c",
    statement="The wider an MLP, the less training changes its tangent kernel.",
    kind="trend",
    formula="‖Φ1 − Φ0‖/‖Φ0‖ ∝ w^−p, or 1 − corr(Φ0, Φ1) ∝ w^−p, with p > 0",
    estimand="mean over seeds of p, minus the least-squares slope of log₂ per doubling of width",
    unit="exponent of the width",
    refuted_if="the exponent is certainly smaller than the smallest effect, or negative",
)

SLOWED, SHUFFLED = "rate ∝ 1/width, ", "shuffled labels, "
BECAUSE = "an exponent of 0.1 is a fifth of the 1/2 that the theory of wide networks gives"


def experiment(depth, by, training, widths, seeds):
    """Every width; with its rate scaled; and, from He's weights, on shuffled labels.

    PyTorch's smaller weights have not left their plateau on shuffled labels when training ends.
    """
    plain = mlps(depth, by, training, widths)
    arms = {f"{width}": run for width, run in plain.items()}
    arms |= {f"{SLOWED}{w}": slowed(run, w / widths[0]) for w, run in plain.items()}
    if by == PAPER:
        arms |= {f"{SHUFFLED}{width}": shuffled(run) for width, run in plain.items()}
    return Experiment(arms=arms, seeds=seeds, measure=(KERNEL,))


def forms(training, widths, seeds, deviations, expected):
    """Both depths, both initialisations, both measures of change."""
    return {
        f"{depth}-{by}-{measure}": Form(
            experiment=experiment(depth, by, training, widths[depth], seeds),
            criterion=Criterion(
                smallest_effect=0.1,
                because=BECAUSE,
                licenses=f"How the {measure} goes with the width of a {depth} MLP, {by} weights.",
                deviations=deviations,
                **expected.get((depth, by, measure), {}),
            ),
        )
        for depth in ("two-layer", "four-layer")
        for by in (PAPER, CODE)
        for measure in ("change", "correlation")
    }


FAST = forms(
    SMALL,
    SMALL_WIDTHS,
    SEEDS,
    (SMALL_WORLD,),
    {
        ("four-layer", CODE, "change"): {
            "expected": "INCONCLUSIVE",
            "expected_reason": "from PyTorch's small weights the kernel grows several hundredfold, "
            "most at middling widths: narrower networks have not finished learning",
        }
    },
)
FULL = forms(LARGE, dict.fromkeys(SMALL_WIDTHS, WIDTHS), LARGE_SEEDS, LARGE_DEVIATIONS, {})


@claim(CLAIM, fast=FAST, full=FULL)
def test_training_changes_the_kernel_of_wider_mlps_less(measured, judge, tier, case_name):
    depth, by, measure = case_name.rsplit("-", 2)
    widths = WIDTHS if tier == "full" else SMALL_WIDTHS[depth]
    number, worst = (CHANGE, ENORMOUS) if measure == "change" else (CORRELATION, 0.0)
    samples = measured(KERNEL.name, worst=worst)

    def away(prefix=""):
        values = across(samples, widths, number, prefix)
        return values if measure == "change" else 1 - values

    exponent = falls(away(), widths)
    judge(
        exponent,
        controls=[_beyond(prefix, falls(away(prefix), widths)) for prefix in _prefixes(by)],
        mutants={"widths in reverse": opposite(exponent)},
        plots=[
            by_width(
                f"{measure} of the kernel by width, {depth} MLP",
                "‖Φ1 − Φ0‖ / ‖Φ0‖" if measure == "change" else "1 − correlation",
                widths,
                {"as published": away(), **{p.rstrip(", "): away(p) for p in _prefixes(by)}},
                log=True,
            ),
            by_width(
                "similarity with the kernel at initialisation",
                "correlation, cosine",
                widths,
                {
                    "correlation": across(samples, widths, CORRELATION),
                    "cosine": across(samples, widths, COSINE),
                },
            ),
        ],
    )


def _prefixes(by):
    return (SLOWED, SHUFFLED) if by == PAPER else (SLOWED,)


def _beyond(prefix, exponent):
    return shown(f"the same holds with {prefix.rstrip(', ')}", exponent, when_failed="confounded")
