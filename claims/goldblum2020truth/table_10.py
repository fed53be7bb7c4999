"""Table 10: accuracies in percent on CIFAR-100, each of one run; robust accuracy under PGD-20."""

from .table_4 import Group, Row

NATURAL = {
    "resnet18-cifar100": Group(
        "Table 10",
        "ResNet-18",
        Row("Naturally Trained", "73.08", "0.00", "17.5", train="99.97"),
        Row("RankMax", "72.67", "0.00", "16.95", train="99.90"),
        Row("RankMin", "72.57", "0.00", "17.63", train="99.92"),
    ),
    "skipless-cifar100": Group(
        "Table 10",
        "ResNet-18 without skips",
        Row("Naturally Trained", "72.13", "0.01", "13.7", train="99.96"),
        Row("RankMax", "71.35", "0.04", "11.74", train="99.82"),
        Row("RankMin", "71.28", "0.00", "13.53", train="99.90"),
    ),
}
ADVERSARIAL = {
    "resnet18-cifar100": Group(
        "Table 10",
        "ResNet-18",
        Row("Adversarially Trained", "50.88", "17.81", "45.99", train="99.92"),
        Row("RankMaxAdv", "51.04", "16.80", "45.74", train="99.73"),
        Row("RankMinAdv", "50.22", "16.64", "45.03", train="99.91"),
    ),
    "skipless-cifar100": Group(
        "Table 10",
        "ResNet-18 without skips",
        Row("Adversarially Trained", "50.47", "17.62", "45.18", train="99.92"),
        Row("RankMaxAdv", "50.93", "17.72", "45.78", train="99.90"),
        Row("RankMinAdv", "49.37", "16.77", "44.41", train="99.91"),
    ),
}
