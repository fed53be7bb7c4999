"""A wider ConvNet's kernel changes more and yet stays more alike (§4, Fig. 1a–c).

Over widths w (filters of the first layer),

    change        ‖Φ1 − Φ0‖ / ‖Φ0‖ ∝ w^q,        q > 0,
    correlation   1 − corr(Φ0, Φ1) ∝ w^−p,       p > 0.

The first is against the theory of wide networks at first sight; that both hold is why the paper
looks at a measure that scale does not touch.
"""

from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import mean, opposite
from dltheory.verdicts import Claim, Criterion, holds, table

from .kernel_recipes import (
    ACCURACY,
    CHANGE,
    CODE,
    CORRELATION,
    ENORMOUS,
    FILTERS,
    KERNEL,
    LARGE,
    LARGE_DEVIATIONS,
    LARGE_SEEDS,
    NORM_AFTER,
    NORM_BEFORE,
    PAPER,
    PARAMETERS,
    SEEDS,
    SMALL_CONV,
    SMALL_CONV_WORLD,
    SMALL_FILTERS,
    convolutional,
)
from .kernel_trends import across, by_width, falls
from .paper import PAPER as TRUTH

CLAIM = Claim(
    paper=TRUTH,
    row="ntk-conv",
    locator="§4, Fig. 1a–c",
    statement="The wider a ConvNet, the more its kernel changes in size and the less in shape.",
    kind="trend",
    formula="‖Φ1 − Φ0‖/‖Φ0‖ ∝ w^q, 1 − corr(Φ0, Φ1) ∝ w^−p, q > 0 and p > 0",
    estimand="mean over seeds of q, or of p, from least-squares slopes of log₂ per doubling",
    unit="exponent of the width",
    refuted_if="the exponent is certainly smaller than the smallest effect, or negative",
)


def forms(training, widths, seeds, deviations, expected):
    """Both initialisations and both measures of change."""
    return {
        f"{by}-{measure}": Form(
            experiment=Experiment(
                arms={f"{w}": run for w, run in convolutional(by, training, widths).items()},
                seeds=seeds,
                measure=(KERNEL, PARAMETERS, ACCURACY),
            ),
            criterion=Criterion(
                smallest_effect=0.1,
                because="an exponent of 0.1 is a fifth of the 1/2 that theory gives for its fall",
                licenses=f"How the {measure} goes with the width of a ConvNet, {by} weights.",
                deviations=deviations,
                **expected.get((by, measure), {}),
            ),
        )
        for by in (PAPER, CODE)
        for measure in ("change", "correlation")
    }


FAST = forms(
    SMALL_CONV,
    SMALL_FILTERS,
    SEEDS,
    (SMALL_CONV_WORLD,),
    {
        (PAPER, "change"): {
            "expected": "REFUTED",
            "expected_reason": "from He weights the change falls with width, as in an MLP",
        },
        (CODE, "change"): {
            "expected": "INCONCLUSIVE",
            "expected_reason": "it grows in most seeds, but a narrow network that has not learned "
            "when training ends turns a seed's slope over",
        },
        (CODE, "correlation"): {
            "expected": "INCONCLUSIVE",
            "expected_reason": "from PyTorch's weights it is near 0.9 at every width; it leans "
            "upwards, and the sign-flip test does not follow Student's t",
        },
    },
)
FULL = forms(LARGE, FILTERS, LARGE_SEEDS, LARGE_DEVIATIONS, {})


@claim(CLAIM, fast=FAST, full=FULL)
def test_the_kernel_of_a_wider_conv_net_grows_more_and_keeps_its_shape(
    measured, judge, tier, case_name
):
    widths = FILTERS if tier == "full" else SMALL_FILTERS
    growing = case_name.endswith("change")
    samples = measured(KERNEL.name, worst=ENORMOUS if growing else 0.0)
    change = across(samples, widths, CHANGE)
    apart = 1 - across(samples, widths, CORRELATION)
    exponent = opposite(falls(change, widths)) if growing else falls(apart, widths)
    accuracy = measured(ACCURACY.name, worst=0.0)

    judge(
        exponent,
        controls=[_learns(accuracy[f"{widths[-1]}"])],
        mutants={"widths in reverse": opposite(exponent)},
        plots=[
            by_width("size", "‖Φ1 − Φ0‖ / ‖Φ0‖", widths, {"change": change}, log=True),
            by_width("shape", "1 − correlation", widths, {"1 − correlation": apart}, log=True),
        ],
        tables=[_table(samples, accuracy, widths)],
    )


def _learns(accuracy):
    lowest = mean(accuracy).estimate
    return holds(
        "the widest network learns",
        expectation="mean training accuracy above 0.5",
        observed=f"{lowest:.3g}",
        held=lowest > 0.5,
    )


def _table(samples, accuracy, widths):
    rows = [
        [
            width,
            samples[f"{width}"][:, NORM_BEFORE].mean(),
            samples[f"{width}"][:, NORM_AFTER].mean(),
            accuracy[f"{width}"].mean(),
        ]
        for width in widths
    ]
    columns = ["filters", "‖Φ0‖", "‖Φ1‖", "training accuracy"]
    return table("Means over seeds", columns, rows)
