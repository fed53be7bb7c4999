"""The paper. Of its figures, directions are known and what is left of their axes in our copy."""

import math

from claims.sankararaman2020confusion.findings import BESIDE, FINDINGS
from dltheory.verdicts import Paper

PAPER = Paper(
    key="sankararaman2020confusion",
    title="The Effect of Neural Net Architecture on Gradient Confusion & Training Performance",
    authors="Sankararaman, De, Xu, Huang, Goldstein (anonymous in this version)",
    venue="under review at ICLR",
    year=2020,
    version="submission",
    findings=FINDINGS,
    beside=BESIDE,
)

STATED = {
    "training points that MLP-300-10 exceeds in parameters": "50000",  # A.1
    "MLP-300-30 over MLP-3-100, in parameters": "3",  # A.1, “almost three times”
    "split": ("40000", "10000", "10000"),  # A.1, of MNIST too
    "steps": "40000",  # A.1
    "epochs exceeded": "100",  # A.1, “more than 100 epochs”
}

AXES = {
    "training loss": {
        "Fig. 4": ("1e-4", "1e1"),  # CNNs and WRNs to depth 100, CIFAR-10; Fig. 15 on CIFAR-100
        "Fig. 10": ("1e-4", "1e-1"),  # CNN-16-ℓ, CIFAR-100
        "Fig. 14": ("1e-4", "1e-1"),  # WRN-16-ℓ, CIFAR-100
        "Fig. 11": ("-0.1", "0.6"),  # WRN-β-2 to depth 100, CIFAR-10; not logarithmic
    },
    "lowest cosine": {
        "Fig. 10": ("-0.14", "-0.12"),  # CNN-16-ℓ, CIFAR-100: “no perceptible change”
        "Fig. 11": ("-0.15", "-0.05"),  # WRN-β-2, CIFAR-10
        "Fig. 12": ("-0.22", "-0.04"),  # WRN-β-2, CIFAR-100
        "Fig. 13": ("-0.24", "-0.08"),  # WRN-16-ℓ, CIFAR-10
    },
    "pairwise cosine": {
        "Figs 2, 9, 11": ("-0.4", "0.4"),
        "Figs 3, 13": ("-0.15", "0.15"),
        "Fig. 10": ("-0.10", "0.10"),
    },
    "test accuracy": {"Fig. 8": ("0.80", "0.92")},  # CNN-16-ℓ, CIFAR-10
}
"""Ends of axes that are legible in our copy: no effect in a figure is larger than its axis."""


def room(quantity: str, figure: str, doublings: float) -> float:
    """The largest change per doubling that the axis of a figure has room for; decades for losses.

    `doublings` is how many doublings of depth or width the figure covers.
    """
    low, high = (float(end) for end in AXES[quantity][figure])
    logarithmic = quantity == "training loss" and low > 0
    span = math.log10(high / low) if logarithmic else high - low
    return span / doublings
