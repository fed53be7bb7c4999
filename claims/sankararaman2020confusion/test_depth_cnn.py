"""Depth slows CNNs down, confuses their gradients and spreads them (Figs 2 and 7).

CNN-β-2 is a wide residual network without skips and batch normalisation. As β grows,

    loss        the final training loss rises,
    confusion   the lowest of 100 cosines between gradients of two minibatches falls,
    spread      cosines are farther from 0.

Every depth has the learning rate of a grid that ends with the lowest training loss on pilots.
"""

from dltheory.experiments import Experiment
from dltheory.plugin import Form, claim
from dltheory.statistics import opposite
from dltheory.verdicts import Claim, Criterion, Verdict

from .architecture_trends import nulls, pictures, summary, sweep, trains
from .paper import PAPER
from .recipes import (
    ACCURACY,
    CNN_COSINES,
    CNN_DEPTHS,
    CNN_DEVIATIONS,
    CNN_ON_CIFAR10,
    CNN_SEEDS,
    CNN_WORLD,
    COSINES,
    FULL_CNN_DEPTHS,
    LOSS,
    STEM,
    convolutional_parameters,
    full_cnn,
    small_cnn,
)

CLAIM = Claim(
    paper=PAPER,
    row="depth-cnn",
    locator="§5, Figs 2 and 7",
    statement="Deeper CNNs end with a higher loss and more confused gradients whose cosines spread "
    "more.",
    kind="trend",
    formula="slope over log₂ β of L, of −min cos, of (mean cos²)^½: all > 0",
    estimand="mean over seeds of the least-squares slope per doubling of the depth",
    unit="per doubling of the depth",
    refuted_if="the slope is certainly smaller than the smallest effect, or of the other sign",
)

SMALL = Experiment(
    arms={str(depth): small_cnn(depth) for depth in CNN_DEPTHS},
    seeds=CNN_SEEDS,
    measure=(LOSS, CNN_COSINES),
)
FULL = Experiment(
    arms={str(depth): full_cnn(CNN_ON_CIFAR10, depth) for depth in FULL_CNN_DEPTHS},
    seeds=5,
    measure=(LOSS, COSINES, ACCURACY),
)
EFFECTS = {
    "loss": (0.1, "0.1 nats per doubling, a twentieth of the starting loss"),
    "confusion": (0.02, "0.02 per doubling, a hundredth of the scale [−1, 1]"),
    "spread": (0.02, "0.02 per doubling, a fiftieth of the largest spread"),
}
EXPECTED: dict[str, tuple[Verdict, str]] = {
    "confusion": (
        "INCONCLUSIVE",
        "the deepest nets do not train at all, so no seed compares depths that do; shallow nets "
        "that have fitted the data are about as confused as deep ones that are stuck",
    ),
    "spread": (
        "INCONCLUSIVE",
        "confounded: the spread rises because deep nets are stuck, where gradients say which class "
        "a minibatch has most of",
    ),
}


def small(what):
    """One of the three trends in the small world."""
    effect, because = EFFECTS[what]
    expected, reason = EXPECTED.get(what, ("CONFIRMED", ""))
    return Form(
        experiment=SMALL,
        criterion=Criterion(
            smallest_effect=effect,
            because=because,
            licenses=f"The {what} of CNNs of 10 to 22 layers without batch norm on 500 digits.",
            expected=expected,
            expected_reason=reason,
            deviations=CNN_WORLD,
        ),
    )


def full(what):
    """The paper's own trend."""
    effect, _ = EFFECTS[what]
    return Form(
        experiment=FULL,
        criterion=Criterion(
            smallest_effect=effect,
            because="as in the small world: the paper's figures print no numbers",
            licenses=f"The paper's own {what} trend with depth, CNN-β-2 on CIFAR-10.",
            deviations=CNN_DEVIATIONS,
        ),
    )


@claim(
    CLAIM,
    fast={what: small(what) for what in EFFECTS},
    full={what: full(what) for what in EFFECTS},
)
def test_deeper_cnns_are_slower_and_more_confused(measured, judge, tier, case_name):
    depths = FULL_CNN_DEPTHS if tier == "full" else CNN_DEPTHS
    stem, shape = (16, (3, 10)) if tier == "full" else (STEM, (1, 10))
    runs = sweep(
        measured,
        [str(depth) for depth in depths],
        factor="depth",
        levels=depths,
        parameters=[convolutional_parameters(2, depth, stem, shape) for depth in depths],
        loss=LOSS.name,
        cosines=(COSINES if tier == "full" else CNN_COSINES).name,
    )
    judged = runs.evidence(case_name)
    judge(
        judged,
        controls=[trains(runs), *nulls(runs, case_name)],
        mutants={"depths in reverse": opposite(judged)},
        plots=pictures(runs, "Figs 2 and 7"),
        tables=[summary(runs)],
    )
