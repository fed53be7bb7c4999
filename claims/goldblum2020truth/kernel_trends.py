"""How a kernel's change goes with width: exponents and slopes per seed, and their pictures.

The paper speaks of networks that are trained. One that has not left its start has hardly moved, and
turns the slope of its seed; so that every network learns is a condition of the claims.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from dltheory.statistics import MeanEvidence, mean, slopes, weakest
from dltheory.verdicts import Control, lines_plot, shown

from .kernel_recipes import CHANGE

SMALLEST = 1e-12  # below it a change is rounding; its logarithm would be that of a rounding error

LEARNS = "every network learns: its training accuracy lies above one half"
FITS = "every network fits: its training accuracy lies above 0.95"
REGIME = {"fast": FITS, "full": LEARNS}
"""What trained wide ResNets are, by tier."""
MOVES = "at some width training moves the kernel by more than a tenth of its size"
GRID = 1 / 100  # accuracies on 100 images and more lie on a grid that is no coarser


def learns(accuracy: Mapping[str, np.ndarray]) -> Control:
    """Whether the mean training accuracy of every arm certainly lies above one half."""
    arms = (MeanEvidence(values=tuple(values), step=GRID) for values in accuracy.values())
    return shown(LEARNS, weakest(*arms), above=0.5)


def trained(tier: str, accuracy: Mapping[str, np.ndarray]) -> Control:
    """Whether wide ResNets are trained: those of the small world fit their images."""
    if tier == "full":
        return learns(accuracy)
    arms = (MeanEvidence(values=tuple(values), step=GRID) for values in accuracy.values())
    return shown(FITS, weakest(*arms), above=0.95)


def moves(*networks: Mapping[str, np.ndarray]) -> Control:
    """Whether each kind of network has a change to speak of, at the width where it is largest.

    Each mapping has the numbers of `kernel_change` of one kind of network by width. At other widths
    the kernel may rest: that is what the theory of wide networks says. In log₁₀ ‖Φ1 − Φ0‖ / ‖Φ0‖,
    since single networks may change a hundredfold.
    """
    largest = (np.max([s[:, CHANGE] for s in widths.values()], axis=0) for widths in networks)
    sizes = (np.log10(np.maximum(change, SMALLEST)) for change in largest)
    return shown(MOVES, weakest(*map(mean, sizes)), above=-1.0)


def of_kind(samples: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """The samples of the arms whose names begin so."""
    return {arm: sample for arm, sample in samples.items() if arm.startswith(prefix)}


def across(
    samples: Mapping[str, np.ndarray], widths: Sequence[int], number: int, prefix: str = ""
) -> np.ndarray:
    """One number of a probe of several, shape (seeds, widths), from arms named by their width."""
    return np.column_stack([samples[f"{prefix}{width}"][:, number] for width in widths])


def across_kinds(
    samples: Mapping[str, np.ndarray], widths: Mapping[str, Sequence[int]], number: int
) -> dict[str, np.ndarray]:
    """The same for each kind of network at its own widths, from arms like "two-layer 32"."""
    return {kind: across(samples, own, number, f"{kind} ") for kind, own in widths.items()}


def falls(values: np.ndarray, widths: Sequence[float]) -> MeanEvidence:
    """Evidence about p where values ∝ width^−p: minus the slope of log₂ per doubling."""
    logarithms = np.log2(np.maximum(values, SMALLEST))
    return mean(-slopes(logarithms, np.log2(widths)), method="Student's t on per-seed exponents")


def rises(values: np.ndarray, widths: Sequence[float]) -> MeanEvidence:
    """Evidence about the slope of the values themselves per doubling of the width."""
    return mean(slopes(values, np.log2(widths)), method="Student's t on per-seed slopes")


def by_width(
    title: str,
    axis: str,
    widths: Sequence[float],
    lines: Mapping[str, np.ndarray],
    *,
    x_axis: str = "width",
    log: bool = False,
) -> dict:
    """A line for each name, over the widths."""
    named = {name: (list(widths), values) for name, values in lines.items()}
    return lines_plot(title, axis, x_axis, named, x_log=True, log=log)
