"""Width speeds CNNs up, and their gradients become less confused and more orthogonal (Figs 3, 8).

CNN-16-ℓ is a wide residual network without skips and batch normalisation. As ℓ grows,

    loss        the final training loss falls,
    confusion   the lowest of 100 cosines between gradients of two minibatches rises,
    spread      cosines concentrate around 0.

Every width has the learning rate of a grid that ends with the lowest training loss on pilots.
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
    CNN_DEPTH,
    CNN_DEVIATIONS,
    CNN_ON_CIFAR10,
    CNN_SEEDS,
    CNN_WIDENINGS,
    CNN_WORLD,
    COSINES,
    FULL_CNN_DEPTH,
    FULL_CNN_WIDENINGS,
    LOSS,
    STEM,
    convolutional_parameters,
    full_cnn,
    small_cnn,
)

CLAIM = Claim(
    paper=PAPER,
    row="width-cnn",
    locator="§5, Figs 3 and 8",
    statement="Wider CNNs end with a lower loss and less confused gradients whose cosines "
    "concentrate around 0.",
    kind="trend",
    formula="slope over log₂ ℓ of −L, of min cos, of −(mean cos²)^½: all > 0",
    estimand="mean over seeds of the least-squares slope per doubling of the width",
    unit="per doubling of the width",
    refuted_if="the slope is certainly smaller than the smallest effect, or of the other sign",
)

SMALL = Experiment(
    arms={str(width): small_cnn(CNN_DEPTH, width) for width in CNN_WIDENINGS},
    seeds=CNN_SEEDS,
    measure=(LOSS, CNN_COSINES),
)
FULL = Experiment(
    arms={
        str(width): full_cnn(CNN_ON_CIFAR10, FULL_CNN_DEPTH, width) for width in FULL_CNN_WIDENINGS
    },
    seeds=5,
    measure=(LOSS, COSINES, ACCURACY),
)
EFFECTS = {
    "loss": (0.1, "0.1 nats per doubling, a twentieth of the starting loss"),
    "confusion": (0.02, "0.02 per doubling, a hundredth of the scale [−1, 1]"),
    "spread": (0.02, "0.02 per doubling, a fiftieth of the largest spread"),
}
OPEN = "over a fourfold width neither loss nor lowest cosine moves by more than the runs scatter"
EXPECTED: dict[str, tuple[Verdict, str]] = {
    "loss": ("INCONCLUSIVE", OPEN),
    "confusion": ("INCONCLUSIVE", OPEN),
    "spread": ("REFUTED", "cosines are as far from 0 in the widest as in the narrowest nets"),
}


def small(what):
    """One of the three trends in the small world."""
    effect, because = EFFECTS[what]
    return Form(
        experiment=SMALL,
        criterion=Criterion(
            smallest_effect=effect,
            because=because,
            licenses=f"The {what} of CNNs of 10 layers without batch norm on 500 digits.",
            expected=EXPECTED[what][0],
            expected_reason=EXPECTED[what][1],
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
            licenses=f"The paper's own {what} trend with width, CNN-16-ℓ on CIFAR-10.",
            deviations=CNN_DEVIATIONS,
        ),
    )


@claim(
    CLAIM,
    fast={what: small(what) for what in EFFECTS},
    full={what: full(what) for what in EFFECTS},
)
def test_wider_cnns_are_faster_and_less_confused(measured, judge, tier, case_name):
    widths = FULL_CNN_WIDENINGS if tier == "full" else CNN_WIDENINGS
    depth = FULL_CNN_DEPTH if tier == "full" else CNN_DEPTH
    stem, shape = (16, (3, 10)) if tier == "full" else (STEM, (1, 10))
    runs = sweep(
        measured,
        [str(width) for width in widths],
        factor="width",
        levels=widths,
        parameters=[convolutional_parameters(width, depth, stem, shape) for width in widths],
        loss=LOSS.name,
        cosines=(COSINES if tier == "full" else CNN_COSINES).name,
    )
    judged = runs.evidence(case_name)
    judge(
        judged,
        controls=[trains(runs), *nulls(runs, case_name)],
        mutants={"widths in reverse": opposite(judged)},
        plots=pictures(runs, "Figs 3 and 8"),
        tables=[summary(runs)],
    )
