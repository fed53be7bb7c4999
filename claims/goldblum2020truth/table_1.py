"""Table 1: an MLP on CIFAR-10 before and after training, from five initialisations; one run each.

Loss, Euclidean norm of the gradient and smallest eigenvalue of the Hessian; Remark 2.2 adds the
largest eigenvalue after training for two rows, which the version under review does not.
"""

from typing import NamedTuple


class Point(NamedTuple):
    """Loss, gradient norm and smallest eigenvalue, as printed."""

    loss: str
    gradient: str
    smallest: str


class Row(NamedTuple):
    """One initialisation."""

    name: str
    before: Point
    after: Point
    largest_after: str = ""


DEFAULT = Row(
    "Default",
    Point("4.5963", "0.5752", "-1.5549"),
    Point("0.0061", "0.0074", "0.0007"),
    "24.01",
)
LEMMA_1 = Row(
    "Lemma 1",
    Point("1.5702", "0.0992", "0.03125"),
    Point("1.5699", "0.0414", "0.0156"),
    "113598.85",
)
BIAS_20 = Row(
    "Bias+20",
    Point("31.204", "343.99", "-1.7421"),
    Point("2.3301", "0.0090", "0.0005"),
)
UNIFORM_50 = Row(
    "Bias in U(-50, 50)",
    Point("51.445", "378.36", "-430.49"),
    Point("2.3153", "0.0048", "0.0000"),
)
UNIFORM_10_PLAIN = Row(
    "Bias in U(-10, 10), no momentum",
    Point("12.209", "42.454", "-47.733"),
    Point("0.2198", "0.0564", "0.0013"),
)

ROWS = (DEFAULT, LEMMA_1, BIAS_20, UNIFORM_50, UNIFORM_10_PLAIN)
CLASSES = 10
