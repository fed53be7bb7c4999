"""The size of the kernel depends strongly on the scale of the initial parameters (§4).

With all initial parameters multiplied by s,

    ‖Φ0‖ ∝ s^p,   p > 1:

more than in proportion is how “strongly” is read. A ReLU MLP of L layers without biases has
p = 2 (L − 1). The paper mentions it for why it looks at measures that scale does not touch.
"""

import numpy as np

from claims.seeds import FIRST_SEED, LOOKS
from dltheory.data import Digits
from dltheory.experiments import Experiment, compute
from dltheory.plugin import Form, claim
from dltheory.statistics import opposite, paired_difference
from dltheory.verdicts import Claim, Criterion, shown

from .kernel_trends import by_width, falls
from .paper import PAPER as TRUTH

CLAIM = Claim(
    paper=TRUTH,
    row="kernel-scale",
    locator="§4 text, Fig. 4",
    statement="The size of the tangent kernel depends strongly on the scale of the initial "
    "parameters.",
    kind="slope",
    formula="‖Φ0‖ ∝ s^p, p > 1, s the factor of all initial parameters",
    estimand="mean over seeds of p, the least-squares slope of log₂ ‖Φ0‖ over log₂ s",
    unit="exponent of the scale",
    refuted_if="the exponent is certainly below 1.5",
)

SCALES = (0.5, 1.0, 2.0)
DEPTHS = {"two-layer": (64,), "four-layer": (64, 64, 64)}

FAST = {
    depth: Form(
        sentence=f"The norm of the tangent kernel of fresh {depth} ReLU MLPs of 64 units on six "
        "digits goes with the scale of their parameters by an exponent of at least 1.5.",
        bearing="instance",
        experiment=Experiment(
            arms={
                "kernels": compute(
                    "claims.goldblum2020truth.kernel_scale:sizes",
                    data=Digits(),
                    points=6,
                    hidden=hidden,
                    scales=SCALES,
                )
            },
            seeds=LOOKS,
            first_seed=FIRST_SEED,
        ),
        criterion=Criterion(
            null=1.0,
            smallest_effect=0.5,
            because="an exponent of 1 is proportion; 1.5 lies halfway from it to the 2 of two "
            "layers",
        ),
    )
    for depth, hidden in DEPTHS.items()
}


@claim(CLAIM, fast=FAST)
def test_the_size_of_the_kernel_depends_strongly_on_the_scale_of_the_parameters(measured, judge):
    size, fresh = (measured(name)["kernels"] for name in ("size", "size of fresh networks"))

    judge(
        opposite(falls(size, SCALES)),
        controls=[
            shown(
                "sizes of fresh networks differ less than those of one network at all scales",
                paired_difference(_spread(size), _spread(fresh)),
                when_failed="confounded",
            )
        ],
        mutants={"a scale that is not applied": opposite(falls(fresh, SCALES))},
        plots=[
            by_width(
                "size of the kernel by scale of the parameters",
                "‖Φ0‖",
                SCALES,
                {"scaled": size, "not scaled": fresh},
                x_axis="scale",
                log=True,
            )
        ],
    )


def _spread(sizes):
    """Doublings from the smallest to the largest of each seed."""
    return np.ptp(np.log2(sizes), axis=1)
