"""Width speeds CNNs up, and their gradients become less confused and more orthogonal (Figs 3, 8).

CNN-16-ℓ is a wide residual network without skips and batch normalisation. As ℓ grows,

    loss        the final training loss falls, in decades,
    confusion   the lowest of 100 cosines between gradients of two minibatches rises,
    spread      cosines concentrate around 0;

at full scale the last two also among nets that are stopped at one training loss (“matched”), where
a wide net does not differ for being nearer to a fit. At the end, every width has the learning rate
of a grid that ends with the lowest training loss on pilots.

The paper says so of sufficiently deep networks, “often” and for most models. The small world has
its 16 layers.
"""

from dltheory.plugin import claim
from dltheory.verdicts import Claim, Verdict

from .convolutional_sweeps import AT_THE_END, MATCHED, Family
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="width-cnn",
    locator="§5, Figs 3 and 8",
    statement="Given a sufficiently deep CNN, widening it often lowers the loss that it ends with "
    "and its gradient confusion, and its cosines concentrate around 0.",
    kind="trend",
    formula="slope over log₂ ℓ of −log₁₀ L, of min cos, of −(mean cos²)^½: all > 0",
    estimand="mean over seeds of the least-squares slope per doubling of the width",
    unit="decades of the loss, or cosine, per doubling of the width",
    quantifier="often",
    refuted_if="the slope is certainly smaller than the smallest effect, or of the other sign",
)

NETS = Family(factor="width")
PAPERS = Family(factor="width", data="cifar10")
SAME = "on pilots CNNs of 16 layers do not differ by width, each at its own rate"
DECIDED = "what 24 seeds decide with power 0.8, by the spread of pilots"
SMALL: dict[str, tuple[float, str, Verdict, str]] = {
    "loss": (0.32, DECIDED, "REFUTED", SAME),
    "confusion": (0.07, DECIDED, "REFUTED", SAME),
    "spread": (0.03, DECIDED, "REFUTED", SAME),
}


@claim(
    CLAIM,
    fast={what: NETS.small(what, *given) for what, given in SMALL.items()},
    full={what: PAPERS.full(what) for what in (*AT_THE_END, *MATCHED)},
)
def test_wider_cnns_are_faster_and_less_confused(measured, judge, tier, case_name):
    family = PAPERS if tier == "full" else NETS
    family.judge(case_name, measured, judge, "Figs 3 and 8")
