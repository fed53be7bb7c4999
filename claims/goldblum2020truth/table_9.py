"""Table 9: accuracies in percent of a multilayer perceptron on CIFAR-10, each of one run."""

from .table_4 import Group, Row

NATURAL = {
    "mlp": Group(
        "Table 9",
        "MLP",
        Row("Naturally Trained", "58.79", "3.76", "28.94", train="100.00"),
        Row("RankMax", "58.19", "3.72", "26.63", train="99.97"),
        Row("RankMin", "58.06", "3.76", "28.48", train="100.00"),
    )
}
