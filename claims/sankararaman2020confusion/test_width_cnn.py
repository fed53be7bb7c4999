"""Width speeds CNNs up, and their gradients become less confused and more orthogonal (Figs 3, 8).

CNN-16-ℓ is a wide residual network without skips and batch normalisation. As ℓ grows,

    loss        the final training loss falls,
    confusion   the lowest of 100 cosines between gradients of two minibatches rises,
    spread      cosines concentrate around 0;

the last two also among nets that are stopped at one training loss (“matched”), where a wide net
does not differ for being nearer to a fit. At the end, every width has the learning rate of a grid
that ends with the lowest training loss on pilots.
"""

from dltheory.plugin import claim
from dltheory.verdicts import Claim, Verdict

from .convolutional_sweeps import AT_THE_END, MATCHED, Family
from .paper import PAPER

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

NETS = Family(factor="width")
PAPERS = Family(factor="width", data="cifar10")
OPEN = "over a fourfold width neither loss nor lowest cosine moves by more than the runs scatter"
EXPECTED: dict[str, tuple[Verdict, str]] = {
    "loss": ("INCONCLUSIVE", OPEN),
    "confusion": ("INCONCLUSIVE", OPEN),
    "spread": ("REFUTED", "cosines are as far from 0 in the widest as in the narrowest nets"),
    "matched-confusion": (
        "INCONCLUSIVE",
        "on pilots the lowest cosine rose by 0.11 per doubling, here by 0.05 ± 0.13: what is left "
        "at one training loss is not told from the runs' scatter by ten of them",
    ),
    "matched-spread": (
        "INCONCLUSIVE",
        "the gradients of the widest nets agree more, so cosines are if anything farther from 0, "
        "and ten runs do not tell it",
    ),
}


def small(what):
    """One of the trends in the small world."""
    licenses = f"The {what} of CNNs of 10 layers without batch norm on 500 digits."
    return NETS.form(what, licenses, *EXPECTED.get(what, ("CONFIRMED", "")))


def full(what):
    """The paper's own trend, or its nets stopped at one loss."""
    return PAPERS.form(what, f"The paper's own {what} trend with width, CNN-16-ℓ on CIFAR-10.")


@claim(
    CLAIM,
    fast={what: small(what) for what in (*AT_THE_END, *MATCHED)},
    full={what: full(what) for what in (*AT_THE_END, *MATCHED)},
)
def test_wider_cnns_are_faster_and_less_confused(measured, judge, tier, case_name):
    family = PAPERS if tier == "full" else NETS
    family.judge(case_name, measured, judge, "Figs 3 and 8")
