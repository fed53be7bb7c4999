"""Checks, claim by claim, what papers on the theory of deep learning assert.

data · models · training · probes     what is trained and measured, as plain values
statistics · verdicts                 what may be concluded; sees no network
experiments                           runs: keys, store, plan, engine
reporting · plugin                    what people see, and the pytest glue

What a claim file needs is importable from here: `from dltheory import Claim, Criterion, …`. These
names are the public interface, together with the names in `__all__` of `dltheory.data`,
`dltheory.models` and `dltheory.training`; the rest may move. A name is imported when it is first
asked for, so `import dltheory` imports neither torch nor SciPy.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "dltheory.attacks": ("Budget",),
    "dltheory.data": (
        "CIFAR10",
        "CIFAR100",
        "CorruptedLabels",
        "CropAndFlip",
        "Digits",
        "GaussianClusters",
        "ImageFolderData",
        "MNIST",
        "MaskedCopies",
        "ShuffledLabels",
    ),
    "dltheory.errors": (
        "DLTheoryError",
        "SpecError",
    ),
    "dltheory.experiments": (
        "Context",
        "Experiment",
        "Quantity",
        "Training",
        "Tuned",
        "compute",
        "quantity",
    ),
    "dltheory.experiments.search": ("worst",),
    "dltheory.models": (
        "ConvNet",
        "DenseNet",
        "Initialised",
        "MLP",
        "MobileNetV2",
        "ResNet",
        "VGG",
        "WideResNet",
    ),
    "dltheory.plugin": (
        "Form",
        "claim",
    ),
    "dltheory.randomness": (
        "drawing_from",
        "stream",
    ),
    "dltheory.statistics": (
        "Cell",
        "Evidence",
        "Interval",
        "Printed",
        "correlation",
        "difference_of_slopes",
        "equivalence",
        "grim",
        "holm",
        "magnitude",
        "mean",
        "monotone",
        "opposite",
        "over_seeds_and_images",
        "page",
        "paired_difference",
        "rank_correlation",
        "readings_that_turn",
        "slopes",
        "success_rate",
        "trend",
        "unpaired_difference",
        "weakest",
        "welch_from_printed",
        "worst_case",
    ),
    "dltheory.training": (
        "AtTrainAccuracy",
        "AtTrainLoss",
        "Constant",
        "GradientDescent",
        "LastEpoch",
        "NormBias",
        "SGD",
        "Steps",
        "WeightDecay",
    ),
    "dltheory.verdicts": (
        "Bearing",
        "Beside",
        "Claim",
        "Criterion",
        "Finding",
        "Paper",
        "Verdict",
        "arms_plot",
        "cases_plot",
        "density_plot",
        "holds",
        "levels_plot",
        "lines_plot",
        "regions_plot",
        "scatter_plot",
        "shown",
        "table",
    ),
}
"""The public names, by the module that has them."""

_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = sorted(_MODULE_OF)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name in _MODULE_OF:
        value = globals()[name] = getattr(import_module(_MODULE_OF[name]), name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF})
