"""A broken experiment: the runs of each seed under the names of others, dealt at random.

Whatever networks, losses and cosines there are, which network is which is lost. An effect that is
found all the same is no effect of the networks.
"""

from collections.abc import Mapping

import numpy as np


def dealt(values: np.ndarray) -> np.ndarray:
    """The same numbers, (seeds, levels), with the levels of each seed in a random order."""
    return np.random.default_rng(0).permuted(values, axis=1)


def dealt_arms(arms: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same for named arms of one number a seed."""
    columns = dealt(np.column_stack(list(arms.values())))
    return dict(zip(arms, columns.T, strict=True))
