"""Depth and width of CNNs on CIFAR-100 (Figs 9 and 10).

The sweeps of `depth-cnn` and `width-cnn` with 100 classes, but for one: the paper notes that on
CIFAR-100 the lowest cosine does not change visibly with width, while cosines concentrate around 0.
Its figure on batch normalisation and skips there (Fig. 15) is a case of `bn-skip`.
"""

from dltheory.plugin import claim
from dltheory.verdicts import Claim

from .convolutional_sweeps import UNMOVED, Family, judge_sweep, sweeps
from .paper import PAPER

CLAIM = Claim(
    paper=PAPER,
    row="cifar100",
    locator="Appendix A.4, Figs 9 and 10",
    statement="On CIFAR-100, too, deeper CNNs end with a higher loss and more confused, more "
    "spread gradients, and wider ones with a lower loss and gradients nearer to right angles, "
    "while the lowest cosine does not change perceptibly with width.",
    kind="trend",
    formula="slopes over log₂ β of log₁₀ L, −min cos, (mean cos²)^½; over log₂ ℓ of −log₁₀ L, "
    "−(mean cos²)^½ and |min cos|",
    estimand="mean over seeds of the least-squares slope per doubling",
    unit="per doubling",
    refuted_if="the slope is certainly smaller than the smallest effect, or of the other sign",
)


WIDTH = Family(factor="width", data="cifar100")
FORMS = sweeps(("cifar100",), skips=False)
del FORMS["cifar100-width-confusion"]
FORMS[f"cifar100-width-{UNMOVED}"] = WIDTH.unmoved()


@claim(CLAIM, full=FORMS)
def test_depth_confuses_and_width_clears_cnns_on_cifar100(measured, judge, case_name):
    judge_sweep(measured, judge, case_name, skips=False)
