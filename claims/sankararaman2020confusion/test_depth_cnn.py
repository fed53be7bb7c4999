"""Depth slows CNNs down, confuses their gradients and spreads them (Figs 2 and 7).

CNN-β-2 is a wide residual network without skips and batch normalisation. As β grows,

    loss        the final training loss rises, in decades,
    confusion   the lowest of 100 cosines between gradients of two minibatches falls,
    spread      cosines are farther from 0;

at full scale the last two also among nets that are stopped at one training loss (“matched”), where
a deep net is not confused for being farther from a fit. At the end, every depth has the learning
rate of a grid that ends with the lowest training loss on pilots.

On 500 digits these networks are narrow (8 to 32 filters), and with 22 layers most of them stay at
their first loss for 2,500 steps of plain SGD, at every rate, so the small world has 10 and 16.
"""

from dltheory.plugin import claim
from dltheory.verdicts import Claim, Verdict

from .convolutional_sweeps import AT_THE_END, MATCHED, Family
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="depth-cnn",
    locator="§5, Figs 2 and 7",
    statement="Deeper CNNs end with a higher loss and more confused gradients whose cosines spread "
    "more.",
    kind="trend",
    formula="slope over log₂ β of log₁₀ L, of −min cos, of (mean cos²)^½: all > 0",
    estimand="mean over seeds of the least-squares slope per doubling of the depth",
    unit="decades of the loss, or cosine, per doubling of the depth",
    refuted_if="the slope is certainly smaller than the smallest effect, or of the other sign",
)

NETS = Family(factor="depth")
PAPERS = Family(factor="depth", data="cifar10")
DECIDED = "what 24 seeds decide with power 0.8, by the spread of pilots"
SMALL: dict[str, tuple[float, str, Verdict, str]] = {
    "loss": (0.75, DECIDED, "CONFIRMED", ""),
    "confusion": (0.2, DECIDED, "CONFIRMED", ""),
    "spread": (0.06, DECIDED, "CONFIRMED", ""),
}


@claim(
    CLAIM,
    fast={what: NETS.small(what, *given) for what, given in SMALL.items()},
    full={what: PAPERS.full(what) for what in (*AT_THE_END, *MATCHED)},
)
def test_deeper_cnns_are_slower_and_more_confused(measured, judge, tier, case_name):
    family = PAPERS if tier == "full" else NETS
    family.judge(case_name, measured, judge, "Figs 2 and 7")
