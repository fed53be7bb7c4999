"""Depth and width of wide residual networks without batch normalisation (Figs 11 to 14).

WRN-β-ℓ has skips and no batch normalisation. On CIFAR-10 and CIFAR-100, loss, lowest cosine and
spread are to go with depth (16 to 100 layers, ℓ = 2) and width (ℓ = 2 to 6, 16 layers) as they do
for networks without skips; with width typically, and with diminishing returns in some cases.
"""

from dltheory.plugin import claim
from dltheory.verdicts import Claim

from .convolutional_sweeps import judge_sweep, sweeps
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="wrn",
    locator="Appendix A.5, Figs 11 to 14",
    statement="Deeper wide residual networks without batch normalisation end with a higher loss "
    "and more confusion, and wider ones typically with a lower loss and less.",
    kind="trend",
    formula="slopes over log₂ β of log₁₀ L, −min cos, (mean cos²)^½; over log₂ ℓ of the same, with "
    "the sign reversed",
    estimand="mean over seeds of the least-squares slope per doubling",
    unit="per doubling",
    quantifier="most",
    refuted_if="the slope is certainly smaller than the smallest effect, or of the other sign",
)


@claim(CLAIM, full=sweeps(("cifar10", "cifar100"), skips=True))
def test_depth_confuses_and_width_clears_residual_networks(measured, judge, case_name):
    judge_sweep(measured, judge, case_name, skips=True)
