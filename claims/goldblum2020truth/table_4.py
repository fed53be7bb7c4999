"""Table 4: accuracies in percent on CIFAR-10, each of one run; robust accuracy under PGD-20."""

from typing import NamedTuple

IMAGES = 10_000


class Row(NamedTuple):
    """One training; a column that a table does not have is empty."""

    method: str
    clean: str
    robust: str  # ε = 8/255
    robust_small: str  # ε = 1/255
    train: str = ""


class Group(NamedTuple):
    """Rows that differ by what was done to the rank; the first is without."""

    table: str
    model: str
    plain: Row
    rank_max: Row
    rank_min: Row

    @property
    def name(self) -> str:
        """Table and model."""
        return f"{self.table}, {self.model}"


NATURAL = {
    "resnet18": Group(
        "Table 4",
        "ResNet-18",
        Row("Natural", "94.66", "0.00", "31.98"),
        Row("RankMax", "93.66", "0.00", "22.01"),
        Row("RankMin", "94.44", "0.00", "31.53"),
    ),
    "skipless": Group(
        "Table 4",
        "ResNet-18 without skips",
        Row("Natural", "92.95", "0.01", "31.34"),
        Row("RankMax", "91.71", "0.00", "18.81"),
        Row("RankMin", "92.42", "0.00", "30.37"),
    ),
}
ADVERSARIAL = {
    "resnet18": Group(
        "Table 4",
        "ResNet-18",
        Row("Adversarial", "79.37", "35.38", "74.27"),
        Row("RankMaxAdv", "80.00", "35.55", "74.92"),
        Row("RankMinAdv", "78.34", "33.68", "73.19"),
    ),
    "skipless": Group(
        "Table 4",
        "ResNet-18 without skips",
        Row("Adversarial", "79.57", "35.95", "74.88"),
        Row("RankMaxAdv", "79.43", "36.45", "74.87"),
        Row("RankMinAdv", "78.52", "33.97", "73.64"),
    ),
}
