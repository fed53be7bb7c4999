"""Depth and width of CNNs on CIFAR-100 (Figs 9 and 10).

The sweeps of `depth-cnn` and `width-cnn` with 100 classes. The paper notes that on CIFAR-100 the
lowest cosine does not change visibly with width, while cosines concentrate around 0. Its figure on
batch normalisation and skips there (Fig. 15) is a case of `bn-skip`.
"""

from dltheory.plugin import claim
from dltheory.verdicts import Claim

from .convolutional_sweeps import judge_sweep, sweeps
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="cifar100",
    locator="Appendix A.4, Figs 9 and 10",
    statement="On CIFAR-100, too, depth raises and width lowers loss and gradient confusion of "
    "CNNs.",
    kind="trend",
    formula="slopes over log₂ β of L, −min cos, (mean cos²)^½; over log₂ ℓ with the sign reversed",
    estimand="mean over seeds of the least-squares slope per doubling",
    unit="per doubling",
    refuted_if="the slope is certainly smaller than the smallest effect, or of the other sign",
)


@claim(CLAIM, full=sweeps(("cifar100",), skips=False))
def test_depth_confuses_and_width_clears_cnns_on_cifar100(measured, judge, case_name):
    judge_sweep(measured, judge, case_name, skips=False)
