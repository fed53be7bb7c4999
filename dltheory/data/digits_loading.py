"""Reading scikit-learn's digits and dividing them into fixed splits."""

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from . import digits
from .fixed_permutation import fixed_permutation
from .splits import Labelled, Splits


def dealt() -> tuple[Float[Tensor, "n 1 8 8"], Int64[Tensor, " n"]]:
    """All images, with pixels in [0, 1], and their labels, in the order of the fixed permutation.

    The first 500 are for testing, the next 297 for validation, and the last 1,000 for training.
    """
    from sklearn.datasets import load_digits as load_from_sklearn

    pixels, target = map(np.asarray, load_from_sklearn(return_X_y=True))
    images = torch.tensor(pixels, dtype=torch.float64).reshape(-1, 1, 8, 8) / 16
    labels = torch.tensor(target, dtype=torch.int64)
    order = fixed_permutation("digits", len(labels))
    return images[order], labels[order]


def load_digits(spec: digits.Digits) -> Splits:
    """The splits of the description, with normalised images in float32."""
    images, labels = dealt()
    images = ((images - digits.SCALE.mean[0]) / digits.SCALE.std[0]).float()

    def rows(start: int, count: int) -> Labelled:
        return Labelled(
            images=images[start : start + count].clone(),
            labels=labels[start : start + count].clone(),
        )

    return Splits(
        test=rows(0, spec.test),
        validation=rows(digits.TEST, spec.validation) if spec.validation else None,
        train=rows(digits.TEST + digits.VALIDATION, spec.train),
        form="handwritten digits of scikit-learn, 8×8",
    )
