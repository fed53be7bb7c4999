"""Depth slows CNNs down, confuses their gradients and spreads them (Figs 2 and 7).

CNN-β-2 is a wide residual network without skips and batch normalisation. As β grows,

    loss        the final training loss rises,
    confusion   the lowest of 100 cosines between gradients of two minibatches falls,
    spread      cosines are farther from 0;

the last two also among nets that are stopped at one training loss (“matched”), where a deep net
is not confused for being farther from a fit. At the end, every depth has the learning rate of a
grid that ends with the lowest training loss on pilots.
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
    formula="slope over log₂ β of L, of −min cos, of (mean cos²)^½: all > 0",
    estimand="mean over seeds of the least-squares slope per doubling of the depth",
    unit="per doubling of the depth",
    refuted_if="the slope is certainly smaller than the smallest effect, or of the other sign",
)

NETS = Family(factor="depth")
PAPERS = Family(factor="depth", data="cifar10")
OPEN = "at one training loss 10 and 16 layers differ by less than the runs scatter"
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
    "matched-confusion": ("INCONCLUSIVE", OPEN),
    "matched-spread": ("INCONCLUSIVE", OPEN),
}


def small(what):
    """One of the trends in the small world."""
    layers = "10 and 16" if what in MATCHED else "10 to 22"
    licenses = f"The {what} of CNNs of {layers} layers without batch norm on 500 digits."
    return NETS.form(what, licenses, *EXPECTED.get(what, ("CONFIRMED", "")))


def full(what):
    """The paper's own trend, or its nets stopped at one loss."""
    return PAPERS.form(what, f"The paper's own {what} trend with depth, CNN-β-2 on CIFAR-10.")


@claim(
    CLAIM,
    fast={what: small(what) for what in (*AT_THE_END, *MATCHED)},
    full={what: full(what) for what in (*AT_THE_END, *MATCHED)},
)
def test_deeper_cnns_are_slower_and_more_confused(measured, judge, tier, case_name):
    family = PAPERS if tier == "full" else NETS
    family.judge(case_name, measured, judge, "Figs 2 and 7")
