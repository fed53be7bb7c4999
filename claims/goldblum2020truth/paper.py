"""The paper and the numbers it prints, as strings: trailing zeros carry information."""

from typing import NamedTuple

from claims.goldblum2020truth.findings import BESIDE, FINDINGS
from dltheory.statistics import Cell
from dltheory.verdicts import Paper

PAPER = Paper(
    key="goldblum2020truth",
    title="Truth or Backpropaganda? An Empirical Investigation of Deep Learning Theory",
    authors="Goldblum, Geiping, Schwarzschild, Moeller, Goldstein",
    venue="ICLR",
    year=2020,
    version="published",
    findings=FINDINGS,
    beside=BESIDE,
)

RUNS_PER_CELL = 10  # captions of Tables 2, 3 and 8; ± is the standard error there


class Row(NamedTuple):
    """Test accuracies in percent: no weight decay, weight decay, norm-bias."""

    table: str
    model: str
    no_decay: Cell
    decay: Cell
    norm_bias: Cell

    @property
    def name(self) -> str:
        """Table and model."""
        return f"{self.table}, {self.model}"


def _row(table: str, model: str, *cells: tuple[str, str]) -> Row:
    return Row(table, model, *(Cell(mean=m, error=e, n=RUNS_PER_CELL) for m, e in cells))


T2 = "Table 2 (CIFAR-10, not normalised)"
T3 = "Table 3 (CIFAR-10)"
T8 = "Table 8 (CIFAR-100)"

NORM_BIAS_ROWS = (
    _row(T2, "ResNet-18", ("93.46", "0.05"), ("94.06", "0.07"), ("94.86", "0.05")),
    _row(T2, "DenseNet-40", ("89.26", "0.08"), ("92.27", "0.06"), ("92.49", "0.06")),
    _row(T2, "MobileNetV2", ("92.88", "0.06"), ("92.88", "0.09"), ("93.50", "0.09")),
    _row(T3, "ResNet-18", ("93.40", "0.04"), ("94.76", "0.03"), ("94.99", "0.05")),
    _row(T3, "DenseNet-40", ("90.78", "0.08"), ("92.26", "0.06"), ("92.46", "0.04")),
    _row(T3, "MobileNetV2", ("92.84", "0.05"), ("93.64", "0.05"), ("93.64", "0.03")),
    _row(T3, "Fixup ResNet-20", ("10.00", "0.00"), ("91.42", "0.04"), ("91.55", "0.07")),
    _row(T3, "MLP", ("58.88", "0.10"), ("58.95", "0.07"), ("59.13", "0.09")),
    _row(T8, "ResNet-18", ("71.73", "0.25"), ("74.66", "0.17"), ("75.90", "0.16")),
    _row(T8, "DenseNet-40", ("65.61", "0.33"), ("68.98", "0.25"), ("69.24", "0.11")),
    _row(T8, "Fixup ResNet-20", ("1.000", "0.00"), ("65.08", "0.30"), ("65.58", "0.17")),
)

FIXUP_NORMS = {"weight decay": "24.51", "norm-bias": "31.62"}  # A.5: ‖φ‖ of Fixup ResNet-20
