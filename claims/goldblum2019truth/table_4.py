"""Table 4 of this version: accuracies in percent of ResNet-18 on CIFAR-10, each of one run."""

from claims.goldblum2020truth.table_4 import Group, Row

NATURAL = {
    "resnet18": Group(
        "Table 4",
        "ResNet-18",
        Row("Naturally Trained", "94.66", "0.00", "31.98", train="99.99"),
        Row("RankMax", "93.66", "0.00", "22.01", train="99.76"),
        Row("RankMin", "94.44", "0.00", "31.53", train="99.90"),
    )
}
ADVERSARIAL = {
    "resnet18": Group(
        "Table 4",
        "ResNet-18",
        Row("Adversarially Trained", "85.06", "33.10", "80.49", train="89.66"),
        Row("RankMaxAdv", "84.72", "32.40", "80.11", train="89.21"),
        Row("RankMinAdv", "84.68", "30.57", "79.98", train="88.33"),
    )
}
