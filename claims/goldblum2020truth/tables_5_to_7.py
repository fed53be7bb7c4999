"""Tables 5, 6 and 7: losses and gradient norms before and after gradient descent; one run each.

The version under review has Table 5 alone, without its row “Bias+20”, and prints some numbers of it
with fewer digits: 2.3026 where a zero stands at the end here, 0.0500 and 84.678. Zeros at the end
of Table 5 are therefore no digits.
"""

from typing import NamedTuple


class Row(NamedTuple):
    """One initialisation: loss and gradient norm before, and after."""

    name: str
    loss_before: str
    gradient_before: str
    loss: str
    gradient: str


class Table(NamedTuple):
    """A network on a data set."""

    name: str
    network: str
    classes: int
    rows: tuple[Row, ...]
    padded: bool = False  # with zeros at the end that are no digits


TABLE_5 = Table(
    "Table 5",
    "ResNet-18, CIFAR-10",
    10,
    (
        Row("Default", "2.30312", "0.05000", "0.00014", "0.01410"),
        Row("Zero", "2.30258", "0.00025", "2.30259", "0.00013"),
        Row("Bias+20", "12.95754", "590.12170", "2.30658", "0.00004"),
        Row("Bias in U(-10, 10)", "12.96790", "214.68600", "2.30260", "0.00123"),
        Row("Bias in U(-50, 50)", "84.67800", "1190.23500", "2.30260", "0.00702"),
    ),
    padded=True,
)
TABLE_6 = Table(
    "Table 6",
    "ResNet-18, CIFAR-100",
    100,
    (
        Row("Default", "4.60591", "0.02346", "0.00030", "0.00466"),
        Row("Zero", "4.60517", "0.00019", "4.60517", "0.00003"),
        Row("Bias+20", "34.37053", "655.51569", "4.60517", "0.00015"),
        Row("Bias in U(-100, 100)", "178.74391", "2615.72534", "4.60517", "0.00003"),
    ),
)
TABLE_7 = Table(
    "Table 7",
    "MLP, CIFAR-100",
    100,
    (
        Row("Default", "4.60670", "0.16154", "0.02579", "0.01482"),
        Row("Zero", "4.60517", "0.00019", "4.60517", "0.00011"),
        Row("Bias+10", "15.77286", "359.65710", "4.60517", "0.00079"),
        Row("Bias in U(-5, 5)", "8.69149", "63.59983", "2.15917", "0.09718"),
        Row("Bias in U(-10, 10)", "13.02693", "158.78347", "2.58368", "0.09233"),
    ),
)
TABLES = (TABLE_5, TABLE_6, TABLE_7)
